"""`/monitor`: the published reports on platforms and on the city; one of them as a page, and as files."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from ecredit.judgement.monitoring.document import canonical
from ecredit.judgement.monitoring.report_drawing import BarChart, draw_league
from ecredit.judgement.monitoring.report_files import csv_file, workbook_file
from ecredit.judgement.monitoring.report_views import view_groups
from ecredit.judgement.monitoring.report_words import (
    because_text,
    count_text,
    interval_text,
    period_text,
    value_text,
)
from ecredit.service.publicity.public_reports import PublicReport, PublicReportLine
from ecredit.service.publicity.search import MAX_QUERY
from ecredit.surface.portal.answers import page, send_file, show
from ecredit.surface.portal.frame import Frame
from ecredit.surface.portal.reading import public_store

_CITY: Final = "city"
_FILES: Final = {
    "csv": ("text/csv; charset=utf-8", csv_file),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook_file),
    "json": ("application/json; charset=utf-8", lambda document: canonical(document).encode()),
}


@dataclass(frozen=True, slots=True)
class LeagueView:
    """Platforms in the order of one figure, and where each one's own report is (none: not published)."""

    figure: Mapping[str, Any]
    chart: BarChart | None
    rows: tuple[tuple[str, str, str, str, str, str, str], ...]


@page
def monitor(request: HttpRequest, frame: Frame) -> HttpResponse:
    """What is published, period by period."""
    lines = public_store().reports()
    periods = [
        (period_text(name, frame.lang), [(line, _address(frame, line)) for line in of])
        for name, of in groupby(lines, key=lambda line: line.period)
    ]
    return show(request, frame, "portal/monitor.html", {"periods": periods})


@page
def report(request: HttpRequest, frame: Frame, platform: str, period: str) -> HttpResponse:
    """One report: the version that stands, or an earlier one by `?version=`."""
    found = _find(request, platform, period)
    if found is None:
        return _missing(request, frame)
    document = found.document
    return show(
        request,
        frame,
        "portal/monitor_report.html",
        {
            "line": found.line,
            "document": document,
            "period": period_text(found.line.period, frame.lang),
            "groups": view_groups(document, frame.lang),
            "leagues": _leagues(document, frame),
            "versions": [(line, _address(frame, line, version=True)) for line in found.versions],
            "standing": _address(frame, found.versions[0]),
            "files": [(kind.upper(), _file_address(frame, found.line, kind)) for kind in _FILES],
        },
    )


@page
def report_file(request: HttpRequest, frame: Frame, platform: str, period: str, kind: str) -> HttpResponse:
    """The same as a file: csv, xlsx or json."""
    found = _find(request, platform, period)
    if found is None or kind not in _FILES:
        return _missing(request, frame)
    media, write = _FILES[kind]
    name = f"monitor-{period}-{platform}-v{found.line.version}.{kind}"
    return send_file(request, frame, write(found.document), media, name)


def _find(request: HttpRequest, platform: str, period: str) -> PublicReport | None:
    asked = request.GET.get("version", "")
    version = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else None
    return public_store().find_report("" if platform == _CITY else platform, period, version)


def _missing(request: HttpRequest, frame: Frame) -> HttpResponse:
    frame = frame.without_address()
    return show(request, frame, "portal/missing.html", {"query": "", "limit": MAX_QUERY}, status=404)


def _address(frame: Frame, line: PublicReportLine, *, version: bool = False) -> str:
    path = f"/monitor/{line.platform or _CITY}/{line.period}"
    return frame.to(path, version=line.version) if version else frame.to(path)


def _file_address(frame: Frame, line: PublicReportLine, kind: str) -> str:
    path = f"/monitor/{line.platform or _CITY}/{line.period}.{kind}"
    return frame.to_file(path, version=line.version)


def _leagues(document: Mapping[str, Any], frame: Frame) -> list[LeagueView]:
    figures = {figure["id"]: figure for figure in document["figures"]}
    published = {
        line.platform: line for line in public_store().reports() if line.period == document["period"]["name"]
    }
    views = []
    for league in document["league"]:
        figure = figures[league["figure"]]
        rows = tuple(
            (
                "" if row["place"] is None else str(row["place"]),
                row["name"],
                _address(frame, published[row["uscc"]]) if row["uscc"] in published else "",
                value_text(row["value"], figure["unit"], frame.lang),
                interval_text({**row, "unit": figure["unit"]}),
                count_text(row, frame.lang),
                because_text(row, frame.lang),
            )
            for row in league["rows"]
        )
        views.append(LeagueView(figure, draw_league(league["rows"], figure["unit"]), rows))
    return views
