"""Tables of figures as others' programs take them: CSV and a workbook's sheets, in which nothing is a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from ecredit.facts.collection.neutralise import neutralise_cell


def table_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table as CSV with a mark, or a Chinese Excel opens it as GBK."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    for row in rows:
        writer.writerow([neutralise_cell("" if cell is None else str(cell)) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def add_sheet(book: Any, bold: Any, title: str, rows: Sequence[Sequence[object]]) -> None:
    """Add a sheet with these rows, the first of them its head; numbers as numbers, nothing where there is none."""
    sheet = book.add_worksheet(title)
    sheet.freeze_panes(1, 0)
    for line, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell is None:
                continue
            if isinstance(cell, int | float):
                sheet.write_number(line, column, cell)
            else:
                sheet.write_string(line, column, neutralise_cell(str(cell)), bold if line == 0 else None)
    sheet.set_column(0, len(rows[0]) - 1, 16)
