"""From rows to claims: which codes a row gives for the one it is about, under which name and kind."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecredit.facts.collection.mask import to_mask, true_rows
from ecredit.facts.collection.persons import PERSON
from ecredit.facts.collection.types import CheckedRows, Mask
from ecredit.facts.subjects.types import Claims
from ecredit.foundation.catalog.types import CodeTable
from ecredit.foundation.kernel.codes import IdKind, classify_code, tidy_code

INDIVIDUAL = "个体工商户"
# Of 1,102 older numbers in a real register none has fewer.
_FEWEST_DIGITS = 4
# Their forms differ too much to be checked; the others have check characters.
_OF_ANY_FORM = (IdKind.REG_NO, IdKind.TAX_NO, IdKind.INSTITUTION_NO, IdKind.SOCIAL_ORG_NO)


def claims_of(rows: CheckedRows, positions: list[int], kinds: CodeTable) -> Claims:
    """The claims of the rows at `positions`, in that order.

    A person's number counts only in rows that say they are about a natural person; elsewhere it is the legal
    representative's or a clerk's mistake, and the row is about the organisation.
    """
    source = rows.source
    at = pa.array(positions, pa.int64())
    kind_names = _kind_names(rows, at)
    person = to_mask(pc.equal(kind_names, PERSON))
    codes: dict[IdKind, list[str | None]] = {}
    for kind_text, column in source.identifiers.items():
        kind = IdKind(kind_text)
        values: list[str | None] = rows.value(column).take(at).to_pylist()
        if kind is IdKind.PERSON_ID:
            values = [value if is_person else None for value, is_person in zip(values, person, strict=True)]
        if kind in _OF_ANY_FORM:
            values = [value if value is not None and _like_a_code(value) else None for value in values]
        if kind is IdKind.REG_NO:
            _sort_older_codes(codes, values)
        else:
            codes[kind] = _filled(codes.get(kind), values)
    # A natural person's row is about the person even when it also carries the code of a firm.
    for row in true_rows(person):
        if codes.get(IdKind.PERSON_ID, [None] * len(positions))[int(row)]:
            for kind, column_values in codes.items():
                if kind is not IdKind.PERSON_ID:
                    column_values[int(row)] = None
    names = [name or "" for name in rows.value(source.name_column).take(at).to_pylist()]
    return Claims(
        codes={kind: values for kind, values in codes.items() if any(values)},
        names=names,
        kinds=_kinds(rows, codes, _kind_codes(kinds, kind_names, source.default_subject_kind)),
    )


def without_code(rows: CheckedRows, kinds: CodeTable) -> Mask:
    """Rows that give no code at all: nobody but a person can say whom they are about."""
    claims = claims_of(rows, list(range(rows.count)), kinds)
    coded = np.zeros(rows.count, dtype=bool)
    for values in claims.codes.values():
        coded |= np.fromiter(
            (value is not None and value != "" for value in values), dtype=bool, count=rows.count
        )
    return ~coded


def _kind_names(rows: CheckedRows, at: pa.Int64Array) -> pa.StringArray:
    column = rows.source.subject_kind_column
    return rows.value(column).take(at) if column else pa.array([rows.source.default_subject_kind] * len(at))


def _kinds(rows: CheckedRows, codes: dict[IdKind, list[str | None]], kinds: list[str]) -> list[str]:
    """Where no column says the kind, the code does: GB 32100 gives 92 to individual businesses."""
    source = rows.source
    if source.subject_kind_column or INDIVIDUAL not in source.subject_kinds or IdKind.USCC not in codes:
        return kinds
    return [
        INDIVIDUAL if code is not None and code.startswith("92") else kind
        for code, kind in zip(codes[IdKind.USCC], kinds, strict=True)
    ]


def _kind_codes(kinds: CodeTable, names: pa.StringArray, default: str) -> list[str]:
    encoded = names.dictionary_encode()
    entries = [kinds.lookup(name) for name in encoded.dictionary.to_pylist()]
    codes = pa.array([default if entry is None else entry.code for entry in entries], pa.string())
    taken: list[str] = codes.take(encoded.indices).fill_null(default).to_pylist()
    return taken


def _sort_older_codes(codes: dict[IdKind, list[str | None]], values: list[str | None]) -> None:
    """A register number column holds whatever was valid once: 15 digits, 13 digits, 企合苏…字第…号, nine characters."""
    for row, value in enumerate(values):
        if value is None:
            continue
        value = tidy_code(value)
        kind = classify_code(value)
        if kind is IdKind.PERSON_ID:
            kind = IdKind.OTHER_REG_NO
        column = codes.setdefault(kind, [None] * len(values))
        if column[row] is None:
            column[row] = value


def _like_a_code(value: str) -> bool:
    """无, 不详, 见附件, 0, 99999: as a code it would make one subject of all firms it was written for."""
    digits = [character for character in value if character.isdigit()]
    return len(digits) >= _FEWEST_DIGITS and len(set(digits)) > 1


def _filled(before: list[str | None] | None, values: list[str | None]) -> list[str | None]:
    if before is None:
        return values
    return [old or new for old, new in zip(before, values, strict=True)]
