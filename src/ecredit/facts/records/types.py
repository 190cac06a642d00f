"""Values of this room."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ecredit.facts.actors.audit_types import AuditFinding

# In the content of a correction, and as a column of the mirror: the organisation that made it.
CORRECTED_BY = "_corrected_by"


class Verb(StrEnum):
    """What an entry does to its document."""

    POST = "post"
    CORRECT = "correct"
    WITHDRAW = "withdraw"


class Fate(StrEnum):
    """What became of a row offered to the ledger."""

    ACCEPTED = "accepted"
    SUPERSEDED = "superseded"
    # As superseded, and the document is about another subject than before.
    MOVED = "moved"
    DUPLICATE = "duplicate"
    # The document as it was before an officer corrected it: known already, the correction stands.
    OUTDATED = "outdated"
    # Not posted, a person must say: new content of a document that an officer withdrew, or corrected, or that is
    # another supplier's.
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"
    ANOTHERS = "anothers"


POSTED = frozenset({Fate.ACCEPTED, Fate.SUPERSEDED, Fate.MOVED})
WAITS = frozenset({Fate.WITHDRAWN, Fate.CORRECTED, Fate.ANOTHERS})


def _nobody(_row: int) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class EntryBlock:
    """Rows offered to the ledger; all sequences have one item a row.

    `doc_keys` tell documents apart (32 hex characters); `valid_from`/`valid_to` are ISO days or None; `content` and
    `original` are JSON texts as in `models.CreditRecord`, in UTF-8. `predecessors` are those whose documents `supplier` took over.
    `issued` says of a row whether `supplier` itself issued its document; it is asked only of rows where that matters.
    """

    source_id: str
    supplier: str
    predecessors: Collection[str]
    batch_id: int
    edition: str
    lines: Sequence[int]
    doc_keys: Sequence[str]
    subject_ids: Sequence[int]
    valid_from: Sequence[str | None]
    valid_to: Sequence[str | None]
    content: Sequence[bytes]
    original: Sequence[bytes]
    issued: Callable[[int], bool] = _nobody


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry as other rooms read it; `values` and `original` by column code, sealed ones still sealed."""

    leaf: int
    verb: str
    source_id: str
    doc_key: str
    subject_id: int
    valid_from: date | None
    valid_to: date | None
    known_at: datetime
    supplier: str
    batch_id: int | None
    line: int | None
    edition: str
    values: dict[str, str]
    original: dict[str, str]


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What the audit looked at and found. `ok` when nothing is wrong."""

    size: int
    entries: int
    journal: int
    identity: int
    heads: int
    seconds: float
    findings: tuple[AuditFinding, ...]

    @property
    def ok(self) -> bool:
        """True when everything the audit covers follows from the log, and the log from its signed heads."""
        return not self.findings
