"""What a badge says, and what checking something gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence a badge names: what it is, its number, its last day (None: no end is written)."""

    title: str
    number: str
    last_on: date | None = None


@dataclass(frozen=True, slots=True)
class BadgeClaims:
    """Everything a badge says. Each form of it (credential, selective form, QR code) is made of this and nothing else.

    site, issuer, issuer_name   the city's address, DID and name
    code, name, kind, area      the subject, as its public profile has it
    registered                  a registration document of it is public
    licences, licence_count     some of the licences that are public, newest first, and how many there are
    real_name_on                day of the last real-name verification that is public; None: there is none
    grade, graded_on            None: no grade is public
    valid_from, valid_until     half-open
    status_list, status_index   where in which status list its revocation will stand
    """

    id: str
    site: str
    issuer: str
    issuer_name: str
    code: str
    name: str
    kind: str
    area: str
    registered: bool
    licences: tuple[Licence, ...]
    licence_count: int
    real_name_on: date | None
    grade: str | None
    graded_on: date | None
    valid_from: datetime
    valid_until: datetime
    status_list: int
    status_index: int


@dataclass(frozen=True, slots=True)
class BadgeSignatures:
    """The signatures of one badge, 64 bytes each: ES256 of the three forms, and SM2 of the compact one, which names the
    digests of the other two."""

    credential: bytes
    selective: bytes
    compact: bytes
    sm2: bytes

    @property
    def raw(self) -> bytes:
        """All four, one after another."""
        return self.credential + self.selective + self.compact + self.sm2

    @classmethod
    def from_raw(cls, raw: bytes) -> BadgeSignatures:
        """Read what `raw` gives. Raises ValueError."""
        if len(raw) != 256:
            raise ValueError("four signatures of 64 bytes are wanted")
        return cls(raw[:64], raw[64:128], raw[128:192], raw[192:])


class State(StrEnum):
    """How one check ended. `OPEN`: it could not be made with what was at hand; nothing is said against it."""

    HOLDS = "holds"
    FAILS = "fails"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check in plain words: its stable code, how it ended, Chinese and English."""

    code: str
    state: State
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was checked. It holds when the signatures were checked and nothing fails.

    kind    badge, credential, selective, compact, status, mark
    said    what the signed thing says, by name: only what a signature covers
    """

    kind: str
    findings: tuple[Finding, ...]
    said: dict[str, object] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether it holds."""
        return bool(self.findings) and all(finding.state is not State.FAILS for finding in self.findings)

    @property
    def failed(self) -> tuple[str, ...]:
        """The codes of what does not hold."""
        return tuple(finding.code for finding in self.findings if finding.state is State.FAILS)
