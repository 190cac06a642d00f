"""What follows an officer's answer about a waiting row: its record is posted, or taken back again."""

from datetime import datetime

import numpy as np
import pyarrow as pa
from django.db import transaction
from django.utils import timezone

from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.facts.collection.collect_actions import Collector, get_source
from ecredit.facts.collection.held_cells import held_cells
from ecredit.facts.collection.models import HeldRow
from ecredit.facts.collection.prepare import Preparation, Prepared
from ecredit.facts.collection.read_columns import ColumnReader
from ecredit.facts.collection.reading import RowBlock
from ecredit.facts.records.post_actions import post_entries, withdraw_document
from ecredit.facts.records.types import EntryBlock
from ecredit.facts.subjects.queries import canonical_id
from ecredit.facts.subjects.review_actions import post_accept, post_reject, post_undo
from ecredit.facts.subjects.review_types import Decision
from ecredit.foundation.kernel.errors import WrongUse


def accept_waiting_row(
    collector: Collector, *, item_id: int, subject_id: int, note: str, by: Actor, at: datetime
) -> Decision:
    """Say whom a waiting row is about, and post its record: one transaction.

    Raises what `post_accept` raises, and WrongUse when the row no longer waits (its supplier corrected it meanwhile).
    """
    with transaction.atomic():
        log = OpenLog(collector.ring, at)
        decision = post_accept(log, item_id=item_id, subject_id=subject_id, note=note, by=by)
        row = _waiting_row(decision.held_row_id)
        leaf = log.next_leaf
        _post(collector, row, canonical_id(subject_id), log)
        row.state, row.ended_leaf = "released", leaf if log.next_leaf > leaf else None
        row.save(update_fields=["state", "ended_leaf"])
        log.seal()
    return decision


def reject_waiting_row(collector: Collector, *, item_id: int, note: str, by: Actor, at: datetime) -> Decision:
    """Say that a waiting row is about none of the subjects; it goes on waiting for its supplier's correction."""
    with transaction.atomic():
        log = OpenLog(collector.ring, at)
        decision = post_reject(log, item_id=item_id, note=note, by=by)
        HeldRow.objects.filter(id=decision.held_row_id, state="review").update(state="held")
        log.seal()
    return decision


def undo_waiting_row(collector: Collector, *, item_id: int, note: str, by: Actor, at: datetime) -> Decision:
    """Take an answer back: a record posted because of it is withdrawn, and the row waits again.

    Raises WrongUse when the record was superseded or corrected since: then that has to be judged first.
    """
    with transaction.atomic():
        log = OpenLog(collector.ring, at)
        decision = post_undo(log, item_id=item_id, note=note, by=by)
        row = HeldRow.objects.get(id=decision.held_row_id)
        if row.ended_leaf is not None:
            withdraw_document(
                leaf=row.ended_leaf,
                reason=f"review:{item_id}",
                log=log,
                by=by,
                edition=collector.catalog.edition,
                reopens=True,
            )
        if row.state != "cleared":
            row.state, row.ended_leaf = "review", None
            row.save(update_fields=["state", "ended_leaf"])
        log.seal()
    return decision


def _waiting_row(row_id: int) -> HeldRow:
    row = HeldRow.objects.select_related("batch").get(id=row_id)
    if row.state != "review":
        raise WrongUse(
            f"批次 {row.batch_id} 第 {row.line} 行已不在等待：报送单位可能已更正",
            f"line {row.line} of batch {row.batch_id} no longer waits; its supplier may have corrected it",
        )
    return row


def _post(collector: Collector, row: HeldRow, subject_id: int, log: OpenLog) -> None:
    block = _prepare(collector, row)
    batch = row.batch
    post_entries(
        EntryBlock(
            source_id=batch.source_id,
            supplier=batch.supplier,
            batch_id=batch.id,
            edition=collector.catalog.edition,
            lines=[row.line],
            doc_keys=[block.keys[0] or ""],
            subject_ids=[subject_id],
            valid_from=block.valid_from,
            valid_to=block.valid_to,
            content=block.contents,
            original=block.originals,
        ),
        log=log,
        revive=True,
    )


def _prepare(collector: Collector, row: HeldRow) -> Prepared:
    """The row read and checked again, by the rules of today and the day it came in."""
    source = get_source(collector.catalog, row.batch.source_id)
    cells = held_cells(row, collector.sealer)
    columns = [source.column(code) for code in cells if any(c.code == code for c in source.columns)]
    tables = dict(collector.catalog.code_tables)
    preparation = Preparation(
        catalog=collector.catalog,
        source=source,
        calendar=collector.calendar,
        sealer=collector.sealer,
        received_on=timezone.localtime(row.batch.received_at).date(),
        columns={place: ColumnReader.of(column, tables) for place, column in enumerate(columns)},
    )
    block = preparation.prepare_block(
        RowBlock(
            lines=np.array([row.line], dtype=np.int64),
            columns=tuple(pa.array([cells[column.code]], pa.string()) for column in columns),
        )
    )
    if block.rows.held().any() or block.rows.refused().any() or block.keys[0] is None:
        raise WrongUse(
            "这一行还有别的问题，须由报送单位更正：" + "；".join(p.message for p, _ in block.problems),
            "the row has other faults; its supplier must correct it",
        )
    return block
