"""The ledger as columns: what grading and publishing read.

The operational database stays the truth; the mirror follows it and can be thrown away and made again.
"""

import hashlib
import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection, transaction
from django.db.models import Max

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.bulk import stream_rows
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.queries import read_journal
from ecredit.facts.actors.types import Actor
from ecredit.facts.records.models import MirrorPart
from ecredit.facts.records.post_actions import sent_values
from ecredit.facts.records.queries import mirror_folder
from ecredit.facts.records.types import CORRECTED_BY
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.keys import KeyRing

_PART_ROWS = 200_000
# The journal's verbs for: these parts are written, and all of them are forgotten.
LISTED, FORGOTTEN = "mirror.write", "mirror.forget"
_COUNTS = "SELECT source_id, COUNT(*) FROM records_entry WHERE leaf <= %s GROUP BY source_id"
_SQL = """
    SELECT source_id, leaf, verb, doc_key, subject_id, valid_from, valid_to, known_at, batch_id, line, edition,
           supplier, content
    FROM records_entry WHERE leaf > %s ORDER BY leaf
"""


def catch_up(home: Home, catalog: Catalog, *, ring: KeyRing, by: Actor, at: datetime) -> int:
    """Mirror the entries that are not mirrored yet; returns how many. Safe to interrupt and to repeat.

    A lost or altered part makes it begin anew: grades and publicity rest on the mirror, and one with a hole would
    show everybody without the records in it.

    A part is written under another name, synced, renamed, and only then listed: a file without a list row is left
    from an interrupted run and is overwritten. What is listed and what is forgotten is journaled.
    """
    if any(_digest_of(home.root / path) != digest for path, digest in _listed()):
        with transaction.atomic():
            log = OpenLog(ring, at)
            MirrorPart.objects.all().delete()
            post_journal(log, by=by, verb=FORGOTTEN, about="mirror", detail={})
            log.seal()
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
            log = OpenLog(ring, at)
            MirrorPart.objects.bulk_create(parts)
            detail = {"parts": {part.path: part_text(part) for part in parts}}
            post_journal(log, by=by, verb=LISTED, about="mirror", detail=detail)
            log.seal()
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
    arrays[CORRECTED_BY] = pa.array([content.get(CORRECTED_BY) for content in contents], pa.string())
    source = catalog.sources.get(source_id)
    codes = (
        [column.code for column in source.columns if not column.sealed]
        if source is not None
        # A source that left the catalogue keeps its columns, less any that is sealed.
        else sorted(
            {k for c in contents for k, v in sent_values(c).items() if not str(v).startswith("sealed:")}
        )
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


def part_text(part: MirrorPart) -> str:
    """A part as the journal holds it."""
    return f"{part.source_id} {part.first_leaf} {part.last_leaf} {part.rows} {part.digest}"


def _listed() -> list[tuple[str, str]]:
    return list(MirrorPart.objects.values_list("path", "digest"))


def audit_mirror(home: Home) -> Iterator[AuditFinding]:
    """Parts of the mirror that are lost, altered or not those the journal lists, and sources it has not the entries of.

    Files that are not listed are nothing: the next `catch_up` removes them before anything is read.
    """
    listed: dict[str, tuple[int, str]] = {}
    for entry in read_journal(LISTED, FORGOTTEN):
        if entry.verb == FORGOTTEN:
            listed = {}
        else:
            parts = read_object(entry.detail).get("parts", {})
            listed |= {path: (entry.leaf, text) for path, text in parts.items()}
    counts, last = Counter[str](), -1
    for part in MirrorPart.objects.order_by("id").iterator():
        counts[part.source_id] += part.rows
        last = max(last, part.last_leaf)
        leaf, text = listed.pop(part.path, (None, ""))
        digest = _digest_of(home.root / part.path)
        if text != part_text(part):
            zh, en = "在镜像清单中，日志中没有这样一份", "is on the mirror's list otherwise than the log says"
        elif digest is None:
            zh, en = "不见了", "is gone"
        elif digest != part.digest:
            zh, en = "被改动", "was altered"
        else:
            continue
        yield _finding(leaf, f"镜像文件 {part.path} {zh}", f"mirror file {part.path} {en}")
    for path, (leaf, _) in listed.items():
        yield _finding(leaf, f"镜像文件 {path} 从清单中消失了", f"mirror file {path} is gone from the list")
    for source_id, entries in stream_rows(_COUNTS, [last]):
        if counts[source_id] != entries:
            yield _finding(
                None,
                f"镜像有 {source_id} 的 {counts[source_id]} 条，账本到第 {last} 条有 {entries} 条",
                f"the mirror has {counts[source_id]} entries of {source_id}, the ledger to leaf {last} has {entries}",
            )


def _finding(leaf: int | None, zh: str, en: str) -> AuditFinding:
    again_zh, again_en = "；执行 ecredit evaluate 重建镜像", "; ecredit evaluate makes the mirror again"
    return AuditFinding("mirror", leaf, zh + again_zh, en + again_en)


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
