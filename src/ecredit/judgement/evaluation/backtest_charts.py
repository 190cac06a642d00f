"""Charts of a back-test as SVG text: no script and no style sheet, so that they stand in a file and on a page alike."""

from collections.abc import Sequence
from html import escape
from math import ceil

_INK, _FAINT, _DARK, _LIGHT = "currentColor", "#9aa3ad", "#2f74b5", "#a9c4e0"
_W, _H, _LEFT, _BOTTOM, _TOP, _RIGHT = 420, 300, 52, 44, 14, 24
_ROW = 26


def square(
    points: Sequence[tuple[float, float]], *, title: str, x: str, y: str, top: float = 1.0, bars: Sequence[tuple[float, float, float]] = (),
    joined: bool = True,
) -> str:  # fmt: skip
    """Points of two shares from 0 to `top`, with the diagonal; `bars` are upright intervals (x, low, high)."""
    frame = _Frame(0.0, top, 0.0, top)
    parts = [frame.axes(x, y, _ticks(top), _ticks(top), share=True)]
    parts.append(_line(frame.x(0), frame.y(0), frame.x(top), frame.y(top), _FAINT, dashed=True))
    parts += [
        _line(frame.x(at), frame.y(low), frame.x(at), frame.y(high), _LIGHT, 3) for at, low, high in bars
    ]
    if joined:
        path = " ".join(f"{frame.x(a):.1f},{frame.y(b):.1f}" for a, b in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{_DARK}" stroke-width="2"/>')
    else:
        parts += [
            f'<circle cx="{frame.x(a):.1f}" cy="{frame.y(b):.1f}" r="4" fill="{_DARK}"/>' for a, b in points
        ]
    return _svg(_W, _H, title, parts)


def pairs(
    labels: Sequence[str],
    first: Sequence[float],
    second: Sequence[float],
    *,
    title: str,
    x: str,
    names: tuple[str, str],
) -> str:
    """Two shares for each label, side by side."""
    top = max([0.05, *first, *second])
    top = nice(top)
    frame = _Frame(0.0, float(len(labels)), 0.0, top)
    parts = [frame.axes(x, "", (), _ticks(top), share=True)]
    wide = (_W - _LEFT - _RIGHT) / max(len(labels), 1)
    for n, label in enumerate(labels):
        for place, (value, ink) in enumerate(((first[n], _LIGHT), (second[n], _DARK))):
            left = frame.x(n) + wide * (0.12 + 0.38 * place)
            parts.append(
                f'<rect x="{left:.1f}" y="{frame.y(value):.1f}" width="{wide * 0.36:.1f}" '
                f'height="{frame.y(0) - frame.y(value):.1f}" fill="{ink}"/>'
            )
        parts.append(_text(frame.x(n) + wide / 2, _H - _BOTTOM + 15, label, "middle"))
    for place, (name, ink) in enumerate(zip(names, (_LIGHT, _DARK), strict=True)):
        parts.append(
            f'<rect x="{_LEFT + 12}" y="{_TOP + 4 + 17 * place}" width="11" height="11" fill="{ink}"/>'
        )
        parts.append(_text(_LEFT + 28, _TOP + 14 + 17 * place, name))
    return _svg(_W, _H, title, parts)


def ranges(
    rows: Sequence[tuple[str, float, float, float]], *, title: str, x: str, low: float, high: float, mark: float | None = None,
    share: bool = True,
) -> str:  # fmt: skip
    """A dot with its interval in a row of its own for each label, between `low` and `high`; `mark` is an upright line."""
    wide = 12 * max([4, *(_cells(label) for label, *_ in rows)]) // 2 + 16
    width, height = wide + 300, _TOP + _ROW * len(rows) + _BOTTOM

    def place(value: float) -> float:
        return wide + (min(max(value, low), high) - low) / ((high - low) or 1.0) * (width - wide - 24)

    bottom = _TOP + _ROW * len(rows)
    parts = [_line(place(low), bottom, place(high), bottom, _INK)]
    for n in range(5):
        value = low + (high - low) * n / 4
        parts.append(_line(place(value), bottom, place(value), bottom + 4, _INK))
        parts.append(_text(place(value), bottom + 17, f"{value:.0%}" if share else f"{value:.2f}", "middle"))
    if mark is not None:
        parts.append(_line(place(mark), _TOP, place(mark), bottom, _FAINT, dashed=True))
    for n, (label, value, start, end) in enumerate(rows):
        middle = _TOP + _ROW * n + _ROW / 2
        parts.append(_text(wide - 8, middle + 4, label, "end"))
        parts.append(_line(place(start), middle, place(end), middle, _LIGHT, 4))
        parts.append(f'<circle cx="{place(value):.1f}" cy="{middle:.1f}" r="4" fill="{_DARK}"/>')
    parts.append(_text((wide + width) / 2, height - 6, x, "middle"))
    return _svg(width, height, title, parts)


class _Frame:
    """Where values lie on the sheet."""

    def __init__(self, x0: float, x1: float, y0: float, y1: float) -> None:
        self._x0, self._x1, self._y0, self._y1 = x0, x1, y0, y1

    def x(self, value: float) -> float:
        return _LEFT + (value - self._x0) / ((self._x1 - self._x0) or 1.0) * (_W - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        shown = min(max(value, self._y0), self._y1)
        return _H - _BOTTOM - (shown - self._y0) / ((self._y1 - self._y0) or 1.0) * (_H - _BOTTOM - _TOP)

    def axes(self, x: str, y: str, across: Sequence[float], up: Sequence[float], *, share: bool) -> str:
        parts = [
            _line(_LEFT, _H - _BOTTOM, _W - _RIGHT, _H - _BOTTOM, _INK),
            _line(_LEFT, _TOP, _LEFT, _H - _BOTTOM, _INK),
        ]
        for value in across:
            parts.append(_text(self.x(value), _H - _BOTTOM + 15, _tick(value, share), "middle"))
        for value in up:
            parts.append(_text(_LEFT - 6, self.y(value) + 4, _tick(value, share), "end"))
        parts.append(_text((_LEFT + _W) / 2, _H - 8, x, "middle"))
        if y:
            parts.append(_text(_LEFT + 8, _TOP + 8, y))
        return "".join(parts)


def nice(value: float) -> float:
    """A top for an axis of shares whose quarters are whole per cent."""
    step = 0.04 if value <= 0.2 else 0.2
    return min(1.0, ceil(value / step - 1e-9) * step)


def _ticks(top: float) -> tuple[float, ...]:
    return tuple(top * n / 4 for n in range(5))


def _tick(value: float, share: bool) -> str:
    return f"{value:.0%}" if share else f"{value:g}"


def _cells(label: str) -> int:
    return sum(2 if ord(c) > 0x2E7F else 1 for c in label)


def _line(
    x1: float, y1: float, x2: float, y2: float, ink: str, width: int = 1, *, dashed: bool = False
) -> str:
    more = ' stroke-dasharray="4 4"' if dashed else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{ink}" stroke-width="{width}"{more}/>'


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="12" fill="{_INK}" text-anchor="{anchor}">{escape(words)}</text>'


def _svg(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    said = escape(title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{said}"><title>{said}</title>{"".join(parts)}</svg>'
    )
