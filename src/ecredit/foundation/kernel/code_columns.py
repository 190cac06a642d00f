"""The tests of ``codes`` over whole columns: one truth value per row, nulls are False.

A column is any Arrow string column, chunked or not, dictionary-encoded or not. Works on the raw bytes:
rows of the right length are looked at character by character through tables, in blocks that stay in the
processor's cache. Every function equals its scalar twin on every row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ecredit.foundation.kernel.codes import FIRST_BIRTH_YEAR, LAST_BIRTH_YEAR, USCC_ALPHABET, USCC_AUTHORITIES

Mask = npt.NDArray[np.bool_]
StringColumn: TypeAlias = "pa.Array[Any] | pa.ChunkedArray[Any]"

_Bytes = npt.NDArray[np.uint8]
_Starts = npt.NDArray[np.int64]
_Table = npt.NDArray[np.uint16]
_RowTest = Callable[[_Bytes, _Starts], Mask]

_BLOCK = 1 << 15
_BAD = 1000  # above any sum of good characters, and 18 of them still fit 16 bits
_DIGITS = "0123456789"
_LETTERS = _DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int32)


def uscc_mask(column: StringColumn) -> Mask:
    """Rows that are a unified social credit code with a right check character; see ``codes.is_uscc``."""
    return _mask(column, {18: _uscc_rows})


def person_id_mask(column: StringColumn) -> Mask:
    """Rows that are a citizen's identity number; see ``codes.is_person_id``."""
    return _mask(column, {18: _person_rows})


def org_code_mask(column: StringColumn) -> Mask:
    """Rows that are an organisation code, 9 characters or 8-1; see ``codes.is_org_code``."""
    return _mask(column, {9: _org_rows, 10: _dashed_org_rows})


def reg_no_mask(column: StringColumn) -> Mask:
    """Rows that are a 15-digit registration number; see ``codes.is_reg_no``."""
    return _mask(column, {15: _reg_rows})


def _table(alphabet: str, weight: int, modulus: int, values: str = "") -> _Table:
    """Byte → weight × value mod modulus for the characters of *alphabet*, _BAD for all others."""
    table = np.full(256, _BAD, dtype=np.uint16)
    for char in alphabet:
        table[ord(char)] = weight * (values or alphabet).index(char) % modulus
    return table


def _reg_states() -> _Table:
    """MOD 11,10 as steps: (state × 256 + byte) → next state; state 0 is "not a number" and stays so."""
    table = np.zeros(11 * 256, dtype=np.uint16)
    for state in range(1, 11):
        for digit in range(10):
            table[state * 256 + ord("0") + digit] = ((state + digit) % 10 or 10) * 2 % 11
    return table


# With the check character counted at weight 1 every right code has one fixed remainder.
_USCC_WEIGHTS = (3, 9, 27, 19, 26, 16, 17)
_USCC_TABLES = [
    _table(USCC_AUTHORITIES, 1, 31, USCC_ALPHABET),
    *(_table(_DIGITS, w, 31) for w in _USCC_WEIGHTS),
    *(_table(USCC_ALPHABET, w, 31) for w in (20, 29, 25, 13, 8, 24, 10, 30, 28)),
    _table(USCC_ALPHABET, 1, 31),
]
_PERSON_TABLES = [
    *(_table(_DIGITS, w, 11) for w in (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)),
    _table(_DIGITS + "X", 1, 11),
]
_ORG_TABLES = [
    *(_table(_LETTERS, w, 11) for w in (3, 7, 9, 10, 5, 8, 4, 2)),
    _table(_DIGITS + "X", 1, 11),
]
_REG_STATES = _reg_states()


def _mask(column: StringColumn, tests: dict[int, _RowTest]) -> Mask:
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    parts = [_chunk_mask(chunk, tests) for chunk in chunks]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.bool_)


def _chunk_mask(chunk: pa.Array[Any], tests: dict[int, _RowTest]) -> Mask:
    if isinstance(chunk, pa.DictionaryArray):
        chunk = chunk.dictionary_decode()
    wide = pa.types.is_large_string(chunk.type)
    if not wide and not pa.types.is_string(chunk.type):
        chunk = chunk.cast(pa.string())
    mask = np.zeros(len(chunk), dtype=np.bool_)
    _, offsets_buffer, data_buffer = chunk.buffers()
    if not len(chunk) or offsets_buffer is None or data_buffer is None:
        return mask
    offsets = np.frombuffer(memoryview(offsets_buffer), dtype=np.int64 if wide else np.int32)[
        chunk.offset : chunk.offset + len(chunk) + 1
    ]
    text = np.frombuffer(memoryview(data_buffer), dtype=np.uint8)
    lengths = np.diff(offsets)
    if chunk.null_count:
        lengths = np.where(np.asarray(chunk.is_valid()), lengths, -1)
    for length, test in tests.items():
        rows = np.flatnonzero(lengths == length)
        starts = offsets[rows].astype(np.int64)
        for first in range(0, len(rows), _BLOCK):
            block = slice(first, first + _BLOCK)
            mask[rows[block]] = test(text, starts[block])
    return mask


def _weighted(
    text: _Bytes,
    starts: _Starts,
    tables: Sequence[_Table],
    modulus: int,
    remainder: int = 0,
    places: Sequence[int] | None = None,
) -> Mask:
    total = np.zeros(len(starts), dtype=np.uint16)
    for place, table in zip(places or range(len(tables)), tables, strict=True):
        total += table[text[starts + place]]
    result: Mask = (total < _BAD) & (total % modulus == remainder)
    return result


def _uscc_rows(text: _Bytes, starts: _Starts) -> Mask:
    return _weighted(text, starts, _USCC_TABLES, 31)


def _org_rows(text: _Bytes, starts: _Starts) -> Mask:
    return _weighted(text, starts, _ORG_TABLES, 11)


def _dashed_org_rows(text: _Bytes, starts: _Starts) -> Mask:
    sums = _weighted(text, starts, _ORG_TABLES, 11, places=(0, 1, 2, 3, 4, 5, 6, 7, 9))
    result: Mask = sums & (text[starts + 8] == ord("-"))
    return result


def _reg_rows(text: _Bytes, starts: _Starts) -> Mask:
    state = np.full(len(starts), 10, dtype=np.uint16)
    for place in range(14):
        state = _REG_STATES[state * 256 + text[starts + place]]
    digit = text[starts + 14].astype(np.int16) - ord("0")
    result: Mask = (state > 0) & (digit >= 0) & (digit <= 9) & ((state + digit) % 10 == 1)
    return result


def _person_rows(text: _Bytes, starts: _Starts) -> Mask:
    mask = _weighted(text, starts, _PERSON_TABLES, 11, remainder=1)
    kept = np.flatnonzero(mask)
    first = starts[kept]

    def number(place: int, length: int) -> npt.NDArray[np.int32]:
        value = np.zeros(len(first), dtype=np.int32)
        for i in range(place, place + length):
            value = value * 10 + (text[first + i].astype(np.int32) - ord("0"))
        return value

    year, month, day = number(6, 4), number(10, 2), number(12, 2)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    longest = _DAYS[np.where(month <= 12, month, 0)] - ((month == 2) & ~leap)
    mask[kept] = (year >= FIRST_BIRTH_YEAR) & (year <= LAST_BIRTH_YEAR) & (day >= 1) & (day <= longest)
    return mask
