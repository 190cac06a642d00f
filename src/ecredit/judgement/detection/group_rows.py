"""Rows that share something: codes, counts, medians, usual values and sessions, all over whole columns.

A group is an integer code from 0; -1 means "not known" and belongs to no group. Results are per row unless said otherwise,
and depend only on the rows' order, which is that of their keys: never on threads.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Array = NDArray[Any]
_FEW = 100_000


def encode(hashes: Array) -> tuple[Array, Array]:
    """Return `(codes, keys)`: codes in the order of first appearance, 0 in `hashes` becoming -1; `keys[code]` is the hash."""
    encoded = pa.array(hashes).dictionary_encode()
    codes = np.asarray(encoded.indices, dtype=np.int32)
    keys = np.asarray(encoded.dictionary, dtype=np.uint64)
    missing = np.flatnonzero(keys == 0)
    if len(missing):
        codes = _without(codes, int(missing[0]))
        keys = np.delete(keys, int(missing[0]))
    return codes, keys


def _without(codes: Array, place: int) -> Array:
    """Codes with one of them made "not known" and the gap closed."""
    closed: Array = codes - (codes > place)
    closed[codes == place] = -1
    return closed


def match(keys: Array, wanted: Array) -> Array:
    """Where each of `wanted` stands in `keys` (which holds no doubles), -1 where it does not."""
    if not len(keys):
        return np.full(len(wanted), -1, dtype=np.int64)
    if not (keys[1:] >= keys[:-1]).all():
        order = np.argsort(keys)
        found = match(keys[order], wanted)
        return np.where(found >= 0, order[found], -1)
    if len(wanted) > _FEW and not (wanted[1:] >= wanted[:-1]).all():
        # Looking up in order walks the keys once, instead of jumping through them for each.
        order = np.argsort(wanted)
        place = np.empty(len(wanted), dtype=np.int64)
        place[order] = match(keys, wanted[order])
        return place
    found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[found] == wanted, found, -1)


def pairs(first: Array, second: Array) -> Array:
    """A code for each pair of codes, -1 where one of them is not known."""
    width = int(second.max(initial=-1)) + 1
    joined = first.astype(np.int64) * max(width, 1) + second
    joined = np.where((first >= 0) & (second >= 0), joined, -1)
    return compact(joined)


def compact(codes: Array) -> Array:
    """The same groups numbered from 0 without gaps."""
    encoded = pa.array(codes).dictionary_encode()
    numbers = np.asarray(encoded.indices, dtype=np.int32)
    values = np.asarray(encoded.dictionary)
    missing = np.flatnonzero(values < 0)
    if len(missing):
        numbers = _without(numbers, int(missing[0]))
    return numbers


def sizes(codes: Array) -> Array:
    """How many rows each group has (per group)."""
    return np.bincount(codes[codes >= 0], minlength=int(codes.max(initial=-1)) + 1)


def of_group(values: Array, codes: Array, missing: float = np.nan) -> Array:
    """Each row's value of its group."""
    if not len(values):
        return np.full(len(codes), missing)
    return np.where(codes >= 0, values[np.maximum(codes, 0)], missing)


def count_distinct(codes: Array, values: Array) -> Array:
    """How many different known values each group has (per group)."""
    both = (codes >= 0) & (values >= 0)
    packed = np.sort(_packed(codes[both], values[both].astype(np.uint64)))
    new = np.ones(len(packed), dtype=bool)
    new[1:] = packed[1:] != packed[:-1]
    group = (packed[new] >> np.uint64(32)).astype(np.int64)
    return np.bincount(group, minlength=int(codes.max(initial=-1)) + 1)


def _packed(codes: Array, low: Array) -> Array:
    """Code and a second number of 32 bits in one, so that one sort of plain numbers orders both."""
    return (codes.astype(np.int64).astype(np.uint64) << np.uint64(32)) | low


def by_code(codes: Array, second: Array | None = None) -> Array:
    """The order of rows by code, and by a second code within; equals as they stand. Codes are -1 or more."""
    low = np.zeros(1, dtype=np.uint64) if second is None else (second.astype(np.int64) + 1).astype(np.uint64)
    return np.argsort(_packed(codes, low), kind="stable")


def runs(codes: Array) -> tuple[Array, Array]:
    """Return `(starts, lengths)` of the runs of equal codes."""
    if not len(codes):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    starts = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]]))
    return starts, np.diff(starts, append=len(codes))


def in_time(codes: Array, seconds: Array) -> Array:
    """The order of rows by group and second, equals as they stand; rows of no group come last, unknown times first."""
    known = np.isfinite(seconds)
    start = float(np.min(seconds[known])) if known.any() else 0.0
    passed = np.clip(np.where(known, seconds - start, 0.0), 0.0, 4e9).astype(np.uint64)
    return np.argsort(_packed(codes, passed), kind="stable")


def medians(codes: Array, values: Array, least: int) -> Array:
    """Each group's lower median of the finite values in single precision, NaN under `least` of them (per group)."""
    count = int(codes.max(initial=-1)) + 1
    usable = np.isfinite(values) & (codes >= 0)
    code = codes[usable]
    # Bits of a float in an order that is the order of their values: negative ones turned over, others above them.
    bits = values[usable].astype(np.float32).view(np.uint32)
    bits = np.where(bits >> 31, ~bits, bits | np.uint32(0x80000000))
    packed = np.sort(_packed(code, bits.astype(np.uint64)))
    each = np.bincount(code, minlength=count)
    start = np.concatenate([[0], np.cumsum(each)[:-1]]) if count else np.zeros(0, dtype=np.int64)
    middle = np.full(count, np.nan)
    enough = each >= least
    found = packed[start[enough] + (each[enough] - 1) // 2].astype(np.uint32)
    found = np.where(found >> 31, found & np.uint32(0x7FFFFFFF), ~found).astype(np.uint32)
    middle[enough] = found.view(np.float32)
    return middle


def usual(codes: Array, values: Array) -> tuple[Array, Array]:
    """Each group's commonest known value and how often it occurs; the smallest code of equals (per group)."""
    count, width = int(codes.max(initial=-1)) + 1, int(values.max(initial=-1)) + 1
    known = (codes >= 0) & (values >= 0)
    joined, times = np.unique(
        codes[known].astype(np.int64) * max(width, 1) + values[known], return_counts=True
    )
    group, value = joined // max(width, 1), joined % max(width, 1)
    order = np.lexsort((value, -times, group))
    first = (
        np.concatenate([[True], group[order][1:] != group[order][:-1]]) if len(order) else np.zeros(0, bool)
    )
    chosen = order[first]
    best, often = np.full(count, -1, dtype=np.int64), np.zeros(count, dtype=np.int64)
    best[group[chosen]], often[group[chosen]] = value[chosen], times[chosen]
    return best, often


def first_of_each(codes: Array) -> Array:
    """A mask: the first row of each group."""
    first = np.full(int(codes.max(initial=-1)) + 1, len(codes), dtype=np.int64)
    known = np.flatnonzero(codes >= 0)
    np.minimum.at(first, codes[known], known)
    mask = np.zeros(len(codes), dtype=bool)
    mask[first[first < len(codes)]] = True
    return mask


def sessions(codes: Array, seconds: Array, gap: float) -> Array:
    """A number for each run of rows of one group in which no two neighbours are further apart than `gap` seconds."""
    order = in_time(codes, seconds)
    code, at = codes[order], seconds[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (code[1:] != code[:-1]) | ~(at[1:] - at[:-1] <= gap)
    numbers = np.empty(len(order), dtype=np.int64)
    numbers[order] = np.cumsum(new) - 1
    return np.where(codes >= 0, numbers, -1)
