"""From findings to grades, as columns: the same law as grade_rules.py. Makes the table `judged`."""

from collections.abc import Sequence
from typing import Any

from ecredit.judgement.evaluation.column_conditions import sql_text
from ecredit.judgement.evaluation.grade_rules import (
    BASE,
    LIMIT,
    LITTLE_KNOWN,
    NOTHING_KNOWN,
    STATUS,
    find_status_rule,
)
from ecredit.judgement.evaluation.types import Model


def make_grades(connection: Any, models: Sequence[Model]) -> None:
    """Make `judged(subject_id, model, grade, score, findings, valid_until)` from `assigned` and `finding`.

    `findings` is a JSON list; `grade` is NULL where the subject's state allows none.
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE frame AS {_frames(models)}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE state AS {_states(connection, models)}")
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE summed AS
           SELECT subject_id, sum(points) AS points, string_agg(text, ',' ORDER BY place) AS texts,
                  max(veto) AS veto, bool_or(known) AS known, min(change) AS change
           FROM finding GROUP BY subject_id"""
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE judged AS
            WITH added AS (
                SELECT a.subject_id, a.model, a.change AS model_change, f.*, s.texts, s.veto, s.change,
                       st.text AS state_text, st.best AS state_best, st.ungraded,
                       f.refuses_nothing AND s.texts IS NULL AS nothing,
                       f.little IS NOT NULL AND NOT coalesce(s.known, false)
                           AND NOT (f.refuses_nothing AND s.texts IS NULL) AS unknown,
                       (f.base + coalesce(s.points, 0))::DECIMAL(14,2) AS total
                FROM assigned a JOIN frame f ON f.precedence = a.model
                LEFT JOIN summed s ON s.subject_id = a.subject_id
                LEFT JOIN state st ON st.model = a.model AND st.status = a.status
            ), scored AS (SELECT *, greatest(floor_, least(ceiling_, total))::DECIMAL(14,2) AS score FROM added)
            SELECT subject_id, model, score,
                CASE WHEN coalesce(ungraded, false) OR nothing THEN NULL ELSE
                    grades[1 + greatest({_step(models)}, coalesce(veto, 0), coalesce(state_best, 0),
                                        CASE WHEN unknown THEN little ELSE 0 END)] END AS grade,
                '[{{"indicator":"{BASE}","points":' || base || '}}' || coalesce(',' || texts, '')
                    || CASE WHEN score = total THEN ''
                       ELSE ',{{"indicator":"{LIMIT}","points":' || (score - total)::DECIMAL(14,2) || '}}' END
                    || CASE WHEN nothing THEN ',{{"indicator":"{NOTHING_KNOWN}","points":0}}' ELSE '' END
                    || CASE WHEN unknown THEN ',{{"indicator":"{LITTLE_KNOWN}","points":0}}' ELSE '' END
                    || coalesce(',' || state_text, '') || ']' AS findings,
                least(change, model_change) AS valid_until
            FROM scored"""
    )


def _frames(models: Sequence[Model]) -> str:
    rows = []
    for model in models:
        grades = [step.grade for step in model.scale]
        little = "NULL" if model.little_known is None else str(grades.index(model.little_known.best))
        listed = ", ".join(sql_text(grade) for grade in grades)
        rows.append(
            f"({model.precedence}, {model.base}::DECIMAL(14,2), {model.floor}::DECIMAL(14,2), "
            f"{model.ceiling}::DECIMAL(14,2), CAST({little} AS INTEGER), [{listed}], "
            f"{model.nothing_known is not None})"
        )
    names = "precedence, base, floor_, ceiling_, little, grades, refuses_nothing"
    return f"SELECT * FROM (VALUES {', '.join(rows)}) f({names})"


def _states(connection: Any, models: Sequence[Model]) -> str:
    """The states that some subject is in and some model has a rule for."""
    words = [
        row[0] for row in connection.execute("SELECT DISTINCT status FROM assigned ORDER BY 1").fetchall()
    ]
    rows = []
    for model in models:
        grades = [step.grade for step in model.scale]
        for word in words:
            rule = find_status_rule(model, word)
            if rule is not None:
                text = (
                    f"""'{{"indicator":"{STATUS}","points":0,"value":' || to_json({sql_text(word)}) || '}}'"""
                )
                best = "NULL" if rule.best is None else str(grades.index(rule.best))
                rows.append(
                    f"({model.precedence}, {sql_text(word)}, {text}, CAST({best} AS INTEGER), {rule.best is None})"
                )
    nothing = "(-1, '', '', CAST(NULL AS INTEGER), false)"
    return f"SELECT * FROM (VALUES {', '.join([nothing, *rows])}) s(model, status, text, best, ungraded)"


def _step(models: Sequence[Model]) -> str:
    """SQL for the place on its model's scale that a score reaches."""
    cases = []
    for model in models:
        steps = [(n, s.at_least) for n, s in enumerate(model.scale) if s.at_least is not None]
        whens = " ".join(f"WHEN score >= {bound} THEN {n}" for n, bound in steps)
        last = len(model.scale) - 1
        cases.append(f"WHEN {model.precedence} THEN {f'CASE {whens} ELSE {last} END' if whens else last}")
    return f"CASE model {' '.join(cases)} END"
