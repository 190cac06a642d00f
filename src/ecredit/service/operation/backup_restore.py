"""A backup into a new home, ending with the audit of all of it.

Nothing is written to the log: a head signed here, while the old home still lives, would be a second future of one log.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from ecredit.facts.records.types import AuditReport
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.home import Home
from ecredit.service.operation.backup_database import (
    DUMP,
    check_postgres_programs,
    list_tables,
    load_postgres,
)
from ecredit.service.operation.backup_files import HOME
from ecredit.service.operation.backup_keys import KEYS, open_keys, read_keys, write_keys
from ecredit.service.operation.backup_manifest import (
    BackupBroken,
    FileNote,
    Manifest,
    check_files,
    read_manifest,
)
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.schema import list_unknown, read_schema, refuse_earlier_build, refuse_newer
from ecredit.service.operation.whole_audit import audit_home

_NAMED: Final = 5
# What a freshly made file system holds.
_NOTHING: Final = {"lost+found"}


@dataclass(frozen=True, slots=True)
class Restored:
    """A restored home: what it was restored from, the migrations it needed, and its audit."""

    home: Path
    manifest: Manifest
    upgraded: tuple[str, ...]
    report: AuditReport


def restore(
    platform: Platform, source: Path, *, keys: Path | None = None, passphrase: str | None = None
) -> Restored:
    """Make the home of the settings from a backup, with the keys from a folder or from the backup itself.

    Everything is checked before anything is written. Raises WrongUse (the home or the database is used, no keys, another kind
    of database), HomeTooNew, BackupBroken.
    """
    manifest = read_manifest(source)
    refuse_newer(list_unknown(manifest.migrations))
    root = Path(settings.ECREDIT_HOME)
    _check_target(root, manifest)
    held = _find_keys(source, manifest, keys, passphrase)
    faults = list(check_files(source, manifest.files))
    if faults:
        zh, en = ("、".join(f[0] for f in faults[:_NAMED]), ", ".join(f[1] for f in faults[:_NAMED]))
        raise BackupBroken(
            f"备份不完好，{len(faults)} 处：{zh}；没有恢复任何内容",
            f"the backup is not whole, {len(faults)} faults: {en}; nothing was restored",
        )
    connection.close()
    upgraded: tuple[str, ...] | None = None
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        _copy_files(source, root, manifest.files)
        write_keys(root / "keys", held)
        home = Home(root).ensure()
        if manifest.database == "postgresql":
            load_postgres(source / DUMP)
        refuse_earlier_build()
        upgraded = read_schema().pending
    except OSError as error:
        raise WrongUse(
            f"没有恢复成：{error.strerror}（{error.filename}）",
            f"restoring failed: {error.strerror} ({error.filename})",
        ) from error
    finally:
        if upgraded is None:
            _clear(root)
    if upgraded:
        call_command("migrate", interactive=False, verbosity=0)
    report = audit_home(
        home,
        catalog=platform.catalog,
        verifier=platform.verifier,
        sealer=platform.sealer,
        against=manifest.checkpoint,
    )
    return Restored(root, manifest, upgraded, report)


def _check_target(root: Path, manifest: Manifest) -> None:
    if root.exists() and (not root.is_dir() or {p.name for p in root.iterdir()} - _NOTHING):
        raise WrongUse(
            f"{root} 已在使用，恢复不覆盖任何内容；请用 --home 给一个新目录",
            f"{root} is used, and restoring overwrites nothing; give a new folder with --home",
        )
    if manifest.database != connection.vendor:
        raise WrongUse(
            f"备份里是 {manifest.database}，现在设置的是 {connection.vendor}；请相应设置 ECREDIT_DATABASE_URL",
            f"the backup holds {manifest.database}, the settings name {connection.vendor}; set ECREDIT_DATABASE_URL accordingly",
        )
    if manifest.database == "postgresql":
        check_postgres_programs()
        if list_tables():
            raise WrongUse(
                "ECREDIT_DATABASE_URL 所指的数据库不是空的，恢复不覆盖任何内容；请新建一个数据库",
                "the database of ECREDIT_DATABASE_URL is not empty, and restoring overwrites nothing; create a new one",
            )


def _find_keys(
    source: Path, manifest: Manifest, keys: Path | None, passphrase: str | None
) -> dict[str, bytes]:
    if keys is not None:
        return read_keys(keys)
    if manifest.keys == "sealed":
        if not passphrase:
            raise WrongUse(
                "备份中的密钥是加密的；请用 --passphrase-file 或 ECREDIT_BACKUP_PASSPHRASE 给出口令，或用 --keys 给出密钥目录",
                "the keys in the backup are encrypted; give the passphrase by --passphrase-file or ECREDIT_BACKUP_PASSPHRASE, "
                "or a keys folder by --keys",
            )
        if not (source / KEYS).is_file():
            raise BackupBroken(f"缺少 {KEYS}", f"{KEYS} is missing")
        return open_keys((source / KEYS).read_bytes(), passphrase)
    raise WrongUse(
        "备份中没有密钥；请用 --keys 给出另行保管的密钥目录",
        "there are no keys in the backup; give the folder where they are kept apart with --keys",
    )


def _copy_files(source: Path, root: Path, files: Sequence[FileNote]) -> None:
    for note in files:
        below = Path(note.path)
        if below.parts[0] != HOME:
            continue
        target = root.joinpath(*below.parts[1:])
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(source / below, target)
        target.chmod(0o600)


def _clear(root: Path) -> None:
    """Leave nothing half restored: the folder was empty before."""
    for path in root.iterdir() if root.is_dir() else ():
        if path.name not in _NOTHING:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
