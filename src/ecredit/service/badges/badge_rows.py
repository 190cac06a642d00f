"""Between rows of the table and what they say; how a row is bound to the keys."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from ecredit.facts.actors.canonical import instant_text
from ecredit.foundation.proof.badge_types import BadgeClaims, Licence
from ecredit.foundation.proof.binding import bind, is_bound
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.status_list import PLACES
from ecredit.service.badges.types import BadgeRow, City
from ecredit.service.publicity.badge_facts import BadgeFacts

BOUND: Final = "badges_badge"
COLUMNS: Final = (
    "badge_id", "code", "place", "city_id", "claims", "content", "seed", "signatures", "kid", "valid_from", "valid_until",
    "issued_at", "ended_at", "ended_why", "successor", "leaf", "binding",
)  # fmt: skip
SUM_BITS: Final = 256
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))


def claims_text(facts: BadgeFacts) -> str:
    """What a badge says of a subject, one way to write it; `licences` as title, number, last day."""
    said = [
        facts.code,
        facts.name,
        facts.kind,
        facts.area,
        facts.registered,
        [[one.title, one.number, _iso(one.last_on)] for one in facts.licences],
        facts.licence_count,
        _iso(facts.real_name_on),
        facts.grade,
        _iso(facts.graded_on),
    ]
    return _ENCODER.encode(said)


def claims_of(
    text: str, *, badge_id: str, place: int, city: City, since: datetime, until: datetime
) -> BadgeClaims:
    """A badge's claims from its row. Raises ValueError for a text that is none."""
    code, name, kind, area, registered, licences, count, real_name, grade, graded = json.loads(text)
    number, index = divmod(place, PLACES)
    return BadgeClaims(
        id=badge_id,
        site=city.site,
        issuer=city.issuer,
        issuer_name=city.name,
        code=code,
        name=name,
        kind=kind,
        area=area,
        registered=registered,
        licences=tuple(Licence(title, no, _day(last)) for title, no, last in licences),
        licence_count=count,
        real_name_on=_day(real_name),
        grade=grade,
        graded_on=_day(graded),
        valid_from=since,
        valid_until=until,
        status_list=number,
        status_index=index,
    )


def row_binding(ring: KeyRing, row: BadgeRow) -> str:
    """The mark of a row under the home's keys."""
    return bind(ring, BOUND, *_fields(row))


def is_ours(ring: KeyRing, row: BadgeRow) -> bool:
    """Whether this home wrote the row, and so."""
    return is_bound(ring, row.binding, BOUND, *_fields(row))


def add_up(total: int, *, new: str = "", old: str = "") -> int:
    """The sum of all rows' marks after one came, went or became another: it tells whether a row is missing."""
    return (total + int(new or "0", 16) - int(old or "0", 16)) % (1 << SUM_BITS)


def row_of(values: Mapping[str, Any]) -> BadgeRow:
    """A row as Django's `values()` gives it."""
    plain: dict[str, Any] = {
        name: bytes(values[name]) if name in ("seed", "signatures") else values[name] for name in COLUMNS
    }
    return BadgeRow(**plain)


def _fields(row: BadgeRow) -> tuple[object, ...]:
    instants = (row.valid_from, row.valid_until, row.issued_at, row.ended_at)
    return (
        row.badge_id, row.code, row.place, row.city_id, row.claims, row.seed.hex(), row.signatures.hex(), row.kid,
        *("" if at is None else instant_text(at) for at in instants), row.ended_why, row.successor, row.leaf,
    )  # fmt: skip


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
