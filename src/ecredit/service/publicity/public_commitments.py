"""Credit commitments as everybody may read them: those shown on a day, by platform and by kind of operator, and the figures.

They are the documents of the source `commitment`; nothing is kept beside them but the figures, a chapter of the public database.
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ecredit.foundation.catalog.commitment_types import Audience
from ecredit.service.commitments.types import SOURCE
from ecredit.service.publicity.listing import A_PAGE

COMMITMENTS: Final = "commitments"
"""The chapter with the figures."""
SECTORS: Final[tuple[Audience, ...]] = ("platform", "merchant", "courier")
"""Kinds of operator whose commitments are public; those of individuals never are."""
_SHOWN: Final = "i.shown_from <= :day AND (i.shown_until IS NULL OR :day < i.shown_until)"
_OF_PLATFORM: Final = "EXISTS (SELECT 1 FROM item x JOIN shop h ON h.leaf = x.leaf WHERE x.code = i.code AND h.platform = :platform)"
_SECTOR: Final[Mapping[str, str]] = {
    "platform": "i.code IN (SELECT value FROM json_each(:codes))",
    "merchant": "EXISTS (SELECT 1 FROM item x JOIN shop h ON h.leaf = x.leaf WHERE x.code = i.code)",
    "courier": "EXISTS (SELECT 1 FROM item x WHERE x.code = i.code AND x.source = 'courier_licence')",
}
_MOST: Final = 10_001
"""As far as commitments of a filter are counted: beyond that the pages end anyway."""


@dataclass(frozen=True, slots=True)
class PublicCommitment:
    """One line: who promised, under which number, to whom, from when until when, and how it is kept.

    last_day     the commitment's own last day (None: without end)
    shown_until  the first day it is no longer shown (None: no end); where it was found broken later than its own last day
    """

    code: str
    name: str
    number: str
    accepted_by: str
    committed_on: date | None
    last_day: date | None
    shown_until: date | None
    fulfilment: str


def list_public_commitments(
    connection: sqlite3.Connection, on: date, page: int, *, platform: str = "", sector: str = ""
) -> tuple[list[PublicCommitment], int]:
    """A page (from 1) of the commitments shown on a day, newest first, and how many there are (at most `_MOST`); those of operators
    with a shop on a platform (by name), or of a kind of operator."""
    given: dict[str, object] = {"day": on.isoformat(), "platform": platform}
    where = f"i.section = 'commitment' AND i.source = '{SOURCE}' AND {_SHOWN}"
    if platform:
        where += f" AND {_OF_PLATFORM}"
    if sector:
        where += f" AND {_SECTOR[sector]}"
        given["codes"] = json.dumps(_platform_codes(connection))
    (count,) = connection.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM item i WHERE {where} LIMIT {_MOST})", given
    ).fetchone()
    rows = connection.execute(
        f"SELECT i.code, s.name, i.occurred_on, i.shown_until, i.doc FROM item i JOIN subject s ON s.code = i.code WHERE {where}"
        " ORDER BY i.occurred_on DESC, i.leaf DESC LIMIT :count OFFSET :first",
        given | {"count": A_PAGE, "first": (page - 1) * A_PAGE},
    )
    return [_line(row) for row in rows], count


def read_figures(connection: sqlite3.Connection) -> dict[str, Any] | None:
    """The figures as counted when the database was written; None before they were."""
    row = connection.execute("SELECT doc FROM chapter WHERE id = ?", (COMMITMENTS,)).fetchone()
    found = None if row is None else json.loads(row[0])
    return found if isinstance(found, dict) else None


def _platform_codes(connection: sqlite3.Connection) -> list[str]:
    figures = read_figures(connection)
    return [group["key"] for group in (figures or {"groups": []})["groups"] if group["by"] == "platform"]


def _line(row: tuple[Any, ...]) -> PublicCommitment:
    code, name, occurred_on, shown_until, doc = row
    _, _, _, ends, fields, *_ = json.loads(doc)
    return PublicCommitment(
        code=code,
        name=name,
        number=fields.get("commitment_no", ""),
        accepted_by=fields.get("accepted_by", ""),
        committed_on=None if occurred_on is None else date.fromisoformat(occurred_on),
        last_day=None if ends is None else date.fromisoformat(ends),
        shown_until=None if shown_until is None else date.fromisoformat(shown_until),
        fulfilment=fields.get("fulfilment", ""),
    )
