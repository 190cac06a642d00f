"""Comparing new judgements with the kept grades, and writing what differs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from django.db import connection
from django.db.models import Max, Min

from ecredit.facts.actors.bulk import bulk_insert, select_in, sql_date, sql_instant
from ecredit.facts.actors.canonical import instant_text
from ecredit.judgement.evaluation.column_conditions import sql_day
from ecredit.judgement.evaluation.grade_digests import GradeDigests
from ecredit.judgement.evaluation.grade_rules import MERGED, UNFIT
from ecredit.judgement.evaluation.model_document import document_of
from ecredit.judgement.evaluation.models import Grade, ModelEdition
from ecredit.judgement.evaluation.types import Model

_BLOCK = 50_000
_KEPT = pa.schema(
    [
        ("row_id", pa.int64()),
        ("subject_id", pa.int64()),
        ("digest", pa.int64()),
        ("as_of", pa.date32()),
        ("valid_until", pa.date32()),
    ]
)
_COLUMNS = (
    "subject_id", "model_id", "model_version", "edition", "grade", "score", "findings", "as_of", "computed_at",
    "valid_until", "through_leaf", "public", "digest", "is_current",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every row written by one run has in common."""

    as_of: date
    at: datetime
    through_leaf: int


def load_due(engine: Any, as_of: date) -> None:
    """Make `due(subject_id)` in the engine: whose kept grade time changes by that day."""
    engine.execute("CREATE OR REPLACE TEMP TABLE due(subject_id BIGINT)")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject_id FROM evaluation_grade WHERE is_current AND valid_until <= %s",
            [sql_date(as_of)],
        )
        while rows := cursor.fetchmany(_BLOCK):
            _append(engine, "due", pa.table({"subject_id": pa.array([n for (n,) in rows], pa.int64())}))


def load_kept(engine: Any, *, only: str | None = None) -> None:
    """Make `kept(row_id, subject_id, digest, as_of, valid_until)` in the engine from the current grade rows.

    `only` names a table of subject ids to restrict it to: a day with little news must not read everybody's grade.
    """
    engine.execute(
        """CREATE OR REPLACE TEMP TABLE kept(
           row_id BIGINT, subject_id BIGINT, digest BIGINT, as_of DATE, valid_until DATE)"""
    )
    asked = "SELECT id, subject_id, digest, as_of, valid_until FROM evaluation_grade WHERE is_current"
    if only is None:
        with connection.cursor() as cursor:
            cursor.execute(asked)
            while rows := cursor.fetchmany(_BLOCK):
                _append(engine, "kept", _as_kept(rows))
        return
    for block in _blocks(engine, f"SELECT subject_id FROM {only} ORDER BY subject_id"):
        rows = list(select_in(f"{asked} AND subject_id IN ({{values}})", block["subject_id"], kind="bigint"))
        if rows:
            _append(engine, "kept", _as_kept(rows))


def _as_kept(rows: Sequence[Sequence[Any]]) -> Any:
    columns = [list(column) for column in zip(*rows, strict=True)]
    columns[3:] = [[_day(value) for value in column] for column in columns[3:]]
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, _KEPT, strict=True)], schema=_KEPT)


def _append(engine: Any, table: str, block: Any) -> None:
    engine.register("block_read", block)
    engine.execute(f"INSERT INTO {table} SELECT * FROM block_read")
    engine.unregister("block_read")


def make_changes(engine: Any, models: Sequence[Model], as_of: date, *, only: str | None) -> Mapping[str, int]:
    """Make `written`, the rows to add, and `closed(row_id)`, those they end; returns counts by name.

    A judgement is written when it differs from the kept one, or the kept one is of a later day. A subject with a kept
    grade that was not judged (it was asked for, but does not stand for itself or fits no model) gets a row that says so.
    """
    listed = ", ".join(
        f"({m.precedence}, '{m.id}', '{m.version.replace(chr(39), chr(39) * 2)}', '{m.edition}', {m.public})"
        for m in models
    )
    asked = "" if only is None else f"AND k.subject_id IN (SELECT subject_id FROM {only})"
    engine.execute(
        f"""CREATE OR REPLACE TEMP TABLE compared AS
            WITH named AS (
                SELECT j.subject_id, m.model_id, m.version, m.edition, j.grade, j.score, j.findings, j.valid_until, m.public
                FROM judged j JOIN (VALUES {listed}) m(model, model_id, version, edition, public) ON m.model = j.model
                UNION ALL
                SELECT k.subject_id, '', '', '', NULL, NULL,
                       CASE WHEN coalesce(w.canonical_id, k.subject_id) <> k.subject_id
                            THEN '[{{"indicator":"{MERGED}","points":0,"value":"' || w.canonical_id || '"}}]'
                            ELSE '[{{"indicator":"{UNFIT}","points":0}}]' END, NULL, false
                FROM kept k LEFT JOIN who w ON w.subject_id = k.subject_id
                WHERE k.subject_id NOT IN (SELECT subject_id FROM judged) {asked}
            ), marked AS (
                SELECT *, (md5_number_lower(concat_ws('|', edition, coalesce(grade, '-'), coalesce(score::VARCHAR, '-'),
                    findings, coalesce(valid_until::VARCHAR, '-'))) & 9223372036854775807)::BIGINT AS digest FROM named)
            SELECT n.*, k.row_id, k.row_id IS NULL OR k.digest <> n.digest OR k.as_of > {sql_day(as_of)} AS differs
            FROM marked n LEFT JOIN kept k ON k.subject_id = n.subject_id"""
    )
    row = engine.execute(
        """SELECT count(*) FILTER (model_id <> ''), count(*) FILTER (differs),
                  count(*) FILTER (model_id <> '' AND NOT differs), count(*) FILTER (differs AND model_id = '')
           FROM compared"""
    ).fetchone()
    return dict(zip(("looked_at", "changed", "unchanged", "retired"), row, strict=True))


def write_changes(engine: Any, models: Sequence[Model], stamp: Stamp) -> dict[str, Any]:
    """Close the rows that differ and add the new ones, inside the caller's transaction.

    Returns what the journal is to hold of the new ones: their first and last ids, and their digests.
    """
    known = set(ModelEdition.objects.values_list("edition", flat=True))
    ModelEdition.objects.bulk_create(
        ModelEdition(
            edition=model.edition,
            model_id=model.id,
            version=model.version,
            document=document_of(model),
            first_used_at=stamp.at,
        )
        for model in models
        if model.edition not in known
    )
    for block in _blocks(
        engine, "SELECT row_id FROM compared WHERE differs AND row_id IS NOT NULL ORDER BY row_id"
    ):
        _close_rows(block["row_id"])
    digests, after = GradeDigests(), Grade.objects.aggregate(top=Max("id"))["top"] or 0
    bulk_insert("evaluation_grade", _COLUMNS, _rows(engine, stamp, digests))
    written = Grade.objects.filter(id__gt=after).aggregate(first=Min("id"), last=Max("id"))
    return {**written, "digests": digests.close()}


def _rows(engine: Any, stamp: Stamp, digests: GradeDigests) -> Iterator[tuple[Any, ...]]:
    as_of, at, at_text = sql_date(stamp.as_of), sql_instant(stamp.at), instant_text(stamp.at)
    for block in _blocks(
        engine,
        """SELECT subject_id, model_id, version, edition, grade, score::VARCHAR AS score, findings, valid_until, public, digest
           FROM compared WHERE differs ORDER BY subject_id""",
    ):
        until = [sql_date(day) for day in block["valid_until"]]
        for row in zip(
            block["subject_id"], block["model_id"], block["version"], block["edition"], block["grade"], block["score"],
            block["findings"], until, block["public"], block["digest"], strict=True,
        ):  # fmt: skip
            rest = row[7], stamp.through_leaf, row[8], row[9]
            digests.add((*row[:7], as_of, at_text, *rest))
            yield (*row[:7], as_of, at, *rest, True)


def _blocks(engine: Any, sql: str) -> Iterator[dict[str, list[Any]]]:
    for batch in engine.execute(sql).to_arrow_reader(_BLOCK):
        yield batch.to_pydict()


def _close_rows(ids: list[int]) -> None:
    chosen, given = "SELECT value FROM json_each(%s)", json.dumps(ids)
    if connection.vendor == "postgresql":
        chosen, given = "SELECT unnest(CAST(%s AS bigint[]))", "{" + ",".join(map(str, ids)) + "}"
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE evaluation_grade SET is_current = FALSE WHERE id IN ({chosen})", [given])


def _day(value: Any) -> Any:
    """SQLite gives ISO text, PostgreSQL a date."""
    return date.fromisoformat(value) if isinstance(value, str) else value
