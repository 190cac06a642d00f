"""Which document a row is about: the natural key of its source, made comparable and hashed."""

import hashlib
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from ecredit.facts.collection.types import CheckedRows

_OPEN, _CLOSE = r"[(（\[［【〔〖{｛<〈《]", r"[)）\]］】〕〗}｝>〉》]"


def key_form(column: pa.StringArray) -> pa.StringArray:
    """The comparable form of a key's text, a column at a time.

    〔2026〕12号, [2026]12 号 and （２０２６）12号 are one document number: NFKC, one kind of bracket, no blanks,
    upper case.
    """
    form = pc.utf8_upper(pc.utf8_normalize(column, "NFKC"))
    form = pc.replace_substring_regex(form, r"[\s\p{Z}]+", "")
    return pc.replace_substring_regex(pc.replace_substring_regex(form, _OPEN, "("), _CLOSE, ")")


def doc_keys(rows: CheckedRows) -> list[str | None]:
    """Per row 32 hex characters that stand for the document, None where the key is not complete.

    With `key_mode` "all" every key column counts and must be filled; with "first" the first filled one does.
    """
    source = rows.source
    columns = [key_form(rows.value(code)) for code in source.key]
    if source.key_mode == "first":
        joined = columns[0]
        for column in columns[1:]:
            joined = pc.coalesce(joined, column)
    else:
        joined = pc.binary_join_element_wise(*columns, "\x1f")
    prefix = source.id.encode() + b"\x1e"
    texts: Sequence[str | None] = joined.to_pylist()
    sha = hashlib.sha256
    return [None if text is None else sha(prefix + text.encode()).hexdigest()[:32] for text in texts]
