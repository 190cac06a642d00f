"""From what was counted to the figure that is shown: its value, its interval, whether it is shown at all, its place. Pure.

A share has the Wilson score interval, a rate per thousand Byar's approximation of a Poisson count's; both of 95 %. A count
and a median have none: a count is what happened, not a sample.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from ecredit.foundation.catalog.monitor_types import RATIOS, Direction, Figure
from ecredit.judgement.monitoring.types import FEW, Measured, Value

Z: Final = 1.959963984540054
# Values are kept to so many digits: a report is the same on every machine.
DIGITS: Final = 6
_TIMES: Final[Mapping[str, int]] = {"share": 1, "per_thousand": 1_000, "per_ten_thousand": 10_000}


def decide_value(figure: Figure, measured: Measured) -> Value:
    """The figure as it may be shown. Below `least` nothing of it is: what rests on few would tell of the few."""
    top, of = measured.top, measured.of
    if measured.because or top is None:
        return Value(because=measured.because or FEW)
    if figure.unit == "count" and top < figure.least:
        return Value(because=FEW)
    if figure.unit == "count":
        return Value(value=_whole(top), top=_whole(top), parts=measured.parts)
    if of is None or of < max(figure.least, 1):
        return Value(because=FEW)
    if figure.unit not in RATIOS:
        return Value(value=round(top, DIGITS), of=of, parts=measured.parts)
    times = _TIMES[figure.unit]
    low, high = wilson(top, of) if figure.unit == "share" else byar(top, of)
    return Value(
        value=round(top / of * times, DIGITS),
        top=_whole(top),
        of=of,
        low=round(low * times, DIGITS),
        high=round(high * times, DIGITS),
        parts=measured.parts,
    )


def decide_beside(behind: Mapping[str, int], hidden: Collection[str], least: int) -> set[str]:
    """Which others have to be hidden so that what is hidden cannot be worked out from the whole and the rest.

    `behind`: how many stand behind each part of a whole that is shown. The smallest others are hidden, until at least two
    are and at least `least` stand behind them all. A part behind which nobody stands hides nobody.
    """
    few = {name for name in hidden if behind[name] > 0}
    beside: set[str] = set()
    others = sorted((count, name) for name, count in behind.items() if name not in hidden and count > 0)
    while few and others and (len(few) < 2 or sum(behind[name] for name in few) < least):
        _, name = others.pop(0)
        few.add(name)
        beside.add(name)
    return beside


def _whole(number: float) -> float:
    """A count without a point: 413, not 413.0."""
    return int(number) if number == int(number) else round(number, DIGITS)


def wilson(top: float, of: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927): 0 ≤ low ≤ top/of ≤ high ≤ 1."""
    share, square = top / of, Z * Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))


def byar(top: float, of: int) -> tuple[float, float]:
    """The 95 % interval of a rate whose count is Poisson's (Byar's approximation, as Breslow and Day 1987 give it)."""
    low = 0.0
    if top > 0:
        low = top * (1 - 1 / (9 * top) - Z / (3 * math.sqrt(top))) ** 3
    more = top + 1
    high = more * (1 - 1 / (9 * more) + Z / (3 * math.sqrt(more))) ** 3
    return max(0.0, low) / of, high / of


def median(counted: Iterable[tuple[float, int]]) -> float | None:
    """The median of values given with how often each occurs; the mean of the two in the middle; None of nothing."""
    rows = sorted((value, times) for value, times in counted if times > 0)
    total = sum(times for _, times in rows)
    if not total:
        return None
    return (_at(rows, (total - 1) // 2) + _at(rows, total // 2)) / 2


def _at(rows: Sequence[tuple[float, int]], place: int) -> float:
    """The value at a place of those in order, from 0."""
    for value, times in rows:
        if place < times:
            return value
        place -= times
    raise IndexError(place)


def rank(values: Mapping[str, float], direction: Direction) -> dict[str, int]:
    """The place of each, the best 1; equal ones share a place and the next is as many further (1, 2, 2, 4)."""
    if direction == "none":
        return {}
    keyed = {name: round(value if direction == "lower" else -value, DIGITS) for name, value in values.items()}
    return {name: 1 + sum(other < key for other in keyed.values()) for name, key in keyed.items()}
