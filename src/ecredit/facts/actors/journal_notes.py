"""Noting reads: at once in a table of their own, sealed into the log with whatever is written next.

What a page shows must not wait for who is writing, and a reader must not be able to look without a trace. `seal_notes`
runs at least every minute while the platform serves. Until then a note rests on the database, so it is bound to the
home's keys: what was put there, or changed, by hand never gets into the log, and the audit names it.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.canonical import instant_text, read_object
from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import JournalEntry, JournalNote
from ecredit.facts.actors.types import Actor
from ecredit.foundation.proof.binding import bind, is_bound
from ecredit.foundation.proof.keys import KeyRing

_AT_ONCE = 1_000
_BOUND: Final = "actors_journal_note"
# The verb of a read of personal data; its detail says for what purpose.
READ = "subject.read"
# What may be noted: nothing by which a right, a record or a decision comes to be. Those are posted with what they do.
NOTED: Final = frozenset({
    READ, "subject.reveal", "held.read", "finding.read", "journal.read", "journal.export", "session.open", "session.close", "session.refuse",
    "person.tie_sign_on", "factor.add", "factor.remove", "factor.codes", "factor.reset", "job.start", "job.retry",
    "job.cancel", "job.refuse", "webhook.set", "webhook.drop",
})  # fmt: skip


def note_read(
    *, ring: KeyRing, by: Actor, about: str, purpose: str, at: datetime, verb: str = READ, seen: str = ""
) -> None:
    """Note that personal data of `about` (`subject:12`) is being read, for what purpose; `seen`: digest of what was shown."""
    detail = {"purpose": purpose} | ({"seen": seen} if seen else {})
    note(ring=ring, by=by, verb=verb, about=about, detail=detail, at=at)


def note(
    *, ring: KeyRing, by: Actor, verb: str, about: str, detail: Mapping[str, object], at: datetime
) -> None:
    """Note a journal row; `detail` holds no personal data. Raises ValueError for a verb that is not to be noted."""
    if verb not in NOTED:
        raise ValueError(f"{verb} is posted, not noted")
    row = JournalNote(
        at=at,
        who=by.who,
        right=by.right,
        verb=verb,
        object=about,
        detail=json.dumps(detail, ensure_ascii=False),
        mark=secrets.token_hex(8),
    )
    row.binding = bind(ring, _BOUND, *_fields(row))
    row.save(force_insert=True)


def seal_notes(*, ring: KeyRing, at: datetime) -> int:
    """Move the notes into the journal and the log, oldest first; returns how many. A note that is not ours stays."""
    sealed, last = 0, 0
    while rows := list(JournalNote.objects.filter(id__gt=last).order_by("id")[:_AT_ONCE]):
        last = rows[-1].pk
        # Strange ones alone do not open the log, and do not keep the others from it.
        if ours := [row.pk for row in rows if _is_ours(ring, row)]:
            sealed += _seal(ours, ring, at)
    return sealed


def _seal(numbers: list[int], ring: KeyRing, at: datetime) -> int:
    with transaction.atomic():
        log = OpenLog(ring, at)
        notes = JournalNote.objects.filter(id__in=numbers).order_by("id")
        if connection.vendor == "postgresql":
            notes = notes.select_for_update()
        # As they are now: another may have sealed them, or changed them, in between.
        taken = [row for row in notes if _is_ours(ring, row)]
        known = _sealed_before(taken)
        said = {row.mark: row for row in taken if row.mark not in known}
        for row in said.values():
            detail = json.loads(row.detail) | {"noted_at": instant_text(row.at), "note": row.mark}
            post_journal(log, by=Actor(row.who, row.right), verb=row.verb, about=row.object, detail=detail)
        JournalNote.objects.filter(id__in=[row.pk for row in taken]).delete()
        log.seal()
    return len(said)


def count_strange_notes(ring: KeyRing) -> int:
    """How many notes are not as this home wrote them."""
    return sum(not _is_ours(ring, row) for row in JournalNote.objects.order_by("id").iterator())


def audit_notes(ring: KeyRing) -> Iterator[AuditFinding]:
    """Notes that this home did not write, or not so."""
    for row in JournalNote.objects.order_by("id").iterator():
        if not _is_ours(ring, row):
            yield AuditFinding(
                "note",
                None,
                f"待封存的日志 {row.pk}（{row.verb}，{row.who}）不是本系统所写或被改动，未封存",
                f"note {row.pk} ({row.verb}, {row.who}) is not as this home wrote it; it was not sealed",
            )


def _fields(row: JournalNote) -> tuple[str, ...]:
    return (row.mark, instant_text(row.at), row.who, row.right, row.verb, row.object, row.detail)


def _is_ours(ring: KeyRing, row: JournalNote) -> bool:
    return row.verb in NOTED and is_bound(ring, row.binding, _BOUND, *_fields(row))


def _sealed_before(rows: list[JournalNote]) -> set[str]:
    """The marks of notes that are in the journal already: a note that was kept aside and put back says nothing twice."""
    if not rows:
        return set()
    marks = {row.mark for row in rows}
    since = min(row.at for row in rows)
    objects = {row.object for row in rows}
    details = JournalEntry.objects.filter(at__gte=since, object__in=objects).values_list("detail", flat=True)
    return {mark for detail in details if (mark := read_object(detail).get("note")) in marks}
