"""Which reasons of a grade everyone may read.

A reason rests on ledger entries. It is public only while every document behind it is: a reason that counts a minor
penalty would otherwise tell what the law keeps from view.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from ecredit.foundation.catalog.types import Catalog
from ecredit.judgement.evaluation.grade_rules import LIMIT, NOTHING_KNOWN, STATUS
from ecredit.judgement.evaluation.types import GradeRow, Reason
from ecredit.service.publicity.clauses import clause_text
from ecredit.service.publicity.ledger_reading import SubjectRecord
from ecredit.service.publicity.reveal import reveal_text
from ecredit.service.publicity.types import PublicReason, Ungraded

HIDDEN = date.min
"""Stands for "never" where None stands for "without end"."""


@dataclass(slots=True)
class ShownDocuments:
    """What a run has decided about the documents of the subjects it touches.

    shown     leaf → (first day no longer shown or None, source id)
    withheld  (subject, source id) of documents that are not shown
    ends      (subject, source id) → earliest end among those that are shown
    public    subjects of whom something is shown
    unnamed   subjects whose register record was withdrawn since the lake was brought up: no register names them any more
    """

    shown: dict[int, tuple[date | None, str]] = field(default_factory=dict)
    withheld: set[tuple[int, str]] = field(default_factory=set)
    ends: dict[tuple[int, str], date] = field(default_factory=dict)
    public: set[int] = field(default_factory=set)
    unnamed: frozenset[int] = frozenset()

    def add(self, leaf: int, subject: int, source: str, until: date | None) -> None:
        """A document that is shown."""
        self.shown[leaf] = (until, source)
        self.public.add(subject)
        key = (subject, source)
        if until is not None and (key not in self.ends or until < self.ends[key]):
            self.ends[key] = until

    def may_be_known(self, subject: SubjectRecord) -> bool:
        """Whether there is anything public about a subject: a register names it, or something of it is shown."""
        named = subject.registered and subject.id not in self.unnamed
        return named or subject.id in self.public


def public_reasons(
    reasons: Sequence[Reason], subject: int, documents: ShownDocuments, catalog: Catalog
) -> list[PublicReason]:
    """The reasons everyone may read, in their order, each with the day from which it may no longer be read."""
    found = []
    for reason in reasons:
        until = _shown_until(reason, subject, documents)
        if until is HIDDEN:
            continue
        found.append(
            PublicReason(
                zh=reveal_text(reason.zh),
                en=reveal_text(reason.en),
                points=float(reason.points),
                clause=clause_text(catalog, reason.clause),
                item_leaves=reason.leaves,
                shown_until=until,
                indicator=reason.indicator,
            )
        )
    if len(found) < len(reasons):
        # What held the total within its bounds would tell the sum of what is kept from view.
        found = [reason for reason in found if reason.indicator != LIMIT]
    return found


def whole_score(row: GradeRow, shown: Sequence[PublicReason]) -> float | None:
    """The score, when every reason of it may be read: else the difference would tell what is kept from view."""
    return float(row.score) if row.score is not None and len(shown) == len(row.reasons) else None


def why_ungraded(row: GradeRow | None) -> Ungraded:
    """Why a subject has no grade that everyone may see; "" when it has one."""
    if row is None:
        return "waiting"
    if not row.edition:
        return "no_model"
    if not row.public:
        return "not_public"
    if row.grade is not None:
        return ""
    names = {reason.indicator for reason in row.reasons}
    return "nothing" if NOTHING_KNOWN in names and STATUS not in names else "state"


def _shown_until(reason: Reason, subject: int, documents: ShownDocuments) -> date | None:
    """The earliest end of what it rests on; HIDDEN when any of it is not shown."""
    until: date | None = None
    sources = set()
    for leaf in reason.leaves:
        if leaf not in documents.shown:
            return HIDDEN
        end, source = documents.shown[leaf]
        sources.add(source)
        if end is not None and (until is None or end < until):
            until = end
    if reason.records <= len(reason.leaves):
        return until
    # It counts more documents than it names: all of the subject's from there must be shown.
    for source in sources:
        if (subject, source) in documents.withheld:
            return HIDDEN
        end = documents.ends.get((subject, source))
        if end is not None and (until is None or end < until):
            until = end
    return until if sources else HIDDEN
