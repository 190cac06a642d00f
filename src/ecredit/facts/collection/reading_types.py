"""The words of reading: blocks of rows, and rows that do not fit the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

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
    """About 32,768 rows in file order, column by column.

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
