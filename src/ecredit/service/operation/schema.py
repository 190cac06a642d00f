"""Does the database have the tables this program expects?

Until the first release the first migrations are changed in place, so what is noted as applied does not tell: the tables and
columns themselves are compared.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.apps import apps
from django.apps.registry import Apps
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


class HomeOfEarlierBuild(WrongUse):
    """The database lacks tables or columns that no migration will bring."""

    code = "home.earlier_build"


_NAMED: Final = 3


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
    """Raises HomeTooNew, HomeTooOld or HomeOfEarlierBuild, each with what to do in one sentence. One small query a table."""
    state = read_schema()
    refuse_newer(state.unknown)
    if state.pending:
        raise HomeTooOld(
            f"程序升级后数据库有 {len(state.pending)} 处待更新；请先执行 ecredit upgrade",
            f"the database waits for {len(state.pending)} changes of this newer program; run ecredit upgrade first",
        )
    _refuse_lacking(apps)


def refuse_earlier_build() -> None:
    """Raises HomeOfEarlierBuild where a table or column is lacking that a migration noted as applied makes in this program."""
    loader = MigrationLoader(connection)
    applied = [node for node in loader.applied_migrations if node in loader.graph.nodes]
    _refuse_lacking(loader.project_state(applied).apps)


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


def _refuse_lacking(models: Apps) -> None:
    if not (lacking := _list_lacking(models)):
        return
    named = lacking[:_NAMED]
    more = len(lacking) - len(named)
    raise HomeOfEarlierBuild(
        f"这个数据目录由较早的构建建立，数据库缺少 {'、'.join(named)}{f' 等 {len(lacking)} 处' if more else ''}；首次发布之前数据目录不沿用，"
        "请用 ecredit init --home 新建一个，再重新归集文件",
        f"this home was made by an earlier build: its database lacks {', '.join(named)}{f' and {more} more' if more else ''}; before the "
        "first release homes are not carried over, so make a new one with ecredit init --home and collect the files again",
    )


def _list_lacking(models: Apps) -> list[str]:
    """Tables, and `table.column` of those that are there, that these models have and the database does not."""
    lacking = []
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for model in models.get_models(include_auto_created=True):
            table = model._meta.db_table
            if not model._meta.managed or model._meta.proxy:
                continue
            if table not in there:
                lacking.append(table)
                continue
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} LIMIT 0")
            columns = {column[0] for column in cursor.description}
            wanted = (field.column for field in model._meta.local_concrete_fields)
            lacking += [f"{table}.{column}" for column in wanted if column not in columns]
    return sorted(lacking)


def list_unknown(applied: Collection[str]) -> tuple[str, ...]:
    """Of migrations (`app.name`) those that this program does not have; apps that are no longer installed do not count."""
    loader = MigrationLoader(None)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    replaced = {f"{a}.{n}" for migration in loader.replacements.values() for a, n in migration.replaces}
    installed = {config.label for config in apps.get_app_configs()}
    return tuple(sorted(m for m in applied if m.partition(".")[0] in installed and m not in known | replaced))
