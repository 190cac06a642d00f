"""A home that is older or newer than the program is noticed in one sentence; `ecredit upgrade` backs up and migrates."""

import sqlite3
from pathlib import Path

import pytest

from bench.kill_commands import Commands


@pytest.fixture
def commands(tmp_path):
    with Commands(tmp_path / "home", block_rows=0) as made:
        made.run("init")
        yield made


def change(home: Path, *statements: str) -> None:
    with sqlite3.connect(home / "ecredit.sqlite3") as database:
        for statement in statements:
            database.execute(statement)


def said(commands: Commands, *words: str) -> tuple[int | None, str]:
    running = commands.start(*words)
    _, err = running.communicate()
    return running.returncode, err


def test_an_older_home_waits_for_upgrade_which_backs_it_up(commands, tmp_path):
    assert commands.run("upgrade") == {"applied": [], "backup": None}
    # As a home of the time before sessions had a table.
    change(commands.home, "DROP TABLE django_session", "DELETE FROM django_migrations WHERE app = 'sessions'")
    for words in (["log", "head"], ["suppliers"], ["init"], ["backup", str(tmp_path / "b")]):
        code, err = said(commands, *words)
        assert code == 2 and "run ecredit upgrade first" in err and len(err.splitlines()) == 1, words
    done = commands.run("upgrade")
    assert done["applied"] == ["sessions.0001_initial"]
    assert Path(done["backup"]).parent == tmp_path
    commands.run("init")
    assert commands.run("log", "audit")["ok"]
    # The backup is of the home as it was, and a restore brings it up by itself.
    with Commands(tmp_path / "new", block_rows=0) as elsewhere:
        restored = elsewhere.run("restore", done["backup"], "--keys", str(commands.home / "keys"))
        assert restored["ok"] and restored["upgraded"] == ["sessions.0001_initial"]


def test_a_newer_home_is_left_alone(commands):
    change(
        commands.home,
        "INSERT INTO django_migrations (app, name, applied) VALUES ('records', '0999_later', '2030-01-01')",
    )
    before = (commands.home / "log" / "heads.jsonl").read_bytes()
    for words in (["log", "head"], ["init"], ["upgrade"]):
        code, err = said(commands, *words)
        assert code == 2 and "newer program" in err and "0999_later" in err, words
    assert (commands.home / "log" / "heads.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("statements", "lacks"),
    [
        (
            ["ALTER TABLE actors_person DROP COLUMN must_change_password"],
            "actors_person.must_change_password",
        ),
        (["DROP TABLE actors_approval"], "actors_approval"),
        # Something a migration will bring besides: only what none brings is named.
        (
            [
                "DROP TABLE django_session",
                "DELETE FROM django_migrations WHERE app = 'sessions'",
                "ALTER TABLE actors_journal DROP COLUMN detail",
            ],
            "actors_journal.detail",
        ),
    ],
)
def test_a_home_of_an_earlier_build_is_refused_by_name(commands, tmp_path, statements, lacks):
    """Its migrations are noted as applied, but the first ones were changed in place since."""
    change(commands.home, *statements)
    code, err = said(commands, "upgrade")
    assert code == 2 and f"lacks {lacks}; before the first release" in err and len(err.splitlines()) == 1
    assert f"数据库缺少 {lacks}；首次发布之前" in err and [p.name for p in tmp_path.iterdir()] == ["home"]
    for words in (["log", "head"], ["init"], ["serve"]):
        code, err = said(commands, *words)
        assert code == 2 and ("earlier build" in err or "ecredit upgrade" in err), words


def test_without_a_backup_only_when_told(commands, tmp_path):
    change(commands.home, "DROP TABLE django_session", "DELETE FROM django_migrations WHERE app = 'sessions'")
    assert commands.run("upgrade", "--no-backup") == {"applied": ["sessions.0001_initial"], "backup": None}
    assert [p.name for p in tmp_path.iterdir()] == ["home"]
