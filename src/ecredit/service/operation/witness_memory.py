"""What a witness keeps between two visits: the log's key, every head it was shown, and the log's hashes, in one SQLite file."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ecredit.foundation.kernel.errors import EcreditError, InputRefused
from ecredit.foundation.proof.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from ecredit.foundation.proof.merkle import Tree

_FORMAT: Final = "ecredit-witness-1"
_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS head(id INTEGER PRIMARY KEY, size INTEGER NOT NULL, text TEXT NOT NULL, seen_at TEXT NOT NULL, good INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS tile(level INTEGER NOT NULL, place INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (level, place)) WITHOUT ROWID",
)


class WitnessMemory:
    """The file of one witness of one log, made when it is not there. Raises InputRefused for a file that is none."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._run = sqlite3.connect(path, timeout=30, isolation_level=None)
            self._run.execute("PRAGMA synchronous=FULL")
            for table in _TABLES:
                self._run.execute(table)
            if self._get("format") is None:
                self._put("format", _FORMAT)
        except (sqlite3.Error, OSError) as error:
            raise InputRefused(f"{path} 不是见证人的记录文件", f"{path} is no file of a witness") from error

    @property
    def key(self) -> str | None:
        """The log's key, once one was settled on."""
        return self._get("key")

    def settle(self, key: str) -> None:
        """Keep the key for good."""
        self._put("key", key)

    @property
    def head(self) -> Checkpoint | None:
        """The last head that was found good; None at the first visit."""
        row = self._run.execute("SELECT text FROM head WHERE good ORDER BY id DESC LIMIT 1").fetchone()
        return None if row is None else parse_checkpoint(row[0])

    @property
    def head_at(self) -> str:
        """When that head was seen; "" at the first visit."""
        row = self._run.execute("SELECT seen_at FROM head WHERE good ORDER BY id DESC LIMIT 1").fetchone()
        return "" if row is None else str(row[0])

    @property
    def head_text(self) -> str:
        """That head's signed text; "" at the first visit."""
        row = self._run.execute("SELECT text FROM head WHERE good ORDER BY id DESC LIMIT 1").fetchone()
        return "" if row is None else str(row[0])

    def tree(self) -> Tree:
        """The log as it was found good."""
        head = self.head
        return Tree(self.tile, 0 if head is None else head.size)

    def check(self, *, everything: bool = False) -> None:
        """Whether what is kept fits the kept head, which the city signed; with *everything* each hash, else those its root is of.

        Raises InputRefused when not: whatever is then compared with it says nothing of the city.
        """
        try:
            fits = self._fits(everything=everything)
        except (EcreditError, sqlite3.DatabaseError, ValueError, IndexError, TypeError) as error:
            raise damaged() from error
        if not fits:
            raise damaged()

    def _fits(self, *, everything: bool) -> bool:
        head, key = self.head, self.key
        if head is None:
            return self._run.execute("SELECT 1 FROM tile").fetchone() is None
        if key is None:
            return False
        verify_checkpoint(self.head_text, key)
        tree = self.tree()
        if tree.root() != head.root:
            return False
        if not everything:
            return True
        made: dict[tuple[int, int], bytes] = {}
        leaves = [tree.leaf(n) for n in range(head.size)]
        made.update(Tree(lambda level, place: made.get((level, place))).append(leaves))
        whole = Tree(lambda level, place: made.get((level, place)), head.size).root()
        return whole == head.root and all(
            (self.tile(level, place) or b"")[: len(hashes)] == hashes
            for (level, place), hashes in made.items()
        )

    def tile(self, level: int, place: int) -> bytes | None:
        """The kept hashes of a tile."""
        row = self._run.execute(
            "SELECT hashes FROM tile WHERE level = ? AND place = ?", (level, place)
        ).fetchone()
        return None if row is None else bytes(row[0])

    def keep(
        self, text: str, head: Checkpoint, tiles: Mapping[tuple[int, int], bytes], *, at: datetime
    ) -> None:
        """A head that was found good, and the hashes up to it: all or none."""
        with self._run:
            self._run.execute("BEGIN IMMEDIATE")
            self._run.executemany(
                "INSERT OR REPLACE INTO tile VALUES (?,?,?)",
                ((level, place, hashes) for (level, place), hashes in tiles.items()),
            )
            self._note(head.size, text, at, good=True)

    def note_bad(self, text: str, size: int, *, at: datetime) -> None:
        """A head that does not fit: kept as evidence, relied upon for nothing."""
        self._note(size, text, at, good=False)

    def close(self) -> None:
        """End it."""
        self._run.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.close()

    def _note(self, size: int, text: str, at: datetime, *, good: bool) -> None:
        values = (size, text, at.isoformat(), good)
        self._run.execute("INSERT INTO head(size, text, seen_at, good) VALUES (?,?,?,?)", values)

    def _get(self, name: str) -> str | None:
        row = self._run.execute("SELECT value FROM meta WHERE key = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def _put(self, name: str, value: str) -> None:
        self._run.execute("INSERT OR REPLACE INTO meta VALUES (?,?)", (name, value))


def damaged() -> InputRefused:
    """What is said of a file that is not as this witness wrote it."""
    return InputRefused(
        "见证人的记录文件已损坏，与其中保存的日志头不符；这不说明日志有问题。请从备份恢复该文件，或换一个新文件重新开始（以前看到的就无从比较）",
        "the witness's file is damaged: it does not fit the signed head it keeps; that says nothing of the log. Restore the file from a backup, or begin with a new one (what was seen before can then not be compared)",
    )
