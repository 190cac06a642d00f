"""A grade through time as SVG geometry: no script, no style; the figures stand beside it in a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 360, 172
_LEFT, _RIGHT, _TOP, _BOTTOM = 24, 8, 8, 20


@dataclass(frozen=True, slots=True)
class Given:
    """A score given for a day; it stood until the next one."""

    on: date
    score: float


@dataclass(frozen=True, slots=True)
class Scale:
    """What a score is held against: its bounds, and the grades from best to worst with the least score of each (None: the rest)."""

    floor: float
    ceiling: float
    steps: tuple[tuple[str, float | None], ...]


@dataclass(frozen=True, slots=True)
class Band:
    """Where a grade of the scale lies: from `y` downwards."""

    grade: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a score given stands."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class HistoryDrawing:
    """Bands from best to worst, the score's line as points of a polyline, a mark for each grade given, two days below."""

    width: int
    height: int
    left: int
    right: int
    base: int
    bands: tuple[Band, ...]
    line: str
    marks: tuple[Mark, ...]
    first: date
    last: date


def draw_history(history: Sequence[Given], scale: Scale, today: date) -> HistoryDrawing:
    """The drawing of scores (newest first, at least one) up to today, on a scale."""
    oldest = history[::-1]
    first, last = oldest[0].on, max(today, oldest[-1].on)
    days, room = max((last - first).days, 1), HEIGHT - _TOP - _BOTTOM
    span = max(scale.ceiling - scale.floor, 1.0)

    def across(day: date) -> float:
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * (day - first).days / days, 1)

    def down(score: float) -> float:
        return round(_TOP + room * (scale.ceiling - min(max(score, scale.floor), scale.ceiling)) / span, 1)

    bands, upper = [], scale.ceiling
    for grade, at_least in scale.steps:
        lower = scale.floor if at_least is None else at_least
        bands.append(Band(grade, down(upper), round(down(lower) - down(upper), 1)))
        upper = lower
    marks = tuple(Mark(across(past.on), down(past.score)) for past in oldest)
    corners = []
    for place, mark in enumerate(marks):
        if place:
            corners.append((mark.x, marks[place - 1].y))
        corners.append((mark.x, mark.y))
    corners.append((across(last), marks[-1].y))
    line = " ".join(f"{x:g},{y:g}" for x, y in corners)
    return HistoryDrawing(
        WIDTH, HEIGHT, _LEFT, WIDTH - _RIGHT, HEIGHT - _BOTTOM, tuple(bands), line, marks, first, last
    )
