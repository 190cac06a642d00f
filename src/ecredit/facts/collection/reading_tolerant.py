"""The patient way through a delimited text: line by line, so that one stray quotation mark costs one row.

A quotation mark that opens a cell and never closes makes a reader swallow the rows that follow. Here a
row of several lines is believed only if its cells fit and none of the swallowed lines is a whole row by
itself; otherwise the opening line alone is misshapen and reading goes on with the next.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from . import reading_refusals as refuse
from .reading_encoding import Utf8Stream
from .reading_fast import MOST_LINES
from .reading_rows import OddRow, finish_block, odd_row, split_line
from .reading_types import ReadLimits, RowBlock

_BLOCK_ROWS = 16_384
_SWALLOWS = 1_000
"""Failed attempts at a row of several lines after which quotation marks span lines no more (bounds work)."""


class _Lines:
    """Physical lines for csv.reader: remembers what one row took, and takes back what it should not have."""

    def __init__(self, stream: Utf8Stream, limits: ReadLimits) -> None:
        self._text = io.TextIOWrapper(io.BufferedReader(stream, 1 << 20), encoding="utf-8", newline="")
        self._limit = limits.max_line_bytes
        self._returned: deque[str] = deque()
        self.most = MOST_LINES + 1
        self.number = 1  # physical line of the next line
        self.pulled: list[str] = []
        self.ran_out = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = "" if len(self.pulled) >= self.most else self.read()
        if not line:
            self.ran_out = True
            raise StopIteration
        self.pulled.append(line)
        return line

    def read(self) -> str:
        """The next physical line with its end, "" at the end of the file."""
        line = self._returned.popleft() if self._returned else self._text.readline(self._limit + 1)
        if len(line) > self._limit:
            raise refuse.line_too_long(self.number, self._limit)
        self.number += bool(line)
        return line

    def start_row(self) -> int:
        """Forget the row before; gives the line on which the next one starts."""
        self.pulled, self.ran_out = [], False
        return self.number

    def put_back(self, lines: list[str]) -> None:
        """These lines were not part of the row."""
        self._returned.extendleft(reversed(lines))
        self.number -= len(lines)


def tolerant_blocks(
    stream: Utf8Stream, *, width: int, delimiter: str, first_line: int, limits: ReadLimits
) -> Iterator[RowBlock]:
    """Blocks of the rows from physical line ``first_line`` on. ``stream`` stands at the file's beginning."""
    lines = _Lines(stream, limits)
    while lines.number < first_line and lines.read():
        pass
    numbers: list[int] = []
    rows: list[list[str]] = []
    odd: list[OddRow] = []
    for line, row in _rows(lines, width, delimiter):
        if isinstance(row, OddRow):
            odd.append(row)
            continue
        # A block ends only before a regular row, so that neighbouring odd rows are settled together.
        if len(rows) >= _BLOCK_ROWS:
            yield _block(numbers, rows, odd, width)
            numbers, rows, odd = [], [], []
        numbers.append(line)
        rows.append(row)
    if rows or odd:
        yield _block(numbers, rows, odd, width)


def _block(numbers: list[int], rows: list[list[str]], odd: list[OddRow], width: int) -> RowBlock:
    if rows:
        columns = [pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)]
    else:
        columns = [pa.array([], pa.string())] * width
    return finish_block(np.array(numbers, dtype=np.int64), columns, odd, wrappers=True, apostrophes=True)


def _rows(lines: _Lines, width: int, delimiter: str) -> Iterator[tuple[int, list[str] | OddRow]]:
    reader = csv.reader(lines, delimiter=delimiter)
    swallows = 0
    while True:
        start = lines.start_row()
        cells: list[str] | None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:  # a cell beyond the csv module's limit
            cells = None
        pulled = lines.pulled
        if cells is not None and len(pulled) == 1 and not lines.ran_out:
            if len(cells) == width:
                yield start, cells
            elif cells:
                yield start, _single(start, pulled[0], delimiter, width)
            continue
        end = _end_of_swallowing(pulled, width, delimiter)
        unclosed = cells is None or lines.ran_out
        if end is None and not unclosed and cells is not None:
            text = "".join(pulled).rstrip("\r\n")
            yield start, cells if len(cells) == width else OddRow(start, text, cells)
            continue
        kept = end or 1
        lines.put_back(pulled[kept:])
        swallows += 1
        if swallows >= _SWALLOWS:
            lines.most = 1
        text = "".join(pulled[:kept]).rstrip("\r\n")
        yield start, OddRow(start, text, split_line(pulled[0], delimiter), "quote")


def _single(line: int, text: str, delimiter: str, width: int) -> OddRow:
    bare = text.rstrip("\r\n")
    return odd_row(line, bare, delimiter, ended=bare != text, width=width)


def _end_of_swallowing(pulled: list[str], width: int, delimiter: str) -> int | None:
    """Index of the first line after the opening one that is a whole row by itself."""
    if width < 3:
        return None
    for i, line in enumerate(pulled[1:], start=1):
        # The line that closes a rightly quoted cell has an odd number of quotation marks.
        if line.count('"') % 2 == 0 and len(split_line(line, delimiter)) == width:
            return i
    return None
