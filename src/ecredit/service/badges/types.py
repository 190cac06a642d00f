"""Values of this room."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ecredit.foundation.proof.badge_types import BadgeClaims, BadgeSignatures


class EndedWhy(StrEnum):
    """Why a badge was revoked."""

    CHANGED = "changed"
    """What it says is no longer so; another one took its place."""
    GONE = "gone"
    """Of the subject nothing is public any more that a badge could say."""
    CLOSED = "closed"
    """The register says the firm is closed, struck off or has moved away."""
    OFFICER = "officer"
    """Taken back by hand."""


class Act(StrEnum):
    """What a run does with a subject's badge."""

    ISSUE = "issue"
    KEEP = "keep"
    REDATE = "redate"
    REPLACE = "replace"
    REVOKE = "revoke"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class City:
    """As what the city signs: its public address without a final slash, its DID, its name. `id`: of the row, 0 before."""

    site: str
    issuer: str
    name: str
    id: int = 0


@dataclass(frozen=True, slots=True)
class BadgeRow:
    """A badge as the tables have it; instants aware. `binding` is empty until it is bound."""

    badge_id: str
    code: str
    place: int
    city_id: int
    claims: str
    content: str
    seed: bytes
    signatures: bytes
    kid: str
    valid_from: datetime
    valid_until: datetime
    issued_at: datetime
    ended_at: datetime | None
    ended_why: str
    successor: str
    leaf: int
    binding: str = ""

    @property
    def live(self) -> bool:
        """Whether it was not revoked."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class PublicBadge:
    """A badge as everyone may see it."""

    claims: BadgeClaims
    signatures: BadgeSignatures
    seed: bytes
    kid: str
    issued_at: datetime
    ended_at: datetime | None
    ended_why: str
    successor: str


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What one run did. `looked_at` counts subjects, `live` and `ended` all badges there are afterwards."""

    looked_at: int = 0
    issued: int = 0
    redated: int = 0
    replaced: int = 0
    revoked: int = 0
    kept: int = 0
    live: int = 0
    ended: int = 0
    seconds: float = 0.0
