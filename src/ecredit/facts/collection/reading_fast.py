"""The quick way through a delimited text: Arrow's reader, as long as the file gives no cause for doubt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Literal, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from ecredit.facts.collection.reading_encoding import Utf8Stream
from ecredit.facts.collection.reading_rows import OddRow, finish_block, odd_row
from ecredit.facts.collection.reading_types import RowBlock

MOST_LINES = 50
"""Line ends inside one cell beyond which a lost quotation mark is likelier than a long text."""
_MOST_NOTED = 20_000
_BLOCK_ROWS = 32_768
Numbers = npt.NDArray[np.int64]


class NeedsTolerance(Exception):  # noqa: N818 - a change of method, not an error
    """At this line the file must be read line by line: a quotation mark may have swallowed rows."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class FastReader:
    """Reads the data rows of a delimited text block by block and keeps count of physical lines.

    ``stream`` stands at the start of physical line ``first_line``. ``blocks`` raises
    :class:`NeedsTolerance` when it comes to a row it doubts; the blocks given before are sound.
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
        self._noted = 0
        self._doubt: int | None = None  # ordinal of the first odd row of several lines
        self._ordinal = 1  # of the next row; every row counts, blank and misshapen ones too
        self._line = first_line  # of the next row

    def blocks(self) -> Iterator[RowBlock]:
        """The blocks up to the end of the file or the first doubt."""
        for batch in self._batches():
            yield from self._take(batch)
        if self._doubt is not None:
            raise NeedsTolerance(self._line)
        if self._odd:
            numbers = np.array([number for number, _ in self._odd], dtype=np.int64)
            rows = self._odd_rows(self._line + numbers - self._ordinal, at_end=True)
            empty = [pa.array([], pa.string())] * self._width
            yield finish_block(np.array([], dtype=np.int64), empty, rows)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        """Arrow's batches, put together to about 32,768 rows.

        Arrow reads ahead by a fixed number of blocks: they must be small for a slow caller's sake.
        """
        gathered: list[pa.RecordBatch] = []
        failed: pa.ArrowInvalid | None = None
        try:
            for batch in self._open():
                gathered.append(batch)
                if sum(part.num_rows for part in gathered) >= _BLOCK_ROWS:
                    yield pa.concat_batches(gathered)
                    gathered = []
        except pa.ArrowInvalid as error:
            failed = error
        if gathered:
            yield pa.concat_batches(gathered)
        if failed is not None and "Empty CSV file" not in str(failed):
            raise NeedsTolerance(self._line) from failed

    def _open(self) -> arrow_csv.CSVStreamingReader:
        names = [str(i) for i in range(self._width)]
        return arrow_csv.open_csv(
            cast("IO[bytes]", self._stream),
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

    def _note_odd(self, row: arrow_csv.InvalidRow) -> Literal["skip", "error"]:
        self._noted += 1
        if row.number is None or self._noted > _MOST_NOTED + row.number // 2:
            return "error"  # ends Arrow's reading: more rows are odd than are not
        if self._doubt is None:
            if "\n" in row.text or "\r" in row.text:
                self._doubt = row.number
            self._odd.append((row.number, row.text))
        return "skip"

    def _take(self, batch: pa.RecordBatch) -> Iterator[RowBlock]:
        """The sound rows of a batch as a block; doubt after them."""
        columns = [cast("pa.StringArray", batch.column(i)) for i in range(self._width)]
        regular, sound = self._regular(batch.num_rows), batch.num_rows
        if self._doubt is not None:
            sound = int(np.searchsorted(regular, self._doubt))
        inner: Numbers | None = None
        if self._stream.saw_quote:
            inner, doubted = self._inner_line_ends(columns)
            sound = min(sound, doubted)
        if sound:
            yield self._block_of(
                regular[:sound],
                [column.slice(0, sound) for column in columns],
                None if inner is None else inner[:sound],
            )
        if sound < batch.num_rows:
            raise NeedsTolerance(self._line)

    def _regular(self, count: int) -> Numbers:
        """Ordinals of a batch's regular rows: the next ones that no noted odd row has."""
        rows = np.arange(self._ordinal, self._ordinal + count + len(self._odd), dtype=np.int64)
        if not self._odd:
            return rows
        odd = np.array([number for number, _ in self._odd], dtype=np.int64)
        return rows[~np.isin(rows, odd)][:count]

    def _block_of(self, regular: Numbers, columns: list[pa.StringArray], inner: Numbers | None) -> RowBlock:
        """One block of regular rows with the odd rows that stand before the last of them."""
        odd = np.array([number for number, _ in self._odd], dtype=np.int64)
        odd = odd[odd < regular[-1]]
        lines = self._line + regular - self._ordinal
        odd_lines = self._line + odd - self._ordinal
        if inner is not None:
            through = np.concatenate([[0], np.cumsum(inner)])
            lines += through[:-1]
            odd_lines += through[np.searchsorted(regular, odd)]
            self._line += int(through[-1])
        self._line += int(regular[-1]) + 1 - self._ordinal
        self._ordinal = int(regular[-1]) + 1
        return finish_block(
            lines,
            columns,
            self._odd_rows(odd_lines, at_end=False),
            wrappers=self._stream.saw_quote and self._stream.saw_equals,
            apostrophes=self._stream.saw_apostrophe,
        )

    def _odd_rows(self, lines: Numbers, *, at_end: bool) -> list[OddRow]:
        """The first of the noted odd rows, as many as there are lines given; they are noted no longer."""
        taken, self._odd = self._odd[: len(lines)], self._odd[len(lines) :]
        last = len(taken) - 1 if at_end and not self._line_ended else -1
        return [
            odd_row(int(line), text, self._delimiter, ended=i != last, width=self._width)
            for i, (line, (_, text)) in enumerate(zip(lines, taken, strict=True))
        ]

    def _inner_line_ends(self, columns: list[pa.StringArray]) -> tuple[Numbers | None, int]:
        """Line ends inside the cells of each row (None: nowhere), and the first row to be doubted.

        A cell that holds a line end and as many delimiters as a row may have swallowed one.
        """
        total: Numbers | None = None
        first = len(columns[0])
        for column in columns:
            feeds = pc.count_substring(column, "\n").to_numpy()
            returns = pc.count_substring(column, "\r").to_numpy()
            if not feeds.any() and not returns.any():
                continue
            ends = (feeds + returns - pc.count_substring(column, "\r\n").to_numpy()).astype(np.int64)
            doubted = ends > MOST_LINES
            if self._width >= 3:
                delimiters = pc.count_substring(column, self._delimiter).to_numpy()
                doubted |= (ends > 0) & (delimiters >= self._width - 1)
            if doubted.any():
                first = min(first, int(np.argmax(doubted)))
            total = ends if total is None else total + ends
        return total, first
