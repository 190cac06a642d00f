"""Reads of batches: a page at a time, by key, so that the thousandth page costs what the first does."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from ecredit.facts.actors.prepared import Prepared
from ecredit.facts.collection.batch_types import BatchFamily, BatchFilter, BatchPage, BatchView, ClearedRows
from ecredit.facts.collection.held_actions import WAITING
from ecredit.facts.collection.models import Batch, HeldRow
from ecredit.foundation.kernel.errors import EcreditError

_MOST_TOLD = 100
_NEWEST = ("-received_at", "-id")
_BY_ID = Prepared(lambda id: Batch.objects.filter(id=id), -1)


class NoSuchBatch(EcreditError):  # noqa: N818 - says what happened
    """There is no such batch, or it is none of whoever asks: the two are told alike."""

    code = "collection.no_such_batch"


def list_batches(wanted: BatchFilter, *, before: int | None = None, limit: int = 50) -> BatchPage:
    """A page of batches, newest first, of those older than the batch `before`. Two queries, the first page one."""
    if wanted.suppliers is not None and not wanted.suppliers:
        return BatchPage((), None)
    found = Batch.objects.all()
    if before is not None:
        found = older_than(found, before)
    if wanted.source:
        found = found.filter(source_id=wanted.source)
    if wanted.since is not None:
        found = found.filter(received_at__gte=_midnight(wanted.since))
    if wanted.until is not None:
        found = found.filter(received_at__lt=_midnight(wanted.until + timedelta(days=1)))
    if wanted.with_problems:
        found = found.filter(Q(problems__gt=0) | Q(warnings__gt=0))
    rows = list(newest_of(found, wanted.suppliers, limit + 1))
    older = rows[limit - 1].id if len(rows) > limit else None
    return BatchPage(tuple(batch_view(row) for row in rows[:limit]), older)


def older_than(found: QuerySet[Batch], before: int) -> QuerySet[Batch]:
    """Those of the found that come behind the batch `before`, newest first."""
    received_at = Batch.objects.filter(id=before).values_list("received_at", flat=True).first()
    if received_at is None:
        return found.none()
    # The first condition says nothing new, but the index is read from there.
    return found.filter(received_at__lte=received_at).filter(
        Q(received_at__lt=received_at) | Q(received_at=received_at, id__lt=before)
    )


def newest_of(found: QuerySet[Batch], suppliers: Collection[str] | None, limit: int) -> QuerySet[Batch]:
    """The newest of the suppliers' batches: the newest of each, then of all of those.

    In one sorted query over several suppliers a database reads every batch of theirs, or everybody's.
    """
    if suppliers is None:
        return found.order_by(*_NEWEST)[:limit]
    first, *others = (
        found.filter(supplier=supplier).order_by(*_NEWEST)[:limit] for supplier in sorted(suppliers)
    )
    if not others:
        return first
    parts = (Batch.objects.filter(id__in=part.values("id")) for part in (first, *others))
    return next(parts).union(*parts, all=True).order_by(*_NEWEST)[:limit]


def find_batch(batch_id: int, *, suppliers: Collection[str] | None) -> BatchView | None:
    """A batch of these suppliers (None: of anybody); None when there is none."""
    row = _BY_ID.first(batch_id)
    if row is None or (suppliers is not None and row.supplier not in suppliers):
        return None
    return batch_view(row)


def get_batch(batch_id: int, *, suppliers: Collection[str] | None) -> BatchView:
    """As `find_batch`. Raises NoSuchBatch."""
    batch = find_batch(batch_id, suppliers=suppliers)
    if batch is None:
        raise NoSuchBatch(f"没有批次 {batch_id}", f"there is no batch {batch_id}", batch=batch_id)
    return batch


def get_family(batch: BatchView) -> BatchFamily:
    """What a batch put right, what was sent to put it right (a hundred each at most), and what of it waits. Three queries."""
    ended = (
        HeldRow.objects.filter(ended_by_batch=batch.id)
        .exclude(batch_id=batch.id)
        .values_list("batch_id", "batch__filename")
        .annotate(
            cleared=Count("id", filter=Q(state="cleared")), replaced=Count("id", filter=Q(state="replaced"))
        )
        .order_by("batch_id")[:_MOST_TOLD]
    )
    later = Batch.objects.filter(corrects_id=batch.id).order_by("-id")[:_MOST_TOLD]
    return BatchFamily(
        cleared=tuple(ClearedRows(*row) for row in ended if row[2] or row[3]),
        later=tuple(batch_view(row) for row in later),
        waiting=HeldRow.objects.filter(batch_id=batch.id, state__in=WAITING).count(),
    )


def list_correctable(source: str, suppliers: Collection[str], *, limit: int = 20) -> tuple[BatchView, ...]:
    """The newest batches of a source that left rows waiting or were told of problems. One query."""
    return list_batches(BatchFilter(suppliers, source, with_problems=True), limit=limit).batches


def batch_view(row: Batch) -> BatchView:
    """A row of the table as other rooms see it."""
    return BatchView(
        id=row.id,
        source=row.source_id,
        supplier=row.supplier,
        sent_by=row.sent_by,
        filename=row.filename,
        digest=row.digest,
        size=row.size,
        state=row.state,
        received_at=row.received_at,
        finished_at=row.finished_at,
        edition=row.edition,
        corrects=row.corrects_id,
        corrects_guessed=row.corrects_guessed,
        rows=row.rows,
        accepted=row.accepted,
        superseded=row.superseded,
        duplicate=row.duplicate,
        quarantined=row.quarantined,
        refused=row.refused,
        late=row.late,
        cleared=row.cleared,
        problems=row.problems,
        warnings=row.warnings,
        problem_counts=row.problem_counts,
        notes=tuple(row.note.splitlines()),
    )


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
