"""Does the database have the tables this program expects?"""

from collections.abc import Collection
from dataclasses import dataclass

from django.apps import apps
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from ecredit.facts.actors.models import LogHead
from ecredit.foundation.kernel.errors import WrongUse


class HomeTooNew(WrongUse):
    """A newer program has been at this database."""

    code = "home.too_new"


class HomeTooOld(WrongUse):
    """The database waits for `ecredit upgrade`."""

    code = "home.too_old"


@dataclass(frozen=True, slots=True)
class SchemaState:
    """Migrations as `app.name`: `pending` are this program's that the database lacks, `unknown` the other way round."""

    pending: tuple[str, ...]
    unknown: tuple[str, ...]


def read_schema() -> SchemaState:
    """Compare the database with the program; changes nothing."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    applied = (f"{app}.{name}" for app, name in executor.loader.applied_migrations)
    return SchemaState(
        pending=tuple(f"{migration.app_label}.{migration.name}" for migration, _ in plan),
        unknown=list_unknown(tuple(applied)),
    )


def check_schema() -> None:
    """Raises HomeTooNew or HomeTooOld, each with what to do in one sentence."""
    state = read_schema()
    refuse_newer(state.unknown)
    if state.pending:
        raise HomeTooOld(
            f"程序升级后数据库有 {len(state.pending)} 处待更新；请先执行 ecredit upgrade",
            f"the database waits for {len(state.pending)} changes of this newer program; run ecredit upgrade first",
        )


def is_made() -> bool:
    """Whether the database is one that a home has used: it has a signed head of the log."""
    try:
        return LogHead.objects.exists()
    except DatabaseError:
        return False


def refuse_newer(unknown: Collection[str]) -> None:
    """Raises HomeTooNew when there are migrations this program does not know."""
    if unknown:
        first = min(unknown)
        raise HomeTooNew(
            f"数据已由更新的程序升级过（{first}），本程序不能使用；请装回那个版本，或恢复升级前的备份",
            f"a newer program has upgraded these data ({first}), so this one cannot use them; install that version again, or "
            "restore the backup from before",
        )


def list_unknown(applied: Collection[str]) -> tuple[str, ...]:
    """Of migrations (`app.name`) those that this program does not have; apps that are no longer installed do not count."""
    loader = MigrationLoader(None)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    replaced = {f"{a}.{n}" for migration in loader.replacements.values() for a, n in migration.replaces}
    installed = {config.label for config in apps.get_app_configs()}
    return tuple(sorted(m for m in applied if m.partition(".")[0] in installed and m not in known | replaced))
