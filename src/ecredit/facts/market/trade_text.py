"""Trade tables as text: CSV in UTF-8 or GB18030, plain or compressed, given as Arrow batches of text columns."""

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv as pacsv

_PIECE = 1 << 20
_BLOCK = 8 << 20
_HEAD = 1 << 16
_GZIP = b"\x1f\x8b"
_DELIMITERS = (",", "\t", ";", "|")
# Older Python raises these for a compressed file that is none or is cut off; Arrow knows only OSError.
_BROKEN = (OSError, EOFError, zlib.error)


@dataclass(frozen=True, slots=True)
class TextPart:
    """How a text file is read: its encoding, its delimiter, its headers as written; `odd`: its quotes do not pair."""

    path: Path
    encoding: str
    delimiter: str
    headers: tuple[str, ...]
    odd: bool


def open_text(path: Path) -> TextPart:
    """Look through a file once: UTF-8 when all of it is, else GB18030. Raises OSError when it cannot be read."""
    encoding, quotes = _survey(path)
    with _binary(path) as file:
        head = codecs.getincrementaldecoder(encoding)("replace").decode(file.read(_HEAD)).lstrip("\ufeff")
    counts = {delimiter: len(_first_row(head, delimiter)) for delimiter in _DELIMITERS}
    delimiter = max(_DELIMITERS, key=lambda d: counts[d])
    return TextPart(path, encoding, delimiter, tuple(_first_row(head, delimiter)), quotes % 2 == 1)


def read_text(part: TextPart, on_broken: Callable[[int, str], None]) -> pa.RecordBatchReader:
    """Return the rows as text columns `c0`, `c1` … in the order of the headers; an empty cell is null.

    A row with more or fewer cells than there are headers is left out, and `on_broken` told its record, the header being
    the first, and how it is written.
    Raises OSError or pyarrow.ArrowException, here or while it is read, for what is no table.
    """

    def skip(row: pacsv.InvalidRow) -> str:
        on_broken(row.number, row.text)
        return "skip"

    names = [f"c{i}" for i in range(len(part.headers))]
    stream = pa.PythonFile(_Utf8(part), mode="r")
    reader = pacsv.open_csv(
        stream,
        read_options=pacsv.ReadOptions(block_size=_BLOCK, column_names=names, use_threads=False),
        parse_options=pacsv.ParseOptions(
            delimiter=part.delimiter, newlines_in_values=True, invalid_row_handler=skip
        ),
        convert_options=pacsv.ConvertOptions(
            column_types={name: pa.string() for name in names},
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            null_values=[""],
            check_utf8=False,
        ),
    )
    return pa.RecordBatchReader.from_batches(reader.schema, _rows(reader, odd=part.odd))


def _rows(batches: Iterator[pa.RecordBatch], *, odd: bool) -> Iterator[pa.RecordBatch]:
    """All but the header. A quote that never closes makes one cell of the rest of the file: that is told, not taken."""
    first, last = True, None
    for batch in batches:
        yield batch.slice(1) if first else batch
        first = first and not batch.num_rows
        last = batch.slice(batch.num_rows - 1) if batch.num_rows else last
    if odd and last is not None and any("\n" in (cell.as_py() or "") for (cell,) in last.columns):
        raise pa.ArrowInvalid("a quotation mark is never closed")


def _binary(path: Path) -> BinaryIO:
    """The file's own bytes, unpacked when it is packed, whatever its name says."""
    file = path.open("rb")
    packed = file.read(2) == _GZIP
    file.seek(0)
    return gzip.GzipFile(fileobj=file) if packed else file  # type: ignore[return-value]


def _survey(path: Path) -> tuple[str, int]:
    """The encoding and how many quotation marks there are: a byte that is part of no other character in either."""
    quotes = 0
    decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        with _binary(path) as file:
            while piece := file.read(_PIECE):
                quotes += piece.count(b'"')
                decoder = _still_utf8(decoder, piece)
            decoder = _still_utf8(decoder, b"", final=True)
    except _BROKEN as error:
        raise OSError(str(error)) from error
    return ("gb18030" if decoder is None else "utf-8"), quotes


def _still_utf8(
    decoder: codecs.IncrementalDecoder | None, piece: bytes, *, final: bool = False
) -> codecs.IncrementalDecoder | None:
    try:
        if decoder is not None:
            decoder.decode(piece, final=final)
    except UnicodeDecodeError:
        return None
    return decoder


def _first_row(head: str, delimiter: str) -> list[str]:
    try:
        return next(filter(None, csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)), [])
    except csv.Error:
        return []


class _Utf8(io.RawIOBase):
    """The file as valid UTF-8 without mark and zero bytes; what cannot be decoded is U+FFFD."""

    def __init__(self, part: TextPart) -> None:
        super().__init__()
        self._file = _binary(part.path)
        self._decoder = codecs.getincrementaldecoder(part.encoding)("replace")
        self._rest = b""
        self._begun = self._ended = False

    def readable(self) -> bool:
        """Always true."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, fewer only at the end."""
        pieces, length = [self._rest], len(self._rest)
        while not self._ended and (size < 0 or length < size):
            piece = self._next()
            pieces.append(piece)
            length += len(piece)
        whole = b"".join(pieces)
        cut = length if size < 0 else min(size, length)
        self._rest = whole[cut:]
        return whole[:cut]

    def close(self) -> None:
        """Close the file below."""
        self._file.close()
        super().close()

    def _next(self) -> bytes:
        try:
            raw = self._file.read(_PIECE)
        except _BROKEN as error:
            raise OSError(str(error)) from error
        self._ended = not raw
        text = self._decoder.decode(raw, final=not raw)
        if not self._begun and text:
            self._begun, text = True, text.lstrip("\ufeff")
        return text.replace("\0", "\ufffd").encode()
