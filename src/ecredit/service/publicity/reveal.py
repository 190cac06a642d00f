"""From a value of the ledger to what may be read of it: names, masked persons, redacted text.

个人信息保护法 art. 6 (smallest scope) and art. 25: identity numbers, telephones and private addresses never leave, a
person's name leaves masked, and free text leaves without the numbers people write into it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ecredit.foundation.catalog.types import Catalog, CodeTable, Column, Source
from ecredit.foundation.kernel.codes import is_person_id, is_reg_no, is_uscc
from ecredit.foundation.kernel.masking import mask_name, redact
from ecredit.service.publicity.document import LONG_TERM_YEAR

Reveal = Callable[[str], str]

_REMEMBERED = 2_000  # values of a column: kinds, authorities and days come again and again
_USCC_SHAPE = re.compile(r"[0-9ANY]\d{7}[0-9A-Z]{10}", re.ASCII)
_BIRTH = re.compile(r"\d{6}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[0-9X]", re.ASCII)
_SHORTEST_NAME = 2
_SEPARATORS = re.compile("[;；]")


@dataclass(frozen=True, slots=True)
class PublicColumn:
    """A column that may leave: how to reveal a value of it, and whether persons named elsewhere are masked in it."""

    code: str
    name: str
    reveal: Reveal
    free_text: bool


def public_columns(source: Source, catalog: Catalog) -> tuple[PublicColumn, ...]:
    """The columns that may leave, in the source's order."""
    return readable_columns(source, catalog, lambda column: column.public)


def readable_columns(
    source: Source, catalog: Catalog, wanted: Callable[[Column], bool]
) -> tuple[PublicColumn, ...]:
    """Columns that are wanted and not sealed, each with how a value of it is told without what is personal in it."""
    found = []
    for column in source.columns:
        # Sealed columns hold identity numbers, telephones or addresses, whatever else is said of them.
        if wanted(column) and not column.sealed:
            reveal = _reveal_of(column, catalog.code_tables)
            free_text = reveal is reveal_text and column.code != source.name_column
            remembered = lru_cache(maxsize=_REMEMBERED)(reveal)
            found.append(PublicColumn(column.code, column.name, remembered, free_text))
    return tuple(found)


def may_show_code(code: str) -> bool:
    """Tell whether a register code may be shown: not when it is, or may be, a person's identity number."""
    if _USCC_SHAPE.fullmatch(code) and not _BIRTH.fullmatch(code):
        return True  # its check character was looked at when it was read, and no identity number looks so
    if not code or is_person_id(code):
        return False
    return is_uscc(code) or is_reg_no(code) or reveal_text(code) == code


def reveal_text(text: str) -> str:
    """Free text without identity numbers and telephones."""
    return redact(text)


def revealed(columns: tuple[PublicColumn, ...], source: Source, values: Mapping[str, str]) -> dict[str, str]:
    """Values by code of every public column that is filled.

    Persons named in a column of the row are masked wherever else the row's free text names them.
    """
    named = [
        (name, mask_name(name))
        for column in source.columns
        if column.personal == "name" and len(name := values.get(column.code, "")) >= _SHORTEST_NAME
    ]
    found: dict[str, str] = {}
    for column in columns:
        value = values.get(column.code)
        if not value or not (shown := column.reveal(value)):
            continue
        if column.free_text:
            for name, masked in named:
                shown = shown.replace(name, masked)
        found[column.code] = shown
    return found


def _reveal_of(column: Column, tables: Mapping[str, CodeTable]) -> Reveal:
    if column.personal == "name":
        return mask_name
    if column.lookup is not None and column.lookup in tables:
        return _code_words(tables[column.lookup])
    if column.type == "date":
        return _day_words
    if column.type in ("amount", "number"):
        # A telephone or an identity number in an amount's column is still one.
        return redact
    if column.type in ("uscc", "reg_no", "org_code", "person_id"):
        return _code_or_nothing
    if column.type == "phone":
        return _nothing
    return reveal_text


def _code_words(table: CodeTable) -> Reveal:
    def reveal(value: str) -> str:
        words = (word.strip() for word in _SEPARATORS.split(value))
        entries = [(word, table.lookup(word)) for word in words if word]
        return "；".join(entry.zh if entry is not None else reveal_text(word) for word, entry in entries)

    return reveal


def _day_words(value: str) -> str:
    return "长期" if value[:4].isdigit() and int(value[:4]) >= LONG_TERM_YEAR else value


def _code_or_nothing(value: str) -> str:
    return value if may_show_code(value) else ""


def _nothing(_value: str) -> str:
    return ""
