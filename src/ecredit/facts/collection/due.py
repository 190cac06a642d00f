"""What a supplier is to send, and when: from each source's deadline, its expected rhythm and the working days."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Literal

from django.db.models import Count, F, Max, Min, Q, Sum
from django.utils import timezone

from ecredit.facts.actors.queries import (
    list_organisations,
    list_predecessors,
    list_taken_over,
    organisations_before,
)
from ecredit.facts.actors.types import Supplier
from ecredit.facts.collection.entitled import list_sendable
from ecredit.facts.collection.models import Batch
from ecredit.facts.collection.quality import Window, due_windows
from ecredit.foundation.catalog.types import Catalog, ExpectedVolume, Source
from ecredit.foundation.kernel.workdays import WorkCalendar

# How far back is looked for what came: a year and a window.
_LOOKED_BACK = timedelta(days=400)
_LOOKED_AHEAD = timedelta(days=400)
_RHYTHM = {"month": timedelta(days=31), "half_year": timedelta(days=184), "year": timedelta(days=366)}


class DueState(StrEnum):
    """How a source stands with its supplier.

    overdue  the window's last day has passed and nothing came
    due      the window is open and nothing came yet
    late     it came, after the last day
    sent     it came in time
    coming   no window has opened yet
    quiet    reported as things happen, but nothing came for longer than the expected rhythm
    rolling  reported as things happen, and something came, or nothing is expected
    """

    OVERDUE = "overdue"
    DUE = "due"
    LATE = "late"
    SENT = "sent"
    COMING = "coming"
    QUIET = "quiet"
    ROLLING = "rolling"


@dataclass(frozen=True, slots=True)
class DueSource:
    """One source of a supplier on a day.

    `window` is the one that is open, or open last; `next_window` the one after it. `workdays_left` counts to the last
    day (0: today; negative: working days past it). Of a source reported as things happen, `in_time_from` is the earliest day
    whose events are still in time when sent today. `good` are rows taken since `period_from`, to hold against `expected`.
    """

    source: str
    kind: Literal["after_event", "periodic", "none"]
    state: DueState
    window: Window | None
    next_window: Window | None
    workdays_left: int | None
    in_time_from: date | None
    provisional: bool
    last_received: date | None
    files: int
    good: int
    period_from: date
    expected: ExpectedVolume


# What is to be done first comes first.
_ORDER = (
    DueState.OVERDUE, DueState.DUE, DueState.QUIET, DueState.COMING, DueState.ROLLING, DueState.LATE, DueState.SENT,
)  # fmt: skip


def list_due(catalog: Catalog, calendar: WorkCalendar, supplier: Supplier, *, on: date) -> list[DueSource]:
    """Every source the supplier may send, the most pressing first; what its predecessors sent counts. Two queries at most."""
    sources = list_sendable(catalog, supplier)
    windows = {source.id: _windows(source, calendar, on) for source in sources}
    senders = list_taken_over(catalog, supplier.id)
    came = _read_came(sources, senders, windows, on)
    found = [_due(source, *windows[source.id], came.get(source.id), calendar, on) for source in sources]
    return sorted(found, key=lambda due: (_ORDER.index(due.state), _last_day(due), due.source))


def _last_day(due: DueSource) -> date:
    return date.max if due.window is None else due.window.due


def _windows(source: Source, calendar: WorkCalendar, on: date) -> tuple[Window | None, Window | None]:
    """The window opened last by a day, and the one after it."""
    windows = sorted(
        due_windows(source, calendar, on - _LOOKED_BACK, on + _LOOKED_AHEAD), key=lambda window: window.opens
    )
    opened = [window for window in windows if window.opens <= on]
    to_come = [window for window in windows if window.opens > on]
    return opened[-1] if opened else None, to_come[0] if to_come else None


@dataclass(frozen=True, slots=True)
class _Came:
    """What came of a source: last, first in its window, and since its period began."""

    last: date
    first_in_window: date | None
    files: int
    good: int


def _read_came(
    sources: Iterable[Source],
    senders: frozenset[str],
    windows: Mapping[str, tuple[Window | None, Window | None]],
    on: date,
) -> dict[str, _Came]:
    periods: dict[date, list[str]] = defaultdict(list)
    opened: dict[date, list[str]] = defaultdict(list)
    for source in sources:
        periods[_period_from(source, on)].append(source.id)
        window, _ = windows[source.id]
        if window is not None:
            opened[window.opens].append(source.id)
    in_period, in_window = _since(periods), _since(opened)
    rows = (
        Batch.objects.filter(
            supplier__in=senders, received_at__gte=_midnight(on - _LOOKED_BACK), state="done"
        )
        .values("source_id")
        .annotate(
            last=Max("received_at"),
            first=Min("received_at", filter=in_window),
            files=Count("id", filter=in_period),
            good=Sum(F("accepted") + F("superseded"), filter=in_period),
        )
        .order_by()
    )
    return {
        row["source_id"]: _Came(
            _day(row["last"]), _day(row["first"]) if row["first"] else None, row["files"], row["good"] or 0
        )
        for row in rows
    }


def _since(starts: Mapping[date, list[str]]) -> Q:
    """Batches of each of these sources from its day on."""
    parts = (Q(source_id__in=ids, received_at__gte=_midnight(day)) for day, ids in starts.items())
    return reduce(or_, parts, Q(pk__in=[]))


def _due(
    source: Source,
    window: Window | None,
    next_window: Window | None,
    came: _Came | None,
    calendar: WorkCalendar,
    on: date,
) -> DueSource:
    in_time_from, provisional = _in_time_from(source, calendar, on)
    state = (
        _state_of_window(window, came, on)
        if source.deadline.kind == "periodic"
        else _rhythm(source, came, on)
    )
    return DueSource(
        source=source.id,
        kind=source.deadline.kind,
        state=state,
        window=window,
        next_window=next_window,
        workdays_left=None if window is None else _workdays_to(calendar, on, window.due),
        in_time_from=in_time_from,
        provisional=provisional or bool(window and window.provisional),
        last_received=came.last if came else None,
        files=came.files if came else 0,
        good=came.good if came else 0,
        period_from=_period_from(source, on),
        expected=source.expected,
    )


def _state_of_window(window: Window | None, came: _Came | None, on: date) -> DueState:
    if window is None:
        return DueState.COMING
    if came is not None and came.first_in_window is not None:
        return DueState.SENT if came.first_in_window <= window.due else DueState.LATE
    return DueState.DUE if on <= window.due else DueState.OVERDUE


def _rhythm(source: Source, came: _Came | None, on: date) -> DueState:
    expected = source.expected.low > 0
    silent = came is None or came.last < on - _RHYTHM[source.expected.per]
    return DueState.QUIET if expected and silent else DueState.ROLLING


def _in_time_from(source: Source, calendar: WorkCalendar, on: date) -> tuple[date | None, bool]:
    """The earliest day whose events are not late when sent on a day, and whether that rests on days not announced."""
    deadline = source.deadline
    if deadline.kind != "after_event":
        return None, False
    if deadline.workdays is None:
        return on - timedelta(days=deadline.days or 0), False
    day, provisional = on, False
    while True:
        earlier = day - timedelta(days=1)
        due = calendar.add_workdays(earlier, deadline.workdays)
        if due.on < on:
            return day, provisional
        day, provisional = earlier, provisional or due.provisional


def _workdays_to(calendar: WorkCalendar, on: date, due: date) -> int:
    if on <= due:
        return calendar.workdays_between(on, due)
    return -calendar.workdays_between(due, on)


def _period_from(source: Source, on: date) -> date:
    match source.expected.per:
        case "month":
            return on.replace(day=1)
        case "half_year":
            return date(on.year, 1 if on.month <= 6 else 7, 1)
        case _:
            return date(on.year, 1, 1)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()


@dataclass(frozen=True, slots=True)
class Overdue:
    """A periodic report that has not come, `workdays` working days after its window's last day."""

    supplier: str
    source: str
    window: Window
    workdays: int


def list_overdue(catalog: Catalog, calendar: WorkCalendar, *, on: date) -> list[Overdue]:
    """Every periodic report of anybody whose window closed before a day without a file, in `list_due`'s sense; three queries,
    however many suppliers there are."""
    windows = {
        source.id: window
        for source in catalog.sources.values()
        if source.deadline.kind == "periodic"
        and (window := _windows(source, calendar, on)[0])
        and window.due < on
    }
    if not windows:
        return []
    departments = [
        Supplier(d.id, d.name, d.kind)
        for d in catalog.departments.values()
        if catalog.find_department(d.id, on=on) is d
    ]
    registered = list_organisations(on=on)
    before = organisations_before([one.id for one in registered])
    came = Batch.objects.filter(
        state="done",
        source_id__in=windows,
        received_at__gte=_midnight(min(window.opens for window in windows.values())),
    ).values_list("source_id", "supplier", "received_at")
    first: dict[tuple[str, str], date] = {}
    for source_id, sent_by, at in came.order_by("received_at"):
        if (day := _day(at)) >= windows[source_id].opens:
            first.setdefault((source_id, sent_by), day)
    found = []
    for supplier in (*departments, *registered):
        senders = (
            list_predecessors(catalog, supplier.id)
            if supplier.id in catalog.departments
            else before.get(supplier.id, frozenset())
        ) | {supplier.id}
        for source in list_sendable(catalog, supplier):
            window = windows.get(source.id)
            if window is not None and not any((source.id, sender) in first for sender in senders):
                late = calendar.workdays_between(window.due, on)
                found.append(Overdue(supplier.id, source.id, window, late))
    return found
