"""Backing up a home while it serves and collects."""

import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from django.db import connection, transaction

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.home import Home
from ecredit.service.operation.backup_database import (
    DUMP,
    Snapshot,
    check_postgres_programs,
    copy_sqlite,
    dump_postgres,
    read_sqlite,
)
from ecredit.service.operation.backup_files import HOME, copy_lake, copy_rest
from ecredit.service.operation.backup_keys import KEYS, seal_keys
from ecredit.service.operation.backup_manifest import FileNote, Manifest, note_file, write_manifest
from ecredit.service.operation.platform import Platform

# The journal's verb for: everything was copied elsewhere.
BACKED_UP = "home.backup"


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup: where it is, and what it says of itself."""

    folder: Path
    manifest: Manifest

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(note.size for note in self.manifest.files)


def back_up(platform: Platform, destination: Path, *, by: Actor, passphrase: str | None = None) -> Backup:
    """Copy the home and its database to `destination`, a new or empty folder; the keys only under a `passphrase`.

    Collecting and serving go on; an evaluation that runs is waited for, and a new one waits for the lake to be copied. The
    backup is of the instant the database was copied: the lake and the public database are those of that instant, the heads
    file ends with its last head, and every landed file it names is there. Raises WrongUse for a folder that is used.
    """
    home = platform.home
    folder = _new_folder(home, destination)
    postgres = connection.vendor == "postgresql"
    if postgres:
        check_postgres_programs()
    # Sealed first: with a passphrase that will not do, nothing is begun.
    sealed = None if passphrase is None else seal_keys(home.keys, passphrase)
    _journal(platform, by, "sealed" if sealed else "apart")
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700, parents=True)
    try:
        with home.alone_in_lake():
            snapshot, files = _copy_database(home, partial, postgres=postgres)
            files += copy_lake(home, partial)
        files += copy_rest(home, partial, log_size=snapshot.log_size)
        if sealed is not None:
            (partial / KEYS).touch(mode=0o600)
            (partial / KEYS).write_bytes(sealed)
            files.append(note_file(partial, KEYS))
        have = {note.path for note in files}
        manifest = Manifest(
            made_at=platform.now.isoformat(timespec="seconds"),
            program=version("ecredit"),
            database=connection.vendor,
            keys="apart" if sealed is None else "sealed",
            log_size=snapshot.log_size,
            checkpoint=snapshot.checkpoint,
            migrations=snapshot.migrations,
            files=tuple(files),
            missing=tuple(name for name in snapshot.named if f"{HOME}/{name}" not in have),
        )
        write_manifest(partial, manifest)
        partial.rename(folder)
    except OSError as error:
        raise WrongUse(
            f"备份没有做成：{error.strerror}（{error.filename}）",
            f"the backup failed: {error.strerror} ({error.filename})",
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Backup(folder, manifest)


def _copy_database(home: Home, partial: Path, *, postgres: bool) -> tuple[Snapshot, list[FileNote]]:
    if postgres:
        return dump_postgres(partial / DUMP), [note_file(partial, DUMP)]
    name = f"{HOME}/{home.operational_db.name}"
    (partial / HOME).mkdir(mode=0o700)
    copy_sqlite(home.operational_db, partial / name)
    return read_sqlite(partial / name), [note_file(partial, name)]


def _new_folder(home: Home, destination: Path) -> Path:
    folder = destination.resolve()
    if folder == home.root or home.root in folder.parents or folder in home.root.parents:
        raise WrongUse(
            f"备份 {folder} 不能与数据目录 {home.root} 互相包含",
            f"the backup {folder} and the home {home.root} overlap",
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WrongUse(f"{folder} 已在使用；请给一个新的目录", f"{folder} is used; give a new folder")
    return folder


def _journal(platform: Platform, by: Actor, keys: str) -> None:
    """Before the copy, so that the backup itself holds that it was made."""
    with transaction.atomic():
        log = OpenLog(platform.ring, platform.now)
        post_journal(log, by=by, verb=BACKED_UP, about="home", detail={"keys": keys})
        log.seal()
