"""Working days of the People's Republic of China, with make-up days, and terms counted in them.

Which days are worked is announced each autumn for the next year. Looked up in this order: the city's own
table, the ``chinesecalendar`` package (announced years), and beyond both the statutory holidays of the
``holidays`` package with weekends, which cannot know the make-up days: such an answer is *provisional*
and must be shown as such.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import chinese_calendar

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


class DayKind(StrEnum):
    """What an announcement makes of a day."""

    OFF = "off"
    WORK = "work"


@dataclass(frozen=True, slots=True)
class DayReading:
    """Whether a day is worked, and whether that is only what a year without announcement suggests."""

    workday: bool
    provisional: bool


@dataclass(frozen=True, slots=True)
class DueDate:
    """The last day of a term; ``provisional`` when any day counted on the way was."""

    on: date
    provisional: bool


class WorkCalendar:
    """The calendar a city counts by.

    *own*: days of the city's own table, which win over everything. *whole_years*: years for which that
    table is the whole announcement, so that its unlisted days are ordinary (worked Monday to Friday) and
    nothing is provisional.
    """

    def __init__(
        self, own: Mapping[date, DayKind] | None = None, *, whole_years: Collection[int] = ()
    ) -> None:
        self._own = dict(own or {})
        self._whole_years = frozenset(whole_years)
        self._statutory: Container[date] | None = None
        self._known: dict[date, DayReading] = {}

    def is_workday(self, day: date) -> DayReading:
        """Whether *day* is worked."""
        reading = self._known.get(day)
        if reading is None:
            reading = self._known[day] = self._look_up(day)
        return reading

    def add_workdays(self, day: date, count: int) -> DueDate:
        """The last day of a term of *count* working days from an event on *day*, which is not counted itself.

        A term of 0 ends on the day itself, or on the next working day. Raises ValueError for a negative
        count.
        """
        if count < 0:
            raise ValueError("a term has no negative number of working days")
        if count == 0:
            return self.next_workday(day)
        provisional = False
        while count:
            day += _ONE_DAY
            reading = self.is_workday(day)
            provisional |= reading.provisional
            count -= reading.workday
        return DueDate(day, provisional)

    def next_workday(self, day: date) -> DueDate:
        """*day* itself when it is worked, else the first working day after it.

        A term in days or months that ends on a day off ends on the day after the days off.
        """
        provisional = False
        while True:
            reading = self.is_workday(day)
            provisional |= reading.provisional
            if reading.workday:
                return DueDate(day, provisional)
            day += _ONE_DAY

    def workdays_between(self, event: date, day: date) -> int:
        """Working days after *event* up to and including *day*; 0 when *day* is not after it.

        The inverse of :meth:`add_workdays`: the term of n working days ends on the first day for which
        this is n.
        """
        days = (day - event).days
        return sum(self.is_workday(event + _ONE_DAY * n).workday for n in range(1, days + 1))

    def warm_up(self) -> None:
        """Load now what a year without an announcement needs: whoever serves does so before the first visitor."""
        self._holidays()

    def _look_up(self, day: date) -> DayReading:
        ordinary = day.weekday() < _SATURDAY
        if day in self._own:
            return DayReading(self._own[day] is DayKind.WORK, provisional=False)
        if day.year in self._whole_years:
            return DayReading(ordinary, provisional=False)
        try:
            return DayReading(bool(chinese_calendar.is_workday(day)), provisional=False)
        except NotImplementedError:  # how the package says that it has no announcement for the year
            return DayReading(ordinary and day not in self._holidays(), provisional=True)

    def _holidays(self) -> Container[date]:
        if self._statutory is None:
            # takes more than a second to import, and a year that is announced never asks for it
            from holidays import country_holidays  # noqa: PLC0415

            self._statutory = country_holidays("CN")
        return self._statutory
