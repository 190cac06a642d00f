"""Who has a badge, what becomes of one, and how long it is in force: pure, from what is public and what was issued."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from ecredit.service.badges.types import Act, EndedWhy
from ecredit.service.publicity.badge_facts import BadgeFacts

ZONE: Final = ZoneInfo("Asia/Shanghai")
LONGEST: Final = timedelta(days=365)
"""A badge is in force for a year at most; with less than REDATE of it left, it is dated anew."""
REDATE: Final = timedelta(days=30)
CLOSED: Final = frozenset({"吊销", "注销", "撤销", "迁出"})
"""States of the register (`catalog/codes/registration_state.yaml`) that end a badge."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a subject's live badge says, by digest, and until when; `city_id` and `until` tell whether it must be made anew."""

    badge_id: str
    content: str
    city_id: int
    until: datetime


def why_none(facts: BadgeFacts | None) -> EndedWhy | None:
    """Why a subject may have no badge; None when it may. One rests on a registration that is public."""
    if facts is None or not facts.registered:
        return EndedWhy.GONE
    return EndedWhy.CLOSED if facts.status in CLOSED else None


def decide_act(
    facts: BadgeFacts | None,
    held: Held | None,
    content: str,
    city_id: int,
    until: datetime,
    at: datetime,
    *,
    redate: bool = False,
) -> Act:
    """What to do for a subject. `content` and `until` are those of a badge made now; `redate` dates anew what stays as it is."""
    if why_none(facts) is not None:
        return Act.NONE if held is None else Act.REVOKE
    if held is None:
        return Act.ISSUE
    if (held.content, held.city_id) != (content, city_id) or until < held.until - timedelta(days=1):
        # Not as it was, or it would outlast what it says.
        return Act.REPLACE
    ending = held.until - at < REDATE and until - held.until >= timedelta(days=1)
    return Act.REDATE if ending or redate or held.until <= at else Act.KEEP


def valid_until(facts: BadgeFacts, at: datetime) -> datetime:
    """The end of a badge made now: midnight of the first day some of it ends, or in a year; tomorrow at the earliest."""
    today = at.astimezone(ZONE).date()
    last = today + LONGEST
    if facts.ends_on is not None:
        last = min(last, facts.ends_on)
    return midnight(max(last, today + timedelta(days=1)))


def midnight(day: date) -> datetime:
    """The first instant of a day in the city."""
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


def digest_content(claims: str) -> str:
    """A digest of what a badge says of its subject: equal when it says the same."""
    return hashlib.sha256(claims.encode()).hexdigest()[:32]


def issuer_of(site: str) -> str:
    """The did:web of the host of an address. Raises ValueError for an address that is none, or has a path."""
    parts = urlsplit(site)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.path
        or parts.query
        or parts.fragment
    ):
        raise ValueError("an address is https://host or https://host:port")
    return f"did:web:{quote(parts.netloc.lower(), safe='.-')}"
