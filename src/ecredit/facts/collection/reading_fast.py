"""The quick way through a delimited text: Arrow's reader, as long as the file gives no cause for doubt."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from .reading_encoding import Utf8Stream
from .reading_rows import OddRow, finish_block, odd_row
from .reading_types import RowBlock

MOST_LINES = 50
"""Line ends inside one cell beyond which a lost quotation mark is likelier than a long text."""
_MOST_NOTED = 20_000


class NeedsTolerance(Exception):  # noqa: N818 - a change of method, not an error
    """From this line on the file must be read line by line: a quotation mark may have swallowed rows."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class FastReader:
    """Reads the data rows of a delimited text block by block and keeps count of physical lines.

    ``stream`` stands at the first data row, which is physical line ``first_line``. ``blocks`` raises
    :class:`NeedsTolerance` before giving a block it doubts.
    """

    def __init__(
        self, stream: Utf8Stream, *, width: int, delimiter: str, first_line: int, line_ended: bool, block: int
    ) -> None:
        self._stream = stream
        self._width = width
        self._delimiter = delimiter
        self._line_ended = line_ended
        self._block = block
        self._odd: list[tuple[int, str]] = []
        self._ordinal = 1  # of the next row; every row counts, blank and misshapen ones too
        self._line = first_line  # of the next row
        self.next_line = first_line

    def blocks(self) -> Iterator[RowBlock]:
        """The blocks up to the end of the file or the first doubt."""
        try:
            reader = self._open()
            while True:
                try:
                    batch = reader.read_next_batch()
                except StopIteration:
                    break
                yield self._take(batch)
                self.next_line = self._line
        except pa.ArrowInvalid as error:
            if "Empty CSV file" in str(error):
                return
            raise NeedsTolerance(self.next_line) from error
        if self._odd:
            numbers = np.array([number for number, _ in self._odd], dtype=np.int64)
            rows = self._odd_rows(self._line + numbers - self._ordinal, at_end=True)
            empty = [pa.array([], pa.string())] * self._width
            yield finish_block(np.array([], dtype=np.int64), empty, rows)

    def _take(self, batch: pa.RecordBatch) -> RowBlock:
        columns = [batch.column(i) for i in range(batch.num_columns)]
        inner = self._inner_line_ends(columns) if self._stream.saw_quote else None
        regular, odd = self._ordinals(batch.num_rows)
        lines = self._line + regular - self._ordinal
        odd_lines = self._line + odd - self._ordinal
        passed = len(regular)
        if inner is not None:
            through = np.concatenate([[0], np.cumsum(inner)])
            lines += through[:-1]
            odd_lines += through[np.searchsorted(regular, odd)]
            passed += int(through[-1])
        rows = self._odd_rows(odd_lines, at_end=False)
        if len(regular):
            self._line += passed + len(odd)
            self._ordinal = int(regular[-1]) + 1
        return finish_block(
            lines,
            columns,
            rows,
            wrappers=self._stream.saw_quote and self._stream.saw_equals,
            apostrophes=self._stream.saw_apostrophe,
        )

    def _ordinals(self, count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Ordinals of a batch's regular rows, and of the odd rows noted that stand before its last one."""
        odd = np.array([number for number, _ in self._odd], dtype=np.int64)
        all_rows = np.arange(self._ordinal, self._ordinal + count + len(odd), dtype=np.int64)
        if not len(odd):
            return all_rows, odd
        regular = all_rows[~np.isin(all_rows, odd)][:count]
        return regular, odd[odd < regular[-1]] if count else odd[:0]

    def _odd_rows(self, lines: npt.NDArray[np.int64], *, at_end: bool) -> list[OddRow]:
        """The first of the noted odd rows, as many as there are lines given; they are noted no longer."""
        taken, self._odd = self._odd[: len(lines)], self._odd[len(lines) :]
        last = len(taken) - 1 if at_end and not self._line_ended else -1
        return [
            odd_row(int(line), text, self._delimiter, ended=i != last, width=self._width)
            for i, (line, (_, text)) in enumerate(zip(lines, taken, strict=True))
        ]

    def _inner_line_ends(self, columns: list[pa.StringArray]) -> npt.NDArray[np.int64] | None:
        """Line ends inside the cells of each row, None when there are none. Doubts what looks like rows."""
        total: npt.NDArray[np.int64] | None = None
        for column in columns:
            feeds = pc.count_substring(column, "\n")
            returns = pc.count_substring(column, "\r")
            if not pc.max(pc.add(feeds, returns)).as_py():
                continue
            pairs = pc.count_substring(column, "\r\n")
            ends = pc.subtract(pc.add(feeds, returns), pairs).to_numpy().astype(np.int64)
            delimiters = pc.count_substring(column, self._delimiter).to_numpy()
            swallowed = (ends > 0) & (delimiters >= self._width - 1) if self._width >= 3 else ends < 0
            if (swallowed | (ends > MOST_LINES)).any():
                raise NeedsTolerance(self.next_line)
            total = ends if total is None else total + ends
        return total

    def _open(self) -> arrow_csv.CSVStreamingReader:
        names = [str(i) for i in range(self._width)]
        return arrow_csv.open_csv(
            self._stream,
            read_options=arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=self._block),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self._delimiter,
                ignore_empty_lines=False,
                newlines_in_values=True,
                invalid_row_handler=self._note_odd,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in names},
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
                check_utf8=False,
            ),
        )

    def _note_odd(self, row: arrow_csv.InvalidRow) -> str:
        if len(self._odd) >= _MOST_NOTED or "\n" in row.text or "\r" in row.text:
            return "error"  # ends Arrow's reading; blocks() then asks for tolerance
        self._odd.append((row.number, row.text))
        return "skip"
