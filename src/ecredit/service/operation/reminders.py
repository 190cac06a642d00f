"""Whom to remind of what is due, and what else the day asks attention for. Reads only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from ecredit.facts.actors.queries import list_keys, list_organisations
from ecredit.facts.actors.types import KeyView, Supplier
from ecredit.facts.collection.due import DueState, list_due
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.service.operation.platform import Platform

# How many working days before its last day a report is worth a reminder.
SOON_WORKDAYS = 3
# How long before a key ends its organisation should make the next one.
KEY_SOON = timedelta(days=30)
# The next year's working days are announced in autumn; from this month on their absence is told.
_ANNOUNCED_BY = 11


@dataclass(frozen=True, slots=True)
class Reminder:
    """A report that is overdue, or due within a few working days."""

    supplier: str
    source: str
    state: str
    due_on: date
    workdays_left: int


def list_reminders(platform: Platform, *, on: date) -> list[Reminder]:
    """Every periodic report that is overdue or nearly due, by supplier; departments that were merged have an heir,
    organisations that have ended report no longer.
    """
    found = []
    for supplier in _suppliers(platform.catalog, on):
        for due in list_due(platform.catalog, platform.calendar, supplier, on=on):
            if due.window is None or due.workdays_left is None:
                continue
            nearly = due.state is DueState.DUE and due.workdays_left <= SOON_WORKDAYS
            if nearly or due.state is DueState.OVERDUE:
                found.append(
                    Reminder(supplier.id, due.source, due.state.value, due.window.due, due.workdays_left)
                )
    return found


def list_ending_keys(platform: Platform, organisation: str | None = None) -> list[KeyView]:
    """The keys (of one organisation) that end within a month, the next first."""
    at = platform.now
    ending = [k for k in list_keys(organisation) if k.state(at) == "valid" and k.expires_at - at <= KEY_SOON]
    return sorted(ending, key=lambda key: (key.expires_at, key.id))


def find_unknown_year(calendar: WorkCalendar, *, on: date) -> int | None:
    """The year whose working days must be known by a day and are not: this one, from November on the next one too."""
    years = [on.year, on.year + 1] if on.month >= _ANNOUNCED_BY else [on.year]
    return next((year for year in years if calendar.is_workday(date(year, 12, 31)).provisional), None)


def _suppliers(catalog: Catalog, on: date) -> Iterator[Supplier]:
    for department in catalog.departments.values():
        if catalog.find_department(department.id, on=on) is department:
            yield Supplier(department.id, department.name, department.kind)
    yield from list_organisations(on=on)
