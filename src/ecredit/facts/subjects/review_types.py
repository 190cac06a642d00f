"""Values of the review queue."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ecredit.facts.subjects.matching_types import Candidate


class ReviewState(StrEnum):
    """Where a review item stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    # Its supplier sent the row again, so there is nothing left to decide.
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening items came to: how many are new, and how many of those got no, one or several candidates."""

    items: int
    none: int
    one: int
    several: int
    model: str


@dataclass(frozen=True, slots=True)
class Decision:
    """An officer's answer, with what `collection` needs to act on it. `leaf` is the answer's place in the log.

    `subject_id` is canonical; None when the row was rejected or a decision undone.
    """

    item_id: int
    held_row_id: int
    source_id: str
    batch_id: int
    line: int
    state: ReviewState
    subject_id: int | None
    leaf: int


@dataclass(frozen=True, slots=True)
class ReviewView:
    """One item of the queue as an officer reads it; candidates the likeliest first."""

    id: int
    held_row_id: int
    source_id: str
    batch_id: int
    line: int
    name: str
    address: str
    legal_rep: str
    state: ReviewState
    opened_at: datetime
    decided_at: datetime | None
    decided_by: str
    note: str
    subject_id: int | None
    model: str
    is_person: bool
    candidates: tuple["CandidateView", ...]


@dataclass(frozen=True, slots=True)
class CandidateView:
    """A candidate with what the subject is called and known by today; `registered`: a register's row said so.

    `codes` are (kind, value) pairs, persons' numbers left out; `status` is the state in the register.
    """

    candidate: Candidate
    name: str
    code: str
    registered: bool
    codes: tuple[tuple[str, str], ...]
    kind: str
    address: str
    status: str
