"""Rows that wait, as their supplier looks at them: by batch, then a page of one batch's rows."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef

from ecredit.facts.collection.batch_queries import batch_view, newest_of, older_than
from ecredit.facts.collection.batch_types import BatchView
from ecredit.facts.collection.held_actions import WAITING
from ecredit.facts.collection.held_cells import held_cells
from ecredit.facts.collection.models import Batch, HeldRow
from ecredit.facts.collection.shown_values import ShownValue, show_cells
from ecredit.foundation.catalog.types import Source
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.sealing import Sealer


@dataclass(frozen=True, slots=True)
class WaitingBatch:
    """A batch with rows that wait: for its supplier (`held`), for an officer's answer (`review`)."""

    batch: BatchView
    held: int
    review: int


@dataclass(frozen=True, slots=True)
class WaitingBatches:
    """A page of them, newest first. `older` is the batch behind which the next page begins; None on the last."""

    batches: tuple[WaitingBatch, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A row that waits, its cells masked; `rules` are what it broke."""

    line: int
    state: str
    rules: tuple[str, ...]
    cells: tuple[ShownValue, ...]


@dataclass(frozen=True, slots=True)
class WaitingLines:
    """A page of a batch's waiting rows by line, how many wait (of the rule asked for), and how many by each rule.

    `further` is the line behind which the next page begins; None on the last.
    """

    lines: tuple[WaitingLine, ...]
    found: int
    by_rule: Mapping[str, int]
    further: int | None


def list_waiting_batches(
    suppliers: Collection[str] | None, *, before: int | None = None, limit: int = 20
) -> WaitingBatches:
    """Batches of these suppliers (None: of anybody) with rows that wait. Three queries at most."""
    if suppliers is not None and not suppliers:
        return WaitingBatches((), None)
    found = Batch.objects.filter(
        Exists(HeldRow.objects.filter(batch=OuterRef("pk"), state__in=WAITING)), quarantined__gt=0
    )
    if before is not None:
        found = older_than(found, before)
    rows = list(newest_of(found, suppliers, limit + 1))
    shown = rows[:limit]
    # Grouped as the index is, and so counted from it alone.
    waiting = HeldRow.objects.filter(batch__in=shown, state__in=WAITING).values_list("state", "batch_id")
    counted = {(state, id): rows for state, id, rows in waiting.annotate(rows=Count("id")).order_by()}
    batches = tuple(
        WaitingBatch(batch_view(row), counted.get(("held", row.id), 0), counted.get(("review", row.id), 0))
        for row in shown
    )
    return WaitingBatches(batches, shown[-1].id if len(rows) > limit else None)


def list_waiting_lines(
    batch: BatchView,
    source: Source | None,
    *,
    sealer: Sealer,
    rule: str = "",
    after: int = 0,
    limit: int = 50,
) -> WaitingLines:
    """Rows of a batch that wait, from behind the line `after`. Two queries, however many wait."""
    waiting = HeldRow.objects.filter(batch_id=batch.id, state__in=WAITING)
    by_rule: Counter[str] = Counter()
    found = 0
    combined = []
    # Counted from the index alone; a row may have broken several rules.
    for rules, rows in waiting.values_list("rules").annotate(rows=Count("id")).order_by():
        broken = rules.split(",")
        by_rule.update(dict.fromkeys(broken, rows))
        if not rule or rule in broken:
            found += rows
            combined.append(rules)
    lines = waiting.filter(line__gt=after)
    if rule:
        lines = lines.filter(rules__in=combined)
    rows_read = list(lines.order_by("line")[: limit + 1])
    shown = tuple(_line(row, source, sealer) for row in rows_read[:limit])
    further = shown[-1].line if len(rows_read) > limit else None
    return WaitingLines(shown, found, dict(by_rule.most_common()), further)


def count_waiting_in(batch_id: int) -> int:
    """How many rows of a batch wait."""
    return HeldRow.objects.filter(batch_id=batch_id, state__in=WAITING).count()


def get_waiting_line(batch: BatchView, source: Source | None, line: int, *, sealer: Sealer) -> WaitingLine:
    """One row that waits, masked. Raises WrongUse when it does not wait."""
    return _line(_row(batch, line), source, sealer)


def read_whole_line(batch: BatchView, line: int, *, sealer: Sealer) -> dict[str, str]:
    """The cells of a waiting row as sent, by column code. Personal data: note the read, with its purpose, before."""
    return held_cells(_row(batch, line), sealer)


def _row(batch: BatchView, line: int) -> HeldRow:
    row = HeldRow.objects.filter(batch_id=batch.id, line=line, state__in=WAITING).first()
    if row is None:
        raise WrongUse(
            f"批次 {batch.id} 第 {line} 行没有在等待", f"line {line} of batch {batch.id} does not wait"
        )
    return row


def _line(row: HeldRow, source: Source | None, sealer: Sealer) -> WaitingLine:
    cells = tuple(show_cells(source, held_cells(row, sealer)))
    return WaitingLine(row.line, row.state, tuple(row.rules.split(",")), cells)
