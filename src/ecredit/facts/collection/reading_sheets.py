"""XLSX and XLS, from the outside: runs the guarded child process and streams what it hands over."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyarrow as pa

from ecredit.facts.collection.reading_guard import ask_child
from ecredit.facts.collection.reading_limits import ReadLimits
from ecredit.facts.collection.reading_rows import finish_block
from ecredit.facts.collection.reading_types import RowBlock

_WORKER = "ecredit.facts.collection.reading_worker"


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A sheet that was read. ``rows`` is mapped from a file that has no name any more and goes with it."""

    sheet: str
    others: tuple[str, ...]
    unread: tuple[tuple[str, int], ...]
    title_rows: tuple[tuple[str, ...], ...]
    header_line: int
    header: tuple[str, ...]
    positions: tuple[int, ...]
    _places: tuple[int, ...]
    _rows: pa.MemoryMappedFile

    def blocks(self) -> Iterator[RowBlock]:
        """All rows of the sheet; can be called again."""
        self._rows.seek(0)
        with pa.ipc.open_stream(self._rows) as reader:
            for batch in reader:
                columns = [cast("pa.StringArray", batch.column(i)) for i in self._places]
                lines = batch.column(0).to_numpy()
                yield finish_block(lines, columns, wrappers=True, apostrophes=True)

    def close(self) -> None:
        """Give the mapped file back; blocks already taken keep what they need of it."""
        self._rows.close()


def open_sheet(path: Path, known_headers: frozenset[str], limits: ReadLimits) -> SheetTable:
    """Read the workbook in a child process of its own. Raises InputRefused."""
    handle, name = tempfile.mkstemp(prefix="sheet-", suffix=".arrow", dir=limits.scratch)
    os.close(handle)
    handed_over = Path(name)
    try:
        request: dict[str, object] = {
            "path": str(path.resolve()),
            "out": name,
            "known_headers": sorted(known_headers),
        }
        found = ask_child(_WORKER, request, limits)
        rows = pa.memory_map(name)
    finally:
        # Mapped or not, the file's name goes now: nothing is left behind, however this process ends.
        handed_over.unlink(missing_ok=True)
    kept = [i for i, keep in enumerate(found["keep"]) if keep]
    return SheetTable(
        sheet=found["sheet"],
        others=tuple(found["others"]),
        unread=tuple((name, rows) for name, rows in found["unread"]),
        title_rows=tuple(tuple(row) for row in found["title_rows"]),
        header_line=found["header_line"],
        header=tuple(found["header"][i] for i in kept),
        positions=tuple(found["positions"][i] for i in kept),
        _places=tuple(i + 1 for i in kept),
        _rows=rows,
    )
