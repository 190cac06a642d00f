"""The patient way through a delimited text: line by line, so that one stray quotation mark costs one row.

A quotation mark that opens a cell and never closes makes a reader swallow the rows that follow. Here a
row of several lines is believed only if the mark closes at the end of a cell and none of the swallowed
lines is a whole row by itself; otherwise the opening line alone is misshapen and reading goes on behind it.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from ecredit.facts.collection import reading_refusals as refuse
from ecredit.facts.collection.reading_encoding import Utf8Stream
from ecredit.facts.collection.reading_fast import MOST_LINES
from ecredit.facts.collection.reading_limits import MIB
from ecredit.facts.collection.reading_rows import OddRow, finish_block, odd_row, properly_quoted, split_line
from ecredit.facts.collection.reading_types import RowBlock

_BLOCK_ROWS = 16_384
_MOST_ODD = 4 * _BLOCK_ROWS
_CALM_ROWS = 3_000
"""Rows without trouble after which the quick way is tried again."""
_SWALLOWS = 1_000
"""Failed attempts at a row of several lines after which quotation marks span lines no more (bounds work)."""


class _Lines:
    """Physical lines for csv.reader: remembers what one row took, and takes back what it should not have."""

    def __init__(self, stream: Utf8Stream, number: int, limit: int) -> None:
        self._text = io.TextIOWrapper(io.BufferedReader(stream, MIB), encoding="utf-8", newline="")
        self._limit = limit
        self._returned: deque[str] = deque()
        self.most = MOST_LINES + 1
        self.number = number  # physical line of the next line
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


class TolerantReader:
    """Reads from physical line ``first_line``, where ``stream`` stands, until all has been calm for a while.

    ``resume`` is the line at which the quick way may go on, ``None`` when the file is at its end.
    """

    def __init__(
        self, stream: Utf8Stream, *, width: int, delimiter: str, first_line: int, longest_line: int
    ) -> None:
        self._stream = stream
        self._width = width
        self._delimiter = delimiter
        self._first_line = first_line
        self._longest_line = longest_line
        self._swallows = 0
        self.resume: int | None = None

    def blocks(self) -> Iterator[RowBlock]:
        """Blocks of about 16,384 rows. Raises InputRefused for a line beyond the limits."""
        lines = _Lines(self._stream, self._first_line, self._longest_line)
        numbers: list[int] = []
        rows: list[list[str]] = []
        odd: list[OddRow] = []
        calm = 0
        for line, row in self._rows(lines):
            if isinstance(row, OddRow):
                odd.append(row)
                calm = 0 if row.fault == "quote" else calm
                if len(odd) >= _MOST_ODD:
                    yield self._block(numbers, rows, odd)
                    numbers, rows, odd = [], [], []
                continue
            calm += 1
            numbers.append(line)
            rows.append(row)
            # A block ends after a regular row if it can, so that neighbouring odd rows are settled together.
            if len(rows) + len(odd) >= _BLOCK_ROWS or calm >= _CALM_ROWS:
                yield self._block(numbers, rows, odd)
                numbers, rows, odd = [], [], []
            if calm >= _CALM_ROWS:
                self.resume = lines.number
                return
        if rows or odd:
            yield self._block(numbers, rows, odd)

    def _block(self, numbers: list[int], rows: list[list[str]], odd: list[OddRow]) -> RowBlock:
        columns: list[pa.StringArray] = [pa.array([], pa.string())] * self._width
        if rows:
            columns = [pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)]
        return finish_block(np.array(numbers, dtype=np.int64), columns, odd, wrappers=True, apostrophes=True)

    def _rows(self, lines: _Lines) -> Iterator[tuple[int, list[str] | OddRow]]:
        reader = csv.reader(lines, delimiter=self._delimiter)
        while True:
            start = lines.start_row()
            line = lines.read()
            if not line:
                return
            if '"' not in line:
                bare = line.rstrip("\r\n")
                cells = bare.split(self._delimiter)
                if len(cells) == self._width:
                    yield start, cells
                elif bare:
                    ended = bare != line
                    yield start, odd_row(start, bare, self._delimiter, ended=ended, width=self._width)
                continue
            lines.put_back([line])
            yield start, self._quoted_row(start, lines, reader)

    def _quoted_row(self, start: int, lines: _Lines, reader: Iterator[list[str]]) -> list[str] | OddRow:
        cells: list[str] | None
        try:
            cells = next(reader)
        except csv.Error:  # a cell beyond the csv module's limit
            cells = None
        pulled = lines.pulled
        text = "".join(pulled).rstrip("\r\n")
        swallowed_to = self._whole_row_among(pulled)
        sound = cells is not None and swallowed_to is None and not lines.ran_out
        if len(pulled) > 1:
            sound = sound and properly_quoted(text, self._delimiter)
        if cells is not None and sound:
            if len(cells) == self._width:
                return cells
            if len(pulled) > 1:
                return OddRow(start, text, cells)
            return odd_row(start, text, self._delimiter, ended=text != pulled[0], width=self._width)
        kept = swallowed_to or 1
        text = "".join(pulled[:kept]).rstrip("\r\n")
        lines.put_back(pulled[kept:])
        self._swallows += 1
        if self._swallows >= _SWALLOWS:
            lines.most = 1
        return OddRow(start, text, split_line(pulled[0], self._delimiter), "quote")

    def _whole_row_among(self, pulled: list[str]) -> int | None:
        """Index of the first line after the opening one that is a whole row by itself."""
        if self._width < 3:
            return None
        for i, line in enumerate(pulled[1:], start=1):
            # The line that closes a rightly quoted cell has an odd number of quotation marks.
            if line.count('"') % 2 == 0 and len(split_line(line, self._delimiter)) == self._width:
                return i
        return None
