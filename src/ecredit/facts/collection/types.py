"""Values of this room."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ecredit.foundation.catalog.types import Source

Mask = npt.NDArray[np.bool_]
# What a check finds: rows, or rows by the column whose cell has to be changed.
Found = Mask | Mapping[str, Mask]

# How "no end" is written in content: the day the 双公示 standard uses for 长期.
LONG_TERM = "2099-12-31"

# What people write where there is nothing to write.
BLANKS = ("", "无", "/", "-", "--", "—", "——", "\\", "空", "NULL", "null", "None", "N/A", "#N/A")
_NOTHING = pa.array(BLANKS, pa.string())


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule broken in one column by some rows of a block.

    `rows` are positions in the block; `column` is a column code or "" for the row as a whole; `params` fill the
    rule's sentence. A `hold` fault keeps its rows out of the ledger, a `warn` fault only tells, a `refuse` fault
    turns the rows away.
    """

    rule: str
    column: str
    rows: npt.NDArray[np.int64]
    severity: str = "hold"
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class CheckedRows:
    """A block of rows on its way through the checks; all columns as long as `lines`.

    `raw` is the text as sent, `values` the reading of it (null where empty or unreadable), both by column code. Only
    columns the file has are there. `kept` is what one check found out and another of the block asks again.
    """

    source: Source
    received_on: date
    lines: npt.NDArray[np.int64]
    raw: dict[str, pa.StringArray]
    values: dict[str, pa.StringArray]
    faults: list[Fault] = field(default_factory=list)
    kept: dict[tuple[object, ...], object] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many rows the block has."""
        return len(self.lines)

    def value(self, code: str) -> pa.StringArray:
        """The values of a column; all null when the file does not have it."""
        found = self.values.get(code)
        return pa.nulls(self.count, pa.string()) if found is None else found

    def raw_or_null(self, code: str) -> pa.StringArray:
        """What was sent in a column, null where the cell was empty: unreadable is not missing."""
        raw = self.raw.get(code)
        if raw is None:
            return pa.nulls(self.count, pa.string())
        trimmed = pc.utf8_trim_whitespace(raw)
        return pc.if_else(pc.is_in(trimmed, value_set=_NOTHING), None, trimmed)

    def held(self) -> Mask:
        """Rows that a fault keeps out of the ledger."""
        mask = np.zeros(self.count, dtype=bool)
        for fault in self.faults:
            if fault.severity == "hold":
                mask[fault.rows] = True
        return mask

    def refused(self) -> Mask:
        """Rows that are turned away."""
        mask = np.zeros(self.count, dtype=bool)
        for fault in self.faults:
            if fault.severity == "refuse":
                mask[fault.rows] = True
        return mask


@dataclass(frozen=True, slots=True)
class Issue:
    """One line of the problem report. `value` is already masked where it may be personal."""

    line: int
    column: str
    rule: str
    message: str
    hint: str
    value: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a file. `rows` is the sum of the five fates."""

    batch_id: int
    source: str
    supplier: str
    filename: str
    digest: str
    rows: int
    accepted: int
    superseded: int
    duplicate: int
    quarantined: int
    refused: int
    late: int
    cleared: int
    problems: int
    warnings: int
    already_received: bool
    received_at: datetime
    report: str
    problem_counts: Mapping[str, int]
    notes: tuple[str, ...] = ()
