"""The charts of a report as SVG geometry: no script, no style; the figures stand beside each in a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ecredit.judgement.monitoring.report_words import number_text

WIDTH: Final = 360
_HEIGHT: Final = 150
_TOP, _BASE = 18, 128
_SIDE: Final = 6
_LINE: Final = 26
_NAME: Final = 118
_VALUE: Final = 54


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from the ground up (or from the left): its place, what is written on it and under it, and its interval, if any.

    `there` is false where nothing is known: then a gap is drawn, never a bar of no height.
    """

    x: float
    y: float
    width: float
    height: float
    label: str
    said: str
    there: bool = True
    low: float | None = None
    high: float | None = None
    current: bool = False


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars on a ground line, all in one box; `upright` tells which way they go."""

    width: int
    height: int
    base: float
    bars: tuple[Bar, ...]
    upright: bool


def draw_trend(figure: Mapping[str, Any]) -> BarChart | None:
    """The figure through the periods, the oldest left, from zero up; None with fewer than two values."""
    trend, unit = figure["trend"], figure["unit"]
    values = [point["value"] for point in trend]
    if sum(value is not None for value in values) < 2:
        return None
    most = max([1e-9, *(max(p["value"] or 0.0, p["high"] or 0.0) for p in trend)])
    step = (WIDTH - 2 * _SIDE) / len(trend)
    wide = min(step * 0.62, 46)

    def up(value: float) -> float:
        return round(_BASE - (_BASE - _TOP) * min(value / most, 1.0), 1)

    bars = []
    for place, point in enumerate(trend):
        x = _SIDE + step * place + (step - wide) / 2
        value = point["value"]
        y = _BASE if value is None else up(value)
        bars.append(
            Bar(
                round(x, 1),
                y,
                round(wide, 1),
                round(_BASE - y, 1),
                point["period"][2:],
                number_text(value, unit),
                value is not None,
                None if point["low"] is None else up(point["low"]),
                None if point["high"] is None else up(point["high"]),
                place == len(trend) - 1,
            )
        )
    return BarChart(WIDTH, _HEIGHT, _BASE, tuple(bars), upright=True)


def draw_parts(parts: Sequence[Mapping[str, Any]], lang: str) -> BarChart | None:
    """The pieces of a count as bars from the left; None with fewer than two."""
    if len(parts) < 2:
        return None
    rows = [(str(part[lang]), float(part["count"]), f"{part['count']:,}", None, None) for part in parts]
    return _lying(rows)


def draw_league(rows: Sequence[Mapping[str, Any]], unit: str) -> BarChart | None:
    """The ranked platforms as bars from the left with their intervals, named by their places; None with fewer than two."""
    ranked = [row for row in rows if row["place"] is not None]
    if len(ranked) < 2:
        return None
    return _lying(
        [
            (
                f"{row['place']}  {_short(row['name'])}",
                row["value"],
                number_text(row["value"], unit),
                row["low"],
                row["high"],
            )
            for row in ranked
        ]
    )


def _lying(rows: Sequence[tuple[str, float, str, float | None, float | None]]) -> BarChart:
    most = max([1e-9, *(max(value, high or 0.0) for _, value, _, _, high in rows)])
    room = WIDTH - _NAME - _VALUE

    def along(value: float) -> float:
        return round(_NAME + room * min(value / most, 1.0), 1)

    bars = tuple(
        Bar(
            _NAME,
            round(_LINE * place + 4, 1),
            round(along(value) - _NAME, 1),
            _LINE - 8,
            label,
            said,
            low=None if low is None else along(low),
            high=None if high is None else along(high),
        )
        for place, (label, value, said, low, high) in enumerate(rows)
    )
    return BarChart(WIDTH, _LINE * len(rows) + 4, _NAME, bars, upright=False)


def _short(name: str) -> str:
    """A firm's name as a chart has room for; the table beside has it whole."""
    return name if len(name) <= 7 else f"{name[:6]}…"
