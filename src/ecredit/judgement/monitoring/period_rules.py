"""The periods reports are made for: months, quarters and years of the calendar, half-open. Pure."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from ecredit.foundation.catalog.monitor_types import PeriodUnit
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.periods import add_months

MONTHS: Final[dict[PeriodUnit, int]] = {"month": 1, "quarter": 3, "year": 12}
_NAME: Final = re.compile(r"([12][0-9]{3})(?:-(0[1-9]|1[0-2])|-?[Qq]([1-4]))?")


@dataclass(frozen=True, slots=True, order=True)
class ReportPeriod:
    """A period by its first day and its unit; `name` is how it is written: 2026-10, 2026-Q4, 2026."""

    starts_on: date
    unit: PeriodUnit

    @property
    def ends_on(self) -> date:
        """The first day after it."""
        return add_months(self.starts_on, MONTHS[self.unit])

    @property
    def name(self) -> str:
        """As it is written and asked for."""
        start = self.starts_on
        if self.unit == "month":
            return f"{start:%Y-%m}"
        return f"{start.year}-Q{(start.month + 2) // 3}" if self.unit == "quarter" else str(start.year)

    def before(self, steps: int = 1) -> "ReportPeriod":
        """The one so many periods earlier."""
        return ReportPeriod(add_months(self.starts_on, -steps * MONTHS[self.unit]), self.unit)

    def back(self, count: int) -> tuple["ReportPeriod", ...]:
        """The last `count` periods that end with this one, the oldest first."""
        return tuple(self.before(steps) for steps in range(count - 1, -1, -1))


def read_period(name: str) -> ReportPeriod:
    """The period of that name: 2026-10, 2026-Q4 (2026Q4), 2026. Raises WrongUse for anything else."""
    match = _NAME.fullmatch(name.strip())
    if match is None:
        raise WrongUse(
            "期间应写成 2026-10（月）、2026-Q4（季度）或 2026（年）",
            "a period is 2026-10 (a month), 2026-Q4 (a quarter) or 2026 (a year)",
        )
    year = int(match[1])
    if match[2]:
        return ReportPeriod(date(year, int(match[2]), 1), "month")
    if match[3]:
        return ReportPeriod(date(year, int(match[3]) * 3 - 2, 1), "quarter")
    return ReportPeriod(date(year, 1, 1), "year")


def last_whole(unit: PeriodUnit, today: date) -> ReportPeriod:
    """The last period of this unit that is over on a day."""
    months = MONTHS[unit]
    first = date(today.year, (today.month - 1) // months * months + 1, 1)
    return ReportPeriod(first, unit).before()
