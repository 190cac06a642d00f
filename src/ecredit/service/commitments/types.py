"""Values of this room."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from ecredit.foundation.catalog.commitment_types import CommitmentTemplate, TemplateVersion

SOURCE: Final = "commitment"
"""The source of the ledger whose records commitments are, wherever they were made."""
BROKEN: Final = "未履行"
KEPT: Final = "已履行"
"""Values of its column `fulfilment`."""


class Way(StrEnum):
    """How a commitment was made here: at the desk by the subject's own person, or on paper, taken in by an officer."""

    OWN = "own"
    PAPER = "paper"


class Stand(StrEnum):
    """How a commitment made here stands; one whose days are over is still `in_force` here and ended by its dates."""

    IN_FORCE = "in_force"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


class Act(StrEnum):
    """What happens to a commitment after it was made."""

    WITHDRAW = "withdraw"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Draft:
    """A commitment about to be made. Of a natural person `name` is masked, `uscc` empty and `subject_id` None until collected."""

    template: CommitmentTemplate
    version: TemplateVersion
    answers: Mapping[str, str]
    way: Way
    name: str
    uscc: str
    is_person: bool
    subject_id: int | None
    organisation: str
    committed_on: date
    accepted_by: str
    scan: str = ""


@dataclass(frozen=True, slots=True)
class EventView:
    """What happened to a commitment."""

    act: Act
    on: date
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CommitmentView:
    """A commitment made here."""

    number: str
    template: str
    version: int
    way: Way
    name: str
    uscc: str
    is_person: bool
    subject_id: int | None
    organisation: str
    content: str
    answers: Mapping[str, str]
    committed_on: date
    valid_until: date
    accepted_by: str
    replaces: str
    scan: str
    record: int | None
    stand: Stand
    by: str
    at: datetime
    digest: str
    events: tuple[EventView, ...] = ()

    def days_left(self, on: date) -> int:
        """How many days it still holds after a day; below 0 when it is over."""
        return (self.valid_until - on).days


class CaseState(StrEnum):
    """How a case stands.

    opened    grounds and evidence are put down, the subject has not been told
    told      it was told and may answer until the day the clock ends
    answered  its own people have answered here
    breached  two people found that the commitment was broken; the ledger says so
    cleared   two people found that it was not
    undone    what was found was taken back by two people; the ledger says so by a new entry
    dropped   closed before anything was found
    """

    OPENED = "opened"
    TOLD = "told"
    ANSWERED = "answered"
    BREACHED = "breached"
    CLEARED = "cleared"
    UNDONE = "undone"
    DROPPED = "dropped"


class CaseAct(StrEnum):
    """What happens in a case. `answer` is the subject's own people's; `hear`: an officer puts down what it said otherwise."""

    OPEN = "open"
    TELL = "tell"
    ADD = "add"
    ANSWER = "answer"
    HEAR = "hear"
    BREACH = "breach"
    CLEAR = "clear"
    UNDO = "undo"
    DROP = "drop"


DECIDE: Final = "breach.decide"
UNDO: Final = "breach.undo"
CASE_VERBS: Final[Mapping[CaseAct, str]] = {
    CaseAct.OPEN: "breach.open",
    CaseAct.TELL: "breach.tell",
    CaseAct.ADD: "breach.add",
    CaseAct.ANSWER: "breach.answer",
    CaseAct.HEAR: "breach.hear",
    CaseAct.BREACH: DECIDE,
    CaseAct.CLEAR: DECIDE,
    CaseAct.UNDO: UNDO,
    CaseAct.DROP: "breach.drop",
}
"""The journal's verbs."""
MADE: Final[Mapping[Way, str]] = {Way.OWN: "commitment.make", Way.PAPER: "commitment.take"}
ENDED: Final = "commitment.end"
REMINDED: Final = "commitment.remind"
LIVE: Final = (CaseState.OPENED, CaseState.TOLD, CaseState.ANSWERED)
OUTCOMES: Final[Mapping[str, CaseState]] = {
    CaseAct.BREACH: CaseState.BREACHED,
    CaseAct.CLEAR: CaseState.CLEARED,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a case rests on: a record of the ledger (`entry`, its leaf) or a file kept sealed (`file`, its SHA-256)."""

    kind: str
    ref: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class CaseEventView:
    """What happened in a case. `answer_until` is the last day to answer, where this act set it."""

    act: CaseAct
    state: CaseState
    words: str
    evidence: tuple[Evidence, ...]
    on: date
    answer_until: date | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case about a commitment of the ledger: which (`leaf` was its entry then), whose, on what grounds, and how it stands.

    digest   over all that happened: a decision is asked for and agreed to on the same
    """

    id: int
    doc_key: str
    leaf: int
    commitment_no: str
    accepted_by: str
    subject_id: int
    name: str
    organisation: str
    opened_for: str
    ground: str
    topic: str
    state: CaseState
    opened_on: date
    answer_until: date | None
    breach_on: date | None
    digest: str
    events: tuple[CaseEventView, ...] = field(default=())

    def may_be_decided(self, on: date) -> bool:
        """Whether the subject has answered, or had its time."""
        over = self.answer_until is not None and self.answer_until < on
        return self.state is CaseState.ANSWERED or (self.state is CaseState.TOLD and over)
