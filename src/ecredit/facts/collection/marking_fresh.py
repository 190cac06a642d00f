"""A new workbook with the rows of a file and its problems marked, written row by row."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from operator import itemgetter
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ecredit.facts.collection.marking_types import (
    AUTHOR,
    BAD_FILL,
    HEADINGS,
    MOST_COMMENTS,
    WIDTHS,
    MarkedProblem,
    list_rows,
    remarks_by_cell,
)
from ecredit.facts.collection.neutralise import neutralise_cell
from ecredit.facts.collection.reading import TableReading
from ecredit.facts.collection.reading_limits import LINE_HEADER, PROBLEM_SHEET

_ALL_ROWS = 100_000
_SHEET_ROWS = 1_048_576
_SLICE = 4_096
_LONGEST_TEXT = 32_767
_LONGEST_REMARK = 2_000


def write_fresh(table: TableReading, problems: Sequence[MarkedProblem], more: int, out: Path) -> bool:
    """Write the workbook. Above 100,000 rows it holds only the bad ones with their lines (then: False).

    A complete copy has every row in the sheet row of its line, so that the problem list is right for both.
    """
    import xlsxwriter  # noqa: PLC0415 - only those who give a file back need it

    rows = last = 0
    for block in table.blocks():
        rows += block.rows + len(block.misshapen)
        last = max([last, *block.lines[-1:].tolist(), *(odd.line for odd in block.misshapen[-1:])])
    complete = rows <= _ALL_ROWS and last <= _SHEET_ROWS
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(out.parent),
    }
    with xlsxwriter.Workbook(str(out), options) as workbook:
        bold = workbook.add_format({"bold": True})
        _write_list(workbook.add_worksheet(PROBLEM_SHEET), problems, table.header, more, bold)
        sheet = workbook.add_worksheet(table.sheet if _usable(table.sheet) else "数据 Data")
        _write_rows(workbook, sheet, table, problems, bold, complete=complete)
    return complete


def _write_list(
    sheet: Any, problems: Sequence[MarkedProblem], header: Sequence[str], more: int, bold: Any
) -> None:
    for column, (heading, width) in enumerate(zip(HEADINGS, WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, heading, bold)
    sheet.freeze_panes(1, 0)
    for at, row in enumerate(list_rows(problems, header, more), start=1):
        for column, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(at, column, value)
            else:
                sheet.write_string(at, column, value[:_LONGEST_TEXT])


def _write_rows(
    workbook: Any,
    sheet: Any,
    table: TableReading,
    problems: Sequence[MarkedProblem],
    bold: Any,
    *,
    complete: bool,
) -> None:
    bad = workbook.add_format({"bg_color": f"#{BAD_FILL}"})
    remarks = remarks_by_cell(problems)
    header = [*table.header, *([] if complete else [LINE_HEADER])]
    sheet.set_column(0, len(header), 18)
    at = table.header_line - 1
    for row, title in enumerate(table.title_rows[:at]):
        for column, text in enumerate(title):
            _write(sheet, row, column, text, None)
    for column, name in enumerate(header):
        _write(sheet, at, column, name, bold)
    sheet.freeze_panes(at + 1, 0)
    comments = 0
    for line, cells in _rows(table, None if complete else remarks.keys()):
        here = remarks.get(line, {})
        at = line - 1 if complete else at + 1
        for column, text in enumerate(cells):
            _write(sheet, at, column, text, bad if column in here else None)
        if not complete:
            sheet.write_number(at, len(table.header), line)
        for column, said in here.items():
            if comments < MOST_COMMENTS:
                options = {"author": AUTHOR, "x_scale": 2}
                sheet.write_comment(at, column, "\n".join(said)[:_LONGEST_REMARK], options)
                comments += 1


def _rows(table: TableReading, wanted: AbstractSet[int] | None) -> Iterator[tuple[int, Sequence[str]]]:
    """All rows in file order, or those on the wanted lines; a misshapen one as its text in the first cell."""
    only = None if wanted is None else np.fromiter(wanted, dtype=np.int64)
    for block in table.blocks():
        odd = [(m.line, (m.text,)) for m in block.misshapen if wanted is None or m.line in wanted]
        lines, columns = block.lines, block.columns
        if only is not None:
            chosen = np.isin(lines, only)
            lines, columns = lines[chosen], tuple(column.filter(chosen) for column in columns)
        yield from heapq.merge(_regular(lines, columns), odd, key=itemgetter(0))


def _regular(
    lines: npt.NDArray[np.int64], columns: Sequence[pa.StringArray]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    for start in range(0, len(lines), _SLICE):
        cells = (cast("list[str]", column.slice(start, _SLICE).to_pylist()) for column in columns)
        yield from zip(lines[start : start + _SLICE].tolist(), zip(*cells, strict=True), strict=True)


def _write(sheet: Any, row: int, column: int, text: str, style: Any) -> None:
    if text:
        # A spreadsheet's line end is a line feed; a carriage return would show as _x000D_.
        safe = neutralise_cell(text).replace("\r\n", "\n").replace("\r", "\n")
        sheet.write_string(row, column, safe[:_LONGEST_TEXT], style)
    elif style is not None:
        sheet.write_blank(row, column, None, style)


def _usable(name: str) -> bool:
    return 0 < len(name) <= 31 and name != PROBLEM_SHEET and not set(name) & set("[]:*?/\\'")
