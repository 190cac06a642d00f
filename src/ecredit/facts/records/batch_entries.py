"""The entries a batch became, found between the two journal rows that begin and end it: no index of the ledger is needed."""

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.records.queries import view_of
from ecredit.facts.records.types import EntryView

_BEGINS, _ENDS = "batch.receive", "batch.close"


def list_batch_entries(
    batch_id: int, *, after: int | None = None, limit: int = 50
) -> tuple[list[EntryView], int | None]:
    """A page of a batch's entries by leaf, and the leaf behind which the next page begins. Two queries."""
    bounds = dict(
        JournalEntry.objects.filter(object=f"batch:{batch_id}", verb__in=(_BEGINS, _ENDS)).values_list(
            "verb", "leaf"
        )
    )
    if _BEGINS not in bounds:
        return [], None
    rows = CreditRecord.objects.filter(
        batch_id=batch_id, leaf__gt=max(bounds[_BEGINS], -1 if after is None else after)
    )
    if _ENDS in bounds:
        rows = rows.filter(leaf__lt=bounds[_ENDS])
    found = list(rows.order_by("leaf")[: limit + 1])
    further = found[limit - 1].leaf if len(found) > limit else None
    return [view_of(row) for row in found[:limit]], further
