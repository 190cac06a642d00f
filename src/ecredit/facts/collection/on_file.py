"""What the ledger has already of a waiting row's document, and what letting the row in would do to that."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from django.utils import timezone

from ecredit.facts.collection.collect_actions import Collector
from ecredit.facts.collection.doc_keys import SAME_NUMBER, is_numbered
from ecredit.facts.collection.document_queries import document_of_subject
from ecredit.facts.collection.held_actions import WAITING
from ecredit.facts.collection.held_cells import held_cells
from ecredit.facts.collection.models import HeldRow
from ecredit.facts.collection.post_block import WAIT_RULES, entry_block
from ecredit.facts.collection.prepare import Prepared
from ecredit.facts.collection.row_again import check_row
from ecredit.facts.collection.shown_values import show_cells, show_entry_value
from ecredit.facts.records.post_actions import content_text, foresee_fates, sent_values
from ecredit.facts.records.queries import find_latest, list_keys_beginning
from ecredit.facts.records.timeline import list_versions
from ecredit.facts.records.types import WAITS, EntryView, Fate, Verb
from ecredit.facts.subjects.queries import canonical_id, get_subject


class Outcome(StrEnum):
    """What saying whom the row is about would do to what is on file."""

    SAME = "same"
    UPDATES = "updates"
    # Refused: it came with other content after the row, or may not be changed by an answer about whom it is.
    LATER = "later"
    WAITS = "waits"


@dataclass(frozen=True, slots=True)
class Difference:
    """A column that the entry and the row have otherwise, both as they may be shown; "" where one says nothing."""

    code: str
    name: str
    standing: str
    row: str


@dataclass(frozen=True, slots=True)
class OnFile:
    """The entry that is on file for a waiting row's document, and where the row differs from it.

    `withdrawn_at` is when the document was withdrawn; the entry is then the last that stood.
    """

    leaf: int
    subject_id: int
    supplier: str
    batch_id: int | None
    line: int | None
    known_at: datetime
    withdrawn_at: datetime | None
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What is on file when the row is about this subject, and what that answer would do to it; `rule`: why it waits."""

    subject_id: int
    on_file: OnFile
    outcome: Outcome
    rule: str


def find_on_file(collector: Collector, row_id: int) -> OnFile | None:
    """What is on file for the document that a waiting row says it is. Personal data, though masked: note the read."""
    row = HeldRow.objects.select_related("batch").filter(id=row_id, state__in=WAITING).first()
    entry = find_latest(row.doc_key) if row is not None and row.doc_key else None
    block = None if row is None or entry is None else _block(collector, row)
    if row is None or entry is None or block is None:
        return None
    return _on_file(collector, entry, block, held_cells(row, collector.sealer))


def foresee_answers(collector: Collector, row: HeldRow, subject_ids: Sequence[int]) -> list[Foreseen]:
    """What accepting each of some subjects for a waiting row would meet on file; nothing of those whose document is new."""
    block = _block(collector, row)
    if block is None or block.keys[0] is None:
        return []
    if is_numbered(block.rows.source) and not list_keys_beginning([block.keys[0][:SAME_NUMBER]]):
        return []
    found = (_foresee(collector, row, block, subject_id) for subject_id in subject_ids)
    return [each for each in found if each is not None]


def _foresee(collector: Collector, row: HeldRow, block: Prepared, subject_id: int) -> Foreseen | None:
    about = canonical_id(subject_id)
    block = replace(block, keys=[document_of_subject(block.rows, about)])
    entry = find_latest(block.keys[0] or "")
    if entry is None:
        return None
    (fate,) = foresee_fates(entry_block(block, row.batch, [(0, about)], collector.catalog))
    if find_overtaking(row, block) is not None:
        outcome = Outcome.LATER
    elif fate is Fate.DUPLICATE:
        outcome = Outcome.SAME
    else:
        outcome = Outcome.WAITS if fate in WAITS or fate is Fate.OUTDATED else Outcome.UPDATES
    return Foreseen(
        subject_id=subject_id,
        on_file=_on_file(collector, entry, block, held_cells(row, collector.sealer)),
        outcome=outcome,
        rule=WAIT_RULES.get(fate, "before_correction") if outcome is Outcome.WAITS else "",
    )


def find_overtaking(row: HeldRow, block: Prepared) -> EntryView | None:
    """The entry by which the row's document came with other content in the same batch or a later one."""
    entry = find_latest(block.keys[0] or "")
    if entry is None or entry.verb != Verb.POST or (entry.batch_id or 0) < row.batch_id:
        return None
    return None if content_text(entry.values) == block.contents[0].as_py() else entry


def _block(collector: Collector, row: HeldRow) -> Prepared | None:
    source = collector.catalog.sources.get(row.batch.source_id)
    if source is None:
        return None
    received_on = timezone.localtime(row.batch.received_at).date()
    cells = held_cells(row, collector.sealer)
    return check_row(collector, source, cells, line=row.line, received_on=received_on)


def _on_file(collector: Collector, entry: EntryView, block: Prepared, cells: Mapping[str, str]) -> OnFile:
    withdrawn_at = None
    if entry.verb == Verb.WITHDRAW:  # it says nothing of its own
        withdrawn_at = entry.known_at
        entry = next(v for v in reversed(list_versions(entry.leaf)) if v.verb != Verb.WITHDRAW)
    source, before, now = block.rows.source, sent_values(entry.values), json.loads(block.contents[0].as_py())
    subject = get_subject(canonical_id(entry.subject_id))
    shown = {cell.code: cell.value for cell in show_cells(source, cells)}
    return OnFile(
        leaf=entry.leaf,
        subject_id=subject.id,
        supplier=entry.supplier,
        batch_id=entry.batch_id,
        line=entry.line,
        known_at=entry.known_at,
        withdrawn_at=withdrawn_at,
        # Compared as read and, where personal, as sealed: the same text has the same seal.
        differences=tuple(
            Difference(
                column.code,
                column.name,
                show_entry_value(
                    source,
                    column.code,
                    before[column.code],
                    about_person=subject.is_person,
                    sealer=collector.sealer,
                )
                if column.code in before
                else "",
                shown.get(column.code, ""),
            )
            for column in source.columns
            if before.get(column.code, "") != now.get(column.code, "")
        ),
    )
