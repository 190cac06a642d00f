"""What every indicator finds for every subject, as columns. Fills the table `finding`."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from ecredit.judgement.evaluation.column_conditions import (
    condition_sql,
    months_later_sql,
    number_sql,
    period_sql,
    sql_day,
    sql_name,
    sql_text,
)
from ecredit.judgement.evaluation.grade_rules import is_little_known
from ecredit.judgement.evaluation.types import LEAVES_SHOWN, Indicator, Measure, Model


def make_findings(connection: Any, models: Sequence[Model], tables: dict[str, str], as_of: date) -> None:
    """Fill `finding(subject_id, model, place, points, text, veto, known, change)` from the records tables.

    `model` is the model's precedence. `text` is the finding as JSON, NULL where nothing counts today but something will;
    `veto` the place on the scale the grade cannot rise above; `known` says whether it is more than basic facts; `change`
    the first later day on which the finding changes by itself.
    """
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE finding(subject_id BIGINT, model INTEGER, place INTEGER, points DECIMAL(14,2),
           text VARCHAR, veto INTEGER, known BOOLEAN, change DATE)"""
    )
    for indicator, users in _grouped(models):
        table = tables.get(indicator.source)
        if table is None:
            continue
        connection.execute(
            f"""INSERT INTO finding
                SELECT f.subject_id, f.model, p.place, f.points, f.text,
                       CASE WHEN f.text IS NOT NULL THEN p.veto END, f.text IS NOT NULL AND p.known, f.change
                FROM ({_looked_up(indicator, table, [model.precedence for model in users], as_of)}) f
                JOIN (VALUES {_places(indicator, users)}) p(model, place, veto, known) ON p.model = f.model
                WHERE f.text IS NOT NULL OR f.change IS NOT NULL"""
        )


def _grouped(models: Sequence[Model]) -> list[tuple[Indicator, list[Model]]]:
    """The distinct indicators and the models that use each just so: a shared indicator is computed once."""
    found: list[tuple[Indicator, list[Model]]] = []
    for model in models:
        for indicator in model.indicators:
            same = next((users for other, users in found if other == indicator), None)
            if same is None:
                found.append((indicator, [model]))
            else:
                same.append(model)
    return found


def _places(indicator: Indicator, users: Sequence[Model]) -> str:
    rows = []
    for model in users:
        grades = [step.grade for step in model.scale]
        veto = "NULL" if indicator.veto is None else str(grades.index(indicator.veto))
        known = not is_little_known(model, [indicator])
        rows.append(
            f"({model.precedence}, {model.indicators.index(indicator)}, CAST({veto} AS INTEGER), {known})"
        )
    return ", ".join(rows)


def _looked_up(indicator: Indicator, table: str, users: Sequence[int], as_of: date) -> str:
    """SQL: subject_id, model, points, text, change of one indicator for the subjects of its models."""
    start, end = period_sql(indicator.window)
    today = sql_day(as_of)
    meets = condition_sql(indicator.when)
    if indicator.measure is Measure.SUM:
        meets += f" AND coalesce({number_sql(indicator.column or '')} >= 0, false)"
    value = "NULL" if indicator.column is None else sql_name(indicator.column)
    if indicator.measure is Measure.SUM:
        value = number_sql(indicator.column or "")
    points, leaves, shown = _measured(indicator)
    shown_json = (
        "''" if shown is None else "CASE WHEN shown IS NULL THEN '' ELSE ',\"value\":' || to_json(shown) END"
    )
    return f"""
        SELECT subject_id, model, CASE WHEN n > 0 THEN {_capped(indicator, points)} ELSE 0 END::DECIMAL(14,2) AS points,
            CASE WHEN n > 0 THEN '{{"indicator":' || {sql_text(f'"{indicator.id}"')}
                || ',"points":' || ({_capped(indicator, points)})::DECIMAL(14,2) || ',"records":' || n
                || ',"leaves":[' || array_to_string({leaves}, ',') || ']' || {shown_json}
                || CASE WHEN faded > 0 THEN ',"faded":' || faded ELSE '' END || '}}' END AS text,
            change
        FROM (
            SELECT subject_id, any_value(model) AS model, count(*) FILTER (counts) AS n,
                count(*) FILTER (counts AND half) AS faded,
                {"" if indicator.measure is Measure.LATEST else "list(leaf) FILTER (counts) AS leaves,"}
                {shown or "NULL"} AS shown, {_total(indicator)} AS total, min(change) AS change
            FROM (
                SELECT subject_id, model, leaf, value, coalesce(valid_from, {sql_day(date.min)}) AS since,
                    start <= {today} AND (stop IS NULL OR {today} < stop) AS counts,
                    coalesce(fades <= {today}, false) AS half,
                    CASE WHEN start > {today} THEN start WHEN fades > {today} AND (stop IS NULL OR fades < stop) THEN fades
                         WHEN stop > {today} THEN stop END AS change
                FROM (
                    SELECT subject_id, leaf, valid_from, {value} AS value, {start} AS start, {end} AS stop,
                        {months_later_sql(indicator.half_from)} AS fades
                    FROM {table} WHERE {meets}
                ) JOIN (SELECT subject_id, model FROM assigned WHERE model IN ({", ".join(map(str, users))}))
                USING (subject_id)
                WHERE start IS NOT NULL AND (stop IS NULL OR start < stop)
            ) GROUP BY subject_id
        )"""


_NEWEST = "arg_max({0}, row(since, leaf)) FILTER (counts)"


def _total(indicator: Indicator) -> str:
    if indicator.measure is Measure.SUM:
        weighed = "value" if indicator.half_from is None else "CASE WHEN half THEN value * 0.5 ELSE value END"
        return f"sum({weighed}) FILTER (counts)"
    # The newest record decides even when its cell is empty, and arg_max passes over NULL.
    return _NEWEST.format("leaf") if indicator.measure is Measure.LATEST else "NULL"


def _measured(indicator: Indicator) -> tuple[str, str, str | None]:
    """SQL for the points before the cap, the leaves shown, and the value shown (an aggregate) or None."""
    newest_first = f"list_sort(leaves, 'DESC')[:{LEAVES_SHOWN}]"
    each = f"{indicator.points}::DECIMAL(6,2)"
    fades = indicator.half_from is not None
    match indicator.measure:
        case Measure.COUNT:
            points = f"round((n - faded * 0.5) * {each}, 2)" if fades else f"n * {each}"
            return points, newest_first, None
        case Measure.EXISTS:
            points = f"CASE WHEN faded < n THEN {each} ELSE round({each} * 0.5, 2) END" if fades else each
            return points, newest_first, None
        case Measure.SUM:
            return (
                f"round(total * {each}, 2)",
                newest_first,
                "(round(sum(value) FILTER (counts), 2)::DECIMAL(38,2))::VARCHAR",
            )
        case Measure.LATEST:
            shown = "nullif(" + _NEWEST.format("coalesce(value, '')") + ", '')"
            whens = " ".join(f"WHEN {sql_text(v)} THEN {p}" for v, p in sorted(indicator.values.items()))
            points = (
                f"CASE shown {whens} ELSE {indicator.otherwise} END" if whens else f"{indicator.otherwise}"
            )
            return f"CAST({points} AS DECIMAL(6,2))", "[total]", shown


def _capped(indicator: Indicator, points: str) -> str:
    return (
        points if indicator.cap is None else f"greatest(-{indicator.cap}, least({indicator.cap}, {points}))"
    )
