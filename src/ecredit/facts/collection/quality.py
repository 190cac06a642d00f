"""The register of what each department sends: received, on time, late, missed, error rate, one quality score."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, NamedTuple

from django.utils import timezone

from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.queries import read_journal
from ecredit.facts.collection.models import Batch
from ecredit.facts.collection.queries import REFUSED
from ecredit.foundation.catalog.types import Catalog, Source
from ecredit.foundation.kernel.workdays import WorkCalendar

# How the score is made up; the city's own weights, shown beside the score.
WEIGHTS = {"correct": 50, "on_time": 30, "complete": 20}
# How long before it is due a window opens, at most: a month and its grace.
LEAD = timedelta(days=100)


@dataclass(frozen=True, slots=True)
class QualityRow:
    """One supplier's sending of one source in a period.

    `refused_files` came and were turned away whole; `withdrawn` batches were taken back whole and count nowhere else.
    `missed` are the windows of a periodic source that passed without a file; `error_rate` is the share of rows that
    were held or refused; `score` is 0 to 100, None when there is nothing to judge yet. `volume` compares with the
    catalogue's expectation: below, within, above.
    """

    source: str
    supplier: str
    batches: int
    refused_files: int
    withdrawn: int
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


How = Literal["on_time", "late", "missed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a window was met."""

    window: Window
    how: How


def quality_register(catalog: Catalog, calendar: WorkCalendar, *, start: date, end: date) -> list[QualityRow]:
    """One row a source and supplier for the half-open period, suppliers that should have sent and did not included."""
    return register_rows(catalog, calendar, read_sendings(start - LEAD, end), start=start, end=end)


class Sent(NamedTuple):
    """A finished batch as the register counts it; `day` is the day it came in, in the city's time."""

    day: date
    rows: int
    accepted: int
    superseded: int
    duplicate: int
    quarantined: int
    refused: int
    late: int


@dataclass(frozen=True, slots=True)
class Sendings:
    """What came in during a period: finished batches oldest first, the days of files turned away, and those on which
    batches came that were taken back since."""

    batches: Mapping[tuple[str, str], Sequence[Sent]]
    turned_away: Mapping[tuple[str, str], Sequence[date]]
    taken_back: Mapping[tuple[str, str], Sequence[date]]

    def within(self, start: date, end: date) -> "Sendings":
        """Those of a shorter half-open period."""
        batches = {
            key: kept
            for key, sent in self.batches.items()
            if (kept := [batch for batch in sent if start <= batch.day < end])
        }

        def days_of(found: Mapping[tuple[str, str], Sequence[date]]) -> dict[tuple[str, str], list[date]]:
            return {
                key: kept
                for key, days in found.items()
                if (kept := [day for day in days if start <= day < end])
            }

        return Sendings(batches, days_of(self.turned_away), days_of(self.taken_back))


def read_sendings(start: date, end: date, *, suppliers: Collection[str] | None = None) -> Sendings:
    """What came in during a half-open period (of some suppliers, or all). Two queries."""
    batches: dict[tuple[str, str], list[Sent]] = defaultdict(list)
    first, last = _midnight(start), _midnight(end)
    taken_back: dict[tuple[str, str], list[date]] = defaultdict(list)
    done = Batch.objects.filter(state__in=("done", "withdrawn"), received_at__gte=first, received_at__lt=last)
    if suppliers is not None:
        done = done.filter(supplier__in=suppliers)
    zone = timezone.get_current_timezone()
    for source_id, supplier, state, at, *counts in done.order_by("received_at").values_list(
        "source_id", "supplier", "state", "received_at", *Sent._fields[1:]
    ):
        day = at.astimezone(zone).date()
        if state == "done":
            batches[source_id, supplier].append(Sent(day, *counts))
        else:
            taken_back[source_id, supplier].append(day)
    turned_away = {
        sending: days
        for sending, days in _refused_files(first, last).items()
        if suppliers is None or sending[1] in suppliers
    }
    return Sendings(batches, turned_away, taken_back)


def register_rows(
    catalog: Catalog,
    calendar: WorkCalendar,
    came: Sendings,
    *,
    start: date,
    end: date,
    suppliers: Collection[str] | None = None,
) -> list[QualityRow]:
    """The register from what came in already read; see `quality_register`.

    `came` begins `LEAD` before the period: a window that closes in it may have been met before it began.
    """
    within = came.within(start, end)
    batches: dict[tuple[str, str], Sequence[Sent]] = dict(within.batches)
    for source in catalog.sources.values():
        for supplier in source.suppliers:
            if suppliers is None or supplier in suppliers:
                batches.setdefault((source.id, supplier), [])
    for sending in (*within.turned_away, *within.taken_back):
        batches.setdefault(sending, [])
    rows = []
    for (source_id, supplier), sent in sorted(batches.items()):
        known = catalog.sources.get(source_id)
        if known is not None:
            outcomes = window_outcomes(
                known, calendar, came.batches.get((source_id, supplier), ()), start=start, end=end
            )
            refused = len(within.turned_away.get((source_id, supplier), ()))
            withdrawn = len(within.taken_back.get((source_id, supplier), ()))
            rows.append(_row(known, supplier, sent, refused, withdrawn, outcomes, start, end))
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
    sent: Sequence[Sent],
    refused_files: int,
    withdrawn: int,
    outcomes: Sequence[Outcome],
    start: date,
    end: date,
) -> QualityRow:
    on_time = sum(outcome.how == "on_time" for outcome in outcomes)
    missed = [outcome.window.name for outcome in outcomes if outcome.how == "missed"]
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
        withdrawn=withdrawn,
        rows=rows,
        good=good,
        held=held,
        refused=refused,
        duplicate=sum(b.duplicate for b in sent),
        late_rows=late_rows,
        windows=len(outcomes),
        on_time=on_time,
        late=len(outcomes) - on_time - len(missed),
        missed=len(missed),
        missed_windows=tuple(missed),
        error_rate=error_rate,
        score=_score(error_rate, good, late_rows, len(outcomes), on_time, len(missed)),
        volume=_volume(source, good, start, end),
        last_received=sent[-1].day if sent else None,
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


def window_outcomes(
    source: Source, calendar: WorkCalendar, sent: Sequence[Sent], *, start: date, end: date
) -> list[Outcome]:
    """How each window due in the half-open period was met.

    A file belongs to the last window opened by its day, whether that is due in the period or not; the first file of a
    window says whether it was on time.
    """
    windows = list(due_windows(source, calendar, start - LEAD, end + LEAD))
    first: dict[str, date] = {}
    for batch in sent:
        opened = bisect_right(windows, batch.day, key=lambda window: window.opens)
        if opened:
            first.setdefault(windows[opened - 1].name, batch.day)
    return [
        Outcome(window, _how(first.get(window.name), window.due))
        for window in windows
        if start <= window.due < end
    ]


def _how(sent_on: date | None, due: date) -> How:
    if sent_on is None:
        return "missed"
    return "on_time" if sent_on <= due else "late"


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
