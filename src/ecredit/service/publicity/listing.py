"""Lists of the public database, a page at a time: documents of a section, subjects of a district, shops of a platform.

Every page is for a day. A list is paged as far as anybody reads; the whole of it is in the open data.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Final

from ecredit.foundation.kernel.text_forms import name_form
from ecredit.service.publicity.types import SearchHit, Section

A_PAGE: Final = 50
MOST_PAGES: Final = 200
NUMBER_ENDINGS: Final = ("文号", "文书号", "编号", "证书号")
"""How the official columns of a document's own number are named; it tells one document of a section from the next."""
_SHOWN: Final = "i.shown_from <= :day AND (i.shown_until IS NULL OR :day < i.shown_until)"
LISTED: Final = tuple(section for section in Section if section is not Section.REGISTRATION)
"""Sections whose documents are listed; the register itself is found by name, code and district."""


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """One line of a list of documents; `number` is the one its issuing body gave it, "" for none."""

    leaf: int
    code: str
    name: str
    title_zh: str
    title_en: str
    number: str
    supplier: str
    occurred_on: date | None
    shown_until: date | None


@dataclass(frozen=True, slots=True)
class ListedShop:
    """One line of a list of shops: the shop, and who operates it."""

    shop: str
    code: str
    name: str
    grade: str | None


@dataclass(frozen=True, slots=True)
class PublicPlatform:
    """A platform as the shops' documents name it, by a key for its address, with how many shops are on file."""

    key: str
    name: str
    shops: int


def number_in(labels: Mapping[str, Sequence[str]], fields: Mapping[str, str]) -> str:
    """The number the issuing body gave a document, by its columns' official names."""
    return next((value for code, value in fields.items() if labels[code][0].endswith(NUMBER_ENDINGS)), "")


def list_documents(
    connection: sqlite3.Connection, section: Section, on: date, page: int
) -> list[ListedDocument]:
    """A page (from 1) of the documents of a section, newest first."""
    # Which lines they are is read from the index alone, so that a page far down costs no more than its own rows.
    rows = connection.execute(
        "SELECT i.leaf, i.code, s.name, i.source, i.occurred_on, i.shown_until, i.doc FROM"
        f" (SELECT i.leaf AS line FROM item i WHERE i.section = :section AND i.section <> 'registration' AND {_SHOWN}"
        " ORDER BY i.occurred_on DESC, i.leaf DESC LIMIT :count OFFSET :first)"
        " JOIN item i ON i.leaf = line JOIN subject s ON s.code = i.code ORDER BY i.occurred_on DESC, i.leaf DESC",
        {"section": section, "day": on.isoformat(), **_window(page)},
    ).fetchall()
    sources = {
        source: (zh, en, json.loads(labels))
        for source in {row[3] for row in rows}
        for zh, en, labels in connection.execute(
            "SELECT title_zh, title_en, labels FROM source WHERE id = ?", (source,)
        )
    }
    found = []
    for leaf, code, name, source, occurred_on, shown_until, doc in rows:
        zh, en, labels = sources[source]
        supplier, _, _, _, fields, *_ = json.loads(doc)
        found.append(
            ListedDocument(
                leaf, code, name, zh, en, number_in(labels, fields), supplier, _day(occurred_on), _day(shown_until)
            )
        )  # fmt: skip
    return found


def list_subjects(connection: sqlite3.Connection, area: str, on: date, page: int) -> list[SearchHit]:
    """A page (from 1) of the subjects of an area by its Chinese name, in the order of their codes."""
    rows = connection.execute(
        "SELECT code, name, kind, area, status, CASE WHEN grade_until IS NULL OR :day < grade_until THEN grade END"
        " FROM subject WHERE area = :area ORDER BY code LIMIT :count OFFSET :first",
        {"area": area, "day": on.isoformat(), **_window(page)},
    )
    return [SearchHit(*row) for row in rows]


def count_platforms(connection: sqlite3.Connection) -> list[tuple[str, str, int]]:
    """Key, name and number of shops of every platform, those with most shops first."""
    rows = connection.execute(
        "SELECT platform, count(*) FROM shop WHERE platform <> '' GROUP BY platform ORDER BY 2 DESC, 1"
    )
    return [(platform_key(name), name, number) for name, number in rows]


def platform_key(name: str) -> str:
    """What stands for a platform's name in an address."""
    return blake2b(name.encode(), digest_size=5).hexdigest()


def list_shops(connection: sqlite3.Connection, platform: str, on: date, page: int) -> list[ListedShop]:
    """A page (from 1) of the shops of a platform that are shown, in the order of the log."""
    rows = connection.execute(
        "SELECT shop.name, s.code, s.name, CASE WHEN s.grade_until IS NULL OR :day < s.grade_until THEN s.grade END"
        " FROM shop JOIN item i ON i.leaf = shop.leaf JOIN subject s ON s.code = i.code"
        f" WHERE shop.platform = :platform AND {_SHOWN} ORDER BY shop.leaf LIMIT :count OFFSET :first",
        {"platform": platform, "day": on.isoformat(), **_window(page)},
    )
    return [ListedShop(*row) for row in rows]


def find_code_of_name(connection: sqlite3.Connection, name: str) -> str | None:
    """The code of the one subject of exactly this name; None where there is none, or more than one."""
    rows = connection.execute(
        "SELECT code FROM subject WHERE name_form = ? LIMIT 2", (name_form(name),)
    ).fetchall()
    return rows[0][0] if len(rows) == 1 else None


def pages_of(count: int) -> int:
    """How many pages so many lines fill, as far as they are paged."""
    return max(1, min(MOST_PAGES, -(-count // A_PAGE)))


def read_platforms(connection: sqlite3.Connection) -> Iterator[PublicPlatform]:
    """The platforms as counted when the database was written."""
    found = connection.execute("SELECT value FROM meta WHERE key = 'platforms'").fetchone()
    for key, name, number in json.loads(found[0]) if found else ():
        yield PublicPlatform(key, name, number)


def _window(page: int) -> dict[str, int]:
    return {"count": A_PAGE, "first": (page - 1) * A_PAGE}


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
