"""Which row is the header? Title rows, notes and blank rows stand above it in most departments' files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ecredit.facts.collection import reading_refusals as refuse
from ecredit.facts.collection.header_marks import header_form, known_forms
from ecredit.foundation.kernel.errors import InputRefused

__all__ = ["SEARCHED_ROWS", "HeaderFound", "find_header", "header_form", "header_refusal", "likeness"]

SEARCHED_ROWS = 30
_NAMED_IN_REFUSAL = 6
_COMPARED_CELLS = 60
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class HeaderFound:
    """``index`` of the header row, ``skip`` the index of the first data row, ``known`` cells recognised.

    ``skip`` is beyond ``index + 1`` when the header is written twice (names above codes).
    """

    index: int
    skip: int
    known: int


def find_header(rows: Sequence[Sequence[str]], known_headers: frozenset[str]) -> HeaderFound | None:
    """The row with the most known headers among the first 30: at least 2, or half of its filled cells.

    Of equals the first is taken. Rows directly below that are headers as well are skipped.
    """
    counts = [_known(row, known_headers) for row in rows[:SEARCHED_ROWS]]
    eligible = [i for i, (known, filled) in enumerate(counts) if _is_header(known, filled)]
    if not eligible:
        return None
    index = max(eligible, key=lambda i: (counts[i][0], -i))
    skip = index + 1
    while skip < len(counts) and counts[skip][0] >= max(2, (counts[skip][1] + 1) // 2):
        skip += 1
    return HeaderFound(index=index, skip=skip, known=counts[index][0])


def header_refusal(
    rows: Sequence[tuple[int, Sequence[str]]], known_headers: frozenset[str], *, sheet: str = ""
) -> InputRefused:
    """The refusal of a table without a header: names what was looked for and the nearest of the rows (line, cells)."""
    filled = [
        (line, cells)
        for line, row in rows[:SEARCHED_ROWS]
        if (cells := [c.strip() for c in row if c.strip()])
    ]
    if any(len(cells) == 1 and cells[0].count("，") >= 2 for _, cells in filled):
        return refuse.fullwidth_commas()
    line, nearest = _nearest(filled, known_headers)
    shown = [cell if len(cell) <= 20 else cell[:20] + "…" for cell in nearest[:_NAMED_IN_REFUSAL]]
    return refuse.header_not_found(_sample(known_headers), shown, rows=SEARCHED_ROWS, line=line, sheet=sheet)


def _known(row: Sequence[str], known_headers: frozenset[str]) -> tuple[int, int]:
    cells = [cell for cell in row if cell and header_form(cell)]
    return len({forms for cell in cells if (forms := known_forms(cell, known_headers))}), len(cells)


def _is_header(known: int, filled: int) -> bool:
    return known >= 2 or (known == 1 and known * 2 >= filled)


def _nearest(rows: Sequence[tuple[int, list[str]]], known_headers: frozenset[str]) -> tuple[int, list[str]]:
    """The row with the most cells that are nearly a known name; if no cell is, the first that fills about a whole line.

    Records are much alike, and their words stand in names of columns too (罚款), so they are never looked for far down.
    """
    near = [likeness([cells], known_headers) for _, cells in rows]
    if any(near):
        return rows[max(range(len(rows)), key=lambda at: (near[at], -at))]
    widest = max((len(cells) for _, cells in rows), default=0)
    return next((row for row in rows if 2 * len(row[1]) > widest), (0, []))


def likeness(rows: Sequence[Sequence[str]], known_headers: frozenset[str]) -> int:
    """How many cells of the row that has the most of them are nearly a known name."""
    known = [_pairs(header) for header in known_headers]
    return max((sum(_is_near(cell, known) for cell in cells[:_COMPARED_CELLS]) for cells in rows), default=0)


def _is_near(cell: str, known: Iterable[frozenset[str]]) -> bool:
    pairs = _pairs(header_form(cell[:_LONGEST_NAME]))
    return any(3 * len(pairs & header) >= len(pairs | header) for header in known if header)


def _pairs(form: str) -> frozenset[str]:
    return frozenset(a + b for a, b in pairwise(form))


def _sample(known_headers: frozenset[str]) -> list[str]:
    """A few names for the refusal: Chinese ones before codes, the shorter first."""
    return sorted(known_headers, key=lambda name: (name.isascii(), len(name), name))[:_NAMED_IN_REFUSAL]
