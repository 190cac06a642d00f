"""Reads of the rows that wait: by whom, of what, for what, a page at a time."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from ecredit.facts.actors.latest import Latest, log_version
from ecredit.facts.collection.held_actions import WAITING
from ecredit.facts.collection.held_cells import held_cells
from ecredit.facts.collection.models import Batch, HeldRow
from ecredit.facts.collection.post_block import WAIT_RULES
from ecredit.facts.collection.shown_values import ShownValue, show_cells
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.sealing import Sealer


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A row that waits. `releasable`: an officer may let it in; else its supplier must correct it (`held`) or an
    officer must say whom it is about (`review`)."""

    id: int
    batch_id: int
    line: int
    source_id: str
    supplier: str
    filename: str
    received_at: datetime
    state: str
    rules: tuple[str, ...]

    @property
    def releasable(self) -> bool:
        """Whether it waits only because of what became of its document."""
        return self.state == "held" and ",".join(self.rules) in WAIT_RULES.values()


@dataclass(frozen=True, slots=True)
class WaitingFilter:
    """Which rows: empty texts mean any; `suppliers` None means everybody's."""

    source: str = ""
    supplier: str = ""
    rule: str = ""
    state: str = ""
    batch: int | None = None
    suppliers: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """A page, newest batch first, with how many rows the filter finds and what all waiting rows come to."""

    rows: tuple[WaitingRow, ...]
    found: int
    by_source: tuple[tuple[str, int], ...]
    by_supplier: tuple[tuple[str, int], ...]
    by_rule: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class WaitingDetail:
    """A waiting row with its cells as they may be shown."""

    row: WaitingRow
    cells: tuple[ShownValue, ...]
    doc_key: str


def list_waiting(wanted: WaitingFilter, *, limit: int = 50, offset: int = 0) -> WaitingPage:
    """A page of the waiting rows. Four queries, however many wait; two when nothing was written since the last."""
    by_source: Counter[str] = Counter()
    by_supplier: Counter[str] = Counter()
    rules_of: Counter[str] = Counter()
    hits: dict[int, int] = {}
    states: set[str] = set()
    combined: set[str] = set()
    for batch_id, source_id, supplier, state, rules, waiting in _groups():
        if wanted.suppliers is not None and supplier not in wanted.suppliers:
            continue
        by_source[source_id] += waiting
        by_supplier[supplier] += waiting
        rules_of[rules] += waiting
        if (
            wanted.source in ("", source_id)
            and wanted.supplier in ("", supplier)
            and wanted.state in ("", state)
            and wanted.batch in (None, batch_id)
            and (not wanted.rule or f",{wanted.rule}," in f",{rules},")
        ):
            hits[batch_id] = hits.get(batch_id, 0) + waiting
            states.add(state)
            combined.add(rules)
    by_rule: Counter[str] = Counter()
    for rules, waiting in rules_of.items():
        by_rule.update(dict.fromkeys(rules.split(","), waiting))
    chosen, skip = _batches_of_page(hits, limit, offset)
    rows = (
        HeldRow.objects.filter(batch_id__in=chosen, state__in=states, rules__in=combined)
        .select_related("batch")
        .defer("cells")
        .order_by("-batch_id", "line")[skip : skip + limit]
    )
    return WaitingPage(
        rows=tuple(_view(row) for row in rows),
        found=sum(hits.values()),
        by_source=tuple(by_source.most_common()),
        by_supplier=tuple(by_supplier.most_common()),
        by_rule=tuple(by_rule.most_common()),
    )


def get_waiting(
    row_id: int, *, catalog: Catalog, sealer: Sealer, suppliers: Collection[str] | None = None
) -> WaitingDetail:
    """A row that waits or waited, with its cells masked. Raises WrongUse when there is none (of these suppliers)."""
    row = HeldRow.objects.select_related("batch").filter(id=row_id).first()
    if row is None or (suppliers is not None and row.batch.supplier not in suppliers):
        raise WrongUse(f"没有编号为 {row_id} 的待改的行", f"there is no held row {row_id}")
    source = catalog.sources.get(row.batch.source_id)
    cells = show_cells(source, held_cells(row, sealer))
    return WaitingDetail(_view(row), tuple(cells), row.doc_key)


def count_waiting(suppliers: Collection[str] | None = None) -> int:
    """How many rows wait."""
    rows = HeldRow.objects.filter(state__in=WAITING)
    return (rows if suppliers is None else rows.filter(batch__supplier__in=suppliers)).count()


def find_oldest_waiting() -> datetime | None:
    """When the oldest file came that still has rows waiting; None when nothing waits."""
    oldest = min((batch_id for batch_id, *_ in _groups()), default=None)
    return None if oldest is None else Batch.objects.values_list("received_at", flat=True).get(id=oldest)


_Group = tuple[int, str, str, str, str, int]
_GROUPS: Latest[list[_Group]] = Latest(1)


def _groups() -> list[_Group]:
    """Waiting rows counted by batch, state and rules; kept until something is written."""
    return _GROUPS.get(log_version(), _count_groups)


def _count_groups() -> list[_Group]:
    """Counted from one index alone; whose batches those are is read beside."""
    counted = (
        HeldRow.objects.filter(state__in=WAITING)
        .values_list("batch_id", "state", "rules")
        .annotate(rows=Count("id"))
        .order_by()
    )
    whose = {
        batch_id: (source_id, supplier)
        for batch_id, source_id, supplier in Batch.objects.values_list("id", "source_id", "supplier")
    }
    return [(batch_id, *whose[batch_id], state, rules, rows) for batch_id, state, rules, rows in counted]


def _batches_of_page(hits: dict[int, int], limit: int, offset: int) -> tuple[list[int], int]:
    """The newest batches whose rows make up the page, and how many of their rows come before it."""
    chosen: list[int] = []
    before, skip = 0, 0
    for batch_id in sorted(hits, reverse=True):
        if before >= offset + limit:
            break
        if before + hits[batch_id] > offset:
            if not chosen:
                skip = offset - before
            chosen.append(batch_id)
        before += hits[batch_id]
    return chosen, skip


def _view(row: HeldRow) -> WaitingRow:
    return WaitingRow(
        id=row.id,
        batch_id=row.batch_id,
        line=row.line,
        source_id=row.batch.source_id,
        supplier=row.batch.supplier,
        filename=row.batch.filename,
        received_at=row.batch.received_at,
        state=row.state,
        rules=tuple(row.rules.split(",")),
    )
