"""Everything that is counted for a period and those before it, family by family, and the ratios between families."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils import timezone

from ecredit.facts.actors.organisation_queries import list_registered
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.engine.duck import open_duck
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.judgement.monitoring.columns import open_who
from ecredit.judgement.monitoring.measure_events import count_events
from ecredit.judgement.monitoring.measure_market import count_market
from ecredit.judgement.monitoring.measure_reports import count_reports
from ecredit.judgement.monitoring.measure_trade import ORDERS, count_trade
from ecredit.judgement.monitoring.period_rules import ReportPeriod
from ecredit.judgement.monitoring.types import (
    CITY,
    NOT_REPORTED,
    Asked,
    Counted,
    Measure,
    Measured,
    MonitoredPlatform,
)

FAMILIES: tuple[Measure, ...] = (count_market, count_events, count_trade, count_reports)
# Complaints divided by what another family counted.
_RATIOS = {"complaints_per_merchants": "merchants", "complaints_per_orders": ORDERS}


@contextmanager
def open_asked(
    home: Home, catalog: Catalog, calendar: WorkCalendar, period: ReportPeriod, at: datetime
) -> Iterator[Asked]:
    """What figures are counted from, with a DuckDB connection for the time of the block. Raises as `open_who`."""
    spill = home.lake / "monitoring.spill"
    with open_duck(spill=spill, threads=2, memory="2GB") as connection:
        asked = Asked(
            home=home,
            catalog=catalog,
            calendar=calendar,
            platforms=list_platforms(period),
            periods=period.back(catalog.monitoring.trend.get(period.unit, 1)),
            at=at,
            connection=connection,
        )
        open_who(asked)
        yield asked


def list_platforms(period: ReportPeriod) -> tuple[MonitoredPlatform, ...]:
    """The registered platforms with a code that were there in a period, by code; two of one code are one."""
    found: dict[str, MonitoredPlatform] = {}
    for row in list_registered():
        there = (row.valid_to is None or row.valid_to > period.starts_on) and (
            row.valid_from is None or row.valid_from < period.ends_on
        )
        if row.kind == "platform" and row.uscc and there:
            since = timezone.localtime(row.registered_at).date()
            found.setdefault(row.uscc, MonitoredPlatform(row.uscc, row.id, row.name, since))
    return tuple(found[code] for code in sorted(found))


def count_figures(asked: Asked) -> Counted:
    """Every figure of every platform and period, in a number of questions that does not grow with the platforms."""
    found: Counted = {}
    for family in FAMILIES:
        found |= family(asked)
    for figure, below in _RATIOS.items():
        for period in asked.periods:
            found |= _ratio(asked, found, figure, below, period)
    return found


def _ratio(asked: Asked, found: Counted, figure: str, below: str, period: ReportPeriod) -> Counted:
    """Complaints by something else of the same platform; the city's is of the platforms that have both."""
    made: Counted = {}
    tops, ofs = 0.0, 0
    missing = Measured(because=NOT_REPORTED)
    for platform in asked.platforms:
        top = found.get(("complaints", period, platform.uscc), missing)
        of = found.get((below, period, platform.uscc), missing)
        if top.top is None or of.top is None:
            missing = made[figure, period, platform.uscc] = Measured(because=top.because or of.because)
            continue
        made[figure, period, platform.uscc] = Measured(top.top, int(of.top))
        tops, ofs = tops + top.top, ofs + int(of.top)
    made[figure, period, CITY] = Measured(tops, ofs) if ofs else Measured(because=missing.because)
    return made
