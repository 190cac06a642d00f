"""Which row is the header? Title rows, notes and blank rows stand above it in most departments' files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ecredit.facts.collection import reading_refusals as refuse
from ecredit.foundation.kernel.errors import InputRefused
from ecredit.foundation.kernel.text_forms import halfwidth, squeeze

SEARCHED_ROWS = 30
_NAMED_IN_REFUSAL = 6


def header_form(cell: str) -> str:
    """The form in which header cells are compared: half-width, no blanks, upper case."""
    return squeeze(halfwidth(cell)).upper()


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


def header_refusal(rows: Sequence[Sequence[str]], known_headers: frozenset[str]) -> InputRefused:
    """The refusal of a table without a header: names what was looked for and the nearest row."""
    filled = [[cell.strip() for cell in row if cell.strip()] for row in rows[:SEARCHED_ROWS]]
    if any(len(cells) == 1 and cells[0].count("，") >= 2 for cells in filled):
        return refuse.fullwidth_commas()
    nearest = max(filled, key=lambda cells: _likeness(cells, known_headers), default=[])
    shown = [cell if len(cell) <= 20 else cell[:20] + "…" for cell in nearest[:_NAMED_IN_REFUSAL]]
    return refuse.header_not_found(_sample(known_headers), shown, rows=SEARCHED_ROWS)


def _known(row: Sequence[str], known_headers: frozenset[str]) -> tuple[int, int]:
    forms = [form for cell in row if (form := header_form(cell))]
    return len({form for form in forms if form in known_headers}), len(forms)


def _is_header(known: int, filled: int) -> bool:
    return known >= 2 or (known == 1 and known * 2 >= filled)


def _likeness(cells: Iterable[str], known_headers: frozenset[str]) -> tuple[int, int]:
    """Characters shared with the known headers, then the number of cells: a crude but harmless order."""
    forms = {header_form(cell) for cell in cells}
    letters = {letter for header in known_headers for letter in header}
    near = sum(1 for form in forms if form and len(form) <= 40 and all(c in letters for c in form))
    return near, len(forms)


def _sample(known_headers: frozenset[str]) -> list[str]:
    """A few names for the refusal: Chinese ones before codes, the shorter first."""
    return sorted(known_headers, key=lambda name: (name.isascii(), len(name), name))[:_NAMED_IN_REFUSAL]
