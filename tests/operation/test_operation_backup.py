"""Backing up while a collect runs in another process, restoring elsewhere, and what a backup that is not whole is told.

Commands run as processes of their own in homes of their own, so the database of the tests plays no part.
"""

import json
import shutil
import time
from pathlib import Path

import pytest
from django.db import connections

from bench.kill_commands import Commands
from bench.kill_nine import read
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.foundation.proof.checkpoint import parse_checkpoint
from ecredit.service.operation.backup_restore import restore
from ecredit.service.operation.platform import Platform
from tests.penalty_rows import row, table

SOURCE = "dual_publicity_penalty"
# So many that the second file is still being collected when a backup, a process of its own, has started and taken its copy.
ROWS, MANY = 40, 24_000
UPLOADED = "11010519491231002X,13812345678"
PASSPHRASE = "correct horse battery"


def collect(folder: Path, name: str, first: int, rows: int) -> list[str]:
    path = folder / name
    path.write_text(table(*(row(first + n) for n in range(rows))), encoding="utf-8")
    return ["collect", SOURCE, str(path), "--by", "市市场监督管理局"]


@pytest.fixture(scope="module")
def drilled(tmp_path_factory):
    """A home with an evaluated file and a backup drilled while a second file was being collected."""
    folder = tmp_path_factory.mktemp("drilled")
    with Commands(folder / "home", block_rows=100) as commands:
        commands.run("init")
        commands.run(*collect(folder, "first.csv", 1, ROWS))
        commands.run("evaluate")
        running = commands.start(*collect(folder, "second.csv", 1000, MANY))
        while not read(
            folder / "home", "SELECT id FROM collection_batch WHERE posted_line > 0 AND state <> 'done'"
        ):
            assert running.poll() is None
            time.sleep(0.01)
        done = commands.start("backup", str(folder / "backup"), "--drill")
        out, err = done.communicate()
        out_of_collect, _ = running.communicate()
        assert running.returncode == 0
        return folder, done.returncode, json.loads(out), err, json.loads(out_of_collect)


def test_a_drill_while_another_process_collects_is_clean(drilled):
    folder, code, document, err, receipt = drilled
    assert (code, err) == (0, "")
    drill = document["drill"]
    assert drill["ok"] and drill["audit_ok"] and drill["is_beginning"] and document["missing"] == []
    # It did fall into the middle: the live log had gone on when the drill ended, and the batch was not yet all posted.
    assert drill["live_size"] > document["log_size"] > ROWS
    assert receipt["rows"] == receipt["accepted"] == MANY
    assert sorted(p.name for p in folder.iterdir()) == ["backup", "first.csv", "home", "second.csv"]


def test_what_is_restored_goes_on_where_the_backup_was_made(drilled):
    folder, _, document, _, receipt = drilled
    with Commands(folder / "elsewhere", block_rows=0) as commands:
        restored = commands.run("restore", str(folder / "backup"), "--keys", str(folder / "home" / "keys"))
        assert restored["ok"] and restored["size"] == document["log_size"]
        head = parse_checkpoint(commands.run("log", "head")["checkpoint"])
        live = [
            json.loads(line) for line in (folder / "home" / "log" / "heads.jsonl").read_text().splitlines()
        ]
        assert head in [parse_checkpoint(line) for line in live]
        halfway = read(folder / "elsewhere", "SELECT rows FROM collection_batch WHERE state <> 'done'")
        assert 0 < halfway[0][0] < MANY
        (finished,) = commands.run("resume")["receipts"]
        assert (finished["rows"], finished["accepted"]) == (receipt["rows"], receipt["accepted"])
        assert commands.run("log", "audit")["ok"]


def test_the_backup_holds_no_key_and_nothing_others_can_read(drilled):
    folder, _, document, _, _ = drilled
    files = [path for path in (folder / "backup").rglob("*") if path.is_file()]
    secret = (folder / "home" / "keys" / "index.key").read_bytes().strip()
    assert document["keys"] == "apart" and not [p for p in files if secret in p.read_bytes()]
    assert not [p for p in files if p.stat().st_mode & 0o077]
    assert (folder / "backup").stat().st_mode & 0o077 == 0


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A home of few rows and a backup with its keys, and the passphrase's file."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "pass").write_text(PASSPHRASE + "\n")
    with Commands(folder / "home", block_rows=0) as commands:
        commands.run("init")
        commands.run(*collect(folder, "first.csv", 1, ROWS))
        commands.run("evaluate")
        for place in ("landing/staged/t", "landing/reading/1-2/t", "uploads/t/piece", "lake/x.part"):
            (folder / "home" / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / "home" / place).write_text(UPLOADED)
        (folder / "home" / "notes.txt").write_text("a room of a day to come keeps this")
        document = commands.run(
            "backup", str(folder / "backup"), "--keys", "--passphrase-file", str(folder / "pass")
        )
        assert document["keys"] == "sealed"
    return folder


def said(home: Path, *words: str) -> tuple[int | None, str]:
    """The exit code and what a command said on standard error."""
    with Commands(home, block_rows=0) as commands:
        running = commands.start(*words)
        _, err = running.communicate()
        return running.returncode, err


def test_keys_come_back_with_the_passphrase_only(small, tmp_path):
    secret = (small / "home" / "keys" / "index.key").read_bytes().strip()
    assert not [p for p in (small / "backup").rglob("*") if p.is_file() and secret in p.read_bytes()]
    wrong = tmp_path / "wrong"
    wrong.write_text("another horse battery")
    code, err = said(tmp_path / "a", "restore", str(small / "backup"), "--passphrase-file", str(wrong))
    assert code == 2 and "口令不对" in err and not (tmp_path / "a").exists()
    code, err = said(tmp_path / "a", "restore", str(small / "backup"))
    assert code == 2 and "ECREDIT_BACKUP_PASSPHRASE" in err
    code, err = said(
        tmp_path / "a", "restore", str(small / "backup"), "--passphrase-file", str(small / "pass")
    )
    assert (code, err) == (0, "")
    for path in (small / "home" / "keys").iterdir():
        held = tmp_path / "a" / "keys" / path.name
        assert held.read_bytes() == path.read_bytes() and held.stat().st_mode & 0o077 == 0
    code, err = said(
        tmp_path / "a", "restore", str(small / "backup"), "--passphrase-file", str(small / "pass")
    )
    assert code == 2 and "已在使用" in err


@pytest.mark.parametrize("passphrase", ["", "short"])
def test_a_passphrase_that_will_not_do_begins_nothing(small, tmp_path, passphrase):
    (tmp_path / "pass").write_text(passphrase)
    code, err = said(
        small / "home", "backup", str(tmp_path / "b"), "--keys", "--passphrase-file", str(tmp_path / "pass")
    )
    assert code == 2 and "口令" in err and not (tmp_path / "b").exists()


def test_a_backup_holds_no_upload_in_clear_but_what_a_new_room_keeps(small):
    files = [p for p in (small / "backup").rglob("*") if p.is_file()]
    assert not [p for p in files if UPLOADED.encode() in p.read_bytes()]
    assert (small / "backup" / "home" / "notes.txt").is_file()


def altered(backup: Path, old: str, new: str) -> None:
    manifest = backup / "manifest.json"
    text = manifest.read_text()
    assert old in text
    manifest.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        pytest.param(lambda b: next(b.glob("home/landing/*")).unlink(), "is missing", id="a file is gone"),
        pytest.param(
            lambda b: (b / "home/ecredit.sqlite3").open("ab").write(b"x"), "was altered", id="longer"
        ),
        pytest.param(lambda b: (b / "manifest.json").unlink(), "no whole backup", id="no manifest"),
        pytest.param(
            lambda b: (b / "manifest.json").write_text('{"format": 1}'), "is damaged", id="manifest cut"
        ),
        pytest.param(
            lambda b: altered(b, '"format": 1', '"format": 9'), "has format 9", id="of another time"
        ),
        pytest.param(
            lambda b: altered(b, "home/log/", "../log/"), "outside the backup", id="paths that lead away"
        ),
        pytest.param(
            lambda b: altered(b, "records.0001_initial", "records.0999_later"), "newer program", id="newer"
        ),
    ],
)
@pytest.mark.django_db
def test_a_backup_that_is_not_whole_restores_nothing(small, tmp_path, settings, monkeypatch, harm, words):
    settings.ECREDIT_HOME = tmp_path / "new"
    # Whatever database the tests run on: nothing of it is reached.
    monkeypatch.setattr(connections["default"], "vendor", "sqlite")
    shutil.copytree(small / "backup", tmp_path / "backup")
    harm(tmp_path / "backup")
    with pytest.raises(EcreditError) as refused:
        restore(Platform(), tmp_path / "backup", keys=small / "home" / "keys")
    assert words in refused.value.en
    assert not (tmp_path / "new").exists()


def test_a_backup_goes_into_a_folder_of_its_own(small, tmp_path):
    (tmp_path / "used").write_text("")
    for destination, words in (
        (tmp_path, "is used"),
        (small / "home" / "backup", "overlap"),
        (small, "overlap"),
    ):
        code, err = said(small / "home", "backup", str(destination))
        assert code == 2 and words in err
    assert not list(tmp_path.glob(".*"))


def test_a_home_that_lost_a_file_is_backed_up_and_says_so(small, tmp_path):
    shutil.copytree(small / "home", tmp_path / "home")
    lost = next((tmp_path / "home" / "landing").glob("*.sealed"))
    lost.unlink()
    with Commands(tmp_path / "home", block_rows=0) as commands:
        running = commands.start("backup", str(tmp_path / "backup"))
        out, _ = running.communicate()
        assert running.returncode == 1 and json.loads(out)["missing"] == [f"landing/{lost.name}"]


def test_tampering_before_the_backup_shows_after_the_restore(small, tmp_path):
    """The backup carries what it finds; the audit at the end names it."""
    shutil.copytree(small / "home", tmp_path / "home")
    heads = tmp_path / "home" / "log" / "heads.jsonl"
    lines = heads.read_text().splitlines(keepends=True)
    heads.write_text(json.dumps("no head at all") + "\n" + "".join(lines))
    with Commands(tmp_path / "home", block_rows=0) as commands:
        commands.run("backup", str(tmp_path / "backup"))
    with Commands(tmp_path / "new", block_rows=0) as commands:
        restored = commands.run("restore", str(tmp_path / "backup"), "--keys", str(small / "home" / "keys"))
    assert not restored["ok"] and "heads.jsonl" in restored["findings"][0]["en"]


def test_the_daily_backup_is_made_once_a_day_and_restores(small, tmp_path, monkeypatch):
    monkeypatch.setenv("ECREDIT_BACKUPS", str(tmp_path / "backups"))
    shutil.copytree(small / "home", tmp_path / "home")
    with Commands(tmp_path / "home", block_rows=0) as commands:
        results = []
        for _ in range(2):
            number = commands.run("job", "start", "backup")["job"]
            worker = commands.start("worker", "--once")
            worker.communicate()
            assert worker.returncode == 0
            results.append(commands.run("job", "show", str(number))["job"]["result"])
    (made, again) = results
    (folder,) = (tmp_path / "backups").iterdir()
    assert (made["folder"], made["made"], made["keys"], made["missing"]) == (str(folder), True, "apart", [])
    assert again == {"folder": str(folder), "made": False}
    code, err = said(tmp_path / "new", "restore", str(folder), "--keys", str(tmp_path / "home" / "keys"))
    assert (code, err) == (0, "")
