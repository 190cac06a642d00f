"""Finding subjects of the public database by a code, a part of the name or of a shop's name, a page at a time.

First the numbers of all that match are taken from the indexes, at most `MOST_FOUND` of them, so that pages follow one
another without gaps; then the rows of one page. A very common word costs no more than that many index entries.
"""

import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from ecredit.foundation.kernel.codes import tidy_code
from ecredit.foundation.kernel.text_forms import bigram_text, halfwidth, name_form
from ecredit.service.publicity.errors import SearchTooShort
from ecredit.service.publicity.types import SearchHit, SearchResult

MOST_FOUND: Final = 200
MOST_A_PAGE: Final = 100
MAX_QUERY: Final = 60  # characters; a register name is shorter, and a longer phrase finds nothing more
_CODE: Final = re.compile(r"(?=.*[0-9])[0-9A-Z]{6,18}")
_AFTER: Final = "\U0010ffff"  # sorts after every text that begins with what stands before it

Found = Sequence[tuple[int, str | None]]
"""Subjects in the order they are shown, with the former code by which each was found (None: by its own)."""


def search(connection: sqlite3.Connection, text: str, on: date, page: int, per_page: int) -> SearchResult:
    """One page of the subjects that match; see `PublicStore.search`."""
    asked = tidy_code(text[: 4 * MAX_QUERY])
    found, shops = _by_code(connection, asked), dict[int, str]()
    if not found:
        if len(bigram_text(text[:MAX_QUERY])) < 2:
            raise SearchTooShort(
                "请至少输入名称中的两个字，或代码的前六位。",
                "Enter at least two characters of a name, or the first six of a code.",
            )
        found = _by_name(connection, text[:MAX_QUERY])
        if len(found) <= MOST_FOUND:
            own = {number for number, _ in found}
            by_shop = _by_shop(connection, text[:MAX_QUERY], on)
            shops = {number: name for number, name in by_shop.items() if number not in own}
            found = [*found, *((number, None) for number in shops)]
    per_page = max(1, min(per_page, MOST_A_PAGE))
    count = min(len(found), MOST_FOUND)
    pages = max(1, -(-count // per_page))
    page = max(1, min(page, pages))
    first = (page - 1) * per_page
    return SearchResult(
        hits=_hits(connection, found[first : min(first + per_page, MOST_FOUND)], on, shops),
        count=count,
        more=len(found) > MOST_FOUND,
        page=page,
        pages=pages,
    )


def _by_code(connection: sqlite3.Connection, asked: str) -> Found:
    run = connection.execute
    exact = run("SELECT id FROM subject WHERE code = ?", (asked,)).fetchone()
    if exact is not None:
        return [(exact[0], None)]
    by_former = "SELECT s.id, o.old FROM old_code o JOIN subject s ON s.code = o.code WHERE o.old"
    former: list[tuple[int, str | None]] = run(f"{by_former} = ?", (asked,)).fetchall()
    if former or not _CODE.fullmatch(asked):
        return former
    within = (asked, asked + _AFTER, MOST_FOUND + 1)
    found: dict[int, str | None] = dict.fromkeys(
        _numbers(run("SELECT id FROM subject WHERE code > ? AND code < ? ORDER BY code LIMIT ?", within))
    )
    for number, old in run(f"{by_former} > ? AND o.old < ? ORDER BY o.old LIMIT ?", within):
        found.setdefault(number, old)
    return list(found.items())


def _by_name(connection: sqlite3.Connection, text: str) -> Found:
    """The same name, names that begin so, then names that contain it in the order of the register."""
    run = connection.execute
    form = name_form(text)
    found: dict[int, str | None] = dict.fromkeys(
        _numbers(
            run(
                "SELECT id FROM subject WHERE name_form >= ? AND name_form < ? ORDER BY name_form LIMIT ?",
                (form, form + _AFTER, MOST_FOUND + 1),
            )
        )
    )
    if len(found) <= MOST_FOUND:
        for phrase in _phrases(text):
            # Those found above may come again; even so both together are more than MOST_FOUND when there are more.
            sql = "SELECT rowid FROM name_index WHERE name_index MATCH ? LIMIT ?"
            found |= dict.fromkeys(_numbers(run(sql, (phrase, MOST_FOUND + 1))))
            if found:
                break
    return list(found.items())


def _by_shop(connection: sqlite3.Connection, text: str, on: date) -> dict[int, str]:
    """Who operates a shop of such a name that is shown on a day, with the first such name, in the order of the log."""
    sql = (
        "SELECT s.id, shop.name FROM shop_index JOIN shop ON shop.leaf = shop_index.rowid JOIN item i ON i.leaf = shop.leaf"
        " JOIN subject s ON s.code = i.code WHERE shop_index MATCH ? AND i.shown_from <= ?"
        " AND (i.shown_until IS NULL OR ? < i.shown_until) ORDER BY shop_index.rowid LIMIT ?"
    )
    found: dict[int, str] = {}
    for phrase in _phrases(text):
        # A platform's operator may have any number of shops of one name: some more rows than subjects are asked for.
        for number, name in connection.execute(sql, (phrase, on.isoformat(), on.isoformat(), 5 * MOST_FOUND)):
            found.setdefault(number, name)
        if found:
            break
    return found


def _phrases(text: str) -> list[str]:
    """What to ask the name index: the whole text as one phrase, then (if it has gaps) all its parts at once."""
    whole = bigram_text(text)
    parts = [part for part in map(bigram_text, halfwidth(text).split()) if len(part) >= 2]
    asked = [f'"{whole}"'] if whole else []
    if len(parts) > 1:
        asked.append(" AND ".join(f'"{part}"' for part in parts))
    return asked


def _numbers(rows: sqlite3.Cursor) -> list[int]:
    return [row[0] for row in rows]


def _hits(
    connection: sqlite3.Connection, found: Found, on: date, shops: Mapping[int, str]
) -> tuple[SearchHit, ...]:
    marks = ",".join("?" * len(found))
    rows = connection.execute(
        "SELECT id, code, name, kind, area, status,"
        f" CASE WHEN grade_until IS NULL OR ? < grade_until THEN grade END FROM subject WHERE id IN ({marks})",
        (on.isoformat(), *(number for number, _ in found)),
    )
    hits = {number: SearchHit(*shown) for number, *shown in rows}
    # A run of the projection may have taken one out since its number was read.
    return tuple(
        replace(hits[number], former_code=former, shop=shops.get(number))
        for number, former in found
        if number in hits
    )
