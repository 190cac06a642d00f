"""What ends the waiting of a held row."""

from collections.abc import Sequence

from django.db.models import Q

from ecredit.facts.collection.models import Batch, HeldRow

WAITING = ("held", "review")


def clear_held(*, batch: Batch, doc_keys: Sequence[str], lines: Sequence[int]) -> int:
    """Clear what this batch's good rows correct, inside the caller's transaction; returns how many.

    A waiting row of the same supplier and source is corrected by a good row of the same document. A row too broken
    to say which document it was is corrected by the good row on its line, when this file says it corrects that one.
    """
    waiting = HeldRow.objects.filter(
        state__in=WAITING, batch__source_id=batch.source_id, batch__supplier=batch.supplier
    ).exclude(batch_id=batch.id)
    rows = list(waiting.values_list("id", "doc_key", "line", "batch_id"))
    if not rows:
        return 0
    keys, good_lines = set(doc_keys), set(lines)
    corrected = [
        row_id
        for row_id, key, line, of_batch in rows
        if (key and key in keys) or (not key and of_batch == batch.corrects_id and line in good_lines)
    ]
    HeldRow.objects.filter(Q(id__in=corrected)).update(state="cleared", ended_by_batch=batch.id)
    return len(corrected)
