"""The ledger's mirror as tables of this run: who is who, which platforms there are, what stands of a source by an instant."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from django.utils import timezone

from ecredit.facts.records.queries import mirror_glob, mirror_sources
from ecredit.facts.subjects.lake import current_path
from ecredit.foundation.engine.duck import sql_name, sql_text
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.monitoring.types import Asked

# A platform's code in an answer whose rows are grouped by platform, for the row of all of them.
WHOLE = "(all)"


def open_who(asked: Asked) -> None:
    """Make `who` (every subject id with the subject it speaks for) and `platform` (the registered ones).

    Raises WrongUse before the first evaluation, which makes the picture of who is who.
    """
    path = current_path(asked.home)
    if not path.exists():
        raise WrongUse(
            "还没有可监测的数据；请先运行 ecredit evaluate",
            "there is nothing to monitor yet; run ecredit evaluate first",
        )
    run = asked.connection.execute
    run(
        f"""CREATE OR REPLACE TEMP TABLE who AS
        SELECT s.subject_id AS id, s.canonical_id AS root, coalesce(c.name, '') AS name, c.is_person, c.registered
        FROM read_parquet({sql_text(str(path))}) s JOIN read_parquet({sql_text(str(path))}) c ON c.subject_id = s.canonical_id"""
    )
    rows = ", ".join(f"({sql_text(p.uscc)}, {sql_text(p.id)}, {sql_text(p.name)})" for p in asked.platforms)
    run(
        "CREATE OR REPLACE TEMP TABLE platform AS "
        + (
            f"SELECT * FROM (VALUES {rows}) v(uscc, supplier, name)"
            if rows
            else "SELECT '' AS uscc, '' AS supplier, '' AS name WHERE false"
        )
    )


def has_source(asked: Asked, source_id: str) -> bool:
    """Whether any entry of the source is mirrored."""
    return source_id in mirror_sources(asked.home)


def standing(
    asked: Asked, source_id: str, columns: Iterable[str], *, known_before: datetime | None = None
) -> str:
    """Make a table of the documents of a source as they stand (as they were known before an instant); gives its name.

    One row a document: subject_id (who it is about now), supplier, known_at (of the version that stands), and the columns,
    empty cells NULL. Call `has_source` first.
    """
    files = f"read_parquet({sql_text(mirror_glob(asked.home, source_id))}, union_by_name = true, hive_partitioning = false)"
    run = asked.connection.execute
    have = {row[0] for row in run(f"DESCRIBE SELECT * FROM {files}").fetchall()}
    picked = "".join(
        f", nullif(e.{sql_name(code)}, '') AS {sql_name(code)}"
        if code in have
        else f", CAST(NULL AS VARCHAR) AS {sql_name(code)}"
        for code in columns
    )
    before = "" if known_before is None else f"WHERE known_at < TIMESTAMP '{_utc(known_before)}'"
    name = sql_name(f"standing {source_id}")
    run(
        f"""CREATE OR REPLACE TEMP TABLE {name} AS
        SELECT w.root AS subject_id, e.supplier, e.known_at{picked}
        FROM (SELECT *, row_number() OVER (PARTITION BY doc_key ORDER BY leaf DESC) AS place FROM {files} {before}) e
        JOIN who w ON w.id = e.subject_id WHERE e.place = 1 AND e.verb <> 'withdraw'"""
    )
    return name


def known_between(asked: Asked, source_id: str, start: date, end: date) -> bool:
    """Whether anything of a source came in during half-open days of the city."""
    files = f"read_parquet({sql_text(mirror_glob(asked.home, source_id))}, union_by_name = true, hive_partitioning = false)"
    row = asked.connection.execute(
        f"""SELECT count(*) FROM {files} WHERE known_at >= TIMESTAMP '{_utc(midnight(start))}'
        AND known_at < TIMESTAMP '{_utc(min(midnight(end), asked.at))}'"""
    ).fetchone()
    return bool(row[0])


def midnight(day: date) -> datetime:
    """The instant a day of the city begins."""
    return timezone.make_aware(datetime.combine(day, time.min))


def _utc(at: datetime) -> str:
    """As the mirror holds instants: UTC without an offset."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
