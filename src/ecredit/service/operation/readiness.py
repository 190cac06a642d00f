"""Can this process do its work?"""

import sqlite3
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from django.db import DatabaseError, connection

from ecredit.foundation.kernel.errors import EcreditError
from ecredit.foundation.kernel.home import Home
from ecredit.service.operation.schema import check_schema
from ecredit.service.publicity.errors import NoPublicDatabase
from ecredit.service.publicity.queries import PublicStore

_fit: set[Path] = set()


def data_as_of(home: Home) -> str:
    """The instant of the public data, "" before the first publication. Raises NoPublicDatabase, sqlite3.Error."""
    at = _store(home.public_db).freshness().projected_at
    return at.isoformat() if at else ""


def list_hindrances(home: Home) -> Iterator[tuple[str, str]]:
    """What stands in the way, in both languages; nothing when all is well. No sentence names a path or a value.

    The operational database is looked at where there is one: a server that has only a copy of the public database is whole.
    """
    try:
        data_as_of(home)
    except NoPublicDatabase:
        yield "公示数据库不存在或无法读取", "the public database is missing or unreadable"
    except sqlite3.Error as error:
        named = getattr(error, "sqlite_errorname", type(error).__name__)
        yield f"公示数据库读取失败：{named}", f"reading the public database failed: {named}"
    if has_operational_database(home):
        yield from _database_hindrances(home)


def has_operational_database(home: Home) -> bool:
    """Whether this server has more than a copy of what is public: a database server, or SQLite in its home."""
    return connection.vendor == "postgresql" or home.operational_db.exists()


def _database_hindrances(home: Home) -> Iterator[tuple[str, str]]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if home.root not in _fit:
            check_schema()
            # The tables change under a running process only by `upgrade`, which makes them fit.
            _fit.add(home.root)
    except DatabaseError as error:
        kind = type(error).__name__
        yield f"业务数据库连接不上：{kind}", f"the operational database cannot be reached: {kind}"
    except EcreditError as error:
        yield error.zh, error.en


@lru_cache(maxsize=8)
def _store(path: Path) -> PublicStore:
    return PublicStore(path)
