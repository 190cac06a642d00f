"""Writing a public copy beside the public database: one transaction, seen whole or not at all."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def writing_copy(path: Path, tables: str, *pragmas: str) -> Iterator[sqlite3.Connection]:
    """One transaction on the copy with its `tables` made (statements with `;` between); all of it is seen, or none.

    `pragmas`: what is set besides the journal that lets readers go on.
    """
    connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    try:
        for pragma in ("journal_mode=WAL", *pragmas):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in tables.split(";"):
                connection.execute(statement)
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
