"""Records that come one by one: checked at once, kept, and collected together with others of their source and supplier.

A batch for every record would sign the log hundreds of times a second. So a good record is written down, which is what its
sender is promised, and every minute a job takes all that have come by then as files. Its faults its sender hears at once.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from django.db import InterfaceError, OperationalError, connection, transaction

from ecredit.facts.actors.journal_notes import note
from ecredit.facts.actors.prepared import Prepared
from ecredit.facts.actors.queries import get_supplier
from ecredit.facts.actors.types import Actor, Supplier
from ecredit.facts.collection.collect_actions import check_entitled, collect_file, get_source, speaker_of
from ecredit.facts.collection.models import HeldRow
from ecredit.facts.collection.own_words import Speaker
from ecredit.facts.collection.prepare import Preparation
from ecredit.facts.collection.read_columns import ColumnReader, strip_controls
from ecredit.facts.collection.reading import RowBlock
from ecredit.facts.collection.types import Issue, Receipt
from ecredit.foundation.catalog.types import Catalog, Source
from ecredit.foundation.kernel.errors import InputRefused
from ecredit.foundation.proof.errors import SealBroken
from ecredit.service.operation.job_types import Handle
from ecredit.service.operation.models import SingleRecord
from ecredit.service.operation.platform import Beside, Platform
from ecredit.service.operation.staging import open_staged, staged_path
from ecredit.service.operation.together import Together

COLLECT_RECORDS: Final = "collect_records"
_SEALED: Final = "single_record"
# As many as one batch takes; more wait for the next job.
_MOST: Final = 200_000
# That are checked, and those of them to be kept written, at a time, of those that come at the same moment.
_ROUND: Final = 64
# Seconds a round waits for company it had the last time: less than checking one record costs.
_PATIENCE: Final = 0.004
_BY_ID: Final = Prepared(lambda id: SingleRecord.objects.filter(id=id), -1)
Found = list[tuple[Issue, bool]]
"""Problems, and with each whether it keeps the record back."""


@dataclass(frozen=True, slots=True)
class RecordReceipt:
    """A record on its way. `state`: waiting, taken, held (it waits for a correction or an answer), failed.

    `refusal` is why it failed: a code, and the sentence in Chinese and in English.
    """

    id: int
    source: str
    organisation: str
    state: str
    received_at: datetime
    batch: int | None
    line: int | None
    refusal: tuple[str, str, str] | None


def check_record(platform: Platform, source: Source, supplier: Supplier, cells: Mapping[str, str]) -> Found:
    """What is wrong with a record (column code → text), by the same rules as a file. Raises InputRefused for one that the
    supplier may not send at all."""
    record = _record(platform, source, supplier, cells)
    return _alone(record) if connection.in_atomic_block else _together(record)[0]


def check_and_take(
    platform: Platform, source: Source, supplier: Supplier, cells: Mapping[str, str], *, by: Actor
) -> tuple[Found, RecordReceipt | None]:
    """As `check_record`, and what nothing holds back is written down with others that come at the same moment."""
    record = _record(platform, source, supplier, cells)
    if not connection.in_atomic_block:
        return _together(replace(record, receiver=supplier.id, right=by.right))
    # It stands or falls with what else the caller's transaction does, and with nobody else's.
    found = _alone(record)
    held = any(holds for _, holds in found)
    return found, None if held else take_record(platform, source, supplier, cells, by=by)


def sealed_for(organisation: str, source_id: str, right: str) -> str:
    """The purpose a record's cells are sealed for: under another's name, or as another source, they do not open."""
    return f"{_SEALED}/{organisation}/{source_id}/{right}"


def take_record(
    platform: Platform, source: Source, supplier: Supplier, cells: Mapping[str, str], *, by: Actor
) -> RecordReceipt:
    """Write a good record down, in the caller's transaction if there is one; the schedule's next look collects it with the others."""
    row = _row(_Record(platform, source, None, cells, supplier.id, by.right))
    row.save(force_insert=True)
    return _receipt(row, held=False)


@dataclass(frozen=True, slots=True)
class _Record:
    platform: Platform
    source: Source
    speaker: Speaker | None
    cells: Mapping[str, str]
    # For whom and by which right it is to be written down; "" when it is only checked.
    receiver: str = ""
    right: str = ""


def _record(platform: Platform, source: Source, supplier: Supplier, cells: Mapping[str, str]) -> _Record:
    check_entitled(source, supplier, platform.catalog)
    return _Record(platform, source, speaker_of(source, supplier, platform.catalog), cells)


def _row(record: _Record) -> SingleRecord:
    # As they were checked: control characters would make the file all of them come in one that is no text.
    cells = [strip_controls(record.cells.get(column.code, "")) for column in record.source.columns]
    text = json.dumps(cells, ensure_ascii=False)
    purpose = sealed_for(record.receiver, record.source.id, record.right)
    return SingleRecord(
        organisation=record.receiver,
        source_id=record.source.id,
        right=record.right,
        cells=record.platform.sealer.seal(purpose, text),
        received_at=record.platform.now,
    )


def _round(records: Sequence[_Record]) -> list[tuple[Found, RecordReceipt | None]]:
    """Check all, and write those down that are to be and that nothing holds back: one transaction."""
    found = _check_round(records)
    kept = [
        place
        for place, record in enumerate(records)
        if record.right and not any(holds for _, holds in found[place])
    ]
    receipts: dict[int, RecordReceipt] = {}
    if kept:
        rows = SingleRecord.objects.bulk_create([_row(records[place]) for place in kept])
        receipts = {place: _receipt(row, held=False) for place, row in zip(kept, rows, strict=True)}
    return [(issues, receipts.get(place)) for place, issues in enumerate(found)]


def _alone(record: _Record) -> Found:
    """The problems of one record, inside a caller's transaction: a round led there would write others' records into it."""
    return _check_round([record])[0]


def _check_round(records: Sequence[_Record]) -> list[Found]:
    found: list[Found] = [[] for _ in records]
    alike: dict[tuple[int, str, Speaker | None], list[int]] = {}
    for place, record in enumerate(records):
        alike.setdefault((id(record.platform), record.source.id, record.speaker), []).append(place)
    for places in alike.values():
        for issue, holds in _check_alike([records[place] for place in places]):
            # As its sender sees it, each is the only line there is.
            found[places[issue.line - 1]].append((replace(issue, line=1), holds))
    return found


def _check_alike(records: Sequence[_Record]) -> Found:
    """The problems of records of one source by one supplier; line 1 is the first."""
    platform, source = records[0].platform, records[0].source
    # A column nobody filled is like one the file does not have, unless it must be filled.
    used = [c for c in source.columns if c.required or any(record.cells.get(c.code) for record in records)]
    readers = _readers(platform.catalog.edition, source.id, Beside(platform.catalog))
    preparation = Preparation(
        catalog=platform.catalog,
        source=source,
        calendar=platform.calendar,
        sealer=platform.sealer,
        received_on=platform.today,
        columns={place: readers[column.code] for place, column in enumerate(used)},
        speaker=records[0].speaker,
    )
    columns = tuple(pa.array([r.cells.get(column.code, "") for r in records], pa.string()) for column in used)
    lines = np.arange(1, len(records) + 1, dtype=np.int64)
    return preparation.find_problems(RowBlock(lines=lines, columns=columns))


# Of a database that is gone or locked each would only hear after a wait of its own.
_together: Final = Together(
    _round, most=_ROUND, patience=_PATIENCE, shared=(OperationalError, InterfaceError)
)


def collect_records(platform: Platform, job: Handle) -> list[Receipt]:
    """Collect what waits, a batch for each source, supplier and right; gives the receipts.

    What a job has taken up stays its own until it is done, so that one cut off makes the same files again and nothing is
    doubled. What another job left behind when it failed is taken up here.
    """
    with transaction.atomic():
        waiting = SingleRecord.objects.filter(batch_id=None, refusal="")
        if connection.vendor == "postgresql":
            waiting = waiting.select_for_update(skip_locked=True)
        rows = list(waiting.order_by("id")[:_MOST])
        if not any(row.job_id == job.id for row in rows):
            SingleRecord.objects.filter(id__in=[row.pk for row in rows]).update(job_id=job.id)
        else:
            rows = [row for row in rows if row.job_id == job.id]
    groups: dict[tuple[str, str, str], list[SingleRecord]] = {}
    for row in _opened(platform, rows):
        groups.setdefault((row.source_id, row.organisation, row.right), []).append(row)
    receipts: list[Receipt] = []
    for group in groups.values():
        job.tell(len(receipts), len(groups), "正在归集逐条报送的记录", "collecting records sent one by one")
        try:
            receipts.append(_collect(platform, job.id, group))
        except InputRefused as error:
            # The supplier may not send it any more, say: the others' are not kept waiting for that.
            SingleRecord.objects.filter(id__in=[row.pk for row in group]).update(
                refusal=error.code, refusal_zh=error.zh, refusal_en=error.en
            )
    return receipts


def _opened(platform: Platform, rows: Sequence[SingleRecord]) -> Iterator[SingleRecord]:
    """The rows with their cells opened, in memory only; one whose cells are not sealed for what it says is refused."""
    for row in rows:
        try:
            row.cells = platform.sealer.unseal(
                sealed_for(row.organisation, row.source_id, row.right), row.cells
            )
        except SealBroken:
            with transaction.atomic():
                SingleRecord.objects.filter(id=row.pk).update(
                    refusal="record.strange",
                    refusal_zh="这条记录与收到时不一致（数据库被直接改动），未归集",
                    refusal_en="the record is not as it came (the database was written by hand); it was not collected",
                )
                about, by = f"single_record:{row.pk}", Actor("operator", "rule.job")
                note(ring=platform.ring, by=by, verb="job.refuse", about=about, detail={}, at=platform.now)
        else:
            yield row


def _collect(platform: Platform, job_id: int, rows: list[SingleRecord]) -> Receipt:
    first = rows[0]
    source = get_source(platform.catalog, first.source_id)
    supplier = get_supplier(platform.catalog, first.organisation, on=platform.today)
    path = staged_path(platform.home, open_staged(platform.home).token)
    try:
        _write_table(source, rows, path)
        receipt = collect_file(
            platform.collector,
            source_id=source.id,
            path=path,
            supplier=supplier,
            by=Actor(first.organisation, first.right),
            at=platform.now,
            filename=f"records-{job_id}-{first.pk}.csv",
        )
    finally:
        path.unlink(missing_ok=True)
    for place, row in enumerate(rows):
        row.batch_id, row.line, row.cells = receipt.batch_id, place + 2, ""
    SingleRecord.objects.bulk_update(rows, ["batch_id", "line", "cells"], batch_size=500)
    return receipt


def find_record(number: int, *, suppliers: frozenset[str] | None) -> RecordReceipt | None:
    """How a record of these suppliers stands; None when there is none. Two queries."""
    row = _BY_ID.first(number)
    if row is None or (suppliers is not None and row.organisation not in suppliers):
        return None
    if row.batch_id is None or row.line is None:
        return _receipt(row, held=False)
    waiting = HeldRow.objects.filter(batch_id=row.batch_id, line=row.line, state__in=("held", "review"))
    return _receipt(row, held=waiting.exists())


def _receipt(row: SingleRecord, *, held: bool) -> RecordReceipt:
    waits = "failed" if row.refusal else "waiting"
    state = waits if row.batch_id is None else "held" if held else "taken"
    refusal = (row.refusal, row.refusal_zh, row.refusal_en) if state == "failed" else None
    return RecordReceipt(
        row.pk, row.source_id, row.organisation, state, row.received_at, row.batch_id, row.line, refusal
    )


def _write_table(source: Source, rows: list[SingleRecord], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([column.name for column in source.columns])
        for row in rows:
            # A cell with a line end in it would make the lines behind it count differently.
            cells = json.loads(row.cells)
            writer.writerow([cell.replace("\r", " ").replace("\n", " ") for cell in cells])


@lru_cache(maxsize=256)
def _readers(_edition: str, source_id: str, beside: Beside[Catalog]) -> dict[str, ColumnReader]:
    tables = dict(beside.thing.code_tables)
    return {
        column.code: ColumnReader.of(column, tables) for column in beside.thing.sources[source_id].columns
    }
