"""The register of what each department sends: received, on time, late, missed, error rate, one quality score."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.queries import read_journal
from ecredit.facts.collection.models import Batch
from ecredit.facts.collection.queries import REFUSED
from ecredit.foundation.catalog.types import Catalog, Source
from ecredit.foundation.kernel.workdays import WorkCalendar

# How the score is made up; the city's own weights, shown beside the score.
WEIGHTS = {"correct": 50, "on_time": 30, "complete": 20}
_COUNTED = (
    "id", "source_id", "supplier", "received_at", "rows", "accepted", "superseded", "duplicate", "quarantined",
    "refused", "late",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class QualityRow:
    """One supplier's sending of one source in a period.

    `refused_files` came and were turned away whole. `missed` are the windows of a periodic source that passed without a file; `error_rate` is the share of rows that
    were held or refused; `score` is 0 to 100, None when there is nothing to judge yet. `volume` compares with the
    catalogue's expectation: below, within, above.
    """

    source: str
    supplier: str
    batches: int
    refused_files: int
    rows: int
    good: int
    held: int
    refused: int
    duplicate: int
    late_rows: int
    windows: int
    on_time: int
    late: int
    missed: int
    missed_windows: tuple[str, ...]
    error_rate: float | None
    score: float | None
    volume: str
    last_received: date | None


@dataclass(frozen=True, slots=True)
class Window:
    """One occasion on which a periodic source is due: named by its month, open from its first day, due by `due`."""

    name: str
    opens: date
    due: date
    provisional: bool


def quality_register(catalog: Catalog, calendar: WorkCalendar, *, start: date, end: date) -> list[QualityRow]:
    """One row a source and supplier for the half-open period, suppliers that should have sent and did not included."""
    return register_rows(catalog, calendar, read_sendings(start, end), start=start, end=end)


@dataclass(frozen=True, slots=True)
class Sendings:
    """What came in during a period: finished batches oldest first, and the days of files turned away."""

    batches: Mapping[tuple[str, str], Sequence[Batch]]
    turned_away: Mapping[tuple[str, str], Sequence[date]]

    def within(self, start: date, end: date) -> "Sendings":
        """Those of a shorter half-open period."""
        batches = {
            key: kept
            for key, sent in self.batches.items()
            if (kept := [batch for batch in sent if start <= received_on(batch) < end])
        }
        turned_away = {
            key: away
            for key, days in self.turned_away.items()
            if (away := [day for day in days if start <= day < end])
        }
        return Sendings(batches, turned_away)


def read_sendings(start: date, end: date, *, suppliers: Collection[str] | None = None) -> Sendings:
    """What came in during a half-open period (of some suppliers, or all). Two queries."""
    batches: dict[tuple[str, str], list[Batch]] = defaultdict(list)
    first, last = _midnight(start), _midnight(end)
    done = Batch.objects.filter(state="done", received_at__gte=first, received_at__lt=last).only(*_COUNTED)
    for batch in (done if suppliers is None else done.filter(supplier__in=suppliers)).order_by("received_at"):
        batches[batch.source_id, batch.supplier].append(batch)
    turned_away = {
        sending: days
        for sending, days in _refused_files(first, last).items()
        if suppliers is None or sending[1] in suppliers
    }
    return Sendings(batches, turned_away)


def register_rows(
    catalog: Catalog,
    calendar: WorkCalendar,
    came: Sendings,
    *,
    start: date,
    end: date,
    suppliers: Collection[str] | None = None,
) -> list[QualityRow]:
    """The register from what came in already read; see `quality_register`."""
    batches: dict[tuple[str, str], Sequence[Batch]] = dict(came.batches)
    for source in catalog.sources.values():
        for supplier in source.suppliers:
            if suppliers is None or supplier in suppliers:
                batches.setdefault((source.id, supplier), [])
    for sending in came.turned_away:
        batches.setdefault(sending, [])
    rows = []
    for (source_id, supplier), sent in sorted(batches.items()):
        known = catalog.sources.get(source_id)
        if known is not None:
            refused = len(came.turned_away.get((source_id, supplier), ()))
            rows.append(_row(known, supplier, sent, refused, calendar, start, end))
    return rows


def _refused_files(start: datetime, end: datetime) -> Mapping[tuple[str, str], Sequence[date]]:
    """The days on which files of each source and supplier were turned away in a period."""
    days: dict[tuple[str, str], list[date]] = defaultdict(list)
    for entry in read_journal(REFUSED, since=start, until=end):
        sending = entry.object.removeprefix("source:"), read_object(entry.detail)["supplier"]
        days[sending].append(timezone.localtime(entry.at).date())
    return days


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def received_on(batch: Batch) -> date:
    """The day a batch came in, in the city's time."""
    return timezone.localtime(batch.received_at).date()


def _row(
    source: Source,
    supplier: str,
    sent: Sequence[Batch],
    refused_files: int,
    calendar: WorkCalendar,
    start: date,
    end: date,
) -> QualityRow:
    windows = list(due_windows(source, calendar, start, end))
    on_time, late, missed = _timeliness(windows, sent)
    rows = sum(b.rows for b in sent)
    good = sum(b.accepted + b.superseded for b in sent)
    held, refused = sum(b.quarantined for b in sent), sum(b.refused for b in sent)
    late_rows = sum(b.late for b in sent)
    error_rate = (held + refused) / rows if rows else None
    return QualityRow(
        source=source.id,
        supplier=supplier,
        batches=len(sent),
        refused_files=refused_files,
        rows=rows,
        good=good,
        held=held,
        refused=refused,
        duplicate=sum(b.duplicate for b in sent),
        late_rows=late_rows,
        windows=len(windows),
        on_time=on_time,
        late=late,
        missed=len(missed),
        missed_windows=tuple(missed),
        error_rate=error_rate,
        score=_score(error_rate, good, late_rows, len(windows), on_time, len(missed)),
        volume=_volume(source, good, start, end),
        last_received=received_on(sent[-1]) if sent else None,
    )


def due_windows(source: Source, calendar: WorkCalendar, start: date, end: date) -> Iterator[Window]:
    """The windows of a periodic source whose due day lies in the half-open period."""
    deadline = source.deadline
    if deadline.kind != "periodic":
        return
    for year in range(start.year - 1, end.year + 1):
        for month in deadline.months:
            opens = date(year, month, 1)
            last = (opens + timedelta(days=32)).replace(day=1) - timedelta(days=1)
            due = calendar.add_workdays(last, deadline.grace_workdays) if deadline.grace_workdays else None
            day = due.on if due else last
            if start <= day < end:
                yield Window(f"{year}-{month:02d}", opens, day, bool(due and due.provisional))


def _timeliness(windows: list[Window], sent: Sequence[Batch]) -> tuple[int, int, list[str]]:
    """A file belongs to the last window opened by its day; the first file of a window says whether it was on time."""
    first: dict[str, date] = {}
    for batch in sent:
        day = received_on(batch)
        opened = [w for w in windows if w.opens <= day]
        if opened:
            first.setdefault(opened[-1].name, day)
    on_time = sum(1 for w in windows if w.name in first and first[w.name] <= w.due)
    missed = [w.name for w in windows if w.name not in first]
    return on_time, len(windows) - on_time - len(missed), missed


def _score(
    error_rate: float | None, good: int, late_rows: int, windows: int, on_time: int, missed: int
) -> float | None:
    if error_rate is None:
        return 0.0 if missed else None
    punctual = on_time / windows if windows else (1 - late_rows / good if good else 1.0)
    complete = 1 - missed / windows if windows else 1.0
    parts = (
        WEIGHTS["correct"] * (1 - error_rate),
        WEIGHTS["on_time"] * punctual,
        WEIGHTS["complete"] * complete,
    )
    return round(sum(parts), 1)


def _volume(source: Source, good: int, start: date, end: date) -> str:
    months = max((end.year - start.year) * 12 + end.month - start.month, 1)
    periods = months / {"month": 1, "half_year": 6, "year": 12}[source.expected.per]
    if good < source.expected.low * periods:
        return "below"
    return "above" if good > source.expected.high * max(periods, 1) else "within"
