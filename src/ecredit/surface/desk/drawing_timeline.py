"""A shop's orders through time as SVG geometry: no script, no style; the figures stand beside it in a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ecredit.judgement.triage.finding_rows import DayCount

WIDTH, HEIGHT = 760, 150
_LEFT, _BOTTOM, _TOP = 34, 20, 8
# Before and after the suspect days, to see what is usual.
_AROUND: Final = timedelta(days=14)
_MOST_DAYS: Final = 120


@dataclass(frozen=True, slots=True)
class Bar:
    """A day or a week: its first day, all orders and the suspect ones; the bars stand on `base`."""

    day: date
    orders: int
    suspect: int
    x: float
    width: float
    height: float
    suspect_height: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """Bars from left to right; `top` is what the full height stands for, `weeks` whether a bar is a week; `marks` name days."""

    width: int
    height: int
    base: int
    left: int
    top: int
    weeks: bool
    bars: Sequence[Bar]
    marks: Sequence[tuple[float, str]]


def timeline_of(days: Sequence[DayCount]) -> Timeline | None:
    """The days around the suspect ones, by week where there are many; None where no day is known."""
    suspect = [day.day for day in days if day.suspect]
    if not suspect:
        return None
    first, last = max(days[0].day, suspect[0] - _AROUND), min(days[-1].day, suspect[-1] + _AROUND)
    weeks = (last - first).days >= _MOST_DAYS
    if weeks:
        first -= timedelta(days=first.weekday())
    step = 7 if weeks else 1
    count = (last - first).days // step + 1
    totals = [[0, 0] for _ in range(count)]
    for day in days:
        if first <= day.day <= last:
            total = totals[(day.day - first).days // step]
            total[0] += day.orders
            total[1] += day.suspect
    top = max(total[0] for total in totals)
    slot, room = (WIDTH - _LEFT) / count, HEIGHT - _BOTTOM - _TOP
    bars = [
        Bar(
            first + timedelta(days=step * place), orders, flagged, round(_LEFT + place * slot, 2), round(slot * 0.82, 2),
            round(room * orders / top, 2), round(room * flagged / top, 2),
        )
        for place, (orders, flagged) in enumerate(totals)
    ]  # fmt: skip
    every = max(1, -(-count // 7))
    marks = [(bar.x, f"{bar.day:%m-%d}") for bar in bars[::every]]
    return Timeline(WIDTH, HEIGHT, HEIGHT - _BOTTOM, _LEFT, top, weeks, bars, marks)
