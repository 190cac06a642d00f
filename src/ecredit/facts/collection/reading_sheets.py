"""XLSX and XLS, from the outside: runs the guarded child process and streams what it hands over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import pyarrow as pa

import ecredit
from ecredit.facts.collection import reading_refusals as refuse
from ecredit.facts.collection.reading_rows import finish_block
from ecredit.facts.collection.reading_types import ReadLimits, RowBlock
from ecredit.foundation.kernel.errors import InputRefused

_WORKER = "ecredit.facts.collection.reading_worker"


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A sheet that was read. ``rows`` is mapped from a file that has no name any more and goes with it."""

    sheet: str
    others: tuple[str, ...]
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
        found = _ask_worker(path, handed_over, known_headers, limits)
        rows = pa.memory_map(name)
    finally:
        # Mapped or not, the file's name goes now: nothing is left behind, however this process ends.
        handed_over.unlink(missing_ok=True)
    kept = [i for i, keep in enumerate(found["keep"]) if keep]
    return SheetTable(
        sheet=found["sheet"],
        others=tuple(found["others"]),
        header_line=found["header_line"],
        header=tuple(found["header"][i] for i in kept),
        positions=tuple(found["positions"][i] for i in kept),
        _places=tuple(i + 1 for i in kept),
        _rows=rows,
    )


def _ask_worker(path: Path, out: Path, known_headers: frozenset[str], limits: ReadLimits) -> dict[str, Any]:
    request = {
        "path": str(path.resolve()),
        "out": str(out),
        "known_headers": sorted(known_headers),
        "limits": asdict(limits) | {"scratch": None},
    }
    # Nothing of the environment goes along but what Python needs to start: no settings, no secrets.
    environment = {"PYTHONPATH": str(Path(ecredit.__file__).parents[1]), "LANG": "C.UTF-8", "PYTHONUTF8": "1"}
    with subprocess.Popen(
        [sys.executable, "-P", "-B", "-m", _WORKER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    ) as worker:
        try:
            answer, _ = worker.communicate(json.dumps(request).encode(), timeout=limits.worker_wall_seconds)
        except BaseException as error:
            worker.kill()
            if isinstance(error, subprocess.TimeoutExpired):
                raise refuse.costs_too_much() from error
            raise
    try:
        told: dict[str, Any] = json.loads(answer)
    except ValueError as error:  # killed by its limits before it could answer
        raise refuse.costs_too_much() from error
    if "refused" in told:
        raise InputRefused(told["refused"]["zh"], told["refused"]["en"], **told["refused"]["data"])
    return cast("dict[str, Any]", told["read"])
