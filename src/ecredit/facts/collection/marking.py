"""Gives a file back with its problems marked: bad cells filled and commented, and a list of them on top.

An XLSX comes back as the supplier's own workbook, so that it can be corrected and sent again; everything
else, and a workbook too large for that, as a new one with the same rows. Nothing in it is a formula.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from ecredit.facts.collection.marking_fresh import write_fresh
from ecredit.facts.collection.marking_types import MarkedProblem
from ecredit.facts.collection.neutralise import neutralise_cell
from ecredit.facts.collection.reading import TableReading, open_table
from ecredit.facts.collection.reading_guard import ask_child
from ecredit.facts.collection.reading_limits import DEFAULT_LIMITS, ReadLimits
from ecredit.foundation.kernel.errors import InputRefused

__all__ = ["MarkedCopy", "MarkedProblem", "write_marked"]

MOST_LISTED = 100_000
_WORKER = "ecredit.facts.collection.marking_worker"
_OWN_ROWS = 50_000
_OWN_CELLS = 400_000


@dataclass(frozen=True, slots=True)
class MarkedCopy:
    """``own``: it is the supplier's workbook. ``complete``: it holds all rows, not the bad ones only."""

    path: Path
    own: bool
    complete: bool
    problems: int


def write_marked(
    source: Path,
    *,
    filename: str,
    known_headers: frozenset[str],
    problems: Iterable[MarkedProblem],
    out: Path,
    limits: ReadLimits = DEFAULT_LIMITS,
) -> MarkedCopy:
    """Write the file ``source`` (called ``filename`` by its supplier) with ``problems`` marked to ``out``.

    The first 100,000 problems are marked and listed; the list says so when there are more. ``out`` appears
    only when it is complete. Raises InputRefused when ``source`` cannot be opened as a table.
    """
    listed, more = _first(problems)
    with (
        open_table(source, filename=filename, known_headers=known_headers, limits=limits) as table,
        tempfile.TemporaryDirectory(prefix="marked-", dir=limits.scratch) as folder,
    ):
        draft = Path(folder) / "marked.xlsx"
        own = _mark_own(source, table, listed, more, draft, limits)
        complete = True if own else write_fresh(table, listed, more, draft)
        final = out.with_name(out.name + ".part")
        final.write_bytes(draft.read_bytes())
        final.replace(out)
    return MarkedCopy(out, own=own, complete=complete, problems=len(listed) + more)


def _first(problems: Iterable[MarkedProblem]) -> tuple[list[MarkedProblem], int]:
    rest = iter(problems)
    listed = list(islice(rest, MOST_LISTED))
    return listed, sum(1 for _ in rest)


def _mark_own(
    source: Path,
    table: TableReading,
    problems: list[MarkedProblem],
    more: int,
    draft: Path,
    limits: ReadLimits,
) -> bool:
    """Mark the supplier's own workbook, in a child process. False when it is none or does not bear it."""
    if table.format != "xlsx":
        return False
    rows = 0
    formulas: list[tuple[int, int, str]] = []
    for block in table.blocks():
        rows += block.rows
        if rows > _OWN_ROWS or rows * len(table.header) > _OWN_CELLS:
            return False
        for position, column in zip(table.header_positions, block.columns, strict=True):
            for line, text in zip(block.lines.tolist(), column.to_pylist(), strict=True):
                if text and text.startswith("="):
                    formulas.append((line, position, neutralise_cell(text)))
    request: dict[str, object] = {
        "path": str(source.resolve()),
        "out": str(draft),
        "sheet": table.sheet,
        "header": list(table.header),
        "positions": list(table.header_positions),
        "formulas": formulas,
        "problems": [asdict(problem) for problem in problems],
        "more": more,
    }
    try:
        ask_child(_WORKER, request, limits)
    except InputRefused:
        # It was read well before: only the round through the workbook writer failed. A new one will do.
        return False
    return True
