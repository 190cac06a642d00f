"""A look at a sheet's XML while it is inflated: how large is it, and which cells would be lost?

The used area is known before anything builds it in memory. Error values (``#N/A``) and formulas that were
never computed come out of the workbook reader as blanks, so their texts are noted here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape

_CELL = re.compile(
    rb'<(?:\w{1,20}:)?c\s(?:[^<>]{0,200}?\s)?r="([A-Z]{1,3})([0-9]{1,7})"([^<>]{0,400})(?<!/)>', re.ASCII
)
_VALUE = re.compile(rb"<(?:\w{1,20}:)?v>([^<]{1,60})</")
_FORMULA = re.compile(rb"<(?:\w{1,20}:)?f(?:\s[^<>]{0,300})?>([^<]{1,2000})</")
_ANY_CELL = re.compile(rb' r="([A-Z]{1,3})([0-9]{1,7})"')
_ROW_END = b"row>"
_CARRIED = 4 << 20
_MOST_LOST = 500_000


def column_number(letters: bytes) -> int:
    """``A`` → 0, ``Z`` → 25, ``AA`` → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


@dataclass(slots=True)
class SheetScan:
    """Used area (rows and columns from 0, inclusive) of the cells, and the texts of lost ones.

    The quick look takes the last cell of each row for its widest and counts cells that hold nothing but a
    format. ``precise`` looks at every filled cell, wherever it stands; it takes ten times as long.
    """

    precise: bool = False
    top: int = 1 << 30
    bottom: int = -1
    left: int = 1 << 30
    right: int = -1
    lost: dict[tuple[int, int], str] = field(default_factory=dict)
    _carry: bytes = b""

    @property
    def cells(self) -> int:
        """Size of the used area: what a dense grid of it would hold."""
        return max(0, self.bottom - self.top + 1) * max(0, self.right - self.left + 1)

    def feed(self, piece: bytes, *, last: bool = False) -> None:
        """Take the next piece of the XML; it is looked at row by row."""
        text = self._carry + piece
        end = text.rfind(_ROW_END)
        cut = end + len(_ROW_END) if end >= 0 else 0
        if last or (end < 0 and len(text) > _CARRIED):  # the end, or a row without one
            cut = len(text)
        self._carry = text[cut:]
        text = text[:cut]
        if self.precise:
            for cell in _CELL.finditer(text):
                self._place(cell[1], cell[2])
        else:
            for row in text.split(_ROW_END):
                if (found := _ANY_CELL.match(row, row.rfind(b' r="'))) is not None:
                    self._place(found[1], found[2])
            if self.bottom >= 0:
                self.top = self.left = 0
        if b't="e"' in text or b"<f" in text or b":f" in text:
            self._note_lost(text)

    def _place(self, letters: bytes, row: bytes) -> None:
        down, across = int(row) - 1, column_number(letters)
        self.top, self.bottom = min(self.top, down), max(self.bottom, down)
        self.left, self.right = min(self.left, across), max(self.right, across)

    def _note_lost(self, text: bytes) -> None:
        starts = list(_CELL.finditer(text))
        for i, start in enumerate(starts):
            if len(self.lost) >= _MOST_LOST:
                return
            content = text[start.end() : starts[i + 1].start() if i + 1 < len(starts) else len(text)]
            value = _VALUE.search(content)
            if value is not None and b't="e"' in text[start.start() : start.end()]:
                noted = value[1]
            elif value is None and (formula := _FORMULA.search(content)) is not None:
                noted = b"=" + formula[1]
            else:
                continue
            place = (int(start[2]) - 1, column_number(start[1]))
            self.lost[place] = unescape(noted.decode("utf-8", "replace"))
