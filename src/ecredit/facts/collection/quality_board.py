"""The quality board: every supplier's sending over the last months, month by month."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ecredit.facts.collection.quality import QualityRow, read_sendings, register_rows
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
    """Suppliers by id with the last `months` months up to and with the day `until`. Two queries."""
    spans = list(_months(until, months))
    start, end = spans[0][0], spans[-1][1]
    came = read_sendings(start, end, suppliers=suppliers)
    points: dict[tuple[str, str], list[MonthPoint]] = defaultdict(list)
    for first, last in spans:
        part = came.within(first, last)
        for row in register_rows(catalog, calendar, part, start=first, end=last, suppliers=suppliers):
            points[row.supplier, row.source].append(_point(f"{first:%Y-%m}", row))
    found: dict[str, list[SendingQuality]] = defaultdict(list)
    for row in register_rows(catalog, calendar, came, start=start, end=end, suppliers=suppliers):
        if row.batches or row.refused_files or row.windows:
            whole = {point.month: point for point in points[row.supplier, row.source]}
            filled = (whole.get(f"{first:%Y-%m}") or _nothing(f"{first:%Y-%m}") for first, _ in spans)
            found[row.supplier].append(SendingQuality(row, tuple(filled)))
    return [_supplier(supplier, sendings) for supplier, sendings in sorted(found.items())]


def _months(until: date, months: int) -> Iterator[tuple[date, date]]:
    """Half-open months, oldest first; the last ends after `until`, so that nothing still to come counts as missed."""
    year, month = until.year, until.month
    starts = []
    for _ in range(months):
        starts.append(date(year, month, 1))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    starts.reverse()
    yield from zip(starts, [*starts[1:], until + timedelta(days=1)], strict=True)


def _point(month: str, row: QualityRow) -> MonthPoint:
    return MonthPoint(month, row.batches, row.rows, row.held + row.refused, row.on_time, row.late, row.missed)


def _nothing(month: str) -> MonthPoint:
    return MonthPoint(month, 0, 0, 0, 0, 0, 0)


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


_ADDED = ("batches", "rows", "bad", "on_time", "late", "missed")
