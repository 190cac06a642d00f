"""Reads of what came in: receipts, earlier batches, held rows."""

from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path

from django.db.models import Max

from ecredit.facts.collection.held_actions import WAITING
from ecredit.facts.collection.models import Batch, HeldRow
from ecredit.facts.collection.post_block import REVIEW_RULES, WAIT_RULES, resolution_problem, whose_documents
from ecredit.facts.collection.prepare import Prepared
from ecredit.facts.collection.types import Issue, Receipt
from ecredit.facts.records.types import Fate
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.home import Home

# The journal's verb for a file turned away whole.
REFUSED = "batch.refuse"

RESOLUTION_RULES = (*REVIEW_RULES, "identifiers_disagree", *WAIT_RULES.values())


def report_path(home: Home, batch_id: int) -> Path:
    """Where a batch's problem report lies."""
    return home.reports / f"batch-{batch_id}.csv"


def receipt_of(batch: Batch, home: Home, *, already_received: bool) -> Receipt:
    """The receipt of a finished batch. Of a repeated file every row is a duplicate that changed nothing, except those
    that still wait or were turned away."""
    repeated = already_received
    waiting = (
        HeldRow.objects.filter(batch=batch, state__in=WAITING).count() if repeated else batch.quarantined
    )
    return Receipt(
        batch_id=batch.id,
        source=batch.source_id,
        supplier=batch.supplier,
        filename=batch.filename,
        digest=batch.digest,
        rows=batch.rows,
        accepted=0 if repeated else batch.accepted,
        superseded=0 if repeated else batch.superseded,
        duplicate=batch.rows - waiting - batch.refused if repeated else batch.duplicate,
        quarantined=waiting,
        refused=batch.refused,
        late=0 if repeated else batch.late,
        cleared=0 if repeated else batch.cleared,
        problems=batch.problems,
        warnings=batch.warnings,
        already_received=repeated,
        received_at=batch.received_at,
        report=str(report_path(home, batch.id)),
        problem_counts=batch.problem_counts,
        notes=tuple(batch.note.splitlines()),
    )


def get_receipt(home: Home, batch_id: int) -> Receipt:
    """The receipt of a finished batch by its number. Raises WrongUse when there is none, or it is not finished or taken back."""
    batch = Batch.objects.filter(id=batch_id, state="done").first()
    if batch is None:
        raise WrongUse(
            f"批次 {batch_id} 不存在、还没有办结或已撤回，没有回执",
            f"batch {batch_id} does not exist, is not finished or was taken back: it has no receipt",
            batch=batch_id,
        )
    return receipt_of(batch, home, already_received=False)


def list_files(batch_ids: Iterable[int]) -> dict[int, str]:
    """The names of the files that these batches came as."""
    return dict(Batch.objects.filter(id__in=set(batch_ids)).values_list("id", "filename"))


def find_same_file(source_id: str, supplier: str, digest: str, *, edition: str = "") -> Batch | None:
    """The last batch of these very bytes (under one edition of the catalogue) that was not taken back."""
    same = Batch.objects.filter(source_id=source_id, supplier=supplier, digest=digest).exclude(
        state="withdrawn"
    )
    return (same.filter(edition=edition) if edition else same).order_by("-id").first()


def find_last_received_at() -> datetime | None:
    """When the last file of all came."""
    last: datetime | None = Batch.objects.aggregate(last=Max("received_at"))["last"]
    return last


def may_fare_better(batch: Batch) -> bool:
    """Whether rows of a batch could fare better by other rules: they were refused, or wait for their supplier."""
    return batch.refused > 0 or HeldRow.objects.filter(batch=batch, state="held").exists()


def find_earlier_batch(
    source_id: str, suppliers: Collection[str], filename: str, corrects: int | None
) -> Batch | None:
    """The batch that a new file corrects: the one named, or the last of the same name with rows waiting.

    `suppliers` are who sends and whose work it has taken over. Raises WrongUse when the named one is none of their
    batches of this source.
    """
    mine = Batch.objects.filter(source_id=source_id, supplier__in=suppliers)
    if corrects is not None:
        batch = mine.filter(id=corrects).first()
        if batch is None:
            raise WrongUse(
                f"批次 {corrects} 不是该单位这一数据源的批次",
                f"batch {corrects} is not a batch of this supplier and source",
            )
        return batch
    waiting = HeldRow.objects.filter(state__in=WAITING).values("batch_id")
    return mine.filter(filename=filename[:300], id__in=waiting).order_by("-id").first()


def resolution_problems(batch: Batch, block: Prepared, catalog: Catalog) -> list[tuple[Issue, bool]]:
    """What an earlier, cut-off run of the batch found out about rows of this block while posting them."""
    if not batch.posted_line or not block.rows.count:
        return []
    lines = block.rows.lines
    held = HeldRow.objects.filter(
        batch=batch,
        rules__in=RESOLUTION_RULES,
        line__gte=int(lines[0]),
        line__lte=min(int(lines[-1]), batch.posted_line),
    )
    position = {int(line): row for row, line in enumerate(lines)}
    whose = whose_documents([row.doc_key for row in held if row.rules == WAIT_RULES[Fate.ANOTHERS]], catalog)
    return [
        (
            resolution_problem(block, position[row.line], row.rules, supplier=whose.get(row.doc_key, "")),
            True,
        )
        for row in held
    ]


def list_held(batch_id: int | None = None) -> list[HeldRow]:
    """Rows that still wait, oldest first."""
    rows = HeldRow.objects.filter(state__in=WAITING).select_related("batch").order_by("id")
    return list(rows if batch_id is None else rows.filter(batch_id=batch_id))
