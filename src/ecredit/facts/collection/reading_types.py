"""The words of reading: limits, blocks of rows, rows that do not fit the table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

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

Notes = tuple[tuple[str, str], ...]
"""Remarks on a file as a whole, each in Chinese and in English."""

MisshapenKind = Literal["cells", "quote", "broken", "cut"]


@dataclass(frozen=True, slots=True)
class Misshapen:
    """A row that does not fit the table: it cannot be told which value belongs to which column.

    ``line`` is where it starts, ``text`` its beginning (at most 500 characters) as it stands in the file.
    ``kind``: another number of cells; a quotation mark that opens and does not close where it should; one
    of two lines that together would be a row (a line break inside an unquoted cell); a last line cut off.
    """

    line: int
    text: str
    cells_found: int
    cells_expected: int
    kind: MisshapenKind = "cells"


@dataclass(frozen=True, slots=True)
class RowBlock:
    """About 65,536 rows in file order, column by column.

    ``lines[i]`` is the physical line (text file) or the row number (sheet) where row ``i`` starts; the
    columns stand in header order, hold no nulls (an empty cell is an empty text) and are all as long as
    ``lines``. ``misshapen`` rows are in none of the columns.
    """

    lines: npt.NDArray[np.int64]
    columns: tuple[pa.StringArray, ...]
    misshapen: tuple[Misshapen, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows in the columns (misshapen ones not counted)."""
        return len(self.lines)
