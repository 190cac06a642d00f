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


def next_change(period: tuple[date, date | None], day: date) -> date | None:
    """Return the first day after `day` on which counting begins or stops; None when nothing changes any more."""
    start, end = period
    if start > day:
        return start
    return end if end is not None and end > day else None


def _lapse(window: Window, start: date) -> date | None:
    if window.months is None or start.year + window.months // 12 + 1 > MAXYEAR:
        return None
    return add_months(start, window.months)
