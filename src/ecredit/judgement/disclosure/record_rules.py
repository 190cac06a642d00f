"""What records say of when something was made known, held against the rule. Pure: days in, verdicts out."""

from datetime import date

from ecredit.foundation.kernel.periods import add_months
from ecredit.foundation.kernel.workdays import WorkCalendar

Found = tuple[str, int | None] | None
"""What is not as it should be (a code of the texts `disclosure.saw.…`) and by how many days; None: nothing is."""


def judge_notice(published: date | None, effective: date | None, days: int) -> Found:
    """A change of the rules is made known at least so many days before it takes effect (电子商务法 第三十四条).

    Made known on the 1st it may take effect on the 8th when seven days are asked for. Late by the days that lack.
    """
    if effective is None:
        return "no_effective", None
    if published is None:
        return "not_published", None
    ahead = (effective - published).days
    return None if ahead >= days else ("short_notice", days - ahead)


def judge_prompt(
    decided: date, published: date | None, workdays: int, calendar: WorkCalendar, on: date
) -> Found:
    """What was decided is made known within so many working days, the day of the decision not counted.

    Late by working days after the last day of the term. What is not known on a day after its term is late without a number, so that
    the same lead does not change from day to day.
    """
    due = calendar.add_workdays(decided, workdays).on
    if published is None:
        return ("not_published", None) if due < on else None
    return None if published <= due else ("published_late", max(1, calendar.workdays_between(due, published)))


def judge_recent(latest: date | None, since: date, months: int, on: date) -> Found:
    """Something of a kind was made known within so many months; who is there for a shorter time has that long."""
    last = since if latest is None else max(latest, since)
    if on < add_months(last, months):
        return None
    return ("never", None) if latest is None else ("long_ago", None)
