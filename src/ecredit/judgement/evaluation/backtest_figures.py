"""From panels to the figures of a back-test: what each says, and what cannot be said with so few. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import numpy as np

from ecredit.foundation.catalog.areas import find_area
from ecredit.foundation.catalog.industries import find_industry, section_of
from ecredit.foundation.catalog.types import Catalog
from ecredit.judgement.evaluation.backtest_columns import Panel, Texts
from ecredit.judgement.evaluation.backtest_rules import (
    Flags,
    Floats,
    auc_difference,
    auc_interval,
    brier,
    calibration_error,
    equal_bins,
    error_by_chance,
    fit_isotonic,
    ks,
    merge_small,
    predict,
    rate,
    stability,
)
from ecredit.judgement.evaluation.backtest_types import (
    BacktestRules,
    Calibration,
    CalibrationBin,
    DimensionFigures,
    Discrimination,
    Fairness,
    GradeCount,
    GroupFigures,
    KindFigures,
    ScoreBar,
    Stability,
    StabilityBin,
)
from ecredit.judgement.evaluation.types import Dimension, Model

FEW, ONE_SIDED = "few", "one_sided"
_STEP = 1_000.0
_CAPITAL = re.compile(r"(\d+(?:\.\d+)?)万元?(?:人民币)?(?:元)?")


def too_few(panel: Panel, rules: BacktestRules, chosen: Flags | None = None) -> str:
    """Why nothing can be concluded of these subjects; "" where there are enough."""
    bad = panel.bad if chosen is None else panel.bad[chosen]
    if len(bad) < rules.least_subjects or int(bad.sum()) < rules.least_outcomes:
        return FEW
    return ONE_SIDED if bad.all() else ""


def ranked_risk(panel: Panel) -> Floats:
    """The order by grade, and within a grade by score: a step of the grade outweighs any difference of scores."""
    return panel.step * _STEP - panel.score


def discrimination(panel: Panel, chosen: Flags | None = None) -> Discrimination:
    """The figures of order for some subjects, or for all."""
    which = np.ones(len(panel), dtype=bool) if chosen is None else chosen
    score, step, bad = panel.score[which], panel.step[which], panel.bad[which]
    distance, risk = ks(-score, bad)
    return Discrimination(
        score=auc_interval(-score, bad),
        ranked=auc_interval(ranked_risk(panel)[which], bad),
        grade=auc_interval(step, bad),
        ks=distance,
        ks_score=-risk,
    )


def by_kind(panel: Panel, models: Sequence[Model], rules: BacktestRules) -> tuple[KindFigures, ...]:
    """Each model's subjects by themselves; models that grade nobody are left out."""
    made = []
    for model in models:
        chosen = panel.model == model.id
        if chosen.any():
            why = too_few(panel, rules, chosen)
            made.append(
                KindFigures(
                    model.id, model.title_zh, model.title_en, int(chosen.sum()),
                    int(panel.bad[chosen].sum()) if chosen.sum() >= rules.cell else None,
                    None if why else discrimination(panel, chosen), why,
                )
            )  # fmt: skip
    return tuple(made)


def by_grade(panel: Panel, rules: BacktestRules) -> tuple[GradeCount, ...]:
    """Each grade, best first."""
    order = sorted({(float(s), str(g)) for s, g in zip(panel.step, panel.grade, strict=True)})
    return tuple(
        GradeCount(
            grade, int(chosen.sum()), rate(int(panel.bad[chosen].sum()), int(chosen.sum()), rules.cell)
        )
        for grade in dict.fromkeys(name for _, name in order)
        if (chosen := panel.grade == grade).any()
    )


def by_score(panel: Panel, rules: BacktestRules) -> tuple[ScoreBar, ...]:
    """Bars ten points wide over the whole range of the scores, joined upwards until each has enough subjects to be shown."""
    low = (np.floor(panel.score / 10) * 10).astype(int)
    clean, found = Counter(low[~panel.bad].tolist()), Counter(low[panel.bad].tolist())
    bars: list[ScoreBar] = []
    for start in range(int(low.min()), int(low.max()) + 1, 10):
        bar = ScoreBar(start, start + 9, clean[start], found[start])
        if bars and bars[-1].clean + bars[-1].found < rules.cell:
            bar = _joined(bars.pop(), bar)
        bars.append(bar)
    if len(bars) > 1 and bars[-1].clean + bars[-1].found < rules.cell:
        last = bars.pop()
        bars.append(_joined(bars.pop(), last))
    return tuple(bars)


def _joined(one: ScoreBar, other: ScoreBar) -> ScoreBar:
    return ScoreBar(one.low, other.high, one.clean + other.clean, one.found + other.found)


def calibrate(panel: Panel, earlier: Panel, rules: BacktestRules) -> Calibration:
    """Learn on the earlier day what chance a score means, and judge that on this one."""
    knots = fit_isotonic(-earlier.score, earlier.bad)
    chance = predict(knots, -panel.score)
    part = equal_bins(chance, rules.bins)
    bins = [
        CalibrationBin(
            int(chosen.sum()),
            float(chance[chosen].mean()),
            rate(int(panel.bad[chosen].sum()), int(chosen.sum()), rules.cell),
        )
        for n in range(rules.bins)
        if (chosen := part == n).any()
    ]
    usual = float(earlier.bad.mean())
    return Calibration(
        fitted_on=earlier.on,
        fitted_subjects=len(earlier),
        fitted_outcomes=int(earlier.bad.sum()),
        error=calibration_error(chance, panel.bad, rules.bins),
        by_chance=error_by_chance(chance, rules.bins),
        brier=brier(chance, panel.bad),
        brier_rate=brier(np.full(len(panel), usual), panel.bad),
        bins=tuple(bins),
    )


def compare_scores(panel: Panel, earlier: Panel, rules: BacktestRules) -> Stability:
    """Has the distribution of the score moved since the earlier day?"""
    index, bins = stability(earlier.score, panel.score, rules.bins)
    reading = "marked" if index >= rules.marked else "slight" if index >= rules.slight else "stable"
    parts = tuple(StabilityBin(None if np.isinf(upper) else upper, was, now) for upper, was, now in bins)
    return Stability(earlier.on, len(earlier), index, reading, parts)


def by_dimension(panel: Panel, models: Sequence[Model]) -> tuple[DimensionFigures, ...]:
    """What each dimension adds, the score being limited with it and without it as the models limit it."""
    known: dict[str, Dimension] = {d.id: d for model in models for d in model.dimensions}
    floors = {model.id: (float(model.floor), float(model.ceiling)) for model in models}
    low = np.array([floors[name][0] for name in panel.model])
    high = np.array([floors[name][1] for name in panel.model])
    made = []
    for name, points in panel.dimension.items():
        without: Floats = -np.clip(panel.total - points, low, high)
        made.append(
            DimensionFigures(
                name, known[name].zh, known[name].en, int((points != 0).sum()), auc_interval(-points, panel.bad),
                auc_interval(without, panel.bad), auc_difference(-panel.score, without, panel.bad),
            )
        )  # fmt: skip
    return tuple(made)


def fairness(
    panel: Panel, catalog: Catalog, models: Sequence[Model], rules: BacktestRules
) -> tuple[Fairness, ...]:
    """Grades, false alarms and misses of each sector, district, size and kind of subject."""
    alarm = _alarms(panel, models, rules)
    titles = {model.id: model.title_zh for model in models}
    labels: dict[str, Callable[[str], str]] = {
        "sector": lambda code: _sector(code, catalog),
        "district": lambda code: _district(code, catalog, panel.on),
        "capital": lambda text: _capital(text, rules.groups.capital_below),
        "kind": lambda name: titles.get(name, name),
    }
    columns: Mapping[str, Texts] = {
        "sector": panel.sector, "district": panel.district, "capital": panel.capital, "kind": panel.model,
    }  # fmt: skip
    made = []
    for by, column in columns.items():
        # Looked up once a value, not once a subject.
        named = {value: labels[by](str(value)) for value in set(column.tolist())}
        of_each = np.array([named[value] for value in column.tolist()], dtype=object)
        made.append(Fairness(by, _groups(of_each, panel, alarm, rules)))
    return tuple(made)


def _alarms(panel: Panel, models: Sequence[Model], rules: BacktestRules) -> Flags:
    """Grades that are an alarm; a model whose scale lacks the letter has none."""
    least = {
        model.id: next(
            (n for n, step in enumerate(model.scale) if step.grade == rules.alarm), len(model.scale)
        )
        for model in models
    }
    return panel.step >= np.array([least[name] for name in panel.model], dtype=np.float64)


def _groups(labels: Texts, panel: Panel, alarm: Flags, rules: BacktestRules) -> tuple[GroupFigures, ...]:
    sizes = Counter(labels.tolist())
    small = merge_small(sizes, rules.cell)
    shown = [
        (label, labels == label)
        for label in sorted(sizes, key=lambda k: (-sizes[k], k))
        if label not in small
    ]
    if small:
        shown.append(("", np.isin(labels.astype(str), sorted(map(str, small)))))
    grades = list(dict.fromkeys(sorted(panel.grade.tolist())))
    made = []
    for label, chosen in shown:
        number = int(chosen.sum())
        clean, found = chosen & ~panel.bad, chosen & panel.bad
        made.append(
            GroupFigures(
                label,
                number,
                {grade: float((panel.grade[chosen] == grade).sum() / number) for grade in grades},
                rate(int(alarm[clean].sum()), int(clean.sum()), rules.cell),
                rate(int((~alarm[found]).sum()), int(found.sum()), rules.cell),
            )
        )
    return tuple(made)


def _sector(code: str, catalog: Catalog) -> str:
    table = catalog.code_tables.get("industry")
    entry = None if table is None or not code else find_industry(code, table)
    return UNKNOWN if entry is None or table is None else section_of(entry, table).zh


def _district(code: str, catalog: Catalog, on: date) -> str:
    table = catalog.code_tables.get("area")
    entry = None if table is None else table.lookup(code)
    area = find_area(code if entry is None else entry.code, on, table)
    return UNKNOWN if area is None else area.name


def _capital(text: str, below: Sequence[Decimal]) -> str:
    """The band of a registered capital in 10,000 yuan; other spellings and currencies are not guessed at."""
    match = _CAPITAL.fullmatch(text.strip())
    if match is None:
        return UNKNOWN
    amount = Decimal(match.group(1))
    for place, bound in enumerate(below):
        if amount < bound:
            return f"{below[place - 1]}–{bound}" if place else f"<{bound}"
    return f"≥{below[-1]}"


UNKNOWN = "—"
