"""Reports on platforms, as one act: made while nobody writes the lake, by hand or because a period is over."""

from collections.abc import Mapping
from datetime import timedelta

from ecredit.facts.actors.types import Actor
from ecredit.facts.subjects.lake import current_path
from ecredit.foundation.catalog.monitor_types import PERIOD_UNITS
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.monitoring.count_figures import list_platforms
from ecredit.judgement.monitoring.make_actions import make_reports, newest_versions
from ecredit.judgement.monitoring.period_rules import ReportPeriod, last_whole
from ecredit.judgement.monitoring.types import Made
from ecredit.service.operation.platform import Platform

# The kind of job that makes reports.
MONITOR = "monitor"


def make_period(platform: Platform, period: ReportPeriod, *, by: Actor, reason: str = "") -> Made:
    """Make the reports of a period from the lake as the last evaluation left it. Raises as `make_reports`."""
    with platform.home.alone_in_lake():
        return make_reports(
            home=platform.home,
            catalog=platform.catalog,
            calendar=platform.calendar,
            ring=platform.ring,
            period=period,
            by=by,
            at=platform.now,
            reason=reason,
        )


def list_proposed(platform: Platform, params: Mapping[str, object]) -> list[ReportPeriod]:
    """The periods of these units (`units`) that ended at least `after_days` ago and have no report yet; of each unit only the last.
    None before the first evaluation or where no platform is registered.

    Raises WrongUse for params that are none.
    """
    units, wait = str(params.get("units", "month")).split(), str(params.get("after_days", "0"))
    if not set(units) <= set(PERIOD_UNITS) or not wait.isascii() or not wait.isdigit():
        raise WrongUse(
            "监测任务的 units 应为 month、quarter、year，after_days 应为天数",
            "units of the monitoring job are month, quarter, year, and after_days is a number of days",
        )
    periods = [
        last_whole(unit, platform.today - timedelta(days=int(wait))) for unit in PERIOD_UNITS if unit in units
    ]
    # Nothing was ever evaluated, or no platform is registered: there is nobody to report on, which is no failure.
    if not current_path(platform.home).exists():
        return []
    return [period for period in periods if list_platforms(period) and not newest_versions(period.name)]
