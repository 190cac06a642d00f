"""Looks into an old compound file (XLS): is it a workbook, and which of its cells hold error values?

The workbook reader gives blanks for ``#N/A`` and its kind. In a column looked up from another sheet that
is the difference between "nothing to report" and "the code was not found", so the texts are noted here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from ecredit.facts.collection import reading_refusals as refuse
from ecredit.facts.collection.reading_sheet_scan import SheetScan

_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
_BOF, _EOF, _SHEET, _FORMULA, _ERROR = 0x0809, 0x000A, 0x0085, 0x0006, 0x0205
_NO_SECTOR = 0xFFFFFFFA  # and above: ends and markers, not sectors


def scan_compound(path: Path) -> list[SheetScan | None]:
    """The error values of each sheet in workbook order; empty when the file is too odd to tell.

    Raises InputRefused for an encrypted workbook and for other documents in the same container.
    """
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise refuse.password()
    if "WordDocument".encode("utf-16-le") in content:
        raise refuse.not_a_table("Word 文档", "a Word document")
    if "PowerPoint Document".encode("utf-16-le") in content:
        raise refuse.not_a_table("演示文稿", "a presentation")
    try:
        stream = _workbook_stream(content)
        starts = [struct.unpack_from("<I", body)[0] for kind, body in _records(stream, 0) if kind == _SHEET]
        return [_errors(stream, start) for start in starts]
    except (struct.error, IndexError, ValueError):
        return []


def _workbook_stream(content: bytes) -> bytes:
    shift = struct.unpack_from("<H", content, 30)[0]
    if shift not in {9, 12}:
        raise ValueError(shift)
    size = 1 << shift
    fat_count, directory = struct.unpack_from("<I", content, 44)[0], struct.unpack_from("<I", content, 48)[0]
    fat_sectors = list(struct.unpack_from("<109I", content, 76))
    next_list = struct.unpack_from("<I", content, 68)[0]
    while next_list < _NO_SECTOR and len(fat_sectors) < fat_count:
        entries = struct.unpack(f"<{size // 4}I", _sector(content, next_list, size))
        fat_sectors += entries[:-1]
        next_list = entries[-1]
    fat = [
        entry
        for sector in fat_sectors[:fat_count]
        if sector < _NO_SECTOR
        for entry in struct.unpack(f"<{size // 4}I", _sector(content, sector, size))
    ]
    names = _chain(content, fat, directory, size)
    for at in range(0, len(names), 128):
        length = struct.unpack_from("<H", names, at + 64)[0]
        name = names[at : at + max(0, length - 2)].decode("utf-16-le", "replace")
        if name in {"Workbook", "Book"}:
            start, stream_size = struct.unpack_from("<II", names, at + 116)
            if stream_size < 4096:  # would be in the small sectors; no real workbook is that short
                raise ValueError(stream_size)
            return _chain(content, fat, start, size)[:stream_size]
    raise ValueError("no workbook stream")


def _sector(content: bytes, number: int, size: int) -> bytes:
    return content[(number + 1) * size : (number + 2) * size]


def _chain(content: bytes, fat: list[int], first: int, size: int) -> bytes:
    sectors: list[bytes] = []
    while first < _NO_SECTOR:
        if len(sectors) > len(content) // size:
            raise ValueError("the chain of sectors is a ring")
        sectors.append(_sector(content, first, size))
        first = fat[first]
    return b"".join(sectors)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records of one part of the stream, up to its end; parts within it (charts) are passed over."""
    depth = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        depth += (kind == _BOF) - (kind == _EOF)
        if depth <= 0:
            return
        if depth == 1:
            yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _errors(stream: bytes, start: int) -> SheetScan:
    scan = SheetScan()
    for kind, body in _records(stream, start):
        if kind == _ERROR and len(body) >= 8 and body[7]:
            code = body[6]
        elif kind == _FORMULA and len(body) >= 14 and body[12:14] == b"\xff\xff" and body[6] == 2:
            code = body[8]
        else:
            continue
        place: tuple[int, int] = struct.unpack_from("<HH", body)
        scan.lost[place] = _ERRORS.get(code, "#N/A")
    return scan
