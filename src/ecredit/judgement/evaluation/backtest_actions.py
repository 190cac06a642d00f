"""One back-test of the city's grades: the lake brought up to the ledger, figures made, the run journaled."""

import hashlib
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path

from django.db import transaction

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.facts.records.mirror import catch_up
from ecredit.facts.records.queries import mirror_glob, mirror_sources
from ecredit.facts.subjects.lake import current_path
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.periods import add_months
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.evaluation import backtest_figures as figures
from ecredit.judgement.evaluation.backtest_columns import Asked, Panel, first_known, read_panel
from ecredit.judgement.evaluation.backtest_document import document_of_report
from ecredit.judgement.evaluation.backtest_models import BacktestRun
from ecredit.judgement.evaluation.backtest_reading import FILE, load_backtest
from ecredit.judgement.evaluation.backtest_rules import roc_points, thinned
from ecredit.judgement.evaluation.backtest_types import BacktestReport, BacktestRules, OutcomeCount
from ecredit.judgement.evaluation.column_records import Lake
from ecredit.judgement.evaluation.columns import open_engine
from ecredit.judgement.evaluation.touched import read_tops
from ecredit.judgement.evaluation.types import Model
from ecredit.judgement.evaluation.version_queries import models_on

# The journal's verb for: the grades of a day were held against what came.
BACKTESTED = "evaluation.backtest"
_EARLY = "early"


def backtest(
    *,
    home: Home,
    catalog: Catalog,
    ring: KeyRing,
    on: date | None,
    months: int | None,
    zone: tzinfo,
    today: date,
    by: Actor,
    at: datetime,
    models: Sequence[Model] | None = None,
) -> BacktestReport:
    """Grade everyone for the split day `on` (None: so long ago that the time is over today) as known by its end, and compare.

    `models` are those to test; None: the city's own. Raises WrongUse, saying what cannot be judged and why: a split in the
    future, a time that is not over, a ledger that knew nothing then, too few subjects or outcomes.
    """
    rules = load_backtest(catalog.folder, catalog)
    tested = models_on(catalog, today) if models is None else models
    ahead = rules.months if months is None else months
    split = add_months(today, -ahead) if on is None and ahead > 0 else on
    if split is None or ahead < 1:
        raise WrongUse("至少要往后看一个月", "at least one month has to be looked ahead")
    _check_days(split, ahead, today)
    catch_up(home, catalog, ring=ring, by=by, at=at)
    report = _compare(home, catalog, tested, rules, split, ahead, zone, at)
    document = document_of_report(report)
    digest = hashlib.sha256(document.encode()).hexdigest()
    with transaction.atomic():
        log = OpenLog(ring, at)
        row = BacktestRun.objects.create(
            on=split, months=ahead, at=log.at, by=by.who, document=document, digest=digest
        )
        post_journal(log, by=by, verb=BACKTESTED, about=f"backtest:{row.id}", detail=_noted(report, digest))
        log.seal()
    return report


def _noted(report: BacktestReport, digest: str) -> dict[str, object]:
    return {
        "on": report.on.isoformat(), "months": report.months, "rules": report.rules, "models": report.models,
        "through_leaf": report.through_leaf, "at_risk": report.at_risk, "with_outcome": report.with_outcome,
        "auc": f"{report.found.ranked.value:.4f}", "report_digest": digest,
    }  # fmt: skip


def _check_days(split: date, months: int, today: date) -> None:
    if split >= today:
        raise WrongUse(
            f"回测的分界日 {split} 还没有过去，那天以后的事还没有发生；请写以前的日期",
            f"the split day {split} is not over yet, so nothing has come after it; give an earlier day",
        )
    until = add_months(split, months)
    if until > today:
        raise WrongUse(
            f"分界日 {split} 以后的 {months} 个月要到 {until} 才满，现在比不出来；请写更早的日期，或者缩短 --months",
            f"the {months} months after {split} end on {until}, so nothing can be compared yet; give an earlier day or fewer months",
        )


def _end_of(day: date, zone: tzinfo) -> datetime:
    """The last instant of a day."""
    return datetime.combine(day + timedelta(days=1), time(0), zone) - timedelta(microseconds=1)


def _compare(
    home: Home, catalog: Catalog, models: Sequence[Model], rules: BacktestRules, split: date, months: int,
    zone: tzinfo, at: datetime,
) -> BacktestReport:  # fmt: skip
    lake = Lake(current_path(home), {source: mirror_glob(home, source) for source in mirror_sources(home)})
    with tempfile.TemporaryDirectory(prefix="backtest-", dir=home.lake) as folder:
        engine = open_engine(Path(folder))
        try:
            first = first_known(engine, lake)
            known_at = _end_of(split, zone)
            if first is None or first.replace(tzinfo=UTC) > known_at:
                raise WrongUse(
                    f"到 {split} 为止，账本里还没有任何记录，那天无从评级；请写更晚的日期",
                    f"the ledger knew nothing by {split}, so nobody could be graded that day; give a later day",
                )
            through = max(read_tops(engine, lake).values(), default=-1)
            until = add_months(split, months)

            def panel(on: date, until: date, told_at: datetime) -> Panel:
                asked = Asked(on, _end_of(on, zone), until, told_at)
                return read_panel(engine, catalog, models, rules, lake, Path(folder), asked)

            now = panel(split, until, at)
            _check_enough(now, rules, split, until)
            before, why = None, _EARLY
            day = add_months(split, -months)
            if first.replace(tzinfo=UTC) <= _end_of(day, zone):
                # What the score meant must have been known by the split day: its outcomes are those told by then.
                before = panel(day, split, known_at)
                why = figures.too_few(before, rules)
        finally:
            engine.close()
    return BacktestReport(
        on=split,
        months=months,
        until=until,
        known_at=known_at,
        models={model.id: model.edition for model in models},
        rules=_digest(catalog.folder / FILE),
        through_leaf=through,
        at_risk=len(now),
        with_outcome=int(now.bad.sum()),
        not_graded=now.outside[0],
        not_graded_with_outcome=now.outside[1],
        alarm=rules.alarm,
        least_subjects=rules.least_subjects,
        least_outcomes=rules.least_outcomes,
        cell=rules.cell,
        slight=rules.slight,
        marked=rules.marked,
        outcomes=tuple(
            OutcomeCount(o.id, o.zh, o.en, now.records[o.id], now.found[o.id]) for o in rules.outcomes
        ),
        found=figures.discrimination(now),
        kinds=figures.by_kind(now, models, rules),
        grades=figures.by_grade(now, rules),
        scores=figures.by_score(now, rules),
        roc=tuple(thinned(roc_points(figures.ranked_risk(now), now.bad))),
        calibration=None if before is None or why else figures.calibrate(now, before, rules),
        calibration_why=why,
        stability=None if before is None or not len(before) else figures.compare_scores(now, before, rules),
        stability_why="" if before is not None and len(before) else why or _EARLY,
        dimensions=figures.by_dimension(now, models),
        fairness=figures.fairness(now, catalog, models, rules),
    )


def _check_enough(panel: Panel, rules: BacktestRules, split: date, until: date) -> None:
    if not panel.bad.any():
        raise WrongUse(
            f"{split} 有等级的 {len(panel):,} 个主体，到 {until} 没有一个查实失信，比不出等级准不准",
            f"of the {len(panel):,} subjects graded on {split} none was found to have done wrong by {until}, so nothing can be compared",
        )
    if figures.too_few(panel, rules):
        raise WrongUse(
            f"{split} 有等级的只有 {len(panel):,} 个主体，到 {until} 查实失信的 {int(panel.bad.sum()):,} 个；"
            f"少于 {rules.least_subjects} 个或 {rules.least_outcomes} 个不下结论",
            f"{len(panel):,} subjects were graded on {split}, {int(panel.bad.sum()):,} of them found to have done wrong by {until}; "
            f"below {rules.least_subjects} or {rules.least_outcomes} nothing is concluded",
        )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
