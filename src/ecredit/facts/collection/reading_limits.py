"""What one file may cost, and the names a marked copy adds. Loaded in child processes: nothing heavy here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """What one file may cost. Sizes in bytes, times in seconds.

    ``scratch`` is the folder for temporary files (spreadsheets are handed over in one); ``None`` means
    the system's. Temporary files hold what the supplier sent: give a folder nobody else can read.
    """

    scratch: Path | None = None
    max_bytes: int = 2 * GIB
    max_rows: int = 20_000_000
    max_columns: int = 1_000
    max_line_bytes: int = 4 * MIB
    max_cells: int = 12_000_000
    max_inflated: int = GIB
    max_ratio: int = 400
    max_archive_entries: int = 5_000
    worker_memory: int = 2 * GIB
    worker_cpu_seconds: int = 240
    worker_wall_seconds: int = 300


DEFAULT_LIMITS = ReadLimits()


PROBLEM_SHEET = "问题清单"
LINE_HEADER = "原文件行号"
"""The sheet and the column that a marked copy adds; not the supplier's when the copy comes back corrected."""
