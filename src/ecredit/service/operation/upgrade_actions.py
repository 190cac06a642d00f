"""Bringing a home up to the program that is installed now, with a backup first."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from django.core.management import call_command
from django.db import DatabaseError, transaction

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.service.operation.backup_actions import back_up
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.schema import read_schema, refuse_earlier_build, refuse_newer
from ecredit.service.publicity.store import create_store

# The journal's verb for: the database has the tables of this program now.
UPGRADED = "home.upgrade"


class UpgradeFailed(EcreditError):  # noqa: N818 - says what happened
    """A migration did not go through."""

    code = "home.upgrade_failed"


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What was done: the migrations, and where the backup from before lies (None when there was nothing to do)."""

    applied: tuple[str, ...]
    backup: Path | None


def upgrade(
    platform: Platform, *, by: Actor, backup: Path | None = None, without_backup: bool = False
) -> Upgrade:
    """Apply this program's migrations, having backed up to `backup` (default: a new folder beside the home).

    Nothing else may run on the home meanwhile. Raises HomeTooNew, HomeOfEarlierBuild, UpgradeFailed, and what `back_up` raises.
    """
    home = platform.home
    state = read_schema()
    refuse_newer(state.unknown)
    refuse_earlier_build()
    create_store(home.public_db)
    if not state.pending:
        return Upgrade((), None)
    kept = None
    if not without_backup:
        stamp = platform.now.strftime("%Y%m%dT%H%M%S")
        kept = back_up(
            platform, backup or home.root.with_name(f"{home.root.name}-before-{stamp}"), by=by
        ).folder
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        where = (
            f"；升级前的备份在 {kept}" if kept else "",
            f"; the backup from before is in {kept}" if kept else "",
        )
        raise UpgradeFailed(
            f"数据库没有升级成（{type(error).__name__}）{where[0]}",
            f"the database could not be upgraded ({type(error).__name__}){where[1]}",
        ) from error
    with transaction.atomic():
        log = OpenLog(platform.ring, platform.now)
        detail = {"program": version("ecredit"), "migrations": list(state.pending)}
        post_journal(log, by=by, verb=UPGRADED, about="home", detail=detail)
        log.seal()
    return Upgrade(state.pending, kept)
