"""Reads one sheet of a workbook into an Arrow file. Runs inside the guarded child process only."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecredit.facts.collection import reading_refusals as refuse
from ecredit.facts.collection.header_marks import known_forms
from ecredit.facts.collection.reading_archive import scan_workbook_archive
from ecredit.facts.collection.reading_cells import text_rows
from ecredit.facts.collection.reading_compound import scan_compound
from ecredit.facts.collection.reading_header import SEARCHED_ROWS, find_header, header_refusal
from ecredit.facts.collection.reading_limits import LINE_HEADER, PROBLEM_SHEET, ReadLimits
from ecredit.facts.collection.reading_sheet_scan import SheetScan

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_BATCH_ROWS = 16_384
_MOST_SHEETS = 64
_LINE_COLUMN = "line"


@dataclass(frozen=True, slots=True)
class SheetRead:
    """What was found: ``positions`` are physical columns from 0, ``header_line`` the sheet row from 1.

    Column ``i`` of the Arrow file belongs to ``header[i]``; its first column holds the sheet row numbers.
    ``keep`` says which columns are part of the table: those with a name or with anything in them, except
    the one that a marked copy adds.
    ``title_rows`` stand above the header; ``others`` are sheets with something in them that were not read,
    ``unread`` those of them that are visible tables of the same kind, with how many rows they have.
    """

    sheet: str
    others: tuple[str, ...]
    unread: tuple[tuple[str, int], ...]
    title_rows: tuple[tuple[str, ...], ...]
    header_line: int
    header: tuple[str, ...]
    positions: tuple[int, ...]
    keep: tuple[bool, ...]
    rows: int

    def as_json(self) -> dict[str, object]:
        """For the answer to the parent process."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Header:
    """Where a sheet's header was found; ``forms`` are the columns recognised, data from sheet row ``first_row`` (from 0)."""

    index: int
    name: str
    first_row: int
    hidden: bool
    forms: frozenset[str]

    def like(self, read: _Header) -> bool:
        """Is it a table of the same kind as the one read, and not a list that names some columns?"""
        shared = len(self.forms & read.forms)
        return not self.hidden and (2 * shared >= len(read.forms) or len(self.forms) >= len(read.forms))


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sheet with a header; ``known`` columns recognised, data from sheet row ``first_row`` (from 0)."""

    sheet: CalamineSheet
    index: int
    name: str
    known: int
    hidden: bool
    header_row: int
    first_row: int
    names: list[str]
    title_rows: tuple[tuple[str, ...], ...]


def read_workbook(path: Path, out: Path, known_headers: frozenset[str], limits: ReadLimits) -> SheetRead:
    """Find the sheet and its header, write the rows to ``out``. Raises InputRefused."""
    with path.open("rb") as file:
        zipped = file.read(2) == b"PK"
    scans = scan_workbook_archive(path, limits) if zipped else scan_compound(path)
    workbook = _open_workbook(path)
    best, alike, names = _find_sheet(workbook, scans, known_headers, limits)
    others = tuple(name for name in names if name not in {best.name, PROBLEM_SHEET})
    read = _write(best, _scan_of(scans, best.index), out, limits)
    return replace(read, others=others, unread=tuple(_unread(workbook, scans, alike)))


def _unread(
    workbook: CalamineWorkbook, scans: list[SheetScan | None], alike: Sequence[_Header]
) -> Iterator[tuple[str, int]]:
    """The sheets of the same kind as the one read, and how many rows each has; those without a row say nothing."""
    for found in alike:
        rows = _rows(workbook.get_sheet_by_index(found.index), _scan_of(scans, found.index))
        if count := sum(1 for row, cells in rows if row >= found.first_row and any(cells)):
            yield found.name, count


def _open_workbook(path: Path) -> CalamineWorkbook:
    # Imported here because the guard must have refused bombs before the reader is loaded.
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError  # noqa: PLC0415

    try:
        return CalamineWorkbook.from_path(path)
    except PasswordError as error:
        raise refuse.password() from error
    except (CalamineError, OSError, ValueError) as error:
        raise refuse.damaged_workbook() from error


def _scan_of(scans: list[SheetScan | None], index: int) -> SheetScan | None:
    return scans[index] if index < len(scans) else None


def _find_sheet(
    workbook: CalamineWorkbook,
    scans: list[SheetScan | None],
    known_headers: frozenset[str],
    limits: ReadLimits,
) -> tuple[_Candidate, list[_Header], list[str]]:
    """The sheet whose header names the most columns, a visible one before a hidden one; others like it; all that are filled."""
    from python_calamine import CalamineError, SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415 - as above

    best: _Candidate | None = None
    headers: list[_Header] = []
    filled: list[str] = []
    nearest: tuple[str, list[tuple[int, list[str]]]] | None = None
    oversized = damaged = False
    for index, about in enumerate(workbook.sheets_metadata[:_MOST_SHEETS]):
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        scan = _scan_of(scans, index)
        if scan is not None and scan.cells > limits.max_cells:
            oversized = True
            filled.append(about.name)
            continue
        try:
            sheet = workbook.get_sheet_by_index(index)
        except (CalamineError, ValueError, OSError):
            damaged = True
            filled.append(about.name)
            continue
        if not sheet.height:
            continue
        filled.append(about.name)
        rows = list(itertools.islice(_rows(sheet, scan), SEARCHED_ROWS + 1))
        header = find_header([cells for _, cells in rows], known_headers)
        if header is None:
            if nearest is None or len(rows) > len(nearest[1]):
                nearest = about.name, [(row + 1, cells) for row, cells in rows]
            continue
        hidden = about.visible != SheetVisibleEnum.Visible
        first = rows[header.skip][0] if header.skip < len(rows) else rows[-1][0] + 1
        at, names = rows[header.index]
        forms = frozenset(form for name in names for form in known_forms(name, known_headers))
        headers.append(_Header(index, about.name, first, hidden, forms))
        if best is None or (header.known, not hidden) > (best.known, not best.hidden):
            above = tuple(tuple(cells[: limits.max_columns]) for _, cells in rows[: header.index])
            best = _Candidate(sheet, index, about.name, header.known, hidden, at, first, names, above)
    filled += [
        about.name
        for about in workbook.sheets_metadata[_MOST_SHEETS:]
        if about.typ == SheetTypeEnum.WorkSheet
    ]
    if best is not None:
        read = next(header for header in headers if header.index == best.index)
        return best, [header for header in headers if header is not read and header.like(read)], filled
    if oversized:
        raise refuse.too_many_cells(limits.max_cells)
    if nearest is not None:
        raise header_refusal(nearest[1], known_headers, sheet=nearest[0])
    raise refuse.damaged_workbook() if damaged else refuse.no_sheet()


def _rows(sheet: CalamineSheet, scan: SheetScan | None) -> Iterator[tuple[int, list[str]]]:
    left = (sheet.start or (0, 0))[1]
    lost = scan.lost if scan is not None else {}
    return text_rows(sheet.iter_rows(), left, sheet.merged_cell_ranges or [], lost)


def _write(found: _Candidate, scan: SheetScan | None, out: Path, limits: ReadLimits) -> SheetRead:
    """The data rows as an Arrow stream. Blank rows are left out."""
    # Imported here because most refused workbooks never get this far and it takes the longest to load.
    import pyarrow as pa  # noqa: PLC0415

    left = (found.sheet.start or (0, 0))[1]
    width = len(found.names)
    if width > limits.max_columns:
        width = max(i for i, name in enumerate(found.names) if name.strip()) + 1
        if width > limits.max_columns:
            raise refuse.too_many_columns(limits.max_columns)
    fields: list[pa.Field[Any]] = [pa.field(_LINE_COLUMN, pa.int64())]
    fields += [pa.field(str(i), pa.string()) for i in range(width)]
    schema = pa.schema(fields)
    own = [name.strip() == LINE_HEADER for name in found.names[:width]]
    keep = [bool(name.strip()) for name in found.names[:width]]
    rows = 0
    with pa.OSFile(str(out), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
        data = (
            (row, cells) for row, cells in _rows(found.sheet, scan) if row >= found.first_row and any(cells)
        )
        while batch := list(itertools.islice(data, _BATCH_ROWS)):
            rows += len(batch)
            if rows > limits.max_rows:
                raise refuse.too_many_rows(limits.max_rows)
            columns = list(zip(*(cells[:width] for _, cells in batch), strict=True))
            keep = [kept or any(column) for kept, column in zip(keep, columns, strict=True)]
            lines = pa.array([row + 1 for row, _ in batch], pa.int64())
            arrays = [lines, *(pa.array(column, pa.string()) for column in columns)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
    return SheetRead(
        sheet=found.name,
        others=(),
        unread=(),
        title_rows=found.title_rows,
        header_line=found.header_row + 1,
        header=tuple(found.names[:width]),
        positions=tuple(range(left, left + width)),
        keep=tuple(kept and not ours for kept, ours in zip(keep, own, strict=True)),
        rows=rows,
    )
