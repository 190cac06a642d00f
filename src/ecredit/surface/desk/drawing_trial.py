"""What a dry run would change as SVG geometry: no script, no style; the figures stand beside it in a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ecredit.judgement.evaluation.trial_types import STEP, STEPS

WIDTH, HEIGHT = 760, 200
_LEFT, _BOTTOM, _TOP = 14, 34, 20
# A bar for few subjects beside one for very many is still to be seen.
_LEAST: Final = 2.0


@dataclass(frozen=True, slots=True)
class ChangeBar:
    """Scores that change by so much: `low` to `high` points (None: and beyond), a bar that stands on the base."""

    low: int | None
    high: int | None
    count: int
    x: float
    width: float
    height: float

    @property
    def kind(self) -> str:
        """`down`, `same` or `up`."""
        if self.low == self.high:
            return "same"
        return "down" if self.high is not None and self.high <= 0 else "up"


@dataclass(frozen=True, slots=True)
class ChangeChart:
    """Bars from the largest loss to the largest gain; `cut` tells that the bar of those unchanged is drawn lower."""

    width: int
    height: int
    base: int
    bars: tuple[ChangeBar, ...]
    cut: bool


def changes_of(steps: Sequence[tuple[int, int]]) -> ChangeChart | None:
    """The chart of a trial's `steps`; None where nobody was looked at.

    Those whose score stays would dwarf all others: their bar is cut at twice the highest of them, and says so.
    """
    counts = dict(steps)
    if not counts:
        return None
    edges = range(-STEP * STEPS, STEP * STEPS + 1, STEP)
    moved = max((count for edge, count in counts.items() if edge), default=0)
    still = counts.get(0, 0)
    top = max(moved, min(still, 2 * moved) if moved else still, 1)
    slot, room = (WIDTH - 2 * _LEFT) / len(edges), HEIGHT - _BOTTOM - _TOP
    bars = []
    for place, edge in enumerate(edges):
        count = counts.get(edge, 0)
        height = round(room * min(count, top) / top, 1)
        low, high = _span(edge)
        bars.append(
            ChangeBar(
                low, high, count, round(_LEFT + place * slot + 2, 1), round(slot - 4, 1),
                max(height, _LEAST) if count else 0.0,
            )
        )  # fmt: skip
    return ChangeChart(WIDTH, HEIGHT, HEIGHT - _BOTTOM, tuple(bars), still > top)


def _span(edge: int) -> tuple[int | None, int | None]:
    """From which change to which a step goes."""
    last = STEP * STEPS
    if edge == 0:
        return 0, 0
    if edge < 0:
        return (None if edge == -last else edge), edge + STEP
    return edge - STEP, (None if edge == last else edge)


def shade(count: int, most: int) -> str:
    """How dark a cell of the matrix is set: `heat0` for nobody to `heat4`."""
    if count == 0 or most == 0:
        return "heat0"
    share = count / most
    return next(
        (name for bound, name in ((0.5, "heat4"), (0.2, "heat3"), (0.05, "heat2")) if share >= bound), "heat1"
    )
