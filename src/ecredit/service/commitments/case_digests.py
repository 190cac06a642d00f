"""The digest of an event of a case, which the journal holds: whoever changes one, or adds or takes one away, is seen."""

from collections.abc import Iterable
from datetime import date

from ecredit.service.commitments.content_rules import digest_of
from ecredit.service.commitments.models import BreachEvent


def event_digest(event: BreachEvent) -> str:
    """SHA-256 over all that an event says, what its case is about included."""
    case = event.case
    return digest_of(
        [
            case.doc_key, case.entry, case.commitment_no, case.accepted_by, case.subject_id, case.name, case.organisation,
            case.opened_for, case.ground, case.topic, _day(case.opened_on), str(event.act), str(event.state), event.words,
            event.evidence, _day(event.on), _day(event.answer_until), _day(event.breach_on), event.by,
        ]
    )  # fmt: skip


def case_digest(events: Iterable[BreachEvent]) -> str:
    """SHA-256 over all that happened in a case so far."""
    return digest_of([event_digest(event) for event in events])


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
