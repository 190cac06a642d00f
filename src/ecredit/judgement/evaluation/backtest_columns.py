"""Grades of a day as arrays, each with what the register said and what was found afterwards. Reads the lake, writes nothing there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecredit.facts.subjects.lake_known import write_known
from ecredit.foundation.catalog.types import Catalog
from ecredit.judgement.evaluation.backtest_rules import Flags, Floats
from ecredit.judgement.evaluation.backtest_types import BacktestRules, Outcome
from ecredit.judgement.evaluation.column_conditions import condition_sql, sql_day, sql_name, sql_text
from ecredit.judgement.evaluation.column_records import Lake, open_entries, open_subjects, take_records
from ecredit.judgement.evaluation.columns import judge_columns
from ecredit.judgement.evaluation.condition_rules import columns_of
from ecredit.judgement.evaluation.types import Model

Texts = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Panel:
    """Subjects that had a grade on a day, one an element; `outside` are those without one, and how many of them did wrong.

    step       place of the grade on its model's scale, 0 the best    total    points before the limits of the scale
    dimension  dimension → its points                                 sector, district, capital  as the register had them, "" unknown
    records    outcome → records in the time looked at                found    outcome → graded subjects they are about
    """

    on: date
    subject: npt.NDArray[np.int64]
    model: Texts
    grade: Texts
    step: Floats
    score: Floats
    total: Floats
    bad: Flags
    dimension: dict[str, Floats]
    sector: Texts
    district: Texts
    capital: Texts
    outside: tuple[int, int]
    records: dict[str, int]
    found: dict[str, int]

    def __len__(self) -> int:
        return len(self.score)


@dataclass(frozen=True, slots=True)
class Asked:
    """One panel: grades for the day `on` as known at `known_at`; misconduct after `on` until `until`, as known at `told_at`."""

    on: date
    known_at: datetime
    until: date
    told_at: datetime


def read_panel(
    engine: Any, catalog: Catalog, models: Sequence[Model], rules: BacktestRules, lake: Lake, scratch: Path, asked: Asked
) -> Panel:  # fmt: skip
    """Grade everyone as known then, and look at what came; `lake` is the ledger's mirror, `scratch` a folder for pictures.

    The pictures are named by the day: the engine keeps what it has read of a file, so that none may be written over.
    """
    told = Lake(
        _picture(engine, catalog, lake, scratch / f"told-{asked.on}.parquet", asked.told_at), lake.ledger
    )
    records = _outcomes(engine, rules, told, asked)
    then = Lake(
        _picture(engine, catalog, lake, scratch / f"then-{asked.on}.parquet", asked.known_at), lake.ledger
    )
    judge_columns(engine, models, then, asked.on, known_at=asked.known_at)
    _make_dimensions(engine, models)
    _make_register(engine, rules, then, asked.known_at)
    engine.execute(
        f"""CREATE OR REPLACE TEMP TABLE happened AS
            SELECT t.subject_id, list(DISTINCT o.outcome) AS kinds
            FROM read_parquet({sql_text(str(told.subjects))}) t JOIN outcome o ON o.subject_id = t.canonical_id
            GROUP BY t.subject_id"""
    )
    names = {model.precedence: model for model in models}
    rows = engine.execute(
        """SELECT j.subject_id, j.model, j.grade, j.score::DOUBLE AS score, h.kinds, d.given, r.sector, r.district, r.capital
           FROM judged j LEFT JOIN happened h ON h.subject_id = j.subject_id
           LEFT JOIN given_points d ON d.subject_id = j.subject_id
           LEFT JOIN registered r ON r.subject_id = j.subject_id ORDER BY j.subject_id"""
    ).fetchall()
    return _panel(asked.on, rows, names, records)


def _panel(on: date, rows: list[tuple[Any, ...]], models: dict[int, Model], records: dict[str, int]) -> Panel:
    graded = [row for row in rows if row[2] is not None]
    outside = [row for row in rows if row[2] is None]
    scales = {place: [step.grade for step in model.scale] for place, model in models.items()}
    headings = list(dict.fromkeys(d.id for model in models.values() for d in model.dimensions))
    given = [{name: float(points) for name, points in (row[5] or {}).items()} for row in graded]
    found = {name: sum(name in (row[4] or ()) for row in graded) for name in records}

    def texts(column: Iterator[object]) -> Texts:
        return np.array(list(column), dtype=object)

    return Panel(
        on=on,
        subject=np.array([row[0] for row in graded], dtype=np.int64),
        model=texts(models[row[1]].id for row in graded),
        grade=texts(row[2] for row in graded),
        step=np.array([scales[row[1]].index(row[2]) for row in graded], dtype=np.float64),
        score=np.array([row[3] for row in graded], dtype=np.float64),
        total=np.array(
            [float(models[r[1]].base) + sum(g.values()) for r, g in zip(graded, given, strict=True)],
            dtype=np.float64,
        ),
        bad=np.array([bool(row[4]) for row in graded], dtype=bool),
        dimension={h: np.array([g.get(h, 0.0) for g in given], dtype=np.float64) for h in headings},
        sector=texts(row[6] or "" for row in graded),
        district=texts(row[7] or "" for row in graded),
        capital=texts(row[8] or "" for row in graded),
        outside=(len(outside), sum(bool(row[4]) for row in outside)),
        records=records,
        found=found,
    )


def first_known(engine: Any, lake: Lake) -> datetime | None:
    """The first instant at which the ledger knew anything; None where it is empty."""
    firsts = [
        engine.execute(f"SELECT min(known_at) FROM {open_entries(engine, lake, source)}").fetchone()[0]
        for source in lake.ledger
    ]
    return min((first for first in firsts if first is not None), default=None)


def _picture(engine: Any, catalog: Catalog, lake: Lake, target: Path, at: datetime) -> Path:
    """Who was who as known at an instant, each with the state the register gave it then."""
    bare = target.with_suffix(".bare")
    write_known(bare, known_at=at)
    said = ""
    states = [
        (source.id, source.describes["status"])
        for source in catalog.sources.values()
        if "status" in source.describes and source.id in lake.ledger
    ]
    engine.execute("CREATE OR REPLACE TEMP TABLE said(subject_id BIGINT, leaf BIGINT, status VARCHAR)")
    engine.execute(
        f"""CREATE OR REPLACE TEMP VIEW who AS SELECT subject_id, canonical_id, coalesce(kind, '') AS kind, '' AS status
            FROM read_parquet({sql_text(str(bare))})"""
    )
    for source, column in states:
        table = take_records(engine, open_entries(engine, lake, source, at), source, [column])
        engine.execute(f"INSERT INTO said SELECT subject_id, leaf, {sql_name(column)} FROM {table}")
        engine.execute(f"DROP TABLE {table}")
    said = "SELECT subject_id, coalesce(arg_max(coalesce(status, ''), leaf), '') AS status FROM said GROUP BY subject_id"
    engine.execute(
        f"""COPY (SELECT b.*, coalesce(s.status, '') AS status FROM read_parquet({sql_text(str(bare))}) b
                  LEFT JOIN ({said}) s ON s.subject_id = b.canonical_id ORDER BY b.subject_id)
            TO {sql_text(str(target))} (FORMAT parquet)"""
    )
    bare.unlink()
    return target


def _outcomes(engine: Any, rules: BacktestRules, lake: Lake, asked: Asked) -> dict[str, int]:
    """Make `outcome(subject_id, outcome)` of what came after the day; returns records by outcome."""
    open_subjects(engine, lake)
    engine.execute("CREATE OR REPLACE TEMP TABLE outcome(subject_id BIGINT, outcome VARCHAR)")
    counts = {}
    for outcome in rules.outcomes:
        counts[outcome.id] = 0
        if outcome.source not in lake.ledger:
            continue
        columns = [*columns_of(outcome.when), *([outcome.day] if outcome.day else [])]
        entries = open_entries(engine, lake, outcome.source, asked.told_at)
        table = take_records(engine, entries, outcome.source, columns)
        day = _day_sql(outcome)
        counts[outcome.id] = engine.execute(
            f"""INSERT INTO outcome SELECT subject_id, {sql_text(outcome.id)} FROM {table}
                WHERE {condition_sql(outcome.when)} AND {day} > {sql_day(asked.on)} AND {day} <= {sql_day(asked.until)}"""
        ).fetchone()[0]
        engine.execute(f"DROP TABLE {table}")
    return counts


def _day_sql(outcome: Outcome) -> str:
    return "valid_from" if outcome.day is None else f"try_cast({sql_name(outcome.day)} AS DATE)"


def _make_dimensions(engine: Any, models: Sequence[Model]) -> None:
    """Make `given_points(subject_id, given)`: the points of each dimension, from what the indicators found."""
    places = [
        f"({model.precedence}, {place}, {sql_text(indicator.dimension)})"
        for model in models
        for place, indicator in enumerate(model.indicators)
    ]
    engine.execute(
        f"""CREATE OR REPLACE TEMP TABLE given_points AS
            SELECT subject_id, map(list(dimension), list(points)) AS given FROM (
                SELECT f.subject_id, p.dimension, sum(f.points)::DOUBLE AS points
                FROM finding f JOIN (VALUES {", ".join(places)}) p(model, place, dimension)
                    ON p.model = f.model AND p.place = f.place
                WHERE f.text IS NOT NULL GROUP BY ALL
            ) GROUP BY subject_id"""
    )


def _make_register(engine: Any, rules: BacktestRules, lake: Lake, known_at: datetime) -> None:
    """Make `registered(subject_id, sector, district, capital)`: what the register had last said."""
    groups = rules.groups
    engine.execute(
        "CREATE OR REPLACE TEMP TABLE registered(subject_id BIGINT, sector VARCHAR, district VARCHAR, capital VARCHAR)"
    )
    if groups.source not in lake.ledger:
        return
    columns = [groups.sector, groups.district, groups.capital]
    entries = open_entries(engine, lake, groups.source, known_at)
    table = take_records(engine, entries, groups.source, columns)
    newest = ", ".join(f"arg_max(coalesce({sql_name(column)}, ''), leaf)" for column in columns)
    engine.execute(f"INSERT INTO registered SELECT subject_id, {newest} FROM {table} GROUP BY subject_id")
    engine.execute(f"DROP TABLE {table}")
