"""A report as it is kept: canonical JSON that holds its own definitions, so that it reads the same whatever the catalogue says later."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any, Final

from ecredit.foundation.catalog.monitor_types import RATIOS, Figure
from ecredit.foundation.catalog.texts import text
from ecredit.foundation.catalog.types import Catalog
from ecredit.judgement.monitoring.across_periods import (
    SUMS,
    Told,
    decide_across,
    least_rest,
    number_of,
    tell_published,
)
from ecredit.judgement.monitoring.figure_rules import DIGITS, decide_beside, decide_value, rank
from ecredit.judgement.monitoring.period_rules import ReportPeriod
from ecredit.judgement.monitoring.types import (
    BESIDE_FEW,
    BESIDE_PERIOD,
    CITY,
    FEW,
    NOT_REPORTED,
    Asked,
    Counted,
    Measured,
    Value,
)

# Of fewer others the middle would tell what one of them has.
_OTHERS: Final = 3
_VERSION: Final = 1
# What depends on when a report is made and not on what it says.
_STAMPS: Final = ("made_on", "edition")


def build_documents(
    asked: Asked, counted: Counted, published: Sequence[Mapping[str, Any]] = ()
) -> dict[str, dict[str, Any]]:
    """The report of every platform and of the city (`CITY`), by code; `published`: those of other periods that everybody knows."""
    codes = [CITY, *(platform.uscc for platform in asked.platforms)]
    values: dict[tuple[str, ReportPeriod, str], Value] = {}
    for figure in asked.catalog.monitoring.figures.values():
        for period in asked.periods:
            for code in codes:
                measured = counted.get((figure.id, period, code), Measured(because=NOT_REPORTED))
                values[figure.id, period, code] = decide_value(figure, measured)
            _hide_beside(asked, figure, period, counted, values)
        if figure.when == SUMS and figure.public:
            _hide_across(asked, figure, values, published)
    places = {
        figure.id: _places(asked, figure, values) for figure in asked.catalog.monitoring.figures.values()
    }
    names = {platform.uscc: platform.name for platform in asked.platforms}
    return {code: _document(asked, code, names, values, places) for code in codes}


def canonical(document: Mapping[str, Any]) -> str:
    """The one way a document is written."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(content: str) -> str:
    """SHA-256 of a canonical document."""
    return hashlib.sha256(content.encode()).hexdigest()


def same_figures(one: str, other: str) -> bool:
    """Whether two documents say the same, the day they were made on and the catalogue's edition aside."""
    first, second = json.loads(one), json.loads(other)
    return all(first.get(key) == second.get(key) for key in (first.keys() | second.keys()) - set(_STAMPS))


def withdrawal_document(document: Mapping[str, Any], *, reason: str, made_on: str) -> dict[str, Any]:
    """The version that says there is no such report any more, and why."""
    kept = {key: document[key] for key in ("version", "platform", "period", "edition")}
    return {**kept, "made_on": made_on, "withdrawn": reason, "figures": [], "league": []}


def public_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """What of a report is for everybody: the figures whose definition says so."""
    figures = [figure for figure in document["figures"] if figure["public"]]
    known = {figure["id"] for figure in figures}
    league = [row for row in document.get("league", ()) if row["figure"] in known]
    return {**document, "figures": figures, "league": league}


def _hide_beside(
    asked: Asked,
    figure: Figure,
    period: ReportPeriod,
    counted: Counted,
    values: dict[tuple[str, ReportPeriod, str], Value],
) -> None:
    """Hide more platforms where the city's figure less the others' would tell what one with few of them has."""
    city = values[figure.id, period, CITY]
    if city.because or (figure.unit != "count" and figure.unit not in RATIOS):
        return  # nothing to subtract from: a city without a figure, a median
    behind, hidden = {}, set()
    for platform in asked.platforms:
        measured = counted.get((figure.id, period, platform.uscc))
        if measured is None or measured.because or measured.top is None:
            continue
        behind[platform.uscc] = int(measured.top) if figure.unit == "count" else measured.of or 0
        if values[figure.id, period, platform.uscc].because == FEW:
            hidden.add(platform.uscc)
    beside = decide_beside(behind, hidden, figure.least)
    # Where no platform's would be left, the city's is the one to leave out.
    none_left = bool(beside) and not behind.keys() - hidden - beside
    for code in {CITY} if none_left else beside:
        values[figure.id, period, code] = Value(because=BESIDE_FEW)


def _hide_across(
    asked: Asked,
    figure: Figure,
    values: dict[tuple[str, ReportPeriod, str], Value],
    published: Sequence[Mapping[str, Any]],
) -> None:
    """Hide what, with the figures of other periods, would tell what rests on few."""
    codes = {p.uscc for p in asked.platforms} | {document["platform"]["uscc"] for document in published}
    told = Told(codes - {CITY}, least_rest(figure.unit, figure.least))
    tell_published(told, published, figure.id)
    own = {(code, period): value for (id, period, code), value in values.items() if id == figure.id}
    told.hide(cell for cell, value in own.items() if value.because == FEW)
    numbers = {
        cell: number
        for cell, value in own.items()
        if (number := number_of(figure.unit, value.value, value.top, value.of)) is not None
    }
    for code, period in decide_across(told, numbers, asked.now):
        values[figure.id, period, code] = Value(because=BESIDE_PERIOD)


def _places(
    asked: Asked, figure: Figure, values: Mapping[tuple[str, ReportPeriod, str], Value]
) -> dict[str, int]:
    """The platforms' places in the period's league; who has too few to be shown has none."""
    if not figure.league:
        return {}
    found = {p.uscc: values[figure.id, asked.now, p.uscc].value for p in asked.platforms}
    ranked = {code: value for code, value in found.items() if value is not None}
    # First of one is no place.
    return rank(ranked, figure.direction) if len(ranked) > 1 else {}


def _document(
    asked: Asked,
    code: str,
    names: Mapping[str, str],
    values: Mapping[tuple[str, ReportPeriod, str], Value],
    places: Mapping[str, Mapping[str, int]],
) -> dict[str, Any]:
    now, catalog = asked.now, asked.catalog
    figures = [
        _figure(asked, figure, code, values, places[figure.id])
        for figure in catalog.monitoring.figures.values()
    ]
    league = []
    if code == CITY:
        league = [
            _league(asked, figure, names, values, places[figure.id])
            for figure in catalog.monitoring.figures.values()
            if figure.league
        ]
    return {
        "version": _VERSION,
        "platform": {"uscc": code, "name": names.get(code, "")},
        "period": {
            "name": now.name,
            "unit": now.unit,
            "starts_on": now.starts_on.isoformat(),
            "ends_on": now.ends_on.isoformat(),
        },
        "made_on": asked.at.date().isoformat(),
        "edition": catalog.edition,
        "platforms": len(asked.platforms),
        "figures": figures,
        "league": league,
    }


def _figure(
    asked: Asked,
    figure: Figure,
    code: str,
    values: Mapping[tuple[str, ReportPeriod, str], Value],
    places: Mapping[str, int],
) -> dict[str, Any]:
    now = values[figure.id, asked.now, code]
    trend = [
        {"period": period.name, **_shown(values[figure.id, period, code], figure)} for period in asked.periods
    ]
    before = values[figure.id, asked.periods[-2], code].value if len(asked.periods) > 1 else None
    change = None if now.value is None or before is None else round(now.value - before, DIGITS)
    others = [
        value
        for p in asked.platforms
        if p.uscc != code and (value := values[figure.id, asked.now, p.uscc].value) is not None
    ]
    return {
        **_defined(figure, asked.catalog),
        **_shown(now, figure),
        "parts": [asdict(part) for part in now.parts],
        "trend": trend,
        "change": change,
        "place": {"place": places[code], "of": len(places)} if code in places else None,
        "city": None if code == CITY else values[figure.id, asked.now, CITY].value,
        "others": round(median(others), DIGITS) if code != CITY and len(others) >= _OTHERS else None,
    }


def _shown(value: Value, figure: Figure) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "value": value.value, "top": value.top, "of": value.of, "low": value.low, "high": value.high, "because": None,
    }  # fmt: skip
    if value.because:
        key = f"monitor.because.{value.because}"
        shown["because"] = {
            "code": value.because,
            "zh": text(key, "zh", least=figure.least),
            "en": text(key, "en", least=figure.least),
        }
    return shown


def _defined(figure: Figure, catalog: Catalog) -> dict[str, Any]:
    law = catalog.laws[figure.law]
    article = law.articles.get(figure.article or "")
    return {
        "id": figure.id,
        "group": figure.group,
        "title": {"zh": figure.title_zh, "en": figure.title_en},
        "definition": {"zh": figure.definition_zh, "en": figure.definition_en},
        "numerator": {"zh": figure.numerator_zh, "en": figure.numerator_en},
        "denominator": {"zh": figure.denominator_zh, "en": figure.denominator_en},
        "sources": [
            {"id": id, "zh": catalog.sources[id].title_zh, "en": catalog.sources[id].title_en}
            for id in figure.sources
        ],
        "unit": figure.unit,
        "when": figure.when,
        "direction": figure.direction,
        "public": figure.public,
        "least": figure.least,
        "basis": {
            "law": law.title,
            "article": figure.article,
            "verified": law.verified if article is None else article.verified,
        },
        "verified": figure.verified,
    }


def _league(
    asked: Asked,
    figure: Figure,
    names: Mapping[str, str],
    values: Mapping[tuple[str, ReportPeriod, str], Value],
    places: Mapping[str, int],
) -> dict[str, Any]:
    rows = [
        {
            "uscc": platform.uscc,
            "name": names[platform.uscc],
            "place": places.get(platform.uscc),
            **_shown(values[figure.id, asked.now, platform.uscc], figure),
        }
        for platform in asked.platforms
    ]
    rows.sort(key=lambda row: (row["place"] is None, row["place"] or 0, row["uscc"]))
    return {"figure": figure.id, "rows": rows}
