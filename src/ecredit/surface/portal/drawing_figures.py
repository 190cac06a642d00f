"""Figures of the city as SVG geometry: bars and stacks, without script or style; the numbers stand beside them in a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 360
_LABEL, _COUNT, _ROW, _BAR = 96, 78, 30, 18
STACK: Final = 100
"""Width of a stack; its parts add up to it."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a bar chart: its words, class of its colour, number, share of the whole in percent, and its place."""

    label: str
    tone: str
    number: int
    share: float
    y: int
    width: float


@dataclass(frozen=True, slots=True)
class BarDrawing:
    """Bars below one another, each as long as its share of the longest."""

    width: int
    height: int
    left: int
    thick: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a stack."""

    tone: str
    x: float
    width: float


def draw_bars(rows: Sequence[tuple[str, str, int]]) -> BarDrawing:
    """The drawing of (words, class of the colour, number); nothing is divided by where all are nought."""
    total, longest = sum(number for _, _, number in rows), max((n for _, _, n in rows), default=0)
    room = WIDTH - _LABEL - _COUNT
    bars = tuple(
        Bar(
            label, tone, number,
            round(100 * number / total, 1) if total else 0.0,
            place * _ROW + (_ROW - _BAR) // 2,
            round(room * number / longest, 1) if longest else 0.0,
        )
        for place, (label, tone, number) in enumerate(rows)
    )  # fmt: skip
    return BarDrawing(WIDTH, _ROW * len(rows), _LABEL, _BAR, bars)


def draw_stack(numbers: Mapping[str, int]) -> tuple[Piece, ...]:
    """The parts of a whole beside one another, in the order given; a part of nothing is left out."""
    total, before, pieces = sum(numbers.values()), 0, []
    for tone, number in numbers.items():
        if number:
            begin, end = STACK * before / total, STACK * (before + number) / total
            pieces.append(Piece(tone, round(begin, 2), round(end - begin, 2)))
            before += number
    return tuple(pieces)
