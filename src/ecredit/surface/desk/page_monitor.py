"""`/desk/monitor`: how platforms stood in a period, from draft to signature; one platform over time; what each figure means.

Officers see everybody's; a platform's own people see their own reports, drafts included, and no other's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecredit.facts.actors.approval_queries import list_names, list_waiting_about
from ecredit.facts.actors.queries import get_organisation
from ecredit.facts.actors.rights import Everyone
from ecredit.foundation.catalog.monitor_types import PERIOD_UNITS
from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.judgement.monitoring.document import public_document
from ecredit.judgement.monitoring.period_rules import last_whole
from ecredit.judgement.monitoring.queries import (
    ReportView,
    get_report,
    list_documents,
    list_periods,
    list_reports,
)
from ecredit.judgement.monitoring.report_drawing import BarChart, draw_trend
from ecredit.judgement.monitoring.report_views import view_groups
from ecredit.judgement.monitoring.report_words import (
    because_text,
    count_text,
    period_text,
    short_text,
    value_text,
)
from ecredit.judgement.monitoring.types import CITY, ReportLine
from ecredit.surface.desk.doors import needs, reached
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import notice
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page

READ: Final = "monitor.read"
# The badge of each state of a report.
BADGES: Final = {"draft": "warn", "signed": "good", "superseded": "", "withdrawn": "bad", "replaced": ""}


@dataclass(frozen=True, slots=True)
class PlatformRow:
    """A report of a period with the figures platforms are ranked by: value and place of each."""

    line: ReportLine
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FigureOverTime:
    """One figure of a platform through its reports: the chart, and for each period its value, what stands behind it and its place."""

    title: str
    chart: BarChart | None
    points: tuple[tuple[str, int, str, str, str], ...]


@needs(READ)
def monitor(request: HttpRequest) -> HttpResponse:
    """All reports of a period."""
    return show_monitor(request)


def show_monitor(request: HttpRequest, error: EcreditError | None = None) -> HttpResponse:
    """The page, with what was wrong with an act, if anything."""
    frame, mine = frame_of(request), own_codes(request)
    periods = list_periods()
    asked = request.GET.get("period", "") or request.POST.get("period", "")
    period = asked if asked in periods else (periods[0] if periods else "")
    lines = [line for line in list_reports(period=period) if period and _may_see(mine, line)]
    documents = {line.id: get_report(line.id).document for line in lines}
    ranked = [figure for figure in city().catalog.monitoring.figures.values() if figure.league]
    about = f"monitor:{period}"
    waiting = list_waiting_about([about]).get(about)
    return page(
        request,
        "desk/monitor.html",
        status=200 if error is None else 400,
        period=period,
        period_name=period_text(period, frame.lang) if period else "",
        periods=[(name, period_text(name, frame.lang)) for name in periods],
        ranked=[(f.title_zh if frame.lang == "zh" else f.title_en) for f in ranked],
        rows=[PlatformRow(line, _cells(documents[line.id], [f.id for f in ranked])) for line in lines],
        drafts=[line for line in lines if line.state == "draft"],
        whole=mine is None,
        suggested=last_whole("month", city().today).name,
        waiting=waiting,
        names=list_names([] if waiting is None else [waiting.asked_by]),
        badges=BADGES,
        typed=request.POST.get("reason", ""),
        done=notice(request),
        wrong="" if error is None else frame.say(error),
    )


@needs(READ)
def report(request: HttpRequest, report_id: int) -> HttpResponse:
    """One version: every figure with what stands behind it, what was said of it, and the other versions."""
    return show_report(request, find_own(request, report_id))


def show_report(request: HttpRequest, view: ReportView, error: EcreditError | None = None) -> HttpResponse:
    """The page of one version."""
    frame, line = frame_of(request), view.line
    others = list_reports(period=line.period, platform=line.platform, every_version=True)
    whos = [line.made_by, line.asked_by, line.signed_by, *(comment.by for comment in view.comments)]
    return page(
        request,
        "desk/monitor_report.html",
        status=200 if error is None else 400,
        view=view,
        line=line,
        period_name=period_text(line.period, frame.lang),
        groups=view_groups(view.document, frame.lang),
        versions=sorted(others, key=lambda other: -other.version),
        standing=line.state == "signed",
        names=list_names(who for who in whos if who),
        badges=BADGES,
        files=("csv", "xlsx", "json"),
        typed=request.POST.get("words", "") or request.POST.get("reason", ""),
        done=notice(request),
        wrong="" if error is None else frame.say(error),
    )


@needs(READ)
def platform(request: HttpRequest, code: str) -> HttpResponse:
    """One platform (or the city) over time, through its reports on months, quarters or years."""
    frame, mine = frame_of(request), own_codes(request)
    code = CITY if code == "city" else code.upper()
    if mine is not None and code not in mine:
        raise NotThere
    unit = request.GET.get("unit", "month")
    if unit not in PERIOD_UNITS:
        unit = PERIOD_UNITS[0]
    reports = [
        (line, document if mine is None else public_document(document))
        for line, document in list_documents(code, unit=unit)
        if "withdrawn" not in document
    ]
    if not reports and not list_reports(platform=code):
        raise NotThere
    return page(
        request,
        "desk/monitor_platform.html",
        code=code,
        name=next((line.name for line, _ in reports[::-1]), ""),
        unit=unit,
        units=PERIOD_UNITS,
        figures=list(_over_time(reports, frame)),
    )


@needs(READ)
def definitions(request: HttpRequest) -> HttpResponse:
    """What each figure means, how it is counted and what it stands under, as the catalogue says today."""
    catalog = city().catalog
    return page(
        request,
        "desk/monitor_definitions.html",
        figures=list(catalog.monitoring.figures.values()),
        laws=catalog.laws,
        sources=catalog.sources,
        monitoring=catalog.monitoring,
    )


def own_codes(request: HttpRequest) -> frozenset[str] | None:
    """The codes of the platforms whose reports the account may read; None: everybody's."""
    mine = reached(request, READ)
    if isinstance(mine, Everyone):
        return None
    found = (get_organisation(id) for id in mine)
    return frozenset(o.uscc for o in found if o is not None and o.kind == "platform" and o.uscc)


def find_own(request: HttpRequest, report_id: int) -> ReportView:
    """A version the account may read. Raises NotThere for another's as for none."""
    try:
        view = get_report(report_id)
    except WrongUse as error:
        raise NotThere from error
    mine = own_codes(request)
    if not _may_see(mine, view.line):
        raise NotThere
    # What a machine suspects is for officers, whoever's draft it is in.
    return view if mine is None else replace(view, document=public_document(view.document))


def _may_see(mine: frozenset[str] | None, line: ReportLine) -> bool:
    return mine is None or line.platform in mine


def _cells(document: Mapping[str, Any], figures: Sequence[str]) -> tuple[tuple[str, str], ...]:
    known = {figure["id"]: figure for figure in document["figures"]}
    cells = []
    for id in figures:
        figure = known.get(id)
        place = "" if figure is None or figure["place"] is None else str(figure["place"]["place"])
        cells.append(
            (
                short_text(
                    None if figure is None else figure["value"], "count" if figure is None else figure["unit"]
                ),
                place,
            )
        )
    return tuple(cells)


def _over_time(
    reports: Sequence[tuple[ReportLine, Mapping[str, Any]]], frame: Frame
) -> Sequence[FigureOverTime]:
    found = []
    newest = reports[-1][1]["figures"] if reports else ()
    for figure in newest:
        held = [
            (line, next((f for f in document["figures"] if f["id"] == figure["id"]), None))
            for line, document in reports
        ]
        known = [(line, of) for line, of in held if of is not None]
        trend = [
            {"period": line.period, "value": of["value"], "low": of["low"], "high": of["high"]}
            for line, of in known
        ]
        found.append(
            FigureOverTime(
                figure["title"][frame.lang],
                draw_trend({"trend": trend, "unit": figure["unit"]}),
                tuple(
                    (
                        period_text(line.period, frame.lang),
                        line.id,
                        value_text(of["value"], of["unit"], frame.lang),
                        because_text(of, frame.lang) or count_text(of, frame.lang),
                        "" if of["place"] is None else f"{of['place']['place']} / {of['place']['of']}",
                    )
                    for line, of in known
                ),
            )
        )
    return found


MENU: Final = (Entry("desk:monitor", "monitor", "judge", 15, (READ,)),)
urlpatterns = [
    path("monitor", monitor, name="monitor"),
    path("monitor/definitions", definitions, name="monitor_definitions"),
    path("monitor/platform/<slug:code>", platform, name="monitor_platform"),
    path("monitor/report/<int:report_id>", report, name="monitor_report"),
]
