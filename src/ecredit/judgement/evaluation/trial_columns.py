"""A dry run over columns: everybody judged twice, by the models in force and with a version in its model's place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.amounts import find_amounts
from ecredit.judgement.evaluation.change_rules import changed_reasons
from ecredit.judgement.evaluation.column_conditions import sql_text
from ecredit.judgement.evaluation.column_records import Lake, open_entries, take_records
from ecredit.judgement.evaluation.columns import judge_columns
from ecredit.judgement.evaluation.queries import findings_of
from ecredit.judgement.evaluation.reason_texts import Wording
from ecredit.judgement.evaluation.trial_types import (
    GROUPINGS,
    STEP,
    STEPS,
    TrialGroup,
    TrialMove,
    TrialReason,
)
from ecredit.judgement.evaluation.types import Model, Reason

# Where the register says what a subject is: the source and its columns of industry, district and registered capital.
_REGISTER: Final = "registration"
_COLUMNS: Final = {"sector": ("INDUSTRYCO", "industry"), "district": ("DOMDISTRICT", "area")}
_CAPITAL: Final = "REGCAP"
# Registered capital in yuan, and what the band above it is called. The bounds are the platform's own, no official sizes.
SIZES: Final = ((0, "small"), (1_000_000, "1m"), (5_000_000, "5m"), (10_000_000, "10m"))
_MOST_WORST: Final = 50


@dataclass(frozen=True, slots=True)
class Compared:
    """What two judgements of everybody have in common and not; see `Trial`."""

    looked_at: int
    unchanged: int
    up: int
    down: int
    matrix: tuple[tuple[str, str, int], ...]
    steps: tuple[tuple[int, int], ...]
    groups: Mapping[str, tuple[TrialGroup, ...]]
    worst: tuple[TrialMove, ...]


def compare_columns(
    engine: Any,
    lake: Lake,
    catalog: Catalog,
    before: Sequence[Model],
    after: Sequence[Model],
    model: Model,
    as_of: date,
) -> Compared:
    """Judge everybody by `before` and by `after`, and count what differs among those the model judges in either."""
    _judge(engine, "was", before, lake, as_of)
    _judge(engine, "now", after, lake, as_of)
    _pair(engine, before, model)
    _describe(engine, lake, catalog)
    looked_at, unchanged, up, down = engine.execute(
        """SELECT count(*), count(*) FILTER (score = score_was AND place IS NOT DISTINCT FROM place_was),
                  count(*) FILTER (place < place_was), count(*) FILTER (place > place_was) FROM pair"""
    ).fetchone()
    return Compared(
        looked_at=looked_at,
        unchanged=unchanged,
        up=up,
        down=down,
        matrix=tuple(
            engine.execute(
                "SELECT was, now, count(*) FROM pair GROUP BY was, now ORDER BY was, now"
            ).fetchall()
        ),
        steps=_steps(engine),
        groups={name: _groups(engine, name) for name in GROUPINGS},
        worst=_worst(engine, before, after),
    )


def _judge(engine: Any, name: str, models: Sequence[Model], lake: Lake, as_of: date) -> None:
    judge_columns(engine, models, lake, as_of)
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * EXCLUDE (valid_until) FROM judged")


def _pair(engine: Any, before: Sequence[Model], model: Model) -> None:
    """Make `pair`: one row a subject that the model judges before or after. `place` is 0 for the best grade, NULL for none."""
    old = next((other.precedence for other in before if other.id == model.id), -1)
    grades = f"[{', '.join(sql_text(step.grade) for step in model.scale)}]"
    engine.execute(
        f"""CREATE OR REPLACE TEMP TABLE pair AS
            SELECT subject_id, c.kind, w.model AS model_was, n.model AS model_now,
                   CASE WHEN w.subject_id IS NULL OR w.model <> {old} THEN '-' ELSE coalesce(w.grade, '') END AS was,
                   CASE WHEN n.subject_id IS NULL OR n.model <> {model.precedence} THEN '-'
                        ELSE coalesce(n.grade, '') END AS now,
                   list_position({grades}, w.grade) AS place_was, list_position({grades}, n.grade) AS place,
                   w.score AS score_was, n.score AS score
            FROM was w FULL JOIN now n USING (subject_id) JOIN canonical c USING (subject_id)
            WHERE coalesce(w.model = {old}, false) OR coalesce(n.model = {model.precedence}, false)"""
    )


def _describe(engine: Any, lake: Lake, catalog: Catalog) -> None:
    """Make `grouped(subject_id, kind, sector, district, size)`, "" where the register does not say it."""
    if _REGISTER not in lake.ledger:
        engine.execute(
            """CREATE OR REPLACE TEMP TABLE grouped AS
               SELECT subject_id, kind, '' AS sector, '' AS district, '' AS size FROM pair"""
        )
        return
    columns = [*(column for column, _ in _COLUMNS.values()), _CAPITAL]
    table = take_records(engine, open_entries(engine, lake, _REGISTER), _REGISTER, columns)
    engine.execute(
        f"""CREATE OR REPLACE TEMP TABLE said AS
            SELECT subject_id, {", ".join(f"coalesce(arg_max({c}, leaf), '') AS {c}" for c in columns)}
            FROM {table} GROUP BY subject_id"""
    )
    for name, (column, code_table) in _COLUMNS.items():
        _map(engine, name, column, lambda word, t=code_table: _code(catalog, t, word))
    _map(engine, "size", _CAPITAL, size_of)
    engine.execute(
        f"""CREATE OR REPLACE TEMP TABLE grouped AS
            SELECT p.subject_id, p.kind, coalesce(a.key, '') AS sector, coalesce(d.key, '') AS district,
                   coalesce(z.key, '') AS size
            FROM pair p LEFT JOIN said s USING (subject_id)
            LEFT JOIN map_sector a ON a.word = s.{_COLUMNS["sector"][0]}
            LEFT JOIN map_district d ON d.word = s.{_COLUMNS["district"][0]}
            LEFT JOIN map_size z ON z.word = s.{_CAPITAL}"""
    )


def _map(engine: Any, name: str, column: str, key: Any) -> None:
    """Make `map_<name>(word, key)` over the different words of a column: few, however many subjects there are."""
    words = [row[0] for row in engine.execute(f"SELECT DISTINCT {column} FROM said").fetchall()]
    engine.execute(f"CREATE OR REPLACE TEMP TABLE map_{name}(word VARCHAR, key VARCHAR)")
    if words:
        engine.executemany(f"INSERT INTO map_{name} VALUES (?, ?)", [[word, key(word)] for word in words])


def _code(catalog: Catalog, table: str, word: str) -> str:
    """The code that a word of the register means; of industries the letter above it. "" for a word no table has."""
    known = catalog.code_tables.get(table)
    entry = None if known is None or not word else known.lookup(word)
    while known is not None and entry is not None and table == "industry" and entry.parent:
        entry = known.entries.get(entry.parent)
    return "" if entry is None else entry.code


def size_of(text: str) -> str:
    """The band of a registered capital as the register writes it; "" where it names no amount of yuan."""
    amounts = find_amounts(text)
    if not amounts:
        return ""
    yuan = max(amount.yuan for amount in amounts)
    return [name for bound, name in SIZES if yuan >= bound][-1]


def _steps(engine: Any) -> tuple[tuple[int, int], ...]:
    """Changes of scores in steps: -7.5 is in the step that begins at -10, 0 stands alone, 2 in the step that ends at 5."""
    last = STEP * STEPS
    rows = engine.execute(
        f"""SELECT CASE WHEN d = 0 THEN 0 WHEN d < 0 THEN greatest(-{last}, floor(d / {STEP}) * {STEP})
                        ELSE least({last}, ceil(d / {STEP}) * {STEP}) END::INTEGER AS edge, count(*)
            FROM (SELECT (score - score_was)::DOUBLE AS d FROM pair WHERE score IS NOT NULL AND score_was IS NOT NULL)
            GROUP BY edge ORDER BY edge"""
    ).fetchall()
    return tuple((int(edge), int(count)) for edge, count in rows)


def _groups(engine: Any, name: str) -> tuple[TrialGroup, ...]:
    rows = engine.execute(
        f"""SELECT g.{name}, count(*), count(*) FILTER (place < place_was), count(*) FILTER (place > place_was),
                   coalesce(sum(score - score_was), 0)::DECIMAL(38,2), count(score - score_was)
            FROM pair JOIN grouped g USING (subject_id) GROUP BY g.{name} ORDER BY count(*) DESC, g.{name}"""
    ).fetchall()
    return tuple(
        TrialGroup(key, looked, up, down, round(float(Decimal(total) / scored), 2) if scored else 0.0)
        for key, looked, up, down, total, scored in rows
    )


def _worst(engine: Any, before: Sequence[Model], after: Sequence[Model]) -> tuple[TrialMove, ...]:
    """Those that lose their grade, then those that fall by most grades, then by most points, with the reasons in which the two grades differ."""
    rows = engine.execute(
        f"""SELECT p.subject_id, p.model_was, p.model_now, p.was, p.now, p.score_was, p.score, w.findings, n.findings
            FROM pair p LEFT JOIN was w USING (subject_id) LEFT JOIN now n USING (subject_id)
            WHERE p.place > p.place_was OR p.score < p.score_was OR (p.place_was IS NOT NULL AND p.now = '')
            ORDER BY p.place_was IS NOT NULL AND p.now = '' DESC, coalesce(p.place - p.place_was, 0) DESC,
                     p.score - p.score_was, p.subject_id LIMIT {_MOST_WORST}"""
    ).fetchall()
    old = {model.precedence: Wording(model) for model in before}
    new = {model.precedence: Wording(model) for model in after}
    found = []
    for subject_id, model_was, model_now, was, now, score_was, score, findings_was, findings in rows:
        entered, left = changed_reasons(
            _reasons(old.get(model_was), findings_was), _reasons(new.get(model_now), findings)
        )
        found.append(
            TrialMove(subject_id, was, now, _figure(score_was), _figure(score), _told(entered), _told(left))
        )
    return tuple(found)


def _reasons(wording: Wording | None, findings: str | None) -> list[Reason]:
    if wording is None or findings is None:
        return []
    return [wording.reason(finding) for finding in findings_of(findings)]


def _told(reasons: Sequence[Reason]) -> tuple[TrialReason, ...]:
    return tuple(TrialReason(r.indicator, _figure(r.points), r.zh, r.en) for r in reasons)


def _figure(points: Decimal | None) -> str:
    return "" if points is None else f"{points:.2f}"
