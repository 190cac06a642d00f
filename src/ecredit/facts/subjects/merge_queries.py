"""Reads of who was joined with whom."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Max

from ecredit.facts.subjects.models import CreditSubject, IdentityEvent

# The condition of the index is written out: a database takes an index of a part only when it can see that it is that part.
_LATEST = """
    SELECT leaf FROM subjects_identity_event WHERE verb IN ('merge', 'split') ORDER BY leaf DESC LIMIT %s OFFSET %s
"""


@dataclass(frozen=True, slots=True)
class MergeEvent:
    """A merge or a split: `subject_id` was joined with `other_id`, or parted from it. `undoable`: it stands today."""

    leaf: int
    verb: str
    at: datetime
    who: str
    right: str
    subject_id: int
    subject_name: str
    other_id: int
    other_name: str
    reason: str
    undoable: bool


def list_merges(*, limit: int = 50, offset: int = 0) -> list[MergeEvent]:
    """A page of merges and splits, newest first."""
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [limit, offset])
        leaves = [leaf for (leaf,) in cursor.fetchall()]
    return _views(list(IdentityEvent.objects.filter(leaf__in=leaves).order_by("-leaf")))


def list_merges_of(subject_ids: Collection[int]) -> list[MergeEvent]:
    """Merges and splits that these subjects took part in, newest first."""
    ids = list(subject_ids)
    events = IdentityEvent.objects.filter(subject_id__in=ids) | IdentityEvent.objects.filter(other_id__in=ids)
    return _views(list(events.filter(verb__in=("merge", "split")).order_by("-leaf")))


def _views(events: list[IdentityEvent]) -> list[MergeEvent]:
    ids = {event.subject_id for event in events} | {event.other_id or 0 for event in events}
    subjects = CreditSubject.objects.in_bulk(sorted(ids))
    joined = IdentityEvent.objects.filter(
        subject_id__in={event.subject_id for event in events}, verb__in=("merge", "split")
    )
    last = dict(joined.values_list("subject_id").annotate(last=Max("leaf")).order_by())
    views = []
    for event in events:
        subject, other = subjects[event.subject_id], subjects[event.other_id or 0]
        views.append(
            MergeEvent(
                leaf=event.leaf,
                verb=event.verb,
                at=event.at,
                who=event.who,
                right=event.right,
                subject_id=subject.id,
                subject_name=subject.name,
                other_id=other.id,
                other_name=other.name,
                reason=str(json.loads(event.detail or "{}").get("reason", "")),
                undoable=event.verb == "merge" and last[subject.id] == event.leaf,
            )
        )
    return views
