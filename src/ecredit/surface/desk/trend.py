"""A small chart of months as SVG geometry: no script, no style, the figures beside it in a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from ecredit.facts.collection.quality_board import MonthPoint

WIDTH, HEIGHT = 120, 28
_PAD = 3
# A line that lies within this much is not blown up to the whole height: half a per cent is not a mountain.
_LEAST_TOP = 0.05


@dataclass(frozen=True, slots=True)
class Trend:
    """Lines as lists of points (a month without rows interrupts), a dot for each month; `misses` mark missed windows."""

    width: int
    height: int
    lines: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    misses: tuple[float, ...]
    top: float


def trend_of(months: Sequence[MonthPoint], *, width: int = WIDTH, height: int = HEIGHT) -> Trend:
    """The error rates of these months, the oldest left."""
    rates = [point.error_rate for point in months]
    top = max([_LEAST_TOP, *(rate for rate in rates if rate is not None)])
    step = (width - 2 * _PAD) / max(len(months) - 1, 1)
    lines: list[list[str]] = [[]]
    dots: list[tuple[float, float]] = []
    for place, rate in enumerate(rates):
        if rate is None:
            lines.append([])
            continue
        x, y = _PAD + place * step, height - _PAD - rate / top * (height - 2 * _PAD)
        dots.append((round(x, 1), round(y, 1)))
        lines[-1].append(f"{x:.1f},{y:.1f}")
    misses = tuple(round(_PAD + n * step, 1) for n, point in enumerate(months) if point.missed)
    return Trend(
        width, height, tuple(" ".join(line) for line in lines if len(line) > 1), tuple(dots), misses, top
    )
