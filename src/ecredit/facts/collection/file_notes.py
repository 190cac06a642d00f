"""What is to be said of a file as a whole, beside its rows."""

import re

import numpy as np

from ecredit.facts.collection.cells import MONEY_UNITS
from ecredit.facts.collection.header_marks import column_of, header_form
from ecredit.facts.collection.problem_report import problem, shown_line
from ecredit.facts.collection.reading import TableReading
from ecredit.facts.collection.types import Fault, Issue
from ecredit.foundation.catalog.types import Column, Source
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.kernel.text_forms import printable

# A sheet of the same kind as the one read, whose rows nobody looked at: the file is not collected whole.
SHEET_UNREAD = "sheet_unread"

_WITH_UNIT = re.compile(rf"[*★]?(.+?)[(\[【](?:单位[::]?)?({'|'.join(MONEY_UNITS)})[)\]】]")
_NO_ROWS = np.array([], dtype=np.int64)


def sentences_of(table: TableReading) -> tuple[str, ...]:
    """What reading found worth telling, each in both languages, as it is kept with the batch: one line each."""
    return tuple(redact(printable(f"{zh} {en}")) for zh, en in table.notes)


def header_notes(source: Source, table: TableReading, unknown: list[str]) -> list[tuple[Issue, bool]]:
    """What is to be said about the table itself: sheets not read and headers nobody knows are named,
    never silently dropped."""
    notes = []
    for sheet, rows in table.unread:
        name = redact(printable(sheet))
        fault = Fault(SHEET_UNREAD, "", _NO_ROWS, "hold", {"sheet": name, "count": rows})
        notes.append((problem(table.header_line, fault, None, name), True))
    marked = [
        h for h in table.header if header_form(h) not in source.headers and column_of(source.headers, h)
    ]
    if marked:
        column = source.column(column_of(source.headers, marked[0]) or "")
        params = {"header": marked[0][:60], "read_as": column.name, "count": len(marked)}
        fault = Fault("header_marks", "", _NO_ROWS, "warn", params)
        notes.append((problem(table.header_line, fault, None, marked[0][:60]), False))
    for header in unknown:
        fault = Fault("unknown_column", "", _NO_ROWS, "warn", {"header": header})
        if (other := _in_another_unit(source, header)) is not None:
            column, seen = other
            params = {"header": header, "name": column.name, "seen": seen, "unit": column.unit}
            fault = Fault("another_unit", column.code, _NO_ROWS, "warn", params)
        notes.append((problem(table.header_line, fault, None, header[:60]), False))
    for above, row in enumerate(reversed(table.title_rows), start=1):
        filled = [cell.strip() for cell in row if cell.strip()]
        # A title fills a cell or two; what fills half the table's columns was meant as a record.
        if 2 * len(filled) >= max(len(table.header), 6):
            fault = Fault("row_above_header", "", _NO_ROWS, "warn")
            value = shown_line(" ".join(filled))
            notes.append((problem(max(table.header_line - above, 1), fault, None, value), False))
    return notes


def _in_another_unit(source: Source, header: str) -> tuple[Column, str] | None:
    """The column of money that a header names in another unit than its own, and which: 罚款金额（元）."""
    found = _WITH_UNIT.fullmatch(header_form(header))
    for column in source.columns if found else ():
        bare = _WITH_UNIT.fullmatch(header_form(column.name))
        if (
            found
            and column.unit
            and column.unit != found[2]
            and found[1] == (bare[1] if bare else column.name)
        ):
            return column, found[2]
    return None
