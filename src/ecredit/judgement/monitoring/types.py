"""What a report on a platform is made of; no Django."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.judgement.monitoring.period_rules import ReportPeriod

# The whole city, where a platform's code stands.
CITY: Final = ""
# Why a figure cannot be given: codes of the texts `monitoring.because.…`.
FEW, BESIDE_FEW, BESIDE_PERIOD, NO_SOURCE, NOT_REPORTED, NO_FILE, NO_TRADE, NO_RUN, NOT_KEPT, NOTHING_DUE = (
    "few", "beside_few", "beside_period", "no_source", "not_reported", "no_file", "no_trade", "no_run", "not_kept", "nothing_due",
)  # fmt: skip
# The journal's verbs.
MADE, SIGNED, COMMENTED = "monitor.make", "monitor.sign", "monitor.comment"


@dataclass(frozen=True, slots=True)
class MonitoredPlatform:
    """A registered platform: its code, its id as a supplier, its name, and since when it could have reported here."""

    uscc: str
    id: str
    name: str
    since: date


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a count: how many are of one kind."""

    zh: str
    en: str
    count: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What was counted: the numerator (or the count, or the median), the denominator (or how many stand behind it).

    `because` is why nothing was counted; then there is no number at all, and never a zero.
    """

    top: float | None = None
    of: int | None = None
    parts: tuple[Part, ...] = ()
    because: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """A figure as it may be shown, or `because`, why it is not; `low` and `high` bound it where it has an interval."""

    value: float | None = None
    top: float | None = None
    of: int | None = None
    low: float | None = None
    high: float | None = None
    parts: tuple[Part, ...] = ()
    because: str = ""


Key = tuple[str, ReportPeriod, str]
"""A figure, a period, a platform's code (`CITY` for all)."""
Counted = dict[Key, Measured]


@dataclass(frozen=True, slots=True)
class Asked:
    """What figures are counted from: for these platforms and periods (the oldest first), as known at `at`.

    `connection` is DuckDB's, open for this run; `lasts` says of a source whether any entry of it is mirrored.
    """

    home: Home
    catalog: Catalog
    calendar: WorkCalendar
    platforms: tuple[MonitoredPlatform, ...]
    periods: tuple[ReportPeriod, ...]
    at: datetime
    connection: Any

    @property
    def now(self) -> ReportPeriod:
        """The period the report is for."""
        return self.periods[-1]


Measure = Callable[[Asked], Counted]
Document = Mapping[str, Any]
"""A report as it is kept: what `document.build_documents` makes."""


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report without its figures.

    state  draft: waits for a signature · replaced: a draft made anew since · signed: the one that stands ·
           superseded: signed once, another was signed since; `ended_at` is when · withdrawn: signed, and says only why there
           is none any more
    """

    id: int
    period: str
    platform: str
    name: str
    version: int
    starts_on: date
    ends_on: date
    digest: str
    reason: str
    state: str
    made_at: datetime
    made_by: str
    asked_by: str
    signed_at: datetime | None
    signed_by: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Comment:
    """What an officer said of a report."""

    words: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Made:
    """What making the reports of a period did: how many new versions, how many were the same already, and which are signed
    and differ (they are made anew only with a reason)."""

    period: str
    made: int
    unchanged: int
    signed: tuple[str, ...]
    reports: tuple[int, ...]
    seconds: float
