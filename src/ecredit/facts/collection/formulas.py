"""Cells that are formulas: what they would show nobody knows, and a program that opens them would run them."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_EQUALS = (b"=", "＝".encode())
# =A1, =1+1, ="a", =SUM(…), =[book]Sheet!A1, =甲表!A1; behind + - @ only a call or a program: -, +86 and @ are words.
_FORMULA = (
    r"(?i)^\s*(?:[=＝]\s*[A-Z0-9_$\"'(+\-@\[{#.]|[=＝][^=＝]*[(!]"
    r"|[+\-@＋－＠]\s*[A-Z][A-Z0-9._]+\s*\(.*\)|[+\-@＋－＠].*\|.*!)"
)
_CALLS = re.compile(rb"[+\-@\x8b\x8d\xa0]\s*[A-Za-z][A-Za-z0-9._]+\s*\(|\|[^!]*!")


def formula_rows(column: pa.StringArray, data: bytes) -> "np.ndarray":
    """The rows whose cell is a formula; `data` are the bytes of the whole column, in most of which nothing looks like one."""
    if not any(mark in data for mark in _EQUALS) and not (
        (b"(" in data or b"|" in data) and _CALLS.search(data)
    ):
        return np.array([], dtype=np.int64)
    found = pc.fill_null(pc.match_substring_regex(column, _FORMULA), False)
    return np.flatnonzero(found.to_numpy(zero_copy_only=False)).astype(np.int64)
