"""From rules to what they find: one function a kind, each with a bounded number of queries."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from ecredit.facts.collection.due import list_overdue
from ecredit.foundation.catalog.errors import CatalogError, Fault
from ecredit.foundation.catalog.warning_types import (
    FindingStands,
    GapStands,
    GradeFell,
    GradeLow,
    IndicatorPast,
    RatingFell,
    RatingLow,
    RecordsCount,
    ReportOverdue,
    RunningOut,
    WarningRule,
)
from ecredit.foundation.catalog.yaml_nodes import nearest
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.judgement.evaluation.types import Model
from ecredit.judgement.measures.match_lake import WarningLake, match_records, match_running_out
from ecredit.judgement.measures.match_tables import (
    match_finding,
    match_gap,
    match_grade_fell,
    match_grade_low,
    match_indicator,
    match_rating,
    match_rating_fell,
)
from ecredit.judgement.measures.types import Fact, Match

Found = list[tuple[WarningRule, list[Match]]]


def check_rules(rules: Iterable[WarningRule], models: Sequence[Model]) -> None:
    """What the catalogue alone cannot check: that some model has the indicators. Raises CatalogError with file and line."""
    known = {indicator.id for model in models for indicator in model.indicators}
    faults = []
    for rule in rules:
        if isinstance(rule.looks_at, IndicatorPast):
            for id in sorted(set(rule.looks_at.indicators) - known):
                zh, en = nearest(id, known)
                told = f"没有名为 {id} 的指标；{zh}", f"no indicator is called {id}; {en}"
                faults.append(Fault(rule.file, rule.line, "unknown_indicator", *told))
    if faults:
        raise CatalogError(faults)


def find_matches(
    lake: WarningLake, rules: Collection[WarningRule], models: Sequence[Model], calendar: WorkCalendar
) -> Found:
    """What each rule finds, in the order of the rules."""
    by_id = {model.id: model for model in models}
    return [(rule, list(_matches(lake, rule, by_id, calendar))) for rule in rules]


def _matches(
    lake: WarningLake, rule: WarningRule, models: Mapping[str, Model], calendar: WorkCalendar
) -> Iterator[Match]:
    looked = rule.looks_at
    match looked:
        case GradeFell():
            return match_grade_fell(looked, lake.as_of)
        case GradeLow():
            return match_grade_low(looked)
        case IndicatorPast():
            return match_indicator(looked, models)
        case RecordsCount():
            return match_records(lake, looked)
        case RatingLow():
            return match_rating(looked)
        case RatingFell():
            return match_rating_fell(looked, lake.as_of)
        case FindingStands():
            return match_finding(looked, lake.catalog)
        case GapStands():
            return match_gap(looked, lake.as_of)
        case RunningOut():
            return match_running_out(lake, looked)
        case ReportOverdue():
            return _match_overdue(lake, looked, calendar)


def _match_overdue(lake: WarningLake, looked: ReportOverdue, calendar: WorkCalendar) -> Iterator[Match]:
    for late in list_overdue(lake.catalog, calendar, on=lake.as_of):
        if late.workdays < looked.workdays or (looked.sources and late.source not in looked.sources):
            continue
        source = lake.catalog.sources[late.source]
        yield Match(
            about=f"organisation:{late.supplier}",
            thing=late.source,
            gravity=0,
            facts=[
                Fact(
                    f"window:{late.source}:{late.window.name}",
                    "window",
                    late.window.name,
                    late.window.due,
                    late.source,
                )
            ],
            values={
                "source": (source.title_zh, source.title_en),
                "window": late.window.name,
                "day": late.window.due.isoformat(),
                "days": late.workdays,
            },
        )
