"""What does a workbook's cell say? Its value as the text a person would have typed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence

Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta
Merge = tuple[tuple[int, int], tuple[int, int]]

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
EXACT = 1e15
"""From here on a spreadsheet number has lost digits: a code of 16 and more digits stored as a number is gone."""


def cell_text(value: Cell) -> str:
    """The text of a cell: whole numbers without ``.0``, dates ISO, long numbers in scientific form.

    Numbers of 16 and more digits come as ``9.1320411E+17``, which tells the checks that the spreadsheet
    program destroyed a code. ``datetime`` at midnight is a date. Text stays as it is.
    """
    if isinstance(value, str):
        text = _ESCAPED.sub(_unescaped, value) if "_x" in value else value
        return text.replace("\0", "\ufffd")
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number_text(float(value)) if not isinstance(value, int) or abs(value) >= EXACT else str(value)
    if isinstance(value, dt.datetime):
        if value.time() == dt.time():
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dt.timedelta):
        seconds = int(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return value.isoformat()


def _number_text(number: float) -> str:
    if abs(number) >= EXACT:
        mantissa, _, exponent = f"{number:.14E}".partition("E")
        return f"{mantissa.rstrip('0').rstrip('.')}E{exponent}"
    if number.is_integer():
        return str(int(number))
    if number != number or abs(number) < 1e-9:  # not a number, or nothing a table means
        return str(number)
    # Fifteen significant digits are what the spreadsheet shows; more is noise of binary fractions.
    places = 14 - int(f"{number:E}".partition("E")[2])
    text = f"{number:.{max(places, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if 0xD800 <= code < 0xE000 else chr(code)


class MergeFiller:
    """Gives the cells below the top of a merged range its value, in the range's first column.

    A range merged downwards says the same of all its rows. One merged sideways is a layout (a title, a
    group of columns): its value belongs to the first column only and is not repeated.
    """

    def __init__(self, merges: Iterable[Merge]) -> None:
        self._starts: dict[int, list[tuple[int, int]]] = {}
        for (top, left), (bottom, _) in merges:
            if bottom > top:
                self._starts.setdefault(top, []).append((left, bottom))
        self._open: dict[int, tuple[int, str]] = {}

    def fill(self, row: int, first_column: int, cells: list[str]) -> None:
        """Fill ``cells`` of sheet row ``row`` in place; rows must come in order."""
        for column in [column for column, (bottom, _) in self._open.items() if bottom < row]:
            del self._open[column]
        for column, (_, text) in self._open.items():
            place = column - first_column
            if 0 <= place < len(cells) and not cells[place]:
                cells[place] = text
        for column, bottom in self._starts.get(row, ()):
            place = column - first_column
            if 0 <= place < len(cells) and cells[place]:
                self._open[column] = (bottom, cells[place])


def text_rows(
    rows: Iterable[Sequence[Cell]],
    left: int,
    merges: Iterable[Merge],
    lost: dict[tuple[int, int], str],
) -> Iterator[tuple[int, list[str]]]:
    """Sheet row number (from 0) and the row's texts; merged cells filled, lost values put back.

    ``rows`` begin with the sheet's first row and in its column ``left``.
    """
    filler = MergeFiller(merges)
    by_row: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in lost.items():
        by_row.setdefault(row, []).append((column - left, text))
    for row, values in enumerate(rows):
        cells: list[str] = [cell_text(value) if value != "" else "" for value in values]
        for place, text in by_row.get(row, ()):
            if 0 <= place < len(cells) and not cells[place]:
                cells[place] = text
        filler.fill(row, left, cells)
        yield row, cells
