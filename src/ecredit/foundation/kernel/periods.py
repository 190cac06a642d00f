"""Half-open periods of days, and moving by months.

A period holds its first day and does not hold its end; without an end it goes on. Two periods that touch
(``[1 May, 1 June)`` and ``[1 June, …)``) do not overlap, so a chain of editions has neither gaps nor doubles.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Period:
    """``[start, end)``; ``end=None`` means without end. An end equal to the start makes an empty period."""

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise ValueError(f"a period cannot end ({self.end}) before it starts ({self.start})")

    def contains(self, day: date) -> bool:
        """True when *day* is in the period (the end is not)."""
        return self.start <= day and (self.end is None or day < self.end)

    def overlaps(self, other: Period) -> bool:
        """True when some day is in both."""
        latest_start = max(self.start, other.start)
        return self.contains(latest_start) and other.contains(latest_start)


def add_months(day: date, months: int) -> date:
    """The same day of the month *months* later (earlier when negative); clamped to the month's last day.

    31 January and one month is 28 or 29 February. Raises ValueError outside the years 1 to 9999.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise ValueError(f"{day} and {months} months is outside the calendar")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
