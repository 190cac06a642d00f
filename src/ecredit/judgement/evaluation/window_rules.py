"""From when until when a record counts. Pure arithmetic on days."""

from datetime import MAXYEAR, date

from ecredit.foundation.kernel.periods import add_months
from ecredit.judgement.evaluation.types import Window


def counting_period(
    window: Window, valid_from: date | None, valid_to: date | None
) -> tuple[date, date | None] | None:
    """Return the half-open period in which a record counts, or None when it never does.

    An unknown beginning is long ago for what counts while valid or always; it never counts for so many months, because
    there is no day to count them from. An end beyond the calendar is no end.
    """
    if valid_from is None and window.months is not None:
        return None
    start = valid_from or date.min
    ends = [
        end for end in (valid_to if window.while_valid else None, _lapse(window, start)) if end is not None
    ]
    end = min(ends, default=None)
    return None if end is not None and end <= start else (start, end)


def counts_on(period: tuple[date, date | None], day: date) -> bool:
    """Tell whether a day lies in a counting period."""
    start, end = period
    return start <= day and (end is None or day < end)


def fading_day(period: tuple[date, date | None], half_from: int | None) -> date | None:
    """Return the first day a record counts half, or None when it never does.

    `half_from` is in months after the period's first day; a record whose period is over by then never fades.
    """
    start, end = period
    day = None if half_from is None or start == date.min else _after(start, half_from)
    return None if day is None or (end is not None and end <= day) else day


def next_change(period: tuple[date, date | None], day: date, half_from: int | None = None) -> date | None:
    """Return the first day after `day` on which counting begins, halves or stops; None when nothing changes any more."""
    ahead = [
        turn
        for turn in (period[0], fading_day(period, half_from), period[1])
        if turn is not None and turn > day
    ]
    return min(ahead, default=None)


def _lapse(window: Window, start: date) -> date | None:
    return None if window.months is None else _after(start, window.months)


def _after(start: date, months: int) -> date | None:
    return None if start.year + months // 12 + 1 > MAXYEAR else add_months(start, months)
