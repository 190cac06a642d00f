"""Records that come one by one: checked at once, kept, and collected together with others of their source and supplier.

A batch for every record would sign the log hundreds of times a second. So a good record is written down, which is what its
sender is promised, and the next job takes all that have come by then as one file. Its faults its sender hears at once.
"""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from django.db import connection, transaction

from ecredit.facts.actors.queries import get_supplier
from ecredit.facts.actors.types import Actor, Supplier
from ecredit.facts.collection.collect_actions import check_entitled, collect_file, own_code
from ecredit.facts.collection.models import HeldRow
from ecredit.facts.collection.prepare import Preparation
from ecredit.facts.collection.read_columns import ColumnReader
from ecredit.facts.collection.reading import RowBlock
from ecredit.facts.collection.types import Issue, Receipt
from ecredit.foundation.catalog.types import Catalog, Source
from ecredit.service.operation.job_actions import start_job
from ecredit.service.operation.job_types import Handle, JobState
from ecredit.service.operation.models import Job, SingleRecord
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.staging import open_staged, staged_path

COLLECT_RECORDS: Final = "collect_records"
_SEALED: Final = "single_record"
# As many as one batch takes; more wait for the next job.
_MOST: Final = 200_000
Found = list[tuple[Issue, bool]]
"""Problems, and with each whether it keeps the record back."""


@dataclass(frozen=True, slots=True)
class RecordReceipt:
    """A record on its way. `state`: waiting, taken, held (it waits for a correction or an answer), failed."""

    id: int
    source: str
    organisation: str
    state: str
    received_at: datetime
    batch: int | None
    line: int | None


def check_record(platform: Platform, source: Source, supplier: Supplier, cells: Mapping[str, str]) -> Found:
    """What is wrong with a record (column code → text), by the same rules as a file. Raises InputRefused for one that the
    supplier may not send at all."""
    check_entitled(source, supplier)
    preparation = Preparation(
        catalog=platform.catalog,
        source=source,
        calendar=platform.calendar,
        sealer=platform.sealer,
        received_on=platform.today,
        columns=_readers(platform.catalog.edition, source.id, _Held(platform.catalog)),
        own=own_code(source, supplier.id) if source.own_code else None,
    )
    columns = tuple(pa.array([cells.get(column.code, "")], pa.string()) for column in source.columns)
    return preparation.prepare_block(RowBlock(lines=np.array([1], dtype=np.int64), columns=columns)).problems


def take_record(
    platform: Platform, source: Source, supplier: Supplier, cells: Mapping[str, str], *, by: Actor
) -> int:
    """Write a good record down and see to it that a job collects it; gives its number."""
    at = platform.now
    text = json.dumps([cells.get(column.code, "") for column in source.columns], ensure_ascii=False)
    with transaction.atomic():
        job = _waiting_job(source.id, supplier.id)
        if job is None:
            params = {"source": source.id, "supplier": supplier.id}
            job = start_job(kind=COLLECT_RECORDS, params=params, organisation=supplier.id, by=by, at=at)
        row = SingleRecord.objects.create(
            organisation=supplier.id,
            source_id=source.id,
            cells=platform.sealer.seal(_SEALED, text),
            received_at=at,
            job_id=job,
        )
    return row.pk


def collect_records(platform: Platform, job: Handle) -> Receipt | None:
    """Collect what has come for a job as one file. Cut off, it makes the same file again, so nothing is doubled."""
    source = platform.catalog.sources[str(job.params["source"])]
    supplier = get_supplier(platform.catalog, str(job.params["supplier"]), on=platform.today)
    rows = list(SingleRecord.objects.filter(job_id=job.id, batch_id=None).order_by("id")[:_MOST])
    if not rows:
        return None
    job.tell(0, len(rows), "正在归集逐条报送的记录", "collecting records sent one by one")
    # Only this name ends in .csv; the file is the platform's own and nobody else names it.
    path = staged_path(platform.home, open_staged(platform.home).token)
    try:
        _write_table(platform, source, rows, path)
        receipt = collect_file(
            platform.collector,
            source_id=source.id,
            path=path,
            supplier=supplier,
            by=job.by,
            at=platform.now,
            filename=f"records-{job.id}.csv",
        )
    finally:
        path.unlink(missing_ok=True)
    with transaction.atomic():
        for place, row in enumerate(rows):
            row.batch_id, row.line, row.cells = receipt.batch_id, place + 2, ""
        SingleRecord.objects.bulk_update(rows, ["batch_id", "line", "cells"], batch_size=500)
    return receipt


def find_record(number: int, *, suppliers: frozenset[str] | None) -> RecordReceipt | None:
    """How a record of these suppliers stands; None when there is none. Two queries."""
    row = SingleRecord.objects.select_related("job").filter(id=number).first()
    if row is None or (suppliers is not None and row.organisation not in suppliers):
        return None
    if row.batch_id is None or row.line is None:
        ended = row.job.state in (JobState.FAILED.value, JobState.CANCELLED.value)
        state = "failed" if ended else "waiting"
    else:
        held = HeldRow.objects.filter(
            batch_id=row.batch_id, line=row.line, state__in=("held", "review")
        ).exists()
        state = "held" if held else "taken"
    return RecordReceipt(
        row.pk, row.source_id, row.organisation, state, row.received_at, row.batch_id, row.line
    )


def _waiting_job(source: str, supplier: str) -> int | None:
    """A job that will take what is written now. It is held until this transaction ends: who takes it sees what was written."""
    jobs = Job.objects.filter(
        kind=COLLECT_RECORDS,
        organisation=supplier,
        params__source=source,
        state=JobState.WAITING.value,
        attempts=0,
    ).order_by("id")
    if connection.vendor == "postgresql":
        jobs = jobs.select_for_update()
    return jobs.values_list("id", flat=True).first()


def _write_table(platform: Platform, source: Source, rows: list[SingleRecord], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([column.name for column in source.columns])
        for row in rows:
            # A cell with a line end in it would make the lines behind it count differently.
            cells = json.loads(platform.sealer.unseal(_SEALED, row.cells))
            writer.writerow([cell.replace("\r", " ").replace("\n", " ") for cell in cells])


class _Held:
    """A catalogue as an argument that is not looked at: the edition beside it says which it is."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=256)
def _readers(_edition: str, source_id: str, held: _Held) -> dict[int, ColumnReader]:
    tables = dict(held.catalog.code_tables)
    columns = held.catalog.sources[source_id].columns
    return {place: ColumnReader.of(column, tables) for place, column in enumerate(columns)}
