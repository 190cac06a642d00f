"""Receipts of trade tables, as they were given."""

from ecredit.facts.market.models import TradeBatch
from ecredit.facts.market.types import TradeReceipt
from ecredit.foundation.kernel.home import Home


def receipt_of(batch: TradeBatch, home: Home, *, already_received: bool) -> TradeReceipt:
    """The receipt of a batch that is done."""
    return TradeReceipt(
        table=batch.table,
        batch_id=batch.pk,
        supplier=batch.supplier,
        folder=batch.folder,
        digest=batch.digest,
        rows=batch.rows,
        accepted=batch.accepted,
        superseded=batch.superseded,
        duplicate=batch.duplicate,
        quarantined=batch.quarantined,
        refused=batch.refused,
        problems=batch.problems,
        warnings=batch.warnings,
        already_received=already_received,
        received_at=batch.received_at,
        report=str(home.reports / f"trade-{batch.pk}.csv"),
        problem_counts=batch.problem_counts,
        notes=tuple(batch.notes),
    )
