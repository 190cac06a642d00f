"""Looks through a zip archive before any workbook reader sees it: is it a workbook, and what does it unpack to?

The sizes written in an archive can lie; everything is inflated here once, piece by piece and thrown away,
up to a ceiling. Overlapping entries, unnatural ratios and crowds of entries are refused.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import BinaryIO

from ecredit.facts.collection import reading_refusals as refuse
from ecredit.facts.collection.reading_limits import MIB, ReadLimits
from ecredit.facts.collection.reading_sheet_scan import SheetScan

_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_SHEET_TAG = re.compile(r"<(?:\w+:)?sheet\s[^<>]*>")
_RELATION_TAG = re.compile(r"<(?:\w+:)?Relationship\s[^<>]*>")
_ATTRIBUTE = re.compile(r'([\w:]+)\s*=\s*"([^"]*)"')
_KEPT_PARTS = {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"}
_NATURAL = 32 * MIB
"""Below this size the ratio does not matter."""


def scan_workbook_archive(path: Path, limits: ReadLimits) -> list[SheetScan | None]:
    """The scan of each sheet in workbook order (None: not a worksheet). Raises InputRefused."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as error:
        raise refuse.damaged_workbook() from error
    if len(entries) > limits.max_archive_entries:
        raise refuse.inflates_too_much(limits.max_inflated)
    _check_kind({entry.filename.replace("\\", "/").lower() for entry in entries})
    if any(entry.flag_bits & 1 for entry in entries):
        raise refuse.password()
    _check_overlap(entries, path.stat().st_size, limits)
    ordered = _scan(path, entries, limits, precise=False)
    if any(scan is not None and scan.cells > limits.max_cells for scan in ordered):
        ordered = _scan(path, entries, limits, precise=True)
    return ordered


def _scan(
    path: Path, entries: list[zipfile.ZipInfo], limits: ReadLimits, *, precise: bool
) -> list[SheetScan | None]:
    scans: dict[str, SheetScan] = {}
    parts: dict[str, bytes] = {}
    total = 0
    with path.open("rb") as file:
        for entry in entries:
            name = entry.filename.replace("\\", "/").removeprefix("/").lower()
            scan = scans.setdefault(name, SheetScan(precise)) if _SHEET.fullmatch(name) else None
            size = 0
            for piece in _inflate(file, entry):
                size += len(piece)
                total += len(piece)
                unnatural = size > _NATURAL and size > limits.max_ratio * max(1, entry.compress_size)
                if total > limits.max_inflated or unnatural:
                    raise refuse.inflates_too_much(limits.max_inflated)
                if scan is not None:
                    scan.feed(piece)
                elif name in _KEPT_PARTS and size <= 4 * MIB:
                    parts[name] = parts.get(name, b"") + piece
            if scan is not None:
                scan.feed(b"", last=True)
    return _in_workbook_order(parts, scans)


def _check_kind(names: set[str]) -> None:
    if "xl/workbook.xml" in names:
        return
    if "xl/workbook.bin" in names:
        raise refuse.not_a_table("XLSB 工作簿", "an XLSB workbook")
    if "word/document.xml" in names:
        raise refuse.not_a_table("Word 文档", "a Word document")
    if "ppt/presentation.xml" in names:
        raise refuse.not_a_table("演示文稿", "a presentation")
    if "content.xml" in names and "mimetype" in names:
        raise refuse.not_a_table("ODF 文档", "an OpenDocument file")
    if any(name.startswith("xl/") or name == "[content_types].xml" for name in names):
        raise refuse.damaged_workbook()
    raise refuse.not_a_table(
        "压缩包（请解压后逐个报送）", "an archive (unpack it and send its files one by one)"
    )


def _check_overlap(entries: list[zipfile.ZipInfo], size: int, limits: ReadLimits) -> None:
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise refuse.inflates_too_much(limits.max_inflated)
        end = entry.header_offset + 30 + entry.compress_size
    if end > size:
        raise refuse.damaged_workbook()


def _inflate(file: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """What the entry really unpacks to, in pieces of at most 1 MiB."""
    file.seek(entry.header_offset)
    header = file.read(30)
    if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
        raise refuse.damaged_workbook()
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    file.seek(name_length + extra_length, 1)
    left = entry.compress_size
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise refuse.damaged_workbook()
    inflater = zlib.decompressobj(-zlib.MAX_WBITS) if entry.compress_type == zipfile.ZIP_DEFLATED else None
    while left > 0 and (raw := file.read(min(left, MIB))):
        left -= len(raw)
        if inflater is None:
            yield raw
            continue
        try:
            while raw and not inflater.eof:
                yield inflater.decompress(raw, MIB)
                raw = inflater.unconsumed_tail
        except zlib.error as error:
            raise refuse.damaged_workbook() from error
        if inflater.eof:
            return
    if left > 0 or (inflater is not None and entry.compress_size and not inflater.eof):
        raise refuse.damaged_workbook()


def _in_workbook_order(parts: dict[str, bytes], scans: dict[str, SheetScan]) -> list[SheetScan | None]:
    workbook = parts.get("xl/workbook.xml", b"").decode("utf-8", "replace")
    relations = parts.get("xl/_rels/workbook.xml.rels", b"").decode("utf-8", "replace")
    targets: dict[str, str] = {}
    for tag in _RELATION_TAG.findall(relations):
        attributes = dict(_ATTRIBUTE.findall(tag))
        target = unescape(attributes.get("Target", "")).lstrip("/")
        targets[attributes.get("Id", "")] = (target if target.startswith("xl/") else f"xl/{target}").lower()
    ordered: list[SheetScan | None] = []
    for tag in _SHEET_TAG.findall(workbook):
        attributes = dict(_ATTRIBUTE.findall(tag))
        identity = next((value for key, value in attributes.items() if key.split(":")[-1] == "id"), "")
        ordered.append(scans.get(targets.get(identity, "")))
    return ordered
