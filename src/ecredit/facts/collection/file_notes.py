"""What is to be said of a file as a whole, beside its rows."""

import numpy as np

from ecredit.facts.collection.header_marks import column_of, header_form
from ecredit.facts.collection.problem_report import problem, shown_line
from ecredit.facts.collection.reading import TableReading
from ecredit.facts.collection.types import Fault, Issue
from ecredit.foundation.catalog.types import Source
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.kernel.text_forms import printable

# A sheet of the same kind as the one read, whose rows nobody looked at: the file is not collected whole.
SHEET_UNREAD = "sheet_unread"

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
        notes.append((problem(table.header_line, fault, None, header[:60]), False))
    for above, row in enumerate(reversed(table.title_rows), start=1):
        filled = [cell.strip() for cell in row if cell.strip()]
        # A title fills a cell or two; what fills half the table's columns was meant as a record.
        if 2 * len(filled) >= max(len(table.header), 6):
            fault = Fault("row_above_header", "", _NO_ROWS, "warn")
            value = shown_line(" ".join(filled))
            notes.append((problem(max(table.header_line - above, 1), fault, None, value), False))
    return notes
