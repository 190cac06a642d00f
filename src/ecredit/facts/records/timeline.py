"""A subject's records a page at a time, as true on a day and as known at an instant; and one document through time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from ecredit.facts.records.models import CreditRecord
from ecredit.facts.records.queries import view_of
from ecredit.facts.records.types import EntryView, Verb


@dataclass(frozen=True, slots=True)
class TimelineFilter:
    """What of a file is asked for. `history`: also what was superseded or withdrawn."""

    as_of: date | None = None
    known_at: datetime | None = None
    source_id: str = ""
    history: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of a file, what became true last first. `standing` are the leaves that stand for their documents."""

    entries: tuple[EntryView, ...]
    standing: frozenset[int]
    found: int
    by_source: tuple[tuple[str, int], ...]


def list_timeline(
    subject_ids: Collection[int], wanted: TimelineFilter, *, limit: int = 50, offset: int = 0
) -> Timeline:
    """A page of the entries about these subjects. Three queries, however long the file is."""
    rows = _about(subject_ids, wanted)
    counted = dict(rows.values_list("source_id").annotate(n=Count("leaf")).order_by("-n", "source_id"))
    if wanted.source_id:
        rows = rows.filter(source_id=wanted.source_id)
    newest = F("valid_from").desc(nulls_last=True)
    leaves = list(rows.order_by(newest, "-leaf").values_list("leaf", flat=True)[offset : offset + limit])
    found = {
        row.leaf: row
        for row in CreditRecord.objects.filter(leaf__in=leaves).annotate(
            superseded=Exists(_later(wanted.known_at))
        )
    }
    return Timeline(
        entries=tuple(view_of(found[leaf]) for leaf in leaves),
        standing=frozenset(
            leaf for leaf, row in found.items() if not row.superseded and row.verb != Verb.WITHDRAW.value
        ),
        found=counted.get(wanted.source_id, 0) if wanted.source_id else sum(counted.values()),
        by_source=tuple(counted.items()),
    )


def list_versions(leaf: int, *, known_at: datetime | None = None) -> list[EntryView]:
    """Every entry of the document that this entry is of, oldest first; empty when there is no such entry."""
    key = CreditRecord.objects.filter(leaf=leaf).values("doc_key")
    rows = CreditRecord.objects.filter(doc_key__in=key)
    if known_at is not None:
        rows = rows.filter(known_at__lte=known_at)
    return [view_of(row) for row in rows.order_by("leaf")]


def _about(subject_ids: Collection[int], wanted: TimelineFilter) -> QuerySet[CreditRecord]:
    rows = CreditRecord.objects.filter(subject_id__in=list(subject_ids))
    if wanted.known_at is not None:
        rows = rows.filter(known_at__lte=wanted.known_at)
    if wanted.as_of is not None:
        rows = rows.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=wanted.as_of))
    if not wanted.history:
        rows = rows.exclude(verb=Verb.WITHDRAW.value).filter(~Exists(_later(wanted.known_at)))
    return rows


def _later(known_at: datetime | None) -> QuerySet[CreditRecord]:
    """The entries of the same document that came after, by what was known then."""
    later = CreditRecord.objects.filter(doc_key=OuterRef("doc_key"), leaf__gt=OuterRef("leaf"))
    return later if known_at is None else later.filter(known_at__lte=known_at)
