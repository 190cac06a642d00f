"""In which encoding was it written? Surveys the whole file once, then gives it as UTF-8, piece by piece.

Departments send UTF-8 with and without a mark, UTF-16 (Excel's "Unicode text") and, most often, GB18030
under one of its older names. GB18030 contains GBK and GB2312, so it alone is tried.
"""

from __future__ import annotations

import codecs
import io
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ecredit.facts.collection import reading_refusals as refuse
from ecredit.facts.collection.reading_limits import MIB, ReadLimits

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PIECE = MIB
_HEAD = 64 * 1024
_WINDOW = 128 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_REPLACEMENT = "\ufffd".encode()
_CONTROLS = bytes(c for c in range(0x20) if c not in b"\t\n\r\f\x1a\x0b")

_LINE_END = re.compile(rb"\r\n|\n|\r")
_Mark = tuple[int, int, "tuple[bytes, int] | None"]


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over the bytes told.

    ``encoding`` is a codec's name; ``mark`` the length of the byte order mark; ``clean`` says that every
    byte is valid in the encoding (known for UTF-8 only); ``line_ended`` that the last line has its end.
    """

    encoding: str
    mark: int
    clean: bool
    line_ended: bool


def survey(path: Path, limits: ReadLimits) -> Survey:
    """Read the file once and decide its encoding. Raises InputRefused for what cannot be a text table."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
        encoding, mark = next(((name, len(bom)) for bom, name in _MARKS if head.startswith(bom)), ("", 0))
        if not encoding:
            encoding = _wide_without_mark(head)
        file.seek(mark)
        if encoding.startswith(("utf-16", "utf-32")):
            return Survey(encoding, mark, clean=False, line_ended=_wide_line_ended(path, encoding))
        controls = sum(head.count(c) for c in _CONTROLS)
        if controls > 8 and controls * 50 > len(head):
            raise refuse.binary()
        return _survey_bytes(file, encoding, mark, limits)


def _wide_without_mark(head: bytes) -> str:
    """UTF-16 without its mark shows as zero bytes on one side of the pairs. "" when it is not that."""
    if b"\0" not in head:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 4 * even and odd * 20 > len(head):
        return "utf-16-le"
    if even > 4 * odd and even * 20 > len(head):
        return "utf-16-be"
    return ""


def _wide_line_ended(path: Path, encoding: str) -> bool:
    width = 4 if "32" in encoding else 2
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - width))
        return file.read().decode(encoding, "replace") in {"\n", "\r"}


def _survey_bytes(file: BinaryIO, encoding: str, mark: int, limits: ReadLimits) -> Survey:
    decoder = codecs.getincrementaldecoder("utf-8")("strict") if encoding != "gb18030" else None
    clean = decoder is not None
    newlines = unbroken = 0
    last = before = b""
    while piece := file.read(PIECE):
        if decoder is not None:
            try:
                decoder.decode(piece)
            except UnicodeDecodeError as error:
                decoder, clean = None, False
                encoding = encoding or _weigh(before, piece, error.start)
        newlines += piece.count(b"\n") or piece.count(b"\r")
        first_end, last_end = _line_ends(piece)
        if (unbroken + (len(piece) if first_end < 0 else first_end)) > limits.max_line_bytes:
            raise refuse.line_too_long(newlines + 1, limits.max_line_bytes)
        unbroken = unbroken + len(piece) if last_end < 0 else len(piece) - last_end - 1
        last, before = piece[-1:], piece[-_WINDOW:]
    if decoder is not None:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            clean = False  # cut off inside a character
            encoding = encoding or _weigh(b"", before, len(before))
    if newlines > limits.max_rows:
        raise refuse.too_many_rows(limits.max_rows)
    return Survey(encoding or "utf-8", mark, clean, line_ended=last in {b"\n", b"\r"})


def _line_ends(piece: bytes) -> tuple[int, int]:
    """Positions of the first and the last line end in a piece, -1 for none."""
    if (first := piece.find(b"\n")) >= 0:
        return first, piece.rfind(b"\n")
    return piece.find(b"\r"), piece.rfind(b"\r")


def _weigh(before: bytes, piece: bytes, position: int) -> str:
    """UTF-8 with a few broken bytes, or GB18030? Counts what decodes around the first broken byte.

    ``position`` may lie before the piece by a few bytes (a character split between pieces); Chinese
    UTF-8 decodes almost whole, GB18030 read as UTF-8 breaks at every second character.
    """
    start = max(0, position - _WINDOW)
    window = before[len(before) - max(0, _WINDOW - position) :] if position < _WINDOW else b""
    text = (window + piece[start : position + _WINDOW]).decode("utf-8", "replace")
    broken = text.count("\ufffd")
    sound = sum(1 for c in text if c > "\x7f") - broken
    return "utf-8" if sound > 10 * broken else "gb18030"


class Utf8Stream(io.RawIOBase):
    """The file as valid UTF-8 without zero bytes, from the start of a physical line on.

    What cannot be decoded is U+FFFD. ``again`` starts anew at another line without decoding all before it;
    a new stream, because Arrow may still be reading ahead from this one.

    ``saw_quote``, ``saw_apostrophe`` and ``saw_equals`` tell what has come by so far, so that the costly
    looks into every cell happen only when there is something to see.
    """

    def __init__(self, path: Path, found: Survey, line: int = 1, marks: Sequence[_Mark] = ()) -> None:
        super().__init__()
        self._path, self._found = path, found
        self._file = path.open("rb")
        straight = found.clean and found.encoding == "utf-8"
        self._decoder = None if straight else codecs.getincrementaldecoder(found.encoding)("replace")
        start = self._decoder.getstate() if self._decoder else None
        # Where pieces start: physical line (from 1), position in the file, state of the decoder.
        self._marks: list[_Mark] = list(marks) or [(1, found.mark, start)]
        self._line = 1  # physical line in which the piece to be read next starts
        self._left = memoryview(b"")
        self._ended = False
        self.saw_quote = self.saw_apostrophe = self.saw_equals = False
        self._go_to(line)

    def again(self, line: int) -> Utf8Stream:
        """A new stream on the same file that stands at the start of ``line``; this one is closed."""
        self.close()
        return Utf8Stream(self._path, self._found, line, self._marks)

    def readable(self) -> bool:
        """Always true: a stream for reading."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill the whole buffer, less only at the end: Arrow makes one block of what one read gives it."""
        target = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(target):
            if not self._left:
                if self._ended:
                    break
                self._fill()
            count = min(len(target) - filled, len(self._left))
            target[filled : filled + count] = self._left[:count]
            self._left = self._left[count:]
            filled += count
        return filled

    def close(self) -> None:
        """Close the file below; a second close does nothing."""
        self._file.close()
        super().close()

    def _go_to(self, line: int) -> None:
        """Stand at the start of a physical line; at the end when there are fewer."""
        at = max(0, bisect_left(self._marks, line, key=lambda mark: mark[0]) - 1)
        self._line, position, state = self._marks[at]
        self._file.seek(position)
        if self._decoder is not None and state is not None:
            self._decoder.setstate(state)
        self._ended = False
        start = self._line
        self._fill()
        while self._line < line and not self._ended:
            start = self._line
            self._fill()
        if self._line < line:
            self._left = memoryview(b"")
        elif line > start:
            ends = _LINE_END.finditer(self._left)
            last = next(islice(ends, line - start - 1, None))
            self._left = self._left[last.end() :]

    def _fill(self) -> None:
        """The next piece. Never parts a carriage return from the line feed after it."""
        piece = self._next_piece()
        while piece.endswith(b"\r") and not self._ended:
            piece += self._next_piece()
        if b"\0" in piece:
            piece = piece.replace(b"\0", _REPLACEMENT)
        self.saw_quote = self.saw_quote or b'"' in piece
        self.saw_apostrophe = self.saw_apostrophe or b"'" in piece
        self.saw_equals = self.saw_equals or b"=" in piece
        self._line += count_line_ends(piece)
        self._left = memoryview(piece)
        if self._line > self._marks[-1][0]:
            state = self._decoder.getstate() if self._decoder else None
            self._marks.append((self._line, self._file.tell(), state))

    def _next_piece(self) -> bytes:
        piece = b""
        while not piece and not self._ended:
            raw = self._file.read(PIECE)
            self._ended = not raw
            piece = raw if self._decoder is None else self._decoder.decode(raw, final=not raw).encode()
        return piece


def count_line_ends(piece: bytes) -> int:
    """Line ends of all three kinds: LF, CR LF and CR."""
    feeds = piece.count(b"\n")
    if b"\r" not in piece:
        return feeds
    return feeds + piece.count(b"\r") - piece.count(b"\r\n")
