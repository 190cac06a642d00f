"""Values on their way out to an officer: one policy for waiting rows and records alike."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ecredit.facts.collection.persons import PERSON, sealed_columns
from ecredit.foundation.catalog.types import Column, Source
from ecredit.foundation.kernel.codes import is_person_id, is_uscc
from ecredit.foundation.kernel.masking import mask_name, mask_person_id, mask_phone, redact
from ecredit.foundation.kernel.text_forms import halfwidth
from ecredit.foundation.proof.sealing import Sealer, is_sealed

# What stands between the cells of a line, or between the words of a note.
_BETWEEN: Final = re.compile(r"([,\t;|\"\r\n，；、：:\s]+)")
_DAY: Final = re.compile(
    r"(?:19|20)[0-9]{2}(?:([-/.])[0-9]{1,2}\1[0-9]{1,2}|[01][0-9][0-3][0-9]|年[0-9]{1,2}月[0-9]{1,2}日)"
)
_NUMBER: Final = re.compile(r"-?[0-9]{1,6}(?:\.[0-9]{1,6})?%?")


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A value as it may be read. `name` is the column's in the catalogue, its code where the catalogue has none."""

    code: str
    name: str
    value: str
    sealed: bool


def show_cells(source: Source | None, cells: Mapping[str, str]) -> list[ShownValue]:
    """The filled cells of a waiting row in the order of its source, personal ones masked; unknown columns come last.

    In a row with cells that are no column's it is not sure of any cell whose it is: all are masked as a whole line is.
    """
    columns = _columns(source)
    if any(code not in columns and cell.strip() for code, cell in cells.items()):
        return [
            ShownValue(
                code,
                columns[code].name if code in columns else code,
                mask_line(masked(columns.get(code), cells[code])),
                code in columns and columns[code].sealed,
            )
            for code in (*columns, *(code for code in cells if code not in columns))
            if cells.get(code, "").strip()
        ]
    named = set() if source is None or not tells_of_person(source, cells) else {source.name_column}
    return [
        ShownValue(
            code,
            column.name,
            mask_name(cells[code]) if code in named else masked(column, cells[code]),
            column.sealed,
        )
        for code, column in columns.items()
        if cells.get(code, "").strip()
    ]


def show_entry_value(
    source: Source | None, code: str, value: str, *, about_person: bool, sealer: Sealer, whole: bool = False
) -> str:
    """A value of an entry: opened where the ledger holds it sealed, then masked, unless it may be read `whole`."""
    column = _columns(source).get(code)
    sealed = source is not None and code in sealed_columns(source, about_person=about_person)
    # Elsewhere a text that only looks sealed is a text.
    plain = sealer.unseal(code, value) if sealed and is_sealed(value) else value
    if whole:
        return plain
    if about_person and source is not None and code == source.name_column:
        return mask_name(plain)
    return masked(column, plain)


def masked(column: Column | None, value: str) -> str:
    """A value with what is personal in it covered, by what kind of column it stands in."""
    match "none" if column is None else column.personal:
        case "identity":
            return mask_person_id(value)
        case "phone":
            return mask_phone(value)
        case "name":
            return mask_name(value)
        case "address":
            return value[:6] + "***"
        case _:
            return redact(value)


def mask_line(text: str) -> str:
    """A text of which it is not known which cell is whose: only public codes, days and small numbers stay.

    Everything else may be a person's name, number or address, and shows its beginning only.
    """
    pieces = _BETWEEN.split(redact(text))
    return "".join(piece if n % 2 or _says_nobody(piece) else _cover(piece) for n, piece in enumerate(pieces))


def _says_nobody(piece: str) -> bool:
    plain = halfwidth(piece)
    if _DAY.fullmatch(plain) or _NUMBER.fullmatch(plain):
        return True
    return is_uscc(plain.upper()) and not is_person_id(plain)


def _cover(piece: str) -> str:
    return mask_person_id(piece) if halfwidth(piece).isascii() else mask_name(piece)


def _columns(source: Source | None) -> dict[str, Column]:
    return {} if source is None else {column.code: column for column in source.columns}


def tells_of_person(source: Source, cells: Mapping[str, str]) -> bool:
    """In doubt a row is about a person: one that says no kind and gives no code but a person's number."""
    if source.subject_kind_column is None:
        return source.default_subject_kind == PERSON
    kind = cells.get(source.subject_kind_column, "").strip()
    codes = [column for id_kind, column in source.identifiers.items() if id_kind != "person_id"]
    return kind in (PERSON, "01") or (not kind and not any(cells.get(c, "").strip() for c in codes))
