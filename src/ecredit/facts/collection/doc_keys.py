"""Which document a row is about: the natural key of its source, made comparable and hashed."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from ecredit.facts.collection.column_bytes import whole_bytes
from ecredit.facts.collection.mask import to_mask
from ecredit.facts.collection.persons import PERSON
from ecredit.facts.collection.types import CheckedRows
from ecredit.foundation.catalog.types import Source

_OPENING, _CLOSING = "（[［【〔〖{｛<〈《", "）]］】〕〗}｝>〉》"
_BLANKS = re.compile(r"\s")
_NUMBERS = re.compile(r"[0-9]+")
_BETWEEN = "\x1f"
_SERIES_HEX, _NUMBER_DIGITS, _NUMBER_HEX, _KEY_HEX = 6, 9, 8, 32
# 不详, 见附件, 0, 99999 in a column for codes are no code (`claims`): two parties of one document would be one.
_LIKE_A_CODE = r"([0-9][^0-9]*){4}"
_ONE_DIGIT = "^(" + "|".join(f"[^0-9]*({digit}[^0-9]*)+" for digit in range(10)) + ")$"
SAME_NUMBER = _SERIES_HEX + _NUMBER_HEX
"""How many characters of a key the documents of one series and number share, whatever party each is about."""


def key_form(column: pa.StringArray) -> pa.StringArray:
    """The comparable form of a key's text, a column at a time.

    〔2026〕12号, [2026]12 号 and （２０２６）12号 are one document number: NFKC, one kind of bracket, no blanks,
    upper case. Each step is skipped when nothing in the column's text asks for it, which one look at the whole tells.
    """
    form, text = column, whole_bytes(column).decode(errors="replace")
    if not unicodedata.is_normalized("NFKC", text):
        form = pc.utf8_normalize(form, "NFKC")
        text = whole_bytes(form).decode(errors="replace")
    if text.upper() != text:
        form = pc.utf8_upper(form)
    if _BLANKS.search(text):
        form = pc.replace_substring_regex(form, r"[\s\p{Z}]+", "")
    for brackets, one in ((_OPENING, "("), (_CLOSING, ")")):
        for bracket in brackets:
            if bracket in text:
                form = pc.replace_substring(form, bracket, one)
    return form


def doc_keys(rows: CheckedRows) -> list[str | None]:
    """Per row 32 hex characters that stand for the document, None where the key is not complete.

    With `key_mode` "all" every key column counts and must be filled; with "first" the first filled one does. Where the
    source names a `party`, its code counts too, or its name where a row has no code. A key
    begins with the series of the document's number (24 bits of a hash) and the number itself, so that documents
    numbered one after the other stand side by side in the ledger's index: inserting them touches few of its pages. The
    rest is 72 bits of the SHA-256 of the whole key.
    """
    source = rows.source
    columns = [key_form(rows.value(code)) for code in source.key]
    if source.key_mode == "first":
        codes = source.identifiers.values()
        joined, *rest = (
            _like_codes(column) if code in codes and source.column(code).type != "uscc" else column
            for code, column in zip(source.key, columns, strict=True)
        )
        for column in rest:
            joined = pc.coalesce(joined, column)
    else:
        joined = pc.binary_join_element_wise(*columns, *([_party(rows)] if source.party else []), _BETWEEN)
    prefix = source.id.encode() + b"\x1e"
    sha = hashlib.sha256
    texts: Sequence[str | None] = joined.to_pylist()
    places = _places(source, columns, len(texts))
    return [
        None if text is None else (place + sha(prefix + text.encode()).hexdigest())[:_KEY_HEX]
        for text, place in zip(texts, places, strict=True)
    ]


def name_keys(rows: CheckedRows, positions: Sequence[int]) -> list[str | None]:
    """As `doc_keys` of some rows, as if they gave no code of their `party`: what a document was called before its party's
    code was known."""
    source, at = rows.source, pa.array(positions, pa.int64())
    values = {code: rows.value(code).take(at) for code in (*source.key, source.name_column)}
    return doc_keys(replace(rows, lines=rows.lines[positions], values=values))


def called(source: Source, rows: Sequence[Mapping[str, str]]) -> list[tuple[str | None, ...]]:
    """Per row, its texts by column code, what it calls its document and, last, its party: made comparable."""
    codes = (*(code for code in source.key if code != source.name_column), source.name_column)
    columns = [key_form(pa.array([row.get(code, "") for row in rows], pa.string())) for code in codes]
    return list(zip(*(column.to_pylist() for column in columns), strict=True))


def is_numbered(source: Source) -> bool:
    """Whether the documents of a source have numbers, so that their keys begin with one (`SAME_NUMBER`)."""
    return source.key_mode == "all" and any(code != source.name_column for code in source.key)


def _party(rows: CheckedRows) -> pa.StringArray:
    """Whom each row is about, as its document's key says it: the first code there is, else the name.

    Of a natural person always the name: the code in such a row is the firm's, and both may be punished in one document.
    """
    source = rows.source
    *codes, name = source.party
    party: pa.StringArray | None = None
    for code in codes:
        column = rows.value(code)
        if column.null_count < rows.count:
            column = key_form(column)
            if source.column(code).type != "uscc":
                column = _like_codes(pc.replace_substring(column, "-", ""))
            party = column if party is None else pc.coalesce(party, column)
            if not party.null_count:
                break
    if party is not None and source.subject_kind_column:
        person = to_mask(pc.equal(rows.value(source.subject_kind_column), PERSON))
        if person.any():
            party = pc.if_else(pa.array(person), None, party)
    if party is not None and not party.null_count:
        return party
    by_name = key_form(rows.value(name))
    return by_name if party is None else pc.coalesce(party, by_name)


def _like_codes(column: pa.StringArray) -> pa.StringArray:
    """None instead of what is no code of any form."""
    code = pc.and_not(
        pc.match_substring_regex(column, _LIKE_A_CODE), pc.match_substring_regex(column, _ONE_DIGIT)
    )
    return pc.if_else(code, column, None)


def _places(source: Source, columns: list[pa.StringArray], count: int) -> list[str]:
    """Per row the beginning of its key: series and number of the last key column that is not the name.

    Of 常市监处罚(2026)0123号 the number is the last one, 0123; what stands before it, and the key's columns before
    this one, are the series; a text without a number is all series.
    """
    if not is_numbered(source):
        return [""] * count
    numbered = [i for i, code in enumerate(source.key) if code != source.name_column]
    texts: list[str | None] = columns[numbered[-1]].to_pylist()
    before: list[str | None] = [""] * count
    if numbered[-1]:
        before = pc.binary_join_element_wise(*columns[: numbered[-1]], _BETWEEN).to_pylist()
    find, series, places = _NUMBERS.findall, dict[tuple[str | None, str], str](), []
    for text, first in zip(texts, before, strict=True):
        if not text:
            places.append("")
            continue
        runs = find(text)
        number = runs[-1] if runs else ""
        head = first, text.rpartition(number)[0] if runs else text
        start = series.get(head)
        if start is None:
            digest = hashlib.sha256(f"{source.id}\x1e{first}\x1f{head[1]}".encode()).hexdigest()
            start = series[head] = digest[:_SERIES_HEX]
        places.append(f"{start}{int(number[-_NUMBER_DIGITS:] or 0):0{_NUMBER_HEX}x}")
    return places
