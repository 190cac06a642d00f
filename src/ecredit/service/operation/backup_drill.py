"""The drill: a backup is made, restored elsewhere by another process, audited there, and held against the live log."""

import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from django.db import connection, transaction
from django.db.utils import DatabaseError

from ecredit.facts.actors.log_actions import read_tile
from ecredit.facts.actors.queries import log_size
from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.checkpoint import verify_checkpoint
from ecredit.foundation.proof.merkle import Tree
from ecredit.service.operation.backup_actions import Backup, back_up
from ecredit.service.operation.platform import Platform

RestoreElsewhere = Callable[[Path, Path, Path, str | None], Mapping[str, object]]
"""(backup, new home, folder of the keys, database URL or None) → the restore's document; in a process of its own, because a
process has one home."""


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill's outcome. `is_beginning`: the backup's head is a beginning of the live log, which has `live_size` leaves now."""

    backup: Backup
    audit_ok: bool
    findings: int
    live_size: int
    is_beginning: bool

    @property
    def ok(self) -> bool:
        """All of it held."""
        return self.audit_ok and self.is_beginning and not self.backup.manifest.missing


def run_drill(
    platform: Platform,
    destination: Path,
    *,
    by: Actor,
    restore: RestoreElsewhere,
    passphrase: str | None = None,
) -> Drill:
    """Back up to `destination` and prove the backup; what was restored is removed again. Raises what backing up raises."""
    backup = back_up(platform, destination, by=by, passphrase=passphrase)
    elsewhere = backup.folder.with_name(f".{backup.folder.name}.drill-{secrets.token_hex(3)}")
    try:
        with _spare_database() as url:
            document = restore(backup.folder, elsewhere, platform.home.keys, url)
    finally:
        shutil.rmtree(elsewhere, ignore_errors=True)
    live, beginning = _compare(platform, backup.manifest.checkpoint)
    return Drill(backup, document["ok"] is True, len(list(document["findings"])), live, beginning)  # type: ignore[call-overload]


def _compare(platform: Platform, checkpoint: str) -> tuple[int, bool]:
    head = verify_checkpoint(checkpoint, platform.verifier)
    with transaction.atomic():
        size = log_size()
        return size, size >= head.size and Tree(read_tile, size).root(head.size) == head.root


@contextmanager
def _spare_database() -> Iterator[str | None]:
    """An empty database beside the live one for as long as the drill lasts; None with SQLite, which needs none."""
    if connection.vendor != "postgresql":
        yield None
        return
    name = f"ecredit_drill_{secrets.token_hex(6)}"
    try:
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    except DatabaseError as error:
        raise WrongUse(
            "演练要新建一个临时数据库，没有建成；请给数据库用户 CREATEDB 权限",
            "the drill needs a temporary database and could not create one; grant the database's user CREATEDB",
        ) from error
    held = connection.settings_dict
    who = quote(str(held["USER"]), safe="") + (
        f":{quote(str(held['PASSWORD']), safe='')}" if held["PASSWORD"] else ""
    )
    place = f"{held['HOST']}:{held['PORT']}" if held["PORT"] else str(held["HOST"])
    try:
        yield f"postgresql://{who}@{place}/{name}"
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
