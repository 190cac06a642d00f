"""How a badge stands today: what became of it, and whether it still says what is public. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ecredit.service.badges.badge_rules import why_none
from ecredit.service.badges.types import EndedWhy, PublicBadge
from ecredit.service.publicity.badge_facts import BadgeFacts


class Standing(StrEnum):
    """How a badge stands. `OUTDATED`: not revoked yet, but the profile says something else today."""

    IN_FORCE = "in_force"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    OUTDATED = "outdated"
    CHANGED = "changed"
    GONE = "gone"
    CLOSED = "closed"
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class Today:
    """How a badge stands on a day; `facts` is what is public of its subject then, None when nothing is."""

    standing: Standing
    facts: BadgeFacts | None

    @property
    def good(self) -> bool:
        """Whether it may be relied upon."""
        return self.standing is Standing.IN_FORCE


def stand_today(badge: PublicBadge, facts: BadgeFacts | None, at: datetime) -> Today:
    """How the badge stands at an instant, by what became of it and by what is public of its subject."""
    claims = badge.claims
    if badge.ended_at is not None:
        return Today(Standing(badge.ended_why), facts)
    why = why_none(facts)
    if why is not None:
        return Today(Standing.CLOSED if why is EndedWhy.CLOSED else Standing.GONE, facts)
    if at >= claims.valid_until:
        return Today(Standing.EXPIRED, facts)
    if at < claims.valid_from:
        return Today(Standing.NOT_YET, facts)
    return Today(
        Standing.IN_FORCE if facts is None or says_the_same(badge, facts) else Standing.OUTDATED, facts
    )


def says_the_same(badge: PublicBadge, facts: BadgeFacts) -> bool:
    """Whether the badge says what is public today."""
    claims = badge.claims
    names = (
        "code", "name", "kind", "area", "registered", "licences", "licence_count", "real_name_on", "grade", "graded_on",
    )  # fmt: skip
    return all(getattr(claims, name) == getattr(facts, name) for name in names)
