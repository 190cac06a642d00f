"""The Merkle tree of RFC 9162 section 2.1, kept in tiles.

A tile is up to 256 consecutive hashes of one tile level: level 0 holds leaf hashes, level 1 the roots of
full level-0 tiles (sub-trees of 256 leaves), level 2 those of 65,536 leaves, as in C2SP tlog-tiles.
Everything between is computed from a tile when needed. Growing the tree only ever lengthens tiles, never
changes a hash in one, so a stored tile that is longer than the tree's size asks for is as good as one of
the exact length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from ecredit.foundation.proof.errors import TileMissing

HASH_BYTES = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
TILE_BYTES = TILE_WIDTH * HASH_BYTES
EMPTY_ROOT = sha256(b"").digest()

TileReader = Callable[[int, int], bytes | None]
"""(tile level, tile index) → the newest stored bytes of that tile, or None."""

_CACHED_TILES = 64


def leaf_hash(data: bytes) -> bytes:
    """The hash of one log entry: SHA-256 over 0x00 and the entry."""
    return sha256(b"\x00" + data).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """:func:`leaf_hash` of each entry."""
    return [sha256(b"\x00" + data).digest() for data in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbours: SHA-256 over 0x01, the left and the right hash."""
    return sha256(b"\x01" + left + right).digest()


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Where C2SP tlog-tiles publishes a tile: ``tile/0/x001/234``, ``.p/<width>`` added if not full."""
    digits = f"{index:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    path = "/".join([f"x{g}" for g in groups[:-1]] + groups[-1:])
    return f"tile/{level}/{path}" + ("" if width == TILE_WIDTH else f".p/{width}")


class Tree:
    """A tree of *size* leaves whose tiles are read, when needed, through *reader*.

    The right edge (the last, unfilled tile of each level) is kept in memory: appending and the root need
    nothing else. Store the tiles that :meth:`append` returns before asking for proofs. Not safe for
    several threads.
    """

    def __init__(self, reader: TileReader, size: int = 0) -> None:
        """Raises TileMissing when a tile of the right edge cannot be read."""
        self._reader = reader
        self._size = size
        self._edges: list[bytes] = []
        self._cache: dict[tuple[int, int], list[bytes]] = {}
        level = 0
        while count := size >> (TILE_HEIGHT * level):
            width = count % TILE_WIDTH
            self._edges.append(self._read(level, count // TILE_WIDTH, width) if width else b"")
            level += 1

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self._size

    def append(self, hashes: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
        """Add leaf hashes; returns every new or lengthened tile as ``(level, index) → bytes``.

        Only complete sub-trees are in tiles. Raises ValueError when a hash does not have 32 bytes.
        """
        fresh = b"".join(hashes)
        if len(fresh) != len(hashes) * HASH_BYTES or any(len(h) != HASH_BYTES for h in hashes):
            raise ValueError("leaf hashes have 32 bytes each")
        changed: dict[tuple[int, int], bytes] = {}
        level, before = 0, self._size
        while fresh:
            if level == len(self._edges):
                self._edges.append(b"")
            run = self._edges[level] + fresh
            first = (before >> (TILE_HEIGHT * level)) // TILE_WIDTH
            self._cache.pop((level, first), None)
            full = len(run) // TILE_BYTES
            for i in range(full):
                changed[level, first + i] = run[i * TILE_BYTES : (i + 1) * TILE_BYTES]
            self._edges[level] = run[full * TILE_BYTES :]
            if self._edges[level]:
                changed[level, first + full] = self._edges[level]
            fresh = run[: full * TILE_BYTES]
            for _ in range(TILE_HEIGHT):
                fresh = _halve(fresh)
            level += 1
        self._size += len(hashes)
        return changed

    def root(self, size: int | None = None) -> bytes:
        """The root hash of the first *size* leaves (all of them by default)."""
        size = self._upto(size)
        return self._range(0, size) if size else EMPTY_ROOT

    def leaf(self, index: int) -> bytes:
        """The leaf hash at *index*."""
        if not 0 <= index < self._size:
            raise IndexError(f"no leaf {index} in a tree of {self._size}")
        return self._node(0, index)

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """The audit path of leaf *index* in the tree of the first *size* leaves (RFC 9162 2.1.3.1)."""
        size = self._upto(size)
        if not 0 <= index < size:
            raise IndexError(f"no leaf {index} in a tree of {size}")
        path: list[bytes] = []
        low, high = 0, size
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low = middle
        return path[::-1]

    def consistency_proof(self, old: int, new: int | None = None) -> list[bytes]:
        """That the first *old* leaves of the tree of *new* leaves are what they were (RFC 9162 2.1.4.1).

        Empty when *old* is 0 or equals *new*: then there is nothing to show.
        """
        new = self._upto(new)
        if not 0 <= old <= new:
            raise IndexError(f"no tree of {old} inside one of {new}")
        if old in (0, new):
            return []
        proof: list[bytes] = []
        low, high, whole = 0, new, True
        while old != high:
            middle = low + _split(high - low)
            if old <= middle:
                proof.append(self._range(middle, high))
                high = middle
            else:
                proof.append(self._range(low, middle))
                low, whole = middle, False
        if not whole:
            proof.append(self._range(low, high))
        return proof[::-1]

    def _upto(self, size: int | None) -> int:
        if size is None:
            return self._size
        if not 0 <= size <= self._size:
            raise IndexError(f"no tree of {size} inside one of {self._size}")
        return size

    def _range(self, low: int, high: int) -> bytes:
        """The root over leaves low..high-1, where low begins a sub-tree of at least that many leaves."""
        count = high - low
        if count & (count - 1) == 0:
            height = count.bit_length() - 1
            return self._node(height, low >> height)
        middle = low + _split(count)
        return node_hash(self._range(low, middle), self._range(middle, high))

    def _node(self, height: int, position: int) -> bytes:
        """The root of the complete sub-tree of 2**height leaves number *position*."""
        level, rise = divmod(height, TILE_HEIGHT)
        index, offset = divmod(position << rise, TILE_WIDTH)
        start = (offset >> rise) * HASH_BYTES
        return self._heights(level, index)[rise][start : start + HASH_BYTES]

    def _heights(self, level: int, index: int) -> list[bytes]:
        """The hashes of a tile and of each height above them inside it (full pairs only)."""
        key = level, index
        if key not in self._cache:
            if len(self._cache) >= _CACHED_TILES:
                del self._cache[next(iter(self._cache))]
            count = self._size >> (TILE_HEIGHT * level)
            at_edge = index == count // TILE_WIDTH
            self._cache[key] = _pyramid(
                self._edges[level] if at_edge else self._read(level, index, TILE_WIDTH)
            )
        return self._cache[key]

    def _read(self, level: int, index: int, width: int) -> bytes:
        tile = self._reader(level, index)
        if tile is None or len(tile) < width * HASH_BYTES:
            raise TileMissing(
                f"日志缺少第 {level} 层第 {index} 块（应有 {width} 个散列）。请从备份恢复日志后再核验。",
                f"The log lacks tile {index} of level {level} ({width} hashes). Restore it from a backup.",
                level=level,
                index=index,
                width=width,
            )
        return tile[: width * HASH_BYTES]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """True when *proof* leads from *leaf* at *index* to the *root* of *size* leaves (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    fn, sn, result = index, size - 1, leaf
    for part in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            result = node_hash(part, result)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            result = node_hash(result, part)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and result == root


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """True when *proof* shows the tree of *old* leaves to be the beginning of the one of *new* (2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    parts = list(proof)
    if old & (old - 1) == 0:
        parts.insert(0, old_root)
    if not parts:
        return False
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = second = parts[0]
    for part in parts[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            first, second = node_hash(part, first), node_hash(part, second)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node_hash(second, part)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and first == old_root and second == new_root


def _split(count: int) -> int:
    """The largest power of two below *count* (count > 1)."""
    return 1 << ((count - 1).bit_length() - 1)


def _halve(run: bytes) -> bytes:
    """Each full pair of hashes in *run* hashed together; an odd last one is left out."""
    pair = 2 * HASH_BYTES
    return b"".join(
        [sha256(b"\x01" + run[i : i + pair]).digest() for i in range(0, len(run) - pair + 1, pair)]
    )


def _pyramid(tile: bytes) -> list[bytes]:
    heights = [tile]
    for _ in range(TILE_HEIGHT - 1):
        heights.append(_halve(heights[-1]))
    return heights
