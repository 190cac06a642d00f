"""Writing files the way suppliers do: their encodings, their headers, their dates, their broken lines."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from ecredit.foundation.catalog.types import Column, Source
from ecredit.surface.cli.demo_types import DateStyle, Delivery, DemoRow

_EXCEL_EPOCH = date(1899, 12, 30)
# Stands in for the byte that is no character until the text is encoded.
_MARK, _BAD_BYTE = "\ue5e5", b"\xff"
_NEVER_CHANGES = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def write_delivery(delivery: Delivery, source: Source, path: Path) -> None:
    """Write the file and tell every row on which line it stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = _columns(delivery, source)
    if delivery.shape.format == "xlsx":
        _write_workbook(delivery, columns, path)
    else:
        _write_text(delivery, columns, path)


def _columns(delivery: Delivery, source: Source) -> list[Column]:
    """The columns a supplier's table has: the required ones and those it has something for."""
    used = {code for row in delivery.rows for code in (*row.cells, *row.written)}
    return [c for c in source.columns if c.required or c.code in used]


def _headers(delivery: Delivery, columns: Sequence[Column]) -> list[str]:
    codes = delivery.shape.headers == "codes"
    return [*(c.code if codes else c.name for c in columns), *delivery.shape.extra]


def _write_text(delivery: Delivery, columns: Sequence[Column], path: Path) -> None:
    shape = delivery.shape
    delimiter = "\t" if shape.format == "tsv" else ","
    dates = frozenset(c.code for c in columns if c.type == "date")
    codes = [c.code for c in columns]
    extra = ["录入员甲"] * len(shape.extra)
    lines = [*shape.titles, delimiter.join(_headers(delivery, columns))]
    line = len(lines) + 1
    with path.open("wb") as file:
        file.write("".join(f"{text}\r\n" for text in lines).encode(shape.encoding))
        encoding = shape.encoding.removesuffix("-sig")
        for row in delivery.rows:
            row.line = line
            cells = [_written_date(row.text(c), shape.dates) if c in dates else row.text(c) for c in codes]
            text = delimiter.join([*(_quoted(cell, delimiter) for cell in cells), *extra])
            if row.damage:
                text = _damaged(row, cells, codes, delimiter, extra)
            data = f"{text}\r\n".encode(encoding)
            file.write(data.replace(_MARK.encode(encoding), _BAD_BYTE) if row.damage == "bytes" else data)
            line += 1 + text.count("\n")


def _quoted(cell: str, delimiter: str) -> str:
    if delimiter in cell or '"' in cell or "\n" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _damaged(
    row: DemoRow, cells: Sequence[str], codes: Sequence[str], delimiter: str, extra: Sequence[str]
) -> str:
    """The line with a mark for a byte that is no character, or with a delimiter too many."""
    place = codes.index(row.damaged)
    text = cells[place]
    middle = _MARK if row.damage == "bytes" else delimiter
    broken = text[:4] + middle + text[4:]
    written = [_quoted(cell, delimiter) for cell in cells]
    written[place] = broken if row.damage == "cells" else _quoted(broken, delimiter)
    return delimiter.join([*written, *extra])


def _written_date(text: str, style: DateStyle) -> str:
    """A day in the supplier's manner; what is no ISO day stays as it was typed."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    if style == "slash":
        return f"{day.year}/{day.month}/{day.day}"
    if style == "dot":
        return f"{day.year}.{day.month}.{day.day}"
    if style == "compact":
        return f"{day:%Y%m%d}"
    if style == "chinese":
        return f"{day.year}年{day.month}月{day.day}日"
    if style == "serial":
        return str((day - _EXCEL_EPOCH).days)
    return text


def _write_workbook(delivery: Delivery, columns: Sequence[Column], path: Path) -> None:
    import xlsxwriter  # noqa: PLC0415 - only this function needs it, and it is slow to load

    shape = delivery.shape
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": _NEVER_CHANGES})
    sheet = book.add_worksheet("数据")
    bold = book.add_format({"bold": True, "align": "center"})
    day_format = book.add_format({"num_format": "yyyy-mm-dd"})
    headers = _headers(delivery, columns)
    for n, title in enumerate(shape.titles):
        sheet.merge_range(n, 0, n, len(headers) - 1, title, bold)
    top = len(shape.titles)
    sheet.write_row(top, 0, headers, bold)
    dates = {c.code for c in columns if c.type == "date"}
    for n, row in enumerate(delivery.rows, start=top + 1):
        row.line = n + 1
        for place, column in enumerate(columns):
            text = row.text(column.code)
            if not text:
                continue
            if column.code in row.as_number:
                sheet.write_number(n, place, float(text))
            elif column.code in dates and shape.dates == "cell" and (day := _day_cell(text)) is not None:
                sheet.write_datetime(n, place, day, day_format)
            else:
                sheet.write_string(
                    n, place, _written_date(text, shape.dates) if column.code in dates else text
                )
    if shape.merged:
        place = next(n for n, c in enumerate(columns) if c.code == shape.merged)
        texts = [row.text(shape.merged) for row in delivery.rows]
        for first, last in _runs(texts):
            sheet.merge_range(top + 1 + first, place, top + 1 + last, place, texts[first])
    notes = book.add_worksheet("填报说明")
    notes.write_string(0, 0, "请勿修改表头；统一社会信用代码请以文本格式填写。")
    book.close()


def _day_cell(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _runs(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Neighbours that say the same, as first and last place; only those of two and more."""
    runs, start = [], 0
    for place in range(1, len(texts) + 1):
        if place == len(texts) or texts[place] != texts[start]:
            if place - start > 1 and texts[start]:
                runs.append((start, place - 1))
            start = place
    return runs
