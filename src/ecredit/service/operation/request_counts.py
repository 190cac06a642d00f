"""Counts for rate limits of keys and of public pages, and nonces of signed requests, in files of the home that all workers of a
machine share.

They are not worth a write to the operational database for every call: a count lost with the power is no harm, and a nonce is
only good for minutes. Hence a file of its own that does not wait for the disk.
"""

import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.utils import timezone

MINUTE: Final = 60
DAY: Final = 86_400
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS used (key INTEGER, window INTEGER, start INTEGER, n INTEGER, PRIMARY KEY (key, window)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS nonce (key INTEGER, nonce TEXT, at INTEGER, PRIMARY KEY (key, nonce)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS used_start ON used (start);
CREATE INDEX IF NOT EXISTS nonce_at ON nonce (at);
"""
# One row a key and window: another window begins by overwriting it. One statement, so that nobody waits while a thread that
# holds the file is not running.
_COUNT: Final = {
    windows: f"""
INSERT INTO used VALUES {", ".join(["(?, ?, ?, 1)"] * windows)} ON CONFLICT (key, window) DO UPDATE SET
n = CASE WHEN start >= excluded.start THEN n + 1 ELSE 1 END, start = max(start, excluded.start) RETURNING window, n, start
"""
    for windows in (1, 2)
}


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a limit is used: `n` of `most` in a window that ends in `left` seconds."""

    name: str
    n: int
    most: int
    window: int
    left: int

    @property
    def passed(self) -> bool:
        """Whether this call is one too many."""
        return self.n > self.most


class Counts:
    """The file, with a connection for each thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    def count(self, key: int, *, per_minute: int, per_day: int, at: datetime) -> tuple[Use, Use]:
        """Count a call by a key; gives how it stands in its minute and in its day of the city."""
        second = int(at.timestamp())
        midnight = int(timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0).timestamp())
        (minute, minute_start), (day, day_start) = self._count(
            key, ((MINUTE, second - second % MINUTE), (DAY, midnight))
        )
        return (
            Use("minute", minute, per_minute, MINUTE, max(1, minute_start + MINUTE - second)),
            Use("day", day, per_day, DAY, max(1, day_start + DAY - second)),
        )

    def count_minute(self, key: int, *, most: int, at: datetime, brief: bool = False) -> Use:
        """Count a call, and give how it stands in its minute. `brief`: nothing of a minute is kept once another has begun."""
        second = int(at.timestamp())
        if brief:
            self._connection().execute("DELETE FROM used WHERE start < ?", (second - second % MINUTE,))
        ((minute, start),) = self._count(key, ((MINUTE, second - second % MINUTE),))
        return Use("minute", minute, most, MINUTE, max(1, start + MINUTE - second))

    def _count(self, key: int, starts: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        asked = [value for window, start in starts for value in (key, window, start)]
        found = self._connection().execute(_COUNT[len(starts)], asked).fetchall()
        # The order of what a statement returns is nobody's promise.
        counted = {window: (n, start) for window, n, start in found}
        return [counted[window] for window, _ in starts]

    def take_nonce(self, key: int, nonce: str, *, at: int, kept: int) -> bool:
        """Whether nobody has used the nonce in the last `kept` seconds; from now on somebody has."""
        connection = self._connection()
        connection.execute("DELETE FROM nonce WHERE at < ?", (at - kept,))
        return (
            connection.execute("INSERT OR IGNORE INTO nonce VALUES (?, ?, ?)", (key, nonce, at)).rowcount == 1
        )

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=10, isolation_level=None)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")
            connection.executescript(_TABLES)
            self._path.chmod(0o600)
            self._local.connection = connection
        return connection
