"""Judging all or many subjects at once, over columns in DuckDB.

The same answers as reference.py, which referees it. Everything is computed with integers, days and decimals, so the order
of rows and the number of threads change nothing.
"""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ecredit.judgement.evaluation.column_conditions import condition_sql, sql_day, sql_text
from ecredit.judgement.evaluation.column_findings import make_findings
from ecredit.judgement.evaluation.column_grades import make_grades
from ecredit.judgement.evaluation.column_records import Lake, open_entries, open_subjects, take_records
from ecredit.judgement.evaluation.condition_rules import columns_of
from ecredit.judgement.evaluation.types import Model


def open_engine(scratch: Path, *, memory: str = "2GB", threads: int = 2) -> Any:
    """Return a DuckDB connection of bounded memory that spills into `scratch`."""
    import duckdb  # noqa: PLC0415  (heavy: only what grades needs it)

    return duckdb.connect(
        config={
            "memory_limit": memory,
            "threads": threads,
            "temp_directory": str(scratch),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
        }
    )


def judge_columns(
    connection: Any,
    models: Sequence[Model],
    lake: Lake,
    as_of: date,
    *,
    known_at: datetime | None = None,
    only: str | None = None,
) -> None:
    """Make the table `judged(subject_id, model, grade, score, findings, valid_until)`, one row a subject some model fits.

    `model` is the model's precedence, `findings` a JSON list. `only` names a table of canonical subject ids to judge;
    without it all are judged. `known_at` leaves out what was learned later.
    """
    open_subjects(connection, lake)
    chosen = "" if only is None else f"WHERE subject_id IN (SELECT subject_id FROM {only})"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE asked AS SELECT * FROM canonical {chosen}")
    tables = {}
    for source_id, columns in _needed(models).items():
        if source_id in lake.ledger:
            entries = open_entries(connection, lake, source_id, known_at)
            tables[source_id] = take_records(connection, entries, source_id, columns, only=only)
    _assign(connection, models, tables, as_of)
    make_findings(connection, models, tables, as_of)
    for table in tables.values():
        connection.execute(f"DROP TABLE {table}")
    make_grades(connection, models)


def _needed(models: Sequence[Model]) -> dict[str, list[str]]:
    """The sources the models read and the columns of each."""
    found: dict[str, list[str]] = {}
    for model in models:
        for source_id in model.marked_by:
            found.setdefault(source_id, []).extend(columns_of(model.marked_when))
        for indicator in model.indicators:
            columns = found.setdefault(indicator.source, [])
            columns += [*columns_of(indicator.when), *([indicator.column] if indicator.column else [])]
    return found


def _assign(connection: Any, models: Sequence[Model], tables: dict[str, str], as_of: date) -> None:
    """Make `assigned(subject_id, model, status, change)`: the model of each subject, as reference.choose_model."""
    today = sql_day(as_of)
    connection.execute("CREATE OR REPLACE TEMP TABLE fit(subject_id BIGINT, model INTEGER, change DATE)")
    for model in models:
        kinds = ", ".join(sql_text(kind) for kind in model.subject_kinds)
        if not model.marked_by:
            connection.execute(
                f"INSERT INTO fit SELECT subject_id, {model.precedence}, NULL FROM asked WHERE kind IN ({kinds})"
            )
        for source_id in model.marked_by:
            if source_id in tables:
                connection.execute(
                    f"""INSERT INTO fit
                        SELECT a.subject_id, max(CASE WHEN coalesce(r.valid_from <= {today}, true)
                                                 THEN {model.precedence} END),
                               min(CASE WHEN r.valid_from > {today} THEN r.valid_from END)
                        FROM asked a JOIN {tables[source_id]} r ON r.subject_id = a.subject_id
                        WHERE a.kind IN ({kinds}) AND {condition_sql(model.marked_when)} GROUP BY a.subject_id"""
                )
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE assigned AS
           SELECT a.subject_id, f.model, a.status, f.change
           FROM asked a JOIN (SELECT subject_id, max(model) AS model, min(change) AS change FROM fit
                              GROUP BY subject_id HAVING max(model) IS NOT NULL) f ON f.subject_id = a.subject_id"""
    )
