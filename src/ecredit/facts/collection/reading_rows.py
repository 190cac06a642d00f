"""From raw rows to a block: odd rows settled, blank rows dropped, text wrappers taken off.

An odd row has another number of cells than the table. Three kinds are harmless and kept:
blank ones (dropped), ones whose surplus cells are all blank (cut), and ones that lack up to a quarter of
the cells at the end (filled with blanks): spreadsheets leave out the trailing separators of a stretch of
rows whose last columns are empty. Every other odd row is :class:`Misshapen`, as is a short row that the
next line completes (a line break inside an unquoted cell) and a short last line without its end (cut off).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ecredit.facts.collection.reading_types import Misshapen, MisshapenKind, RowBlock

_SHOWN = 500
_BLANK = " \t\r\n\u3000\ufeff\x1a"
_WRAPPED = r'^\s*="([^"]*)"\s*$'
_APOSTROPHE = r"^'([=+\-@\t\r＝＋－＠].*|[0-9A-Za-z\-]+)$"


@dataclass(frozen=True, slots=True)
class OddRow:
    """A row to be settled. ``fault`` names why it is beyond saving; "cells" leaves that to the count."""

    line: int
    text: str
    cells: Sequence[str]
    fault: MisshapenKind = "cells"


def split_line(line: str, delimiter: str) -> list[str]:
    """The cells of one physical line taken by itself."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a cell beyond the csv module's limit, or a bare carriage return
        return line.rstrip("\r\n").split(delimiter)


def properly_quoted(row: str, delimiter: str) -> bool:
    """Does every quotation mark that closes a cell stand at the cell's end?"""
    try:
        return len(list(csv.reader(io.StringIO(row, newline=""), delimiter=delimiter, strict=True))) == 1
    except csv.Error:
        return False


def odd_row(line: int, text: str, delimiter: str, *, ended: bool, width: int) -> OddRow:
    """An odd row of one physical line. ``ended`` is false for a last line without its line end."""
    cells = split_line(text, delimiter)
    return OddRow(line, text, cells, "cells" if ended or len(cells) >= width else "cut")


def settle(odd: Sequence[OddRow], width: int) -> tuple[list[tuple[int, Sequence[str]]], list[Misshapen]]:
    """Rows that can be kept (line, cells in table width) and rows that cannot, in file order."""
    kept: list[tuple[int, Sequence[str]]] = []
    misshapen: list[Misshapen] = []
    for i, row in enumerate(odd):
        if all(not cell.strip(_BLANK) for cell in row.cells):
            continue
        before, after = (odd[i - 1] if i else None), (odd[i + 1] if i + 1 < len(odd) else None)
        broken = _breaks(row, after, width) or _breaks(before, row, width)
        fitted = None if broken or row.fault != "cells" else _fit(row.cells, width)
        if fitted is None:
            fault: MisshapenKind = "broken" if broken else row.fault
            misshapen.append(Misshapen(row.line, row.text[:_SHOWN], len(row.cells), width, fault))
        else:
            kept.append((row.line, fitted))
    return kept, misshapen


def _fit(cells: Sequence[str], width: int) -> Sequence[str] | None:
    found = len(cells)
    if found >= width:
        return None if any(cell.strip(_BLANK) for cell in cells[width:]) else cells[:width]
    missing = width - found
    return [*cells, *[""] * missing] if found >= 2 and missing * 4 <= width else None


def _breaks(first: OddRow | None, second: OddRow | None, width: int) -> bool:
    """Are these two neighbouring lines one row, broken inside a cell?"""
    if first is None or second is None or second.line != first.line + 1:
        return False
    return len(first.cells) < width and len(first.cells) + len(second.cells) - 1 == width


def finish_block(
    lines: npt.NDArray[np.int64],
    columns: Sequence[pa.StringArray],
    odd: Sequence[OddRow] = (),
    *,
    wrappers: bool = False,
    apostrophes: bool = False,
) -> RowBlock:
    """One block out of regular rows and odd ones. The flags say which text wrappers may occur."""
    kept, misshapen = settle(odd, len(columns))
    if kept:
        lines, columns = _merge(lines, columns, kept)
    lines, columns = _without_blank_rows(lines, columns)
    if wrappers:
        columns = [_unwrap(column, _WRAPPED, "=") for column in columns]
    if apostrophes:
        columns = [_unwrap(column, _APOSTROPHE, "'") for column in columns]
    return RowBlock(lines, tuple(columns), tuple(misshapen))


def _merge(
    lines: npt.NDArray[np.int64], columns: Sequence[pa.StringArray], kept: list[tuple[int, Sequence[str]]]
) -> tuple[npt.NDArray[np.int64], list[pa.StringArray]]:
    all_lines = np.concatenate([lines, np.array([line for line, _ in kept], dtype=np.int64)])
    order = np.argsort(all_lines, kind="stable")
    added = [pa.array(cells, pa.string()) for cells in zip(*(cells for _, cells in kept), strict=True)]
    merged = [
        pa.concat_arrays([column, more]).take(order) for column, more in zip(columns, added, strict=True)
    ]
    return all_lines[order], merged


def _without_blank_rows(
    lines: npt.NDArray[np.int64], columns: Sequence[pa.StringArray]
) -> tuple[npt.NDArray[np.int64], Sequence[pa.StringArray]]:
    """Looks at the second and later columns only where all before were blank."""
    suspects = np.arange(len(lines))
    for i, column in enumerate(columns):
        cells = column if i == 0 else column.take(suspects)
        trimmed = pc.utf8_trim(cells, characters=_BLANK)
        suspects = suspects[pc.binary_length(trimmed).to_numpy() == 0]
        if not len(suspects):
            return lines, columns
    keep = np.ones(len(lines), dtype=bool)
    keep[suspects] = False
    mask = pa.array(keep)
    return lines[keep], [column.filter(mask) for column in columns]


def _unwrap(column: pa.StringArray, pattern: str, start: str) -> pa.StringArray:
    """``="0123"`` and ``'0123``: ways to make a spreadsheet keep a code as text; the code is meant."""
    if not pc.any(pc.starts_with(pc.utf8_ltrim_whitespace(column), start)).as_py():
        return column
    return pc.replace_substring_regex(column, pattern, r"\1")
