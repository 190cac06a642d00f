"""A full-text index of names in the public database: what is taken out leaves its bytes, too.

The index keeps no text of its own, so that removing a row needs the very words that were put in.
"""

import sqlite3
from collections.abc import Iterable


class NameIndex:
    """The index `table` (FTS5, contentless) while a transaction writes. What is removed goes at `settle`: most comes back the
    same before."""

    def __init__(self, connection: sqlite3.Connection, table: str) -> None:
        self._connection, self._table = connection, table
        self._void: dict[int, str] = {}
        self._removed = False

    def put(self, rows: Iterable[tuple[int, str]]) -> None:
        """Add rows with their words."""
        fresh = []
        for row, words in rows:
            if self._void.get(row) == words:
                del self._void[row]
            else:
                fresh.append((row, words))
        self._remove([row for row, _ in fresh if row in self._void])
        self._connection.executemany(f"INSERT INTO {self._table}(rowid, bigrams) VALUES (?,?)", fresh)

    def void(self, row: int, words: str) -> None:
        """This row, with these words in the index, is there no more."""
        self._void[row] = words

    def settle(self) -> None:
        """Take what is void out. Until its segments are merged the index keeps the words beside a mark that they are void."""
        self._remove(list(self._void))
        if self._removed:
            self._connection.execute(f"INSERT INTO {self._table}({self._table}) VALUES ('optimize')")
            self._removed = False

    def _remove(self, rows: Iterable[int]) -> None:
        for row in rows:
            self._connection.execute(
                f"INSERT INTO {self._table}({self._table}, rowid, bigrams) VALUES ('delete', ?, ?)",
                (row, self._void.pop(row)),
            )
            self._removed = True
