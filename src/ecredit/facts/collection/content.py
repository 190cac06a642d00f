"""Content and original of ledger entries as JSON text, a block at a time.

JSON is put together column by column in Arrow: per value that is a fraction of what a JSON encoder call costs. A test
holds the result against `json.loads`.
"""

import json

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ecredit.facts.collection.column_bytes import has_controls, whole_bytes
from ecredit.facts.collection.persons import person_rows
from ecredit.facts.collection.types import CheckedRows
from ecredit.foundation.kernel.masking import PersonalKind, find_personal
from ecredit.foundation.proof.sealing import Sealer

_NEEDS_ESCAPE = '["\\\\\\x00-\\x1f]'

_Member = tuple[str, pa.StringArray]


def content_json(rows: CheckedRows, sealer: Sealer) -> tuple[pa.StringArray, pa.StringArray]:
    """Per row the JSON object of its values by column code, and of the texts that reading changed.

    Empty values are left out. Columns with an identity number, a telephone or an address are sealed in both, and so is
    the name where a row is about a natural person. Where a check found a person's number in a text, the number is masked:
    a ledger nobody can rewrite must not hold it in clear, and the file as it came is kept sealed.
    """
    persons = person_rows(rows)
    named = pa.array(persons) if persons.any() else None
    told = {fault.column: fault.rows for fault in rows.faults if fault.rule == "no_identity_in_text"}
    contents: list[_Member] = []
    originals: list[_Member] = []
    for column in rows.source.columns:
        value = rows.values.get(column.code)
        if value is None:
            continue
        changed = _changed(rows.raw[column.code], value)
        if column.sealed:
            value = _sealed(sealer, column.code, value)
            changed = None if changed is None else _sealed(sealer, column.code, changed)
        elif named is not None and column.code == rows.source.name_column:
            value = pc.replace_with_mask(value, named, _sealed(sealer, column.code, value.filter(named)))
            if changed is not None:
                changed = pc.replace_with_mask(
                    changed, named, _sealed(sealer, column.code, changed.filter(named))
                )
        if column.code in told and not column.sealed:
            value = _masked(value, told[column.code])
            changed = None if changed is None else _masked(changed, told[column.code])
        contents.append((column.code, value))
        if changed is not None:
            originals.append((column.code, changed))
    return _objects(contents, rows.count), _objects(originals, rows.count)


def _changed(raw: pa.StringArray, value: pa.StringArray) -> pa.StringArray | None:
    """The raw text where reading made something else of it, null elsewhere; None when it nowhere did."""
    filled = pc.fill_null(value, "") if value.null_count else value
    if filled.equals(raw):
        return None
    raw = pc.utf8_trim_whitespace(raw)
    same = pc.or_(pc.equal(raw, filled), pc.equal(raw, ""))
    return None if pc.all(same).as_py() else pc.if_else(same, None, raw)


def _masked(value: pa.StringArray, places: npt.NDArray[np.int64]) -> pa.StringArray:
    """The texts at these places with every person's number masked; the telephones of an office stay."""
    at = np.zeros(len(value), dtype=bool)
    at[places] = True
    mask = pa.array(at)
    texts = [None if text is None else _without_numbers(text) for text in value.filter(mask).to_pylist()]
    return pc.replace_with_mask(value, mask, pa.array(texts, pa.string()))


def _without_numbers(text: str) -> str:
    for hit in reversed(find_personal(text)):
        if hit.kind is not PersonalKind.LANDLINE:
            text = text[: hit.start] + hit.masked + text[hit.end :]
    return text


def _escaped(value: pa.StringArray) -> pa.StringArray:
    """The inside of a JSON string; escaped one by one only where a character asks for it."""
    data = whole_bytes(value)
    if not has_controls(data) and b'"' not in data and b"\\" not in data:
        return value
    risky = pc.match_substring_regex(value, _NEEDS_ESCAPE)
    if not pc.any(risky).as_py():
        return value
    texts = value.filter(risky).to_pylist()
    escaped = [None if t is None else json.dumps(t, ensure_ascii=False)[1:-1] for t in texts]
    return pc.replace_with_mask(value, pc.fill_null(risky, False), pa.array(escaped, pa.string()))


def _objects(members: list[_Member], count: int) -> pa.StringArray:
    """The members of each row as an object. All pieces of a row are joined at once, for each join copies the text.

    A column without a gap brings its text and the literal before it. One with gaps is made into members first, nothing
    where it is null: with their comma behind up to the first column without a gap, with the comma before after it, so
    that no row begins or ends with one.
    """
    pieces: list[pa.StringArray | str] = []
    literal, opened = "{", False
    for code, value in members:
        if value.null_count == count:
            continue
        text = _escaped(value)
        if not value.null_count:
            pieces += [f'{literal}{"," if opened else ""}"{code}":"', text]
            literal, opened = '"', True
        else:
            before, behind = (f',"{code}":"', '"') if opened else (f'"{code}":"', '",')
            member = pc.binary_join_element_wise(before, text, behind, "")
            pieces += [literal, pc.fill_null(member, "")]
            literal = ""
    if not pieces:
        return pa.repeat(pa.scalar("{}"), count)
    joined = pc.binary_join_element_wise(*pieces, literal + "}", "")
    if not opened:
        joined = pc.replace_substring_regex(joined, ",}$", "}")
    return joined


def _sealed(sealer: Sealer, code: str, value: pa.StringArray) -> pa.StringArray:
    encoded = value.dictionary_encode()
    sealed = [None if text is None else sealer.seal(code, text) for text in encoded.dictionary.to_pylist()]
    return pa.array(sealed, pa.string()).take(encoded.indices)
