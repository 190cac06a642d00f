"""The operational database into a backup and out of it, while others read and write it.

SQLite by its online backup from within one read transaction, PostgreSQL by pg_dump of an exported snapshot: either way one
instant, and what that instant's log head, migrations and named files are is read from the very same snapshot.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction

from ecredit.foundation.kernel.errors import EcreditError, WrongUse

DUMP: Final = "database.dump"
_PAGES: Final = 4096
Ask = Callable[[str], Sequence[tuple[Any, ...]]]


class DatabaseProgramFailed(EcreditError):  # noqa: N818 - says what happened
    """pg_dump or pg_restore is missing or gave up."""

    code = "backup.database_program"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the database says at the instant of its copy. `named` are files of the home it rests on, relative to it."""

    log_size: int
    checkpoint: str
    migrations: tuple[str, ...]
    named: tuple[str, ...]


def copy_sqlite(source: Path, target: Path) -> None:
    """A whole SQLite database as one file, as it stood at one instant; writers go on meanwhile."""
    with closing(sqlite3.connect(source, timeout=60)) as live, closing(sqlite3.connect(target)) as copy:
        # A read transaction held from here on: else every commit of another process would start the copy anew.
        live.isolation_level = None
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()
        live.backup(copy, pages=_PAGES, sleep=0)
        live.execute("ROLLBACK")
        copy.execute("PRAGMA journal_mode=DELETE")
    target.chmod(0o600)


def read_sqlite(copy: Path) -> Snapshot:
    """What a copy says."""
    with closing(sqlite3.connect(copy)) as database:
        return _read(lambda sql: database.execute(sql).fetchall())


def dump_postgres(target: Path) -> Snapshot:
    """The database in pg_dump's custom format. Raises DatabaseProgramFailed."""
    program = _find_program("pg_dump")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (name,) = cursor.fetchone()

        def ask(sql: str) -> Sequence[tuple[Any, ...]]:
            cursor.execute(sql)
            rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
            return rows

        snapshot = _read(ask)
        _run(
            [
                program,
                "--format=custom",
                f"--snapshot={name}",
                "--no-owner",
                "--no-privileges",
                f"--file={target}",
            ]
        )
    target.chmod(0o600)
    return snapshot


def load_postgres(dump: Path) -> None:
    """Fill the empty database of the settings from a dump, all of it or nothing. Raises DatabaseProgramFailed."""
    program = _find_program("pg_restore")
    database = _environment()["PGDATABASE"]
    _run(
        [
            program,
            "--no-owner",
            "--no-privileges",
            "--exit-on-error",
            "--single-transaction",
            f"--dbname={database}",
            str(dump),
        ]
    )


def check_postgres_programs() -> None:
    """Raises DatabaseProgramFailed when they are not there, before any work is done."""
    for name in ("pg_dump", "pg_restore"):
        _find_program(name)


def list_tables() -> list[str]:
    """The tables of the settings' database; none in one that is new."""
    with connection.cursor() as cursor:
        return connection.introspection.table_names(cursor)


def _read(ask: Ask) -> Snapshot:
    # Said in SQL, not by the rooms' own queries: it is asked of a copy, which no model is bound to.
    heads = ask("SELECT size, checkpoint FROM actors_log_head ORDER BY size DESC LIMIT 1")
    if not heads:
        raise WrongUse("日志还是空的，没有可备份的内容", "the log is empty, there is nothing to back up")
    landed = ask("SELECT DISTINCT digest FROM collection_batch ORDER BY digest")
    mirrored = ask("SELECT path FROM records_mirror_part ORDER BY path")
    pictures = ask("SELECT picture FROM evaluation_run ORDER BY id DESC LIMIT 1")
    applied = ask("SELECT app, name FROM django_migrations ORDER BY app, name")
    return Snapshot(
        log_size=heads[0][0],
        checkpoint=heads[0][1],
        migrations=tuple(dict.fromkeys(f"{app}.{name}" for app, name in applied)),
        named=(
            *(f"landing/{digest}.sealed" for (digest,) in landed),
            *(path for (path,) in (*mirrored, *pictures)),
        ),
    )


def _find_program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise DatabaseProgramFailed(
            f"找不到 {name}；请安装 PostgreSQL 的客户端程序（Debian：postgresql-client），版本不低于服务器",
            f"{name} was not found; install PostgreSQL's client programs (Debian: postgresql-client), as new as the server",
        )
    return found


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        # The programs' first line names the cause; what follows may quote statements, and with them values.
        cause = (done.stderr.strip().splitlines() or ["?"])[0][:300]
        name = Path(command[0]).name
        raise DatabaseProgramFailed(f"{name} 没有成功：{cause}", f"{name} failed: {cause}")


def _environment() -> Mapping[str, str]:
    """The settings' database for PostgreSQL's programs; nothing of it is visible in the list of processes."""
    held = connection.settings_dict
    wanted = {
        "PGHOST": "HOST",
        "PGPORT": "PORT",
        "PGUSER": "USER",
        "PGPASSWORD": "PASSWORD",
        "PGDATABASE": "NAME",
    }
    given = {variable: str(held[name]) for variable, name in wanted.items() if held.get(name)}
    return {**{k: v for k, v in os.environ.items() if k not in wanted}, **given}
