"""`/desk/quality`: how every department sends what it owes: on time, late, missed, with how many errors, month by month."""

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse

from ecredit.facts.actors.queries import list_supplier_names
from ecredit.facts.actors.rights import Everyone
from ecredit.facts.collection.quality import WEIGHTS
from ecredit.facts.collection.quality_board import SendingQuality, SupplierQuality, quality_board
from ecredit.surface.desk.doors import needs, reached
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.table_sources import ListSource
from ecredit.surface.desk.tables import Column, Filter, Table, show_table
from ecredit.surface.desk.trend import trend_of

_SPANS: Final = ("3", "6", "12")
_USUAL: Final = "6"


@needs("quality.read")
def board(request: HttpRequest) -> HttpResponseBase:
    """A line a supplier."""
    suppliers, months = _board(request)
    names = list_supplier_names(city().catalog, (found.supplier for found in suppliers))
    troubled: dict[str, Callable[[SupplierQuality], bool]] = {
        "missed": lambda s: s.missed > 0,
        "late": lambda s: s.late > 0,
        "errors": lambda s: bool(s.error_rate),
    }
    table: Table[SupplierQuality] = Table(
        "quality",
        (
            Column("col_supplier", lambda s, _: names[s.supplier], "name", _supplier_address(months)),
            Column("col_sources", lambda s, _: len(s.sendings), "sources"),
            Column("col_windows", lambda s, _: s.windows, "windows"),
            Column("col_on_time", lambda s, _: s.on_time, "on_time"),
            Column("col_late", lambda s, _: s.late, "late"),
            Column("col_missed", lambda s, _: s.missed, "missed"),
            Column("col_rows", lambda s, _: s.rows, "rows"),
            Column("col_error_rate", lambda s, _: rate(s.error_rate), "error_rate"),
            Column("col_score", lambda s, _: score(s.score), "score", badge=lambda s: _colour(s.score)),
        ),
        (
            Filter("q", "col_supplier"),
            Filter("trouble", "quality_trouble", _options("quality_trouble_", tuple(troubled))),
            Filter("months", "quality_months", _options("quality_months_", _SPANS)),
        ),
        sort="-missed",
        size=100,
    )  # fmt: skip
    source = ListSource(
        suppliers,
        text=lambda s: (names[s.supplier], s.supplier),
        tests={"trouble": lambda s, value: value not in troubled or troubled[value](s)},
        keys={
            "name": lambda s: names[s.supplier],
            "sources": lambda s: len(s.sendings),
            "error_rate": lambda s: -1.0 if s.error_rate is None else s.error_rate,
            "score": lambda s: -1.0 if s.score is None else s.score,
            **{name: _attribute(name) for name in ("windows", "on_time", "late", "missed", "rows")},
        },
    )
    totals = {
        name: sum(getattr(s, name) for s in suppliers) for name in ("windows", "on_time", "late", "missed")
    }
    return show_table(
        request, table, source, "desk/officer_quality.html",
        caption=frame_of(request).t["quality"], totals=totals, months=months, weights=WEIGHTS,
        trends={s.supplier: trend_of(s.months) for s in suppliers},
    )  # fmt: skip


@needs("quality.read")
def supplier(request: HttpRequest, supplier: str) -> HttpResponse:
    """One supplier: its sources, and its months with their figures."""
    suppliers, months = _board(request, only=supplier)
    found = next((one for one in suppliers if one.supplier == supplier), None)
    if found is None:
        raise NotThere
    sources = city().catalog.sources
    lines = [(sending, sources[sending.total.source], trend_of(sending.months)) for sending in found.sendings]
    return page(
        request,
        "desk/officer_quality_supplier.html",
        found=found,
        name=list_supplier_names(city().catalog, [supplier])[supplier],
        lines=sorted(lines, key=_worst_first),
        trend=trend_of(found.months, width=560, height=120),
        months=months,
        weights=WEIGHTS,
    )


def rate(value: float | None) -> str | None:
    """An error rate as people read it."""
    return None if value is None else f"{value:.1%}"


def score(value: float | None) -> str | None:
    """A quality score with one decimal."""
    return None if value is None else f"{value:.1f}"


def _board(request: HttpRequest, *, only: str | None = None) -> tuple[list[SupplierQuality], int]:
    """The board as far as the account may see it, over as many months as the address says."""
    asked = request.GET.get("months", "")
    months = int(asked if asked in _SPANS else _USUAL)
    mine = reached(request, "quality.read")
    suppliers = None if isinstance(mine, Everyone) else mine
    if only is not None:
        suppliers = frozenset({only}) if suppliers is None else suppliers & {only}
    platform = city()
    found = quality_board(
        platform.catalog, platform.calendar, until=platform.today, months=months, suppliers=suppliers
    )
    return found, months


def _worst_first(line: tuple[SendingQuality, object, object]) -> tuple[int, float, str]:
    total = line[0].total
    return -total.missed, -(total.error_rate or 0.0), total.source


def _colour(value: float | None) -> str:
    if value is None:
        return ""
    return "good" if value >= 90 else "warn" if value >= 70 else "bad"


def _attribute(name: str) -> Callable[[SupplierQuality], Any]:
    return lambda row: getattr(row, name)


def _supplier_address(months: int) -> Callable[[SupplierQuality], str]:
    return lambda row: f"{reverse('desk:quality_supplier', args=[row.supplier])}?months={months}"


def _options(prefix: str, values: tuple[str, ...]) -> Callable[[Frame], list[tuple[str, str]]]:
    def options(frame: Frame) -> list[tuple[str, str]]:
        return [(value, frame.t[prefix + value]) for value in values]

    return options


MENU: Final = (Entry("desk:quality", "quality", "judge", 10, ("quality.read",)),)
urlpatterns = [
    path("quality", board, name="quality"),
    path("quality/<slug:supplier>", supplier, name="quality_supplier"),
]
