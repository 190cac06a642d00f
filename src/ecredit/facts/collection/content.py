"""Content and original of ledger entries as JSON text, a block at a time.

JSON is put together column by column in Arrow: per value that is a fraction of what a JSON encoder call costs. A test
holds the result against `json.loads`.
"""

import json

import pyarrow as pa
import pyarrow.compute as pc

from ecredit.facts.collection.types import CheckedRows
from ecredit.foundation.proof.sealing import Sealer

_NEEDS_ESCAPE = '["\\\\\\x00-\\x1f\\x7f\\x{2028}\\x{2029}\\x{85}]'


def content_json(rows: CheckedRows, sealer: Sealer) -> tuple[list[str], list[str]]:
    """Per row the JSON object of its values by column code, and of the texts that reading changed.

    Empty values are left out. Columns with an identity number, a telephone or an address are sealed in both.
    """
    contents: list[pa.StringArray] = []
    originals: list[pa.StringArray] = []
    for column in rows.source.columns:
        value = rows.values.get(column.code)
        if value is None:
            continue
        raw = pc.utf8_trim_whitespace(rows.raw[column.code])
        changed = _changed(raw, value)
        if column.sealed:
            value = _sealed(sealer, column.code, value)
            changed = None if changed is None else _sealed(sealer, column.code, changed)
        contents.append(_member(column.code, value))
        if changed is not None:
            originals.append(_member(column.code, changed))
    return _objects(contents, rows.count), _objects(originals, rows.count)


def _changed(raw: pa.StringArray, value: pa.StringArray) -> pa.StringArray | None:
    """The raw text where reading made something else of it, null elsewhere; None when it nowhere did."""
    same = pc.or_(pc.equal(raw, pc.fill_null(value, "")), pc.equal(raw, ""))
    return None if pc.all(same).as_py() else pc.if_else(same, None, raw)


def _member(code: str, value: pa.StringArray) -> pa.StringArray:
    return pc.binary_join_element_wise(f',"{code}":"', _escaped(value), '"', "")


def _escaped(value: pa.StringArray) -> pa.StringArray:
    """The inside of a JSON string; escaped one by one only where a character asks for it."""
    risky = pc.match_substring_regex(value, _NEEDS_ESCAPE)
    if not pc.any(risky).as_py():
        return value
    texts = value.filter(risky).to_pylist()
    escaped = [None if t is None else json.dumps(t, ensure_ascii=False)[1:-1] for t in texts]
    return pc.replace_with_mask(value, pc.fill_null(risky, False), pa.array(escaped, pa.string()))


def _objects(members: list[pa.StringArray], count: int) -> list[str]:
    if not members:
        return ["{}"] * count
    # Arrow's own skipping of nulls (26.0) loses rows in which all are null, so every member brings its comma and the
    # first comma goes afterwards.
    filled = [pc.fill_null(member, "") for member in members]
    joined = pc.binary_join_element_wise("{", *filled, "}", "")
    texts: list[str] = pc.replace_substring(joined, "{,", "{", max_replacements=1).to_pylist()
    return texts


def _sealed(sealer: Sealer, code: str, value: pa.StringArray) -> pa.StringArray:
    encoded = value.dictionary_encode()
    sealed = [None if text is None else sealer.seal(code, text) for text in encoded.dictionary.to_pylist()]
    return pa.array(sealed, pa.string()).take(encoded.indices)
