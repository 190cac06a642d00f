"""Opens a supplier's file as a table: whatever its encoding, delimiter or workbook format.

``open_table`` finds the header below title rows, ``TableReading.blocks`` streams the rows as columns of
text. Nothing is guessed into numbers or dates: a cell is the text that was sent. What is no table is
refused whole with one sentence (``InputRefused``); rows that do not fit are given as ``Misshapen``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from ecredit.facts.collection import reading_refusals as refuse
from ecredit.facts.collection.reading_content import Content, content_of, remark_format
from ecredit.facts.collection.reading_limits import DEFAULT_LIMITS, ReadLimits
from ecredit.facts.collection.reading_sheets import open_sheet
from ecredit.facts.collection.reading_text import open_text
from ecredit.facts.collection.reading_types import Misshapen, Notes, RowBlock

__all__ = ["Misshapen", "ReadLimits", "RowBlock", "TableFormat", "TableReading", "open_table"]

_NAMED_SHEETS = 20
TableFormat = Literal["csv", "tsv", "xlsx", "xls"]


@dataclass(frozen=True)
class TableReading:
    """An opened table. Use it as a context manager, or call ``close``.

    ``header`` is as written, in file order; an empty name is a column without a header. Its cells stand in
    the physical columns ``header_positions`` (from 0). ``header_line`` is the physical line or sheet row.
    ``encoding`` is empty for workbooks, ``sheet`` for text. ``notes`` are remarks (zh, en) worth telling.
    ``title_rows`` are the rows above the header. ``unread`` are sheets with a header of the same kind that were
    not read, and how many rows each has.
    """

    format: TableFormat
    encoding: str
    title_rows: tuple[tuple[str, ...], ...]
    header_line: int
    header: tuple[str, ...]
    header_positions: tuple[int, ...]
    sheet: str
    notes: Notes
    max_rows: int
    source: Callable[[], Iterator[RowBlock]]
    release: Callable[[], None]
    unread: tuple[tuple[str, int], ...] = ()

    @property
    def nameless(self) -> tuple[int, ...]:
        """The places of the columns without a header."""
        return tuple(place for place, name in enumerate(self.header) if not name)

    def blocks(self) -> Iterator[RowBlock]:
        """All rows in file order, about 32,768 a block; may be called again.

        Raises InputRefused when only reading on shows that the file exceeds the limits.
        """
        rows = 0
        for block in self.source():
            rows += block.rows + len(block.misshapen)
            if rows > self.max_rows:
                raise refuse.too_many_rows(self.max_rows)
            yield block

    def close(self) -> None:
        """Give back temporary files; the blocks already taken stay valid."""
        self.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_table(
    path: Path, *, filename: str, known_headers: frozenset[str], limits: ReadLimits = DEFAULT_LIMITS
) -> TableReading:
    """Open ``path``, which the supplier called ``filename``, as a table.

    ``known_headers`` are the header names of the source in header form (half-width, no blanks, upper
    case). The content decides the format; the name's extension is not believed. Raises InputRefused.
    """
    size = path.stat().st_size
    if not size:
        raise refuse.empty()
    if size > limits.max_bytes:
        raise refuse.too_large(size, limits.max_bytes)
    content = content_of(path)
    if content is Content.TEXT:
        return _open_text(path, known_headers, limits, remark_format(filename, content))
    return _open_sheet(path, content, known_headers, limits, remark_format(filename, content))


def _open_text(path: Path, known_headers: frozenset[str], limits: ReadLimits, notes: Notes) -> TableReading:
    table = open_text(path, known_headers, limits)
    return TableReading(
        format="tsv" if table.delimiter == "\t" else "csv",
        encoding=table.found.encoding,
        title_rows=table.title_rows,
        header_line=table.header_line,
        header=table.header,
        header_positions=tuple(range(len(table.header))),
        sheet="",
        notes=notes,
        max_rows=limits.max_rows,
        source=table.blocks,
        release=_nothing,
    )


def _nothing() -> None:
    """A text leaves no temporary file. A function with a name, so that an opened text can go to another process."""


def _open_sheet(
    path: Path, content: Content, known_headers: frozenset[str], limits: ReadLimits, notes: Notes
) -> TableReading:
    table = open_sheet(path, known_headers, limits)
    if table.others:
        named = table.others[:_NAMED_SHEETS]
        more = len(table.others) - len(named)
        zh = "、".join(named) + (f" 等 {len(table.others)} 张" if more else "")
        en = ", ".join(named) + (f" and {more} more" if more else "")
        read = (
            f"只读取了工作表“{table.sheet}”；未读取：{zh}",
            f"only sheet '{table.sheet}' was read, not: {en}",
        )
        notes = (*notes, read)
    return TableReading(
        format="xlsx" if content is Content.ZIP else "xls",
        encoding="",
        title_rows=table.title_rows,
        header_line=table.header_line,
        header=table.header,
        header_positions=table.positions,
        sheet=table.sheet,
        notes=notes,
        max_rows=limits.max_rows,
        source=table.blocks,
        release=table.close,
        unread=table.unread,
    )
