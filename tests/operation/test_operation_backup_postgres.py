"""Backup, drill and restore of a home whose database is PostgreSQL; and the sentence when its programs are missing."""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from ecredit.service.operation.backup_database import DatabaseProgramFailed, check_postgres_programs
from tests.penalty_rows import row, table

URL = os.environ.get("ECREDIT_DATABASE_URL", "")
ECREDIT = str(Path(sys.executable).with_name("ecredit"))
needs_postgres = pytest.mark.skipif(not URL, reason="no PostgreSQL")


def test_missing_programs_are_named(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DatabaseProgramFailed, match=r"pg_dump.*postgresql-client"):
        check_postgres_programs()


def run(url: str, home: Path, *words: str) -> tuple[int, dict, str]:
    done = subprocess.run(
        [ECREDIT, "--home", str(home), "--json", *words],
        env={**os.environ, "ECREDIT_DATABASE_URL": url}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


@pytest.fixture
def databases(django_db_blocker):
    """Addresses of two new databases, dropped again."""
    names = [f"ecredit_test_{secrets.token_hex(4)}" for _ in range(2)]
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            for name in names:
                cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        yield [urlunsplit(urlsplit(URL)._replace(path=f"/{name}")) for name in names]
        with connection.cursor() as cursor:
            for name in names:
                cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@needs_postgres
def test_a_drill_and_a_restore_into_an_empty_database(databases, tmp_path, django_db_setup):
    live, spare = databases
    (tmp_path / "a.csv").write_text(table(*(row(n) for n in range(30))), encoding="utf-8")
    home, backup = tmp_path / "home", tmp_path / "backup"
    for words in (
        ["init"],
        ["collect", "dual_publicity_penalty", str(tmp_path / "a.csv"), "--by", "gongshang"],
        ["evaluate"],
    ):
        code, _, err = run(live, home, *words)
        assert (code, err) == (0, ""), words
    code, document, err = run(live, home, "backup", str(backup), "--drill")
    assert (code, err) == (0, "") and document["database"] == "postgresql"
    assert document["drill"]["ok"] and document["missing"] == []
    keys = ("--keys", str(home / "keys"))
    code, _, err = run(live, tmp_path / "new", "restore", str(backup), *keys)
    assert code == 2 and "not empty" in err and not (tmp_path / "new").exists()
    code, _, err = run("", tmp_path / "new", "restore", str(backup), *keys)
    assert code == 2 and "ECREDIT_DATABASE_URL" in err
    code, restored, err = run(spare, tmp_path / "new", "restore", str(backup), *keys)
    assert (code, err) == (0, "") and restored["ok"] and restored["size"] == document["log_size"]
    # The drill's own database is gone.
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'ecredit_drill_%%'")
        assert cursor.fetchall() == []
