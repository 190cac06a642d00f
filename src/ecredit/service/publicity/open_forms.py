"""Rows of open data as files: CSV for spreadsheets, JSON, Parquet; made block by block, held nowhere whole."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from ecredit.facts.collection.neutralise import neutralise_cell
from ecredit.service.publicity.open_data import OpenTable, Row

_ARROW: Final = {"text": pa.string(), "date": pa.date32(), "integer": pa.int64(), "json": pa.string()}
_ROW_GROUP: Final = 20_000
Writer = Callable[[OpenTable, Iterable[list[Row]]], Iterator[bytes]]


def csv_bytes(table: OpenTable, blocks: Iterable[list[Row]]) -> Iterator[bytes]:
    """UTF-8 with the mark spreadsheets look for; what a spreadsheet would take for a formula is made a text."""
    yield b"\xef\xbb\xbf" + _lines([tuple(column.id for column in table.columns)])
    for rows in blocks:
        yield _lines(rows)


def json_bytes(table: OpenTable, blocks: Iterable[list[Row]]) -> Iterator[bytes]:
    """One array, an object a line; the official columns of a record are an object of their own."""
    names = [column.id for column in table.columns]
    nested = {n for n, column in enumerate(table.columns) if column.kind == "json"}
    before = "[\n"
    for rows in blocks:
        said = []
        for row in rows:
            values = (json.loads(value) if n in nested else value for n, value in enumerate(row))
            said.append(
                json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False, separators=(",", ":"))
            )
        yield (before + ",\n".join(said)).encode()
        before = ",\n"
    yield b"[]\n" if before == "[\n" else b"\n]\n"


def parquet_bytes(table: OpenTable, blocks: Iterable[list[Row]]) -> Iterator[bytes]:
    """Parquet with Zstandard, written forwards only; days are days, whole numbers whole numbers."""
    schema = pa.schema([(column.id, _ARROW[column.kind]) for column in table.columns])
    sink = _Sink()
    writer = pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, compression="zstd")
    waiting: list[Row] = []
    for rows in blocks:
        waiting += rows
        if len(waiting) >= _ROW_GROUP:
            writer.write_table(_arrow(schema, table, waiting))
            waiting = []
            yield sink.take()
    if waiting:
        writer.write_table(_arrow(schema, table, waiting))
    writer.close()
    yield sink.take()


FORMS: Final[dict[str, tuple[str, Writer]]] = {
    "csv": ("text/csv; charset=utf-8", csv_bytes),
    "json": ("application/json", json_bytes),
    "parquet": ("application/vnd.apache.parquet", parquet_bytes),
}
"""Ending of the file → media type, and what writes it."""


class _Sink(io.RawIOBase):
    """What a writer has written since it was last taken; it cannot go back."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def write(self, part: Any) -> int:
        held = bytes(part)
        self._parts.append(held)
        self._at += len(held)
        return len(held)

    def take(self) -> bytes:
        """Everything written since the last time."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def _lines(rows: Iterable[Row]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(
        ["" if v is None else neutralise_cell(v) if isinstance(v, str) else v for v in row] for row in rows
    )
    return text.getvalue().encode()


def _arrow(schema: pa.Schema, table: OpenTable, rows: list[Row]) -> pa.Table:
    columns = []
    for place, column in enumerate(table.columns):
        values = [row[place] for row in rows]
        if column.kind == "date":
            values = [None if value is None else date.fromisoformat(value) for value in values]
        columns.append(pa.array(values, _ARROW[column.kind]))
    return pa.table(columns, schema=schema)
