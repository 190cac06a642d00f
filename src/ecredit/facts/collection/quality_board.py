"""The quality board: every supplier's sending over the last months, month by month."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ecredit.facts.actors.latest import Latest, log_version
from ecredit.facts.collection.quality import (
    LEAD,
    Outcome,
    QualityRow,
    Sent,
    read_sendings,
    register_rows,
    window_outcomes,
)
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.workdays import WorkCalendar


@dataclass(frozen=True, slots=True)
class MonthPoint:
    """A month of one supplier (and source): rows, how many were held or refused, and what came when it was due."""

    month: str
    batches: int
    rows: int
    bad: int
    on_time: int
    late: int
    missed: int

    @property
    def error_rate(self) -> float | None:
        """The share of rows that were held or refused; None in a month without rows."""
        return self.bad / self.rows if self.rows else None


@dataclass(frozen=True, slots=True)
class SendingQuality:
    """One supplier's sending of one source over the whole period, and its months, oldest first."""

    total: QualityRow
    months: tuple[MonthPoint, ...]


@dataclass(frozen=True, slots=True)
class SupplierQuality:
    """A supplier: its sources that sent, were turned away or were due; and the months of all of them together.

    `score` is the mean of its sources' scores weighted by their rows (at least one each), None when none has one.
    """

    supplier: str
    sendings: tuple[SendingQuality, ...]
    months: tuple[MonthPoint, ...]
    score: float | None

    @property
    def rows(self) -> int:
        """Rows sent."""
        return sum(sending.total.rows for sending in self.sendings)

    @property
    def error_rate(self) -> float | None:
        """The share of all its rows that were held or refused."""
        bad = sum(s.total.held + s.total.refused for s in self.sendings)
        return bad / self.rows if self.rows else None

    @property
    def on_time(self) -> int:
        """Windows in which it sent in time."""
        return sum(s.total.on_time for s in self.sendings)

    @property
    def late(self) -> int:
        """Windows in which it sent late."""
        return sum(s.total.late for s in self.sendings)

    @property
    def missed(self) -> int:
        """Windows that passed without a file."""
        return sum(s.total.missed for s in self.sendings)

    @property
    def windows(self) -> int:
        """Occasions on which something was due."""
        return sum(s.total.windows for s in self.sendings)


def quality_board(
    catalog: Catalog,
    calendar: WorkCalendar,
    *,
    until: date,
    months: int = 6,
    suppliers: Collection[str] | None = None,
) -> list[SupplierQuality]:
    """Suppliers by id with the last `months` months up to and with the day `until`. Three queries, one when nothing
    was written since it was last asked."""
    key = log_version(), until, months, None if suppliers is None else frozenset(suppliers), id(catalog)
    return _BOARDS.get(key, lambda: _board(catalog, calendar, until, months, suppliers))


def _board(
    catalog: Catalog,
    calendar: WorkCalendar,
    until: date,
    months: int,
    suppliers: Collection[str] | None,
) -> list[SupplierQuality]:
    spans = [f"{first:%Y-%m}" for first in _months(until, months)]
    start, end = date.fromisoformat(f"{spans[0]}-01"), until + timedelta(days=1)
    came = read_sendings(start - LEAD, end, suppliers=suppliers)
    found: dict[str, list[SendingQuality]] = defaultdict(list)
    for row in register_rows(catalog, calendar, came, start=start, end=end, suppliers=suppliers):
        if row.batches or row.refused_files or row.withdrawn or row.windows:
            sent = came.batches.get((row.source, row.supplier), ())
            outcomes = window_outcomes(catalog.sources[row.source], calendar, sent, start=start, end=end)
            found[row.supplier].append(SendingQuality(row, tuple(_points(spans, sent, outcomes))))
    return [_supplier(supplier, sendings) for supplier, sendings in sorted(found.items())]


def _months(until: date, months: int) -> list[date]:
    """The first days of the last months, oldest first."""
    count = until.year * 12 + until.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(count - months + 1, count + 1)]


def _points(spans: Sequence[str], sent: Sequence[Sent], outcomes: Sequence[Outcome]) -> Iterator[MonthPoint]:
    """Files by the month they came in, windows by the month in which they were due."""
    came: dict[str, list[Sent]] = defaultdict(list)
    for batch in sent:
        came[f"{batch.day:%Y-%m}"].append(batch)
    met = Counter((f"{outcome.window.due:%Y-%m}", outcome.how) for outcome in outcomes)
    for month in spans:
        yield MonthPoint(
            month=month,
            batches=len(came[month]),
            rows=sum(batch.rows for batch in came[month]),
            bad=sum(batch.quarantined + batch.refused for batch in came[month]),
            on_time=met[month, "on_time"],
            late=met[month, "late"],
            missed=met[month, "missed"],
        )


def _supplier(supplier: str, sendings: Sequence[SendingQuality]) -> SupplierQuality:
    together = tuple(
        MonthPoint(
            parts[0].month,
            *(sum(getattr(part, name) for part in parts) for name in _ADDED),
        )
        for parts in zip(*(sending.months for sending in sendings), strict=True)
    )
    judged = [(s.total.score, max(s.total.rows, 1)) for s in sendings if s.total.score is not None]
    weight = sum(rows for _, rows in judged)
    score = round(sum(score * rows for score, rows in judged) / weight, 1) if judged else None
    return SupplierQuality(supplier, tuple(sendings), together, score)


_BOARDS: Latest[list[SupplierQuality]] = Latest(16)
_ADDED = ("batches", "rows", "bad", "on_time", "late", "missed")
