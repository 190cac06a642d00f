"""Half-open periods, months, working days of announced and unannounced years."""

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.foundation.kernel.periods import Period, add_months
from ecredit.foundation.kernel.workdays import DayKind, DayReading, DueDate, WorkCalendar

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
ANNOUNCED = st.dates(date(2004, 1, 1), date(2026, 11, 30))
CALENDAR = WorkCalendar()


def test_a_period_holds_its_first_day_and_not_its_end() -> None:
    may = Period(date(2026, 5, 1), date(2026, 6, 1))
    assert may.contains(date(2026, 5, 1))
    assert may.contains(date(2026, 5, 31))
    assert not may.contains(date(2026, 6, 1))
    assert not may.contains(date(2026, 4, 30))
    assert Period(date(2026, 5, 1)).contains(date.max)
    assert not may.overlaps(Period(date(2026, 6, 1)))
    assert may.overlaps(Period(date(2026, 5, 31)))
    with pytest.raises(ValueError, match="before it starts"):
        Period(date(2026, 5, 2), date(2026, 5, 1))


@given(DAYS, st.integers(0, 60), DAYS, st.integers(0, 60) | st.none())
@settings(max_examples=150)
def test_overlap_is_a_common_day(a: date, length: int, b: date, other_length: int | None) -> None:
    one = Period(a, a + timedelta(length))
    two = Period(b, None if other_length is None else b + timedelta(other_length))
    common = any(two.contains(a + timedelta(n)) for n in range(length))
    assert one.overlaps(two) == two.overlaps(one) == common


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-01-31", 1, "2026-02-28"), ("2024-01-31", 1, "2024-02-29"), ("2026-05-08", 36, "2029-05-08"),
        ("2024-02-29", 12, "2025-02-28"), ("2026-03-31", -1, "2026-02-28"), ("2026-12-15", 1, "2027-01-15"),
        ("2026-01-15", -1, "2025-12-15"), ("2026-05-08", 0, "2026-05-08"),
    ],
)  # fmt: skip
def test_months_clamp_to_the_end_of_the_month(day: str, months: int, expected: str) -> None:
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(expected)


@given(DAYS, st.integers(-500, 500))
@settings(max_examples=100)
def test_months_later_is_in_that_month_and_never_on_a_later_day(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(1)).day == 1


def test_months_outside_the_calendar() -> None:
    with pytest.raises(ValueError, match="outside"):
        add_months(date(9999, 12, 1), 1)


@given(ANNOUNCED)
@settings(max_examples=150)
def test_announced_years_are_as_announced(day: date) -> None:
    assert CALENDAR.is_workday(day) == DayReading(chinese_calendar.is_workday(day), provisional=False)


def test_known_days() -> None:
    assert CALENDAR.is_workday(date(2026, 10, 1)) == DayReading(False, False)  # National Day, a Thursday
    assert CALENDAR.is_workday(date(2026, 10, 10)) == DayReading(True, False)  # make-up Saturday
    assert CALENDAR.is_workday(date(2026, 5, 9)) == DayReading(True, False)  # make-up Saturday
    assert CALENDAR.is_workday(date(2026, 5, 10)) == DayReading(False, False)
    assert CALENDAR.is_workday(date(2027, 10, 1)) == DayReading(False, True)
    assert CALENDAR.is_workday(date(2027, 10, 9)) == DayReading(False, True)  # its make-up days are not known
    assert CALENDAR.is_workday(date(2027, 3, 1)) == DayReading(True, True)


def test_seven_working_days_over_the_may_holiday() -> None:
    """Decided on 28 April 2026: 29, 30 April, 6, 7, 8, 9 (make-up) and 11 May."""
    assert CALENDAR.add_workdays(date(2026, 4, 28), 7) == DueDate(date(2026, 5, 11), provisional=False)


def test_a_term_that_reaches_an_unannounced_year_is_provisional() -> None:
    assert CALENDAR.add_workdays(date(2026, 12, 30), 1) == DueDate(date(2026, 12, 31), provisional=False)
    assert CALENDAR.add_workdays(date(2026, 12, 30), 2).provisional


def test_the_citys_own_table_wins_and_makes_its_days_certain() -> None:
    own = {date(2027, 10, 9): DayKind.WORK, date(2026, 5, 9): DayKind.OFF, date(2027, 10, 1): DayKind.OFF}
    calendar = WorkCalendar(own)
    assert calendar.is_workday(date(2027, 10, 9)) == DayReading(True, False)
    assert calendar.is_workday(date(2026, 5, 9)) == DayReading(False, False)
    assert calendar.is_workday(date(2027, 10, 8)) == DayReading(True, True)
    whole = WorkCalendar(own, whole_years={2027})
    assert whole.is_workday(date(2027, 10, 8)) == DayReading(True, False)
    assert whole.is_workday(date(2027, 10, 2)) == DayReading(False, False)
    assert whole.is_workday(date(2028, 10, 9)).provisional


def test_a_term_of_none_ends_on_the_day_or_the_next_working_day() -> None:
    assert CALENDAR.add_workdays(date(2026, 5, 8), 0).on == date(2026, 5, 8)
    assert CALENDAR.add_workdays(date(2026, 5, 10), 0).on == date(2026, 5, 11)
    assert CALENDAR.next_workday(date(2026, 10, 1)).on == date(2026, 10, 8)
    with pytest.raises(ValueError, match="negative"):
        CALENDAR.add_workdays(date(2026, 5, 8), -1)


@given(DAYS, st.integers(1, 40))
@settings(max_examples=100)
def test_a_term_and_the_days_between_are_inverse(event: date, count: int) -> None:
    due = CALENDAR.add_workdays(event, count).on
    assert CALENDAR.is_workday(due).workday
    assert CALENDAR.workdays_between(event, due) == count
    assert CALENDAR.workdays_between(event, due - timedelta(1)) == count - 1
    assert CALENDAR.workdays_between(due, event) == 0
