"""Noting reads: at once in a table of their own, sealed into the log with whatever is written next.

What a page shows must not wait for who is writing, and a reader must not be able to look without a trace. Until it is
sealed, a note rests on the database alone; `seal_notes` runs at least every minute while the platform serves.
"""

import json
from collections.abc import Mapping
from datetime import datetime

from django.db import connection, transaction

from ecredit.facts.actors.canonical import instant_text
from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import JournalNote
from ecredit.facts.actors.types import Actor
from ecredit.foundation.proof.keys import KeyRing

_AT_ONCE = 1_000
# The verb of a read of personal data; its detail says for what purpose.
READ = "subject.read"


def note_read(*, by: Actor, about: str, purpose: str, at: datetime, verb: str = READ) -> None:
    """Note that personal data of `about` (`subject:12`) is being read, for what purpose."""
    note(by=by, verb=verb, about=about, detail={"purpose": purpose}, at=at)


def note(*, by: Actor, verb: str, about: str, detail: Mapping[str, object], at: datetime) -> None:
    """Note a journal row; `detail` holds no personal data."""
    JournalNote.objects.create(
        at=at,
        who=by.who,
        right=by.right,
        verb=verb,
        object=about,
        detail=json.dumps(detail, ensure_ascii=False),
    )


def seal_notes(*, ring: KeyRing, at: datetime) -> int:
    """Move the notes into the journal and the log, oldest first; returns how many."""
    if not JournalNote.objects.exists():
        return 0
    with transaction.atomic():
        log = OpenLog(ring, at)
        notes = JournalNote.objects.order_by("id")
        if connection.vendor == "postgresql":
            notes = notes.select_for_update()
        taken = list(notes[:_AT_ONCE])
        for row in taken:
            detail = json.loads(row.detail) | {"noted_at": instant_text(row.at)}
            post_journal(log, by=Actor(row.who, row.right), verb=row.verb, about=row.object, detail=detail)
        JournalNote.objects.filter(id__in=[row.id for row in taken]).delete()
        log.seal()
    return len(taken)
