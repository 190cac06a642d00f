"""What binds the log to a review item: the row as it was proposed with, and its candidates."""

import hashlib
from collections.abc import Iterable, Iterator

from ecredit.facts.actors.canonical import instant_text
from ecredit.facts.subjects.identity_log import detail_text
from ecredit.facts.subjects.models import ReviewItem

_AT_ONCE = 2_000


def read_items(item_ids: Iterable[int] | None = None) -> Iterator[tuple[ReviewItem, str]]:
    """Items (all of them by default) by id, each with the digest of what it proposes. Decisions are not in it."""
    items = ReviewItem.objects.order_by("id").prefetch_related("candidates")
    if item_ids is None:
        yield from ((item, _digest(item)) for item in items.iterator(chunk_size=_AT_ONCE))
        return
    ids = list(item_ids)
    for start in range(0, len(ids), _AT_ONCE):
        yield from ((item, _digest(item)) for item in items.filter(id__in=ids[start : start + _AT_ONCE]))


def item_digests(item_ids: Iterable[int]) -> dict[str, str]:
    """As the journal holds them: item id → digest, read back from the tables."""
    return {str(item.id): digest for item, digest in read_items(item_ids)}


def _digest(item: ReviewItem) -> str:
    candidates = sorted(item.candidates.all(), key=lambda candidate: candidate.rank)
    said = {
        "row": [item.source_id, item.batch_id, item.line, item.held_row_id, instant_text(item.opened_at)],
        "name": [item.name, item.name_form],
        "compared": item.compared,
        "candidates": [[c.subject_id, c.rank, c.probability, c.weight, c.compared] for c in candidates],
    }
    return hashlib.sha256(detail_text(said).encode()).hexdigest()
