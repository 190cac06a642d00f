"""The public copy of the log (`home/public-log.sqlite3`): what a stranger needs to follow it, and no entry.

Tiles (C2SP tlog-tiles), every head that was published, the key, and the acts of publishing with their bytes, so that each
can be proved. It follows the operational database, is written after every publication, and can be deleted and made again.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from ecredit.foundation.proof.checkpoint import parse_checkpoint
from ecredit.foundation.proof.merkle import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, Tree, tile_path
from ecredit.foundation.proof.proofs import ProofDocument, make_leaf_proof, shown_entry
from ecredit.foundation.proof.shown import record_hash, shown_document
from ecredit.service.publicity.copy_writing import writing_copy

TABLES: Final = """
CREATE TABLE IF NOT EXISTS tile(level INTEGER NOT NULL, place INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (level, place)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS head(size INTEGER PRIMARY KEY, text TEXT NOT NULL, published_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS act(leaf INTEGER PRIMARY KEY, at TEXT NOT NULL, verb TEXT NOT NULL, detail TEXT NOT NULL, entry BLOB NOT NULL, token BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS shown(level INTEGER NOT NULL, place INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (level, place)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stamp(size INTEGER PRIMARY KEY, token BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class PublicHead:
    """A head that was published: its signed text, its size, its root in hexadecimal, when, and the key that verifies it."""

    text: str
    size: int
    root: str
    at: datetime
    key: str


@dataclass(frozen=True, slots=True)
class PublicAct:
    """An act of publishing: its leaf, when, the journal's verb, and what the journal says of it."""

    leaf: int
    at: datetime
    verb: str
    detail: dict[str, Any]


class PublicLog:
    """The copy at a path, opened read-only when first asked; one connection a thread. Without the file it is empty."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    def head(self) -> PublicHead | None:
        """The last head that was published. Read anew only when the copy changed."""
        version = self._all("PRAGMA data_version"), getattr(self._local, "held", (0,))[0]
        known: tuple[object, PublicHead | None] | None = getattr(self._local, "head", None)
        if known is None or known[0] != version:
            known = self._local.head = (version, self._read_head())
        return known[1]

    def _read_head(self) -> PublicHead | None:
        for size, text, at in self._all(
            "SELECT size, text, published_at FROM head ORDER BY size DESC LIMIT 1"
        ):
            root = parse_checkpoint(text).root.hex()
            return PublicHead(text, size, root, datetime.fromisoformat(at), self._key())
        return None

    def stamp(self, size: int) -> bytes | None:
        """The time stamp (a DER token) on the published head of that size; None when there is none."""
        return next(
            (bytes(token) for (token,) in self._all("SELECT token FROM stamp WHERE size = ?", size)), None
        )

    def tile(self, level: int, place: int, width: int) -> bytes | None:
        """A tile of that many hashes; None when the published log has no such tile, or fewer hashes in it."""
        for (hashes,) in self._all("SELECT hashes FROM tile WHERE level = ? AND place = ?", level, place):
            raw = bytes(hashes)
            return raw[: width * HASH_BYTES] if len(raw) >= width * HASH_BYTES else None
        return None

    def proof(self, leaf: int) -> ProofDocument | None:
        """That a leaf is in the log, under the last head; of an act of publishing also what it says. None when there is none."""
        head = self.head()
        if head is None or not 0 <= leaf < head.size:
            return None
        return make_leaf_proof(Tree(self._read, head.size), leaf, head.text, self._shown(leaf))

    def shown_proof(self, record: str, rank: int) -> dict[str, object] | None:
        """That a record's text, which stands after so many others, is among what the last act of publishing made public; None while
        the copy is not of that very act."""
        for (act,) in self._all(
            "SELECT a.detail FROM act a JOIN meta m ON m.key = 'shown' AND CAST(m.value AS INTEGER) = a.leaf"
        ):
            size = int(json.loads(act)["shown"][0])
            tree = Tree(self._read_shown, size)
            leaf = next(int(value) for (value,) in self._all("SELECT value FROM meta WHERE key = 'shown'"))
            proof = self.proof(leaf)
            if proof is None or not 0 <= rank < size or tree.leaf(rank) != record_hash(record):
                return None
            return shown_document(record, rank, size, tree.inclusion_proof(rank), proof)
        return None

    def acts(self, most: int) -> list[PublicAct]:
        """The last acts of publishing, newest first."""
        rows = self._all("SELECT leaf, at, verb, detail FROM act ORDER BY leaf DESC LIMIT ?", most)
        return [
            PublicAct(leaf, datetime.fromisoformat(at), verb, json.loads(doc)) for leaf, at, verb, doc in rows
        ]

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Every tile as tlog-tiles names its file; of those that are not full the one of each head published while it grew.
        The head comes last: whoever reads meanwhile finds what it names."""
        head = self.head()
        if head is None:
            return
        sizes = [size for (size,) in self._all("SELECT size FROM head WHERE size <= ?", head.size)]
        for level, place, hashes in self._all("SELECT level, place, hashes FROM tile ORDER BY level, place"):
            raw = bytes(hashes)
            count = len(raw) // HASH_BYTES
            if count == TILE_WIDTH:
                yield tile_path(level, place), raw
                continue
            first, step = place * TILE_WIDTH, TILE_HEIGHT * level
            for width in sorted({(size >> step) - first for size in sizes}):
                if 0 < width <= count:
                    yield tile_path(level, place, width), raw[: width * HASH_BYTES]
        for size, token in self._all("SELECT size, token FROM stamp ORDER BY size"):
            yield f"stamp/{size}.tst", bytes(token)
        yield "checkpoint", head.text.encode()

    def _shown(self, leaf: int) -> dict[str, object]:
        from_act = self._all("SELECT entry, token FROM act WHERE leaf = ?", leaf)
        return {name: value for entry, token in from_act for name, value in shown_entry(entry, token).items()}

    def _read(self, level: int, place: int) -> bytes | None:
        for (hashes,) in self._all("SELECT hashes FROM tile WHERE level = ? AND place = ?", level, place):
            return bytes(hashes)
        return None

    def _read_shown(self, level: int, place: int) -> bytes | None:
        for (hashes,) in self._all("SELECT hashes FROM shown WHERE level = ? AND place = ?", level, place):
            return bytes(hashes)
        return None

    def _key(self) -> str:
        return next((value for (value,) in self._all("SELECT value FROM meta WHERE key = 'key'")), "")

    def _all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            file = self._path.stat().st_ino
        except FileNotFoundError:
            return []
        held: tuple[int, sqlite3.Connection] | None = getattr(self._local, "held", None)
        if held is None or held[0] != file:  # deleted and made again while this program runs
            opened = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)
            held = self._local.held = (file, opened)
        return held[1].execute(sql, values).fetchall()


def open_copy(path: Path) -> AbstractContextManager[sqlite3.Connection]:
    """One transaction on the copy: all of it is seen, or none."""
    return writing_copy(path, TABLES)
