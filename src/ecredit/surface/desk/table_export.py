"""A table as a file, row by row. No cell of it is a formula, whatever it holds."""

import csv
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, Final

from django.http import FileResponse
from django.utils import timezone

from ecredit.facts.collection.neutralise import neutralise_cell

_MOST_ROWS: Final = 1_000_000
"""Of one sheet (Excel's own limit is 1,048,576); more go on in another."""
AT_ONCE_SECONDS: Final = 0.5
"""How long rows are written while somebody waits. A workbook of so many takes about as long again to be closed."""
Told = Callable[[int], None]
_TOLD_EVERY: Final = 500
_WIDTH: Final = 20
_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class TooLong(Exception):  # noqa: N818 - says what happened
    """The file would take longer than a request may."""


def export_rows(
    name: str, headings: Sequence[str], lines: Iterable[Sequence[Any]], *, kind: str
) -> FileResponse:
    """The file of a table as an answer; `kind` is `csv` or `xlsx`. Raises TooLong when it is none of a second's work."""
    folder = tempfile.TemporaryDirectory(prefix="export-")
    with folder:
        out = Path(folder.name) / "table"
        write_rows(out, headings, _in_time(lines, AT_ONCE_SECONDS), kind=kind)
        # The open file outlives its name: it goes when the answer has gone.
        return send_file(out.open("rb"), named(name, kind))


def write_rows(
    out: Path, headings: Sequence[str], lines: Iterable[Sequence[Any]], *, kind: str, told: Told | None = None
) -> int:
    """Write a table to `out`, row by row; gives how many rows it has. `told` hears how many there are now and then, and may
    end it by raising."""
    counted = _Counted(lines, told)
    (_csv if kind == "csv" else _xlsx)(out, headings, counted)
    return counted.rows


def send_file(content: IO[bytes], name: str) -> FileResponse:
    """A file as an answer that nothing keeps."""
    kind = _TYPES[name.rpartition(".")[2]]
    response = FileResponse(content, content_type=kind, as_attachment=True, filename=name)
    response.headers["Cache-Control"] = "no-store"
    return response


def named(name: str, kind: str) -> str:
    """What an export is called: the table, and the minute it was asked for."""
    return f"{name}-{timezone.localtime():%Y%m%d-%H%M}.{kind}"


@dataclass
class _Counted:
    lines: Iterable[Sequence[Any]]
    told: Told | None
    rows: int = 0

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for line in self.lines:
            yield line
            self.rows += 1
            if self.told is not None and self.rows % _TOLD_EVERY == 0:
                self.told(self.rows)


def _in_time(lines: Iterable[Sequence[Any]], seconds: float) -> Iterator[Sequence[Any]]:
    until = time.monotonic() + seconds
    for line in lines:
        if time.monotonic() > until:
            raise TooLong
        yield line


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


def _csv(out: Path, headings: Sequence[str], lines: Iterable[Sequence[Any]]) -> None:
    # Excel reads UTF-8 only when the file says so.
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        for line in lines:
            writer.writerow([plain(value) for value in line])


def _xlsx(out: Path, headings: Sequence[str], lines: Iterable[Sequence[Any]]) -> None:
    import xlsxwriter  # noqa: PLC0415 - only those who take a table along need it

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "tmpdir": str(out.parent),
    }
    # Not `with`: what ends the writing early must not have the workbook closed, which takes as long again.
    book = xlsxwriter.Workbook(str(out), options)
    head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#EEF3F8"})
    sheet, row = None, _MOST_ROWS + 1
    for line in lines:
        if row > _MOST_ROWS:
            sheet, row = _sheet(book, headings, head), 1
        _write(sheet, row, line)
        row += 1
    if sheet is None:
        _sheet(book, headings, head)
    book.close()


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
