"""The digest of an event, which the journal holds: whoever changes one, or adds or takes one away, is seen."""

import hashlib
from datetime import date

from ecredit.judgement.measures.models import WarningEvent
from ecredit.judgement.measures.warning_rules import written


def event_digest(event: WarningEvent) -> str:
    """SHA-256 (32 hex digits) over all that an event says, its warning's name included."""
    said = [
        event.warning.key,
        str(event.act),
        str(event.state),
        event.holds,
        event.gravity,
        _day(event.due_on),
        _day(event.escalates_on),
        event.facts,
        event.document,
        event.reason,
        event.words,
        event.organisations,
        event.by,
    ]
    return hashlib.sha256(written(said).encode()).hexdigest()[:32]


def _day(day: date) -> str:
    return day.isoformat()
