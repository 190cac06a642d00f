"""Many rows at once: COPY on PostgreSQL, one prepared statement on SQLite.

Django's `bulk_create` builds a model object and a slice of SQL per row; at a million rows that is most of the time.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction


def bulk_insert(
    table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, utf8: Collection[str] = ()
) -> None:
    """Append `rows` (values in the order of `columns`) to `table`, inside the caller's transaction.

    Values are plain: int, str, bytes, None, bool, or dates and instants as `sql_date`/`sql_instant` give them. Of the
    columns `utf8` they are texts given as UTF-8, which SQLite takes without reading them.
    Raises what the database raises; nothing is kept of a failed call because the transaction is the caller's.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(f"bulk_insert({table}) outside a transaction")
    quoted = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" ({quoted}) FROM STDIN') as copy:
                read = [name in utf8 for name in columns]
                for row in rows:
                    copy.write_row(
                        [v.decode() if is_utf8 else v for v, is_utf8 in zip(row, read, strict=True)]
                    )
        else:
            marks = ", ".join("CAST(? AS TEXT)" if name in utf8 else "?" for name in columns)
            # The driver's own cursor: Django's wrapper rewrites placeholders on every call.
            cursor.connection.executemany(f'INSERT INTO "{table}" ({quoted}) VALUES ({marks})', rows)


def sql_date(day: date | None) -> Any:
    """A day as this database's driver takes it in `bulk_insert`."""
    if day is None or connection.vendor == "postgresql":
        return day
    return day.isoformat()


def sql_instant(at: datetime) -> Any:
    """An instant (aware, UTC) as this database's driver takes it in `bulk_insert`."""
    if connection.vendor == "postgresql":
        return at
    return at.strftime("%Y-%m-%d %H:%M:%S.%f") if at.microsecond else at.strftime("%Y-%m-%d %H:%M:%S")


def stream_rows(sql: str, values: Sequence[Any] = (), *, size: int = 20_000) -> Iterator[Any]:
    """Rows of a query, a part at a time on both databases (PostgreSQL needs a named cursor for that)."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, values or None)
        while rows := cursor.fetchmany(size):
            yield from rows


def select_in(
    sql: str, values: Sequence[Any], *, before: Sequence[Any] = (), kind: str = "text", chunk: int = 50_000
) -> Iterator[tuple[Any, ...]]:
    """Rows of `sql`, whose `{values}` stands for a sub-select of `values`: any number of them, one plan.

    `kind` is the PostgreSQL type of a value: text or bigint.
    """
    with connection.cursor() as cursor:
        for start in range(0, len(values), chunk):
            part = list(values[start : start + chunk])
            if connection.vendor == "postgresql":
                cursor.execute(sql.replace("{values}", f"SELECT unnest(%s::{kind}[])"), [*before, part])
            else:
                source = "SELECT value FROM json_each(%s)"
                cursor.execute(sql.replace("{values}", source), [*before, json.dumps(part)])
            while rows := cursor.fetchmany(10_000):
                yield from rows


def refresh_statistics(*tables: str) -> None:
    """Tell PostgreSQL how large these tables have become; nothing on SQLite, whose plans do not depend on it.

    A table filled within minutes has no statistics yet, and a join planned for an empty one goes through it row by row.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE " + ", ".join(f'"{table}"' for table in tables))
