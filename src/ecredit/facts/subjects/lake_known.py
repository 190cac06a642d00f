"""The columnar picture of who was who, as it was known at an instant: for judging an earlier day without what came later."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ecredit.facts.subjects.models import CreditSubject, IdentityEvent

_SCHEMA = pa.schema(
    [("subject_id", pa.int64()), ("canonical_id", pa.int64()), ("kind", pa.string()), ("area", pa.string())]
)
_BLOCK = 100_000


def write_known(target: Path, *, known_at: datetime) -> int:
    """Write one row for each subject opened by then, joined as it was joined then; returns how many.

    What the register says of a subject changes and is not in it: that is read from the ledger's entries of that time.
    """
    into = _joined(known_at)
    count = 0
    with pq.ParquetWriter(target, _SCHEMA, compression="zstd") as writer:
        for rows in _opened(known_at):
            table = pa.table(
                {
                    "subject_id": [number for number, _, _ in rows],
                    "canonical_id": [into.get(number, number) for number, _, _ in rows],
                    "kind": [kind for _, kind, _ in rows],
                    "area": [area for _, _, area in rows],
                },
                schema=_SCHEMA,
            )
            writer.write_table(table)
            count += len(rows)
    return count


def _joined(known_at: datetime) -> dict[int, int]:
    """Subject → the one it was merged into, by the merges and splits until then."""
    events = IdentityEvent.objects.filter(verb__in=("merge", "follow", "split"), at__lte=known_at)
    into: dict[int, int] = {}
    for verb, subject, other in events.order_by("leaf").values_list("verb", "subject_id", "other_id"):
        if verb == "split":
            into.pop(subject, None)
        elif other is not None:
            into[subject] = other
    return into


def _opened(known_at: datetime) -> Iterator[list[tuple[int, str, str]]]:
    opened = IdentityEvent.objects.filter(verb="open", at__lte=known_at)
    found = CreditSubject.objects.filter(opened_leaf__in=opened.values("leaf")).order_by("id")
    rows: list[tuple[int, str, str]] = []
    for row in found.values_list("id", "kind", "area").iterator(chunk_size=_BLOCK):
        rows.append(row)
        if len(rows) == _BLOCK:
            yield rows
            rows = []
    yield rows
