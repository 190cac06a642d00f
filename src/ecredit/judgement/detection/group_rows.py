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
# Rows looked at together where one step's columns should still be near when the next asks for them.
BLOCK = 1 << 18
# Among evenly spread hashes no more than this many share a head; where more do, they are no hashes.
_CROWD = 40


def encode(hashes: Array) -> tuple[Array, Array]:
    """Return `(codes, keys)`: codes in the order of the hashes, 0 in `hashes` becoming -1; `keys[code]` is the hash, ascending."""
    if len(hashes) <= _FEW:
        keys, found = np.unique(hashes, return_inverse=True)
        codes = found.astype(np.int32)
    else:
        # A few different ones are looked up fastest in a table, millions of them by sorting.
        sample = np.unique(hashes[:_FEW])
        if len(sample) < _FEW // 10:
            encoded = pa.array(hashes).dictionary_encode()
            found = np.asarray(encoded.dictionary, dtype=np.uint64)
            order = np.argsort(found)
            keys, place = found[order], np.empty(len(found), dtype=np.int32)
            place[order] = np.arange(len(found), dtype=np.int32)
            codes = place[np.asarray(encoded.indices)]
        else:
            codes, keys = _encode_sorted(hashes)
    if len(keys) and keys[0] == 0:
        codes -= 1
        keys = keys[1:]
    return codes, keys


def _encode_sorted(hashes: Array) -> tuple[Array, Array]:
    order = hash_order(hashes)
    there = hashes[order]
    codes = _numbered(order, there)
    return codes, there[runs(there)[0]]


def _numbered(order: Array, there: Array) -> Array:
    """The number of each row's group, from 0: `there` is what the rows have, in their order."""
    new = np.ones(len(there), dtype=bool)
    new[1:] = there[1:] != there[:-1]
    numbers = np.cumsum(new, dtype=np.int32)
    numbers -= 1
    codes = np.empty(len(there), dtype=np.int32)
    codes[order] = numbers
    return codes


def hash_order(hashes: Array) -> Array:
    """The order of hashes; equals in no order of their own.

    Their heads are sorted together with their places, ten times as fast as asking for an order; the few heads that two hashes
    share are told apart afterwards.
    """
    order = _head_order(hashes)
    there = hashes[order]
    falls = np.flatnonzero(there[1:] < there[:-1])
    if len(falls):
        places = _places(len(hashes))
        there >>= np.uint64(places)
        for head in np.unique(there[falls]):
            low, high = np.searchsorted(there, [head, head + np.uint64(1)])
            order[low:high] = order[low:high][np.argsort(hashes[order[low:high]], kind="stable")]
    return order


def _head_order(hashes: Array) -> Array:
    """The order of hashes by all but their lowest bits, in which their places are kept."""
    places = _places(len(hashes))
    packed = hashes >> np.uint64(places)
    packed <<= np.uint64(places)
    packed |= np.arange(len(hashes), dtype=np.uint64)
    packed.sort()
    packed &= np.uint64((1 << places) - 1)
    return packed.astype(_index_type(len(hashes)))


def _places(rows: int) -> int:
    """Bits that hold any place among so many rows."""
    return max(rows - 1, 1).bit_length()


def match(keys: Array, wanted: Array) -> Array:
    """Where each of `wanted` stands in `keys` (which holds no doubles), -1 where it does not."""
    if not len(keys):
        return np.full(len(wanted), -1, dtype=np.int64)
    if len(keys) == len(wanted) and np.array_equal(keys, wanted):
        return np.arange(len(keys))
    if not (keys[1:] >= keys[:-1]).all():
        order = np.argsort(keys)
        found = match(keys[order], wanted)
        return np.where(found >= 0, order[found], -1)
    if len(wanted) > _FEW and len(keys) > _FEW and keys.dtype == wanted.dtype == np.uint64:
        place = _found_by_head(keys, wanted)
        if place is not None:
            return place
    return _found(keys, wanted)


def _found_by_head(keys: Array, wanted: Array) -> Array | None:
    """As `_found`, for many: where a hash's head begins among the keys is in a table, and it stands there or a few further on.

    None where the keys are not spread evenly, as hashes are.
    """
    bits = len(keys).bit_length() - 1
    shift = np.uint64(64 - bits)
    count = np.bincount((keys >> shift).view(np.int64), minlength=1 << bits)
    if count.max() > _CROWD:
        return None
    index = _index_type(len(keys))
    begins = (np.cumsum(count) - count).astype(index)
    del count
    place = np.empty(len(wanted), dtype=index)
    last = len(keys) - 1
    for start in range(0, len(wanted), BLOCK):
        asked = wanted[start : start + BLOCK]
        at = np.minimum(begins[(asked >> shift).view(np.int64)], last)
        behind = np.flatnonzero(keys[at] < asked)
        while len(behind):
            at[behind] += 1
            behind = behind[at[behind] <= last]
            behind = behind[keys[at[behind]] < asked[behind]]
        np.minimum(at, last, out=at)
        at[keys[at] != asked] = -1
        place[start : start + BLOCK] = at
    return place


def _found(keys: Array, wanted: Array) -> Array:
    found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1).astype(_index_type(len(keys)))
    found[keys[found] != wanted] = -1
    return found


def _index_type(rows: int) -> type[np.int32] | type[np.int64]:
    return np.int32 if rows < 2**31 else np.int64


def in_order(number: Array, width: int) -> tuple[Array, Array]:
    """Return `(order, sorted)` of numbers from 0 below `2 ** width`, equals as they stand.

    One sort of plain numbers, their places in the low bits, is ten times as fast as asking for the order of numbers.
    """
    places = _places(len(number))
    if width + places > 64:
        order = np.argsort(number, kind="stable")
        return order, number[order]
    packed = number.astype(np.uint64)
    packed <<= np.uint64(places)
    packed |= np.arange(len(number), dtype=np.uint64)
    packed.sort()
    order = (packed & np.uint64((1 << places) - 1)).astype(_index_type(len(number)))
    packed >>= np.uint64(places)
    return order, packed


def pairs(first: Array, second: Array) -> Array:
    """A code for each pair of codes, in their order, -1 where one of them is not known."""
    width = max(int(second.max(initial=-1)) + 1, 1)
    joined = first.astype(np.int64)
    joined *= width
    joined += second
    joined[(first < 0) | (second < 0)] = -1
    return compact(joined)


def compact(codes: Array) -> Array:
    """The same groups numbered from 0 without gaps, in their order."""
    if not len(codes):
        return np.zeros(0, dtype=np.int32)
    top = int(codes.max())
    if top < 2 * len(codes):
        # Few enough numbers for a table of them; its last place is that of -1.
        seen = np.zeros(top + 2, dtype=bool)
        seen[codes] = True
        number = np.cumsum(seen, dtype=np.int32)
        number -= 1
        number[-1] = -1
        return np.asarray(number[codes])
    known = np.flatnonzero(codes >= 0)
    if len(known) < len(codes) // 2:
        found = np.full(len(codes), -1, dtype=np.int32)
        found[known] = _numbered(*in_order(codes[known], top.bit_length()))
        return found
    order, there = in_order(codes + 1, (top + 1).bit_length())
    found = _numbered(order, there)
    found -= int(there[0] == 0)
    return found


def sizes(codes: Array) -> Array:
    """How many rows each group has (per group)."""
    return np.bincount(codes[codes >= 0], minlength=int(codes.max(initial=-1)) + 1)


def of_group(values: Array, codes: Array, missing: float = np.nan) -> Array:
    """Each row's value of its group."""
    if not len(values):
        return np.full(len(codes), missing)
    return np.where(codes >= 0, values[np.maximum(codes, 0)], missing)


def mixed(codes: Array, values: Array) -> tuple[Array, Array]:
    """Return `(some, several)`: a known value of each group, -1 without; whether it has another one too (per group)."""
    count = int(codes.max(initial=-1)) + 1
    some, several = np.full(count, -1, dtype=values.dtype), np.zeros(count, dtype=bool)
    for start in range(0, len(codes), BLOCK):
        code, value = codes[start : start + BLOCK], values[start : start + BLOCK]
        known = (code >= 0) & (value >= 0)
        some[code[known]] = value[known]
    for start in range(0, len(codes), BLOCK):
        code, value = codes[start : start + BLOCK], values[start : start + BLOCK]
        known = (code >= 0) & (value >= 0)
        code, value = code[known], value[known]
        several[code[some[code] != value]] = True
    return some, several


def rows_of(groups: Array, codes: Array) -> Array:
    """The rows of those groups for which `groups` is true."""
    return np.flatnonzero(groups[codes] & (codes >= 0)) if len(groups) else np.zeros(0, dtype=np.int64)


def count_distinct(codes: Array, values: Array) -> Array:
    """How many different known values each group has (per group)."""
    some, several = mixed(codes, values)
    many = (some >= 0).astype(np.int64)
    # Only groups of more than one have to be sorted: few, where values hardly differ.
    rows = rows_of(several, codes)
    rows = rows[values[rows] >= 0]
    packed = _packed(codes[rows], values[rows].astype(np.uint64))
    packed.sort()
    new = np.ones(len(packed), dtype=bool)
    new[1:] = packed[1:] != packed[:-1]
    group = (packed[new] >> np.uint64(32)).astype(np.int64)
    found = np.bincount(group, minlength=len(many))
    many[several] = found[several]
    return many


def _packed(codes: Array, low: Array) -> Array:
    """Code and a second number of 32 bits in one, so that one sort of plain numbers orders both."""
    packed = codes.astype(np.int64).astype(np.uint64)
    packed <<= np.uint64(32)
    packed |= low
    return packed


def by_code(codes: Array, second: Array | None = None) -> Array:
    """The order of rows by code, and by a second code within; equals as they stand. Codes are -1 or more."""
    number = codes.astype(np.int64) + 1
    if second is not None:
        width = int(second.max(initial=-1)) + 2
        number *= width
        number += second
        number += 1
    return in_order(number, int(number.max(initial=0)).bit_length())[0]


def runs(codes: Array) -> tuple[Array, Array]:
    """Return `(starts, lengths)` of the runs of equal codes."""
    if not len(codes):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    starts = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]]))
    return starts, np.diff(starts, append=len(codes))


def earliest(seconds: Array) -> float:
    """The first of the known times; 0 without any."""
    first = float(np.min(seconds, where=np.isfinite(seconds), initial=np.inf))
    return first if np.isfinite(first) else 0.0


def in_time(codes: Array, seconds: Array, start: float | None = None) -> Array:
    """The order of rows by group and second, equals as they stand; rows of no group come last, unknown times stand at the start.

    start  no known time is before it; None: the first of them
    """
    if not len(codes):
        return np.zeros(0, dtype=np.int32)
    start = earliest(seconds) if start is None else start
    known = np.isfinite(seconds)
    passed = np.clip(np.where(known, seconds - start, 0.0), 0.0, 4e9).astype(np.uint64)
    early, _ = in_order(passed, int(passed.max()).bit_length())
    del passed, known
    code = codes[early].astype(np.int64)
    code[code < 0] = int(codes.max(initial=-1)) + 1
    late, _ = in_order(code, (int(codes.max(initial=-1)) + 1).bit_length())
    return np.asarray(early[late])


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
    width = max(int(values.max(initial=-1)) + 1, 1)
    some, several = mixed(codes, values)
    best = some.astype(np.int64)
    often = np.bincount(codes[(codes >= 0) & (values >= 0)], minlength=len(some))
    rows = rows_of(several, codes)
    rows = rows[values[rows] >= 0]
    joined = codes[rows].astype(np.int64)
    joined *= width
    joined += values[rows]
    joined.sort()
    starts, times = runs(joined)
    joined = joined[starts]
    group, value = joined // width, joined % width
    if len(group):
        first, _ = runs(group)
        # The most often, and of equals the smallest: one number that is largest for it.
        rank = times.astype(np.int64) * width + (width - 1 - value)
        top = np.maximum.reduceat(rank, first)
        best[group[first]], often[group[first]] = width - 1 - top % width, top // width
    return best, often


def first_of_each(codes: Array) -> Array:
    """A mask: the first row of each group."""
    first = np.full(int(codes.max(initial=-1)) + 1, len(codes), dtype=np.int64)
    known = np.flatnonzero(codes >= 0)[::-1]
    first[codes[known]] = known  # of the same place the last one set stays: the first row
    mask = np.zeros(len(codes), dtype=bool)
    mask[first[first < len(codes)]] = True
    return mask


def count_sessions(codes: Array, seconds: Array, gap: float) -> Array:
    """How many sessions each group has: runs of rows in which no two neighbours are further apart than `gap` seconds (per group)."""
    many = sizes(codes)
    rows = rows_of(many >= 2, codes)
    order = in_time(codes[rows], seconds[rows], earliest(seconds))
    code, at = codes[rows][order], seconds[rows][order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (code[1:] != code[:-1]) | ~(at[1:] - at[:-1] <= gap)
    found = np.bincount(code[new], minlength=len(many))
    return np.where(many >= 2, found, many)
