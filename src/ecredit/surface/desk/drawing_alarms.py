"""A chart of false-alarm rates: a dot a rule and the line of its interval, as SVG geometry; the figures are in the table beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ecredit.judgement.measures.types import RuleFigures

_LEFT: Final = 250
_RIGHT: Final = 40
_WIDTH: Final = 720
_STEP: Final = 26
_TOP: Final = 10


@dataclass(frozen=True, slots=True)
class AlarmMark:
    """One rule: its words at `y`, its share at `x`, its interval from `low` to `high`."""

    words: str
    y: float
    x: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class AlarmChart:
    """The whole chart; `ticks` are places and per cents of the axis, which lies at `base`."""

    width: int
    height: int
    left: int
    base: float
    marks: tuple[AlarmMark, ...]
    ticks: tuple[tuple[float, int], ...]


def alarms_of(figures: Sequence[tuple[str, RuleFigures]]) -> AlarmChart | None:
    """Draw the rules that were judged, by their words; None where there is none yet."""
    judged = [(words, f) for words, f in figures if f.rate is not None]
    if not judged:
        return None
    base = float(_TOP + _STEP * len(judged))
    marks = tuple(
        AlarmMark(words, _TOP + _STEP * (n + 0.5), _at(f.rate), _at(f.low), _at(f.high))
        for n, (words, f) in enumerate(judged)
    )
    ticks = tuple((_at(share / 100), share) for share in (0, 25, 50, 75, 100))
    return AlarmChart(_WIDTH, int(base) + 22, _LEFT, base, marks, ticks)


def _at(share: float | None) -> float:
    return round(_LEFT + (share or 0.0) * (_WIDTH - _LEFT - _RIGHT), 1)
