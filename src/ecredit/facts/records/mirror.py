"""The ledger as columns: what grading and publishing read.

The operational database stays the truth; the mirror follows it and can be thrown away and made again.
"""

import hashlib
import json
import os
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection, transaction
from django.db.models import Max

from ecredit.facts.records.models import MirrorPart
from ecredit.facts.records.queries import mirror_folder
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.home import Home

_PART_ROWS = 200_000
_SQL = """
    SELECT source_id, leaf, verb, doc_key, subject_id, valid_from, valid_to, known_at, batch_id, line, edition,
           supplier, content
    FROM records_entry WHERE leaf > %s ORDER BY leaf
"""


def catch_up(home: Home, catalog: Catalog) -> int:
    """Mirror the entries that are not mirrored yet; returns how many. Safe to interrupt and to repeat.

    A lost or altered part makes it begin anew: grades and publicity rest on the mirror, and one with a hole would
    show everybody without the records in it.

    A part is written under another name, synced, renamed, and only then listed: a file without a list row is left
    from an interrupted run and is overwritten.
    """
    _forget_if_damaged(home)
    watermark = MirrorPart.objects.aggregate(top=Max("last_leaf"))["top"]
    last = -1 if watermark is None else watermark
    _drop_unlisted(home)
    total = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_SQL + f" LIMIT {_PART_ROWS}", [last])
            rows = cursor.fetchall()
        if not rows:
            return total
        by_source: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for row in rows:
            by_source[row[0]].append(row)
        parts = [_write_part(home, catalog, source_id, part) for source_id, part in sorted(by_source.items())]
        with transaction.atomic():
            MirrorPart.objects.bulk_create(parts)
        last = rows[-1][1]
        total += len(rows)


def _write_part(home: Home, catalog: Catalog, source_id: str, rows: list[tuple[Any, ...]]) -> MirrorPart:
    folder = mirror_folder(home) / f"source={source_id}"
    folder.mkdir(parents=True, exist_ok=True)
    first, last = rows[0][1], rows[-1][1]
    target = folder / f"{first:012d}-{last:012d}.parquet"
    partial = target.with_suffix(".part")
    pq.write_table(_table_of(catalog, source_id, rows), partial, compression="zstd")
    with partial.open("rb+") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
        os.fsync(written.fileno())
    partial.replace(target)
    return MirrorPart(
        source_id=source_id,
        first_leaf=first,
        last_leaf=last,
        rows=len(rows),
        path=str(target.relative_to(home.root)),
        digest=digest,
    )


def _table_of(catalog: Catalog, source_id: str, rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True))
    arrays = {
        "leaf": pa.array(columns[1], pa.int64()),
        "verb": pa.array(columns[2], pa.string()),
        "doc_key": pa.array(columns[3], pa.string()),
        "subject_id": pa.array(columns[4], pa.int64()),
        "valid_from": pa.array([_day(v) for v in columns[5]], pa.date32()),
        "valid_to": pa.array([_day(v) for v in columns[6]], pa.date32()),
        "known_at": pa.array([_instant(v) for v in columns[7]], pa.timestamp("us")),
        "batch_id": pa.array(columns[8], pa.int64()),
        "line": pa.array(columns[9], pa.int64()),
        "edition": pa.array(columns[10], pa.string()),
        "supplier": pa.array(columns[11], pa.string()),
    }
    contents = [json.loads(text) for text in columns[12]]
    source = catalog.sources.get(source_id)
    codes = (
        [column.code for column in source.columns if not column.sealed]
        if source is not None
        # A source that left the catalogue keeps its columns, less any that is sealed.
        else sorted({k for c in contents for k, v in c.items() if not str(v).startswith("sealed:")})
    )
    for code in codes:
        arrays[code] = pa.array([content.get(code) for content in contents], pa.string())
    return pa.table(arrays)


def _day(value: Any) -> Any:
    """SQLite gives ISO text, PostgreSQL a date."""
    return datetime.fromisoformat(value).date() if isinstance(value, str) else value


def _instant(value: Any) -> datetime:
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo is not None else at


def _forget_if_damaged(home: Home) -> None:
    """Forget every part when one is not as it was written. All of them: parts of one pass overlap in leaves."""
    for path, digest in MirrorPart.objects.values_list("path", "digest"):
        if _digest_of(home.root / path) != digest:
            MirrorPart.objects.all().delete()
            return


def _digest_of(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def _drop_unlisted(home: Home) -> None:
    listed = set(MirrorPart.objects.values_list("path", flat=True))
    for path in mirror_folder(home).glob("source=*/*"):
        if str(path.relative_to(home.root)) not in listed:
            Path(path).unlink(missing_ok=True)
