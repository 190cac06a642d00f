"""A table as a file, row by row. No cell of it is a formula, whatever it holds."""

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import Any, Final

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from ecredit.facts.collection.neutralise import neutralise_cell

_MOST_ROWS: Final = 1_000_000
"""Of one sheet (Excel's own limit is 1,048,576); more go on in another."""
_BOM: Final = "\ufeff"
_WIDTH: Final = 20
_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def export_rows(
    name: str, headings: Sequence[str], lines: Iterable[Sequence[Any]], *, kind: str
) -> HttpResponseBase:
    """The file of a table as an answer; `kind` is `csv` or `xlsx`."""
    response: HttpResponseBase
    if kind == "csv":
        response = StreamingHttpResponse(_csv(headings, lines), content_type=_TYPES[kind])
    else:
        response = FileResponse(_xlsx(headings, lines), content_type=_TYPES[kind])
    stamp = timezone.localtime().strftime("%Y%m%d-%H%M")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{stamp}.{kind}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def plain(value: Any) -> str:
    """A value as text for a file: instants in the city's time, formulas disarmed."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    # Numbers of our own are numbers, a minus before them included; only text can be a formula.
    return str(value) if isinstance(value, int | float) else neutralise_cell(str(value))


def _csv(headings: Sequence[str], lines: Iterable[Sequence[Any]]) -> Iterator[str]:
    buffer = StringIO()
    writer = csv.writer(buffer)
    # Excel reads UTF-8 only when the file says so.
    buffer.write(_BOM)
    writer.writerow(headings)
    for line in lines:
        writer.writerow([plain(value) for value in line])
        if buffer.tell() > 64_000:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _xlsx(headings: Sequence[str], lines: Iterable[Sequence[Any]]) -> Any:
    import xlsxwriter  # noqa: PLC0415 - only those who take a table along need it

    folder = tempfile.TemporaryDirectory(prefix="export-")
    path = Path(folder.name) / "table.xlsx"
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "tmpdir": folder.name,
    }
    with folder:
        with xlsxwriter.Workbook(str(path), options) as book:
            head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#EEF3F8"})
            sheet, row = None, _MOST_ROWS + 1
            for line in lines:
                if row > _MOST_ROWS:
                    sheet, row = _sheet(book, headings, head), 1
                _write(sheet, row, line)
                row += 1
            if sheet is None:
                _sheet(book, headings, head)
        # The open file outlives its name: it goes when the answer has gone.
        return path.open("rb")


def _sheet(book: Any, headings: Sequence[str], head: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(headings) - 1, 0), _WIDTH)
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, head)
    return sheet


def _write(sheet: Any, row: int, line: Sequence[Any]) -> None:
    for column, value in enumerate(line):
        if isinstance(value, int | float) and not isinstance(value, bool):
            sheet.write_number(row, column, value)
        else:
            sheet.write_string(row, column, plain(value))
