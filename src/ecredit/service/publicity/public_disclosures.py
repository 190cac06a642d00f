"""What everybody may see of a platform's disclosures: what it disclosed, what it did to merchants, what was tested of its goods."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ecredit.foundation.catalog.disclosure_types import DisclosureRules, OfficialSite
from ecredit.service.publicity.types import PublicField, Section

CHAPTER: Final = "disclosure"
"""The chapter of the public database that holds the official sites to follow."""
DISCLOSURES, SANCTIONS, SPOT_CHECKS = "platform_disclosure", "platform_sanction", "spot_check"
# Of other subjects, and of which platform: the column by which every source names the platform by its code.
OF_PLATFORM: Final = "json_extract(doc, '$[4].platform_uscc')"
NAMED_IN: Final = f"section IN ('{Section.DISCLOSURE}', '{Section.SPOT_CHECK}')"
"""Which documents name a platform; the index is of these alone."""
_SHOWN: Final = "i.shown_from <= :day AND (i.shown_until IS NULL OR :day < i.shown_until)"
A_PAGE: Final = 50
GapRow = tuple[int, str, str, str]
"""A row of the table `gap`: its number, the platform's code, the first day it is no longer shown, JSON."""


@dataclass(frozen=True, slots=True)
class DisclosedPlatform:
    """A registered platform and how much of it is shown on a day; `confirmed`: gaps that two officers found so."""

    code: str
    name: str
    disclosures: int
    sanctions: int
    spot_checks: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class PublicGap:
    """Something two officers found missing or late: what is asked for, what was seen instead, where and when, under which rule.

    late  by how many days (working days where the check counts them); mended: it is put right since; verified: the article was read
    """

    id: int
    title_zh: str
    title_en: str
    asks_zh: str
    asks_en: str
    saw_zh: str
    saw_en: str
    clause: str
    verified: bool
    seen_on: date
    confirmed_on: date
    late: int | None
    working: bool
    mended: bool
    entry: int | None
    url: str
    subject: str
    subject_name: str


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """A document about somebody, on a platform: whom it is about (code and name), its number in the log, its fields by code."""

    leaf: int
    code: str
    name: str
    occurred_on: date | None
    fields: Mapping[str, PublicField]

    def value(self, code: str) -> str:
        """What a column says; "" when it says nothing."""
        return self.fields[code].value if code in self.fields else ""

    def day(self, code: str) -> date | None:
        """A day a column gives; None when it gives none."""
        return read_day(self.value(code))


@dataclass(frozen=True, slots=True)
class PublicSites:
    """The official sites everybody may follow from here."""

    windows: tuple[OfficialSite, ...]
    offices: tuple[OfficialSite, ...]
    other: OfficialSite | None

    def office_of(self, *names: str) -> OfficialSite | None:
        """Where an office publishes its licences, by its name or a licence's; that for any other when none is known."""
        return next(
            (o for o in self.offices if any(w in name for w in o.words for name in names)), self.other
        )


def sites_doc(rules: DisclosureRules) -> dict[str, Any]:
    """The chapter as it is written."""
    return {
        "windows": [[s.id, s.zh, s.en, s.url, s.verified, []] for s in rules.windows.values()],
        "offices": [[s.id, s.zh, s.en, s.url, s.verified, list(s.words)] for s in rules.offices],
        "other": rules.other,
    }


def read_sites(doc: Mapping[str, Any] | None) -> PublicSites:
    """The chapter as it was written; without one nothing is to be followed."""
    said = doc or {"windows": [], "offices": [], "other": ""}
    windows, offices = (
        tuple(OfficialSite(row[0], row[1], row[2], row[3], row[4], tuple(row[5])) for row in said[key])
        for key in ("windows", "offices")
    )
    return PublicSites(windows, offices, next((w for w in windows if w.id == said["other"]), None))


def list_disclosed(connection: sqlite3.Connection, on: date) -> list[DisclosedPlatform]:
    """The registered platforms in the order of their names, with how much of each is shown."""
    found = connection.execute("SELECT code, name FROM platform ORDER BY name, code").fetchall()
    return [_disclosed(connection, code, name, on) for code, name in found]


def find_disclosed(connection: sqlite3.Connection, code: str, on: date) -> DisclosedPlatform | None:
    """One of them by its code; None when no registered platform has it."""
    found = connection.execute("SELECT name FROM platform WHERE code = ?", (code,)).fetchone()
    return None if found is None else _disclosed(connection, code, found[0], on)


def _disclosed(connection: sqlite3.Connection, code: str, name: str, on: date) -> DisclosedPlatform:
    """What is shown of a platform on a day, its own documents alone looked at."""
    told = {"code": code, "day": on.isoformat()}
    counts = dict(
        connection.execute(
            f"SELECT source, count(*) FROM item i WHERE {NAMED_IN} AND {OF_PLATFORM} = :code AND {_SHOWN} GROUP BY 1",
            told,
        ).fetchall()
    )
    (own,) = connection.execute(
        f"SELECT count(*) FROM item i WHERE i.code = :code AND i.source = '{DISCLOSURES}' AND {_SHOWN}", told
    ).fetchone()
    (gaps,) = connection.execute(
        "SELECT count(*) FROM gap WHERE platform = :code AND :day < shown_until", told
    ).fetchone()
    return DisclosedPlatform(code, name, own, counts.get(SANCTIONS, 0), counts.get(SPOT_CHECKS, 0), gaps)


def list_named(
    connection: sqlite3.Connection, platform: str, source: str, on: date, page: int
) -> list[NamedDocument]:
    """A page (from 1) of the documents of a source that name the platform, newest first."""
    rows = connection.execute(
        f"SELECT i.leaf, i.code, s.name, i.occurred_on, i.doc FROM item i JOIN subject s ON s.code = i.code WHERE {NAMED_IN}"
        f" AND {OF_PLATFORM} = :platform AND i.source = :source AND {_SHOWN}"
        " ORDER BY i.occurred_on DESC, i.leaf DESC LIMIT :count OFFSET :first",
        {"platform": platform, "source": source, "day": on.isoformat(), "count": A_PAGE, "first": (page - 1) * A_PAGE},
    ).fetchall()  # fmt: skip
    labels = labels_of(connection, source)
    return [
        NamedDocument(leaf, code, name, read_day(occurred_on), fields_of(json.loads(doc)[4], labels))
        for leaf, code, name, occurred_on, doc in rows
    ]


def list_public_gaps(connection: sqlite3.Connection, platform: str, on: date) -> list[PublicGap]:
    """What was found missing of a platform's disclosures and is shown on a day, the newest first."""
    rows = connection.execute(
        "SELECT id, doc FROM gap WHERE platform = ? AND ? < shown_until ORDER BY id DESC",
        (platform, on.isoformat()),
    )
    return [_gap(id, json.loads(doc)) for id, doc in rows]


def _gap(id: int, doc: Mapping[str, Any]) -> PublicGap:
    days = {key: date.fromisoformat(doc[key]) for key in ("seen_on", "confirmed_on")}
    return PublicGap(id=id, **{**doc, **days})


def labels_of(connection: sqlite3.Connection, source: str) -> Mapping[str, Sequence[str]]:
    """The names of a source's columns, their units and code tables, by column code."""
    found = connection.execute("SELECT labels FROM source WHERE id = ?", (source,)).fetchone()
    labels: Mapping[str, Sequence[str]] = {} if found is None else json.loads(found[0])
    return labels


def fields_of(values: Mapping[str, str], labels: Mapping[str, Sequence[str]]) -> dict[str, PublicField]:
    """Values with the names of their columns."""
    return {
        code: PublicField(code, labels[code][0], value, *labels[code][1:]) for code, value in values.items()
    }


def platform_rows(platforms: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Registered platforms by code; of two of one code the first by name."""
    return {code: name for code, name in sorted(platforms, key=lambda p: (p[0], p[1]), reverse=True) if code}


def read_day(text: str | None) -> date | None:
    """A day as documents hold it; None for what is none."""
    try:
        return None if not text else date.fromisoformat(text)
    except ValueError:
        return None
