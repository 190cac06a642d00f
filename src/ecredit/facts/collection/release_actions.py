"""What follows an officer's answer about a waiting row: its record is posted, or taken back again."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.facts.collection.claims import claims_of
from ecredit.facts.collection.collect_actions import Collector, get_source
from ecredit.facts.collection.document_queries import document_of_subject
from ecredit.facts.collection.held_actions import WAITING
from ecredit.facts.collection.held_cells import held_cells
from ecredit.facts.collection.models import HeldRow
from ecredit.facts.collection.on_file import find_overtaking
from ecredit.facts.collection.post_block import WAIT_RULES, describe_rows, entry_block
from ecredit.facts.collection.prepare import Prepared
from ecredit.facts.collection.row_again import read_row
from ecredit.facts.records.post_actions import current_entry, has_earlier, post_entries, withdraw_document
from ecredit.facts.records.types import POSTED, WAITS, Fate
from ecredit.facts.subjects.lookup import KnownSubjects
from ecredit.facts.subjects.queries import canonical_id
from ecredit.facts.subjects.resolve_actions import resolve_claims
from ecredit.facts.subjects.review_actions import (
    close_review_items,
    post_accept,
    post_reject,
    post_undo,
)
from ecredit.facts.subjects.review_types import Decision
from ecredit.foundation.catalog.texts import rule_title
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import redact

# The journal's verb for a waiting row that is nothing.
DROPPED = "held.drop"


def accept_waiting_row(
    collector: Collector, *, item_id: int, subject_id: int, note: str, by: Actor, at: datetime
) -> Decision:
    """Say whom a waiting row is about, and post its record: one transaction.

    Raises what `post_accept` raises, WrongUse when the row no longer waits (its supplier corrected it meanwhile) or its
    document has come since, naming that, and
    InputRefused when it has other faults by today's rules.
    """
    with transaction.atomic():
        log = OpenLog(collector.ring, at)
        decision = post_accept(log, item_id=item_id, subject_id=subject_id, note=note, by=by)
        row, about = _waiting_row(decision.held_row_id), canonical_id(subject_id)
        block = _read(collector, row)
        block.keys[0] = document_of_subject(block.rows, about)
        _check_not_overtaken(row, block)
        posted = _post(collector, row, block, about, log, by, by_officer=False)
        row.state, row.ended_leaf = "released", posted
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
        decision = post_waiting_undo(collector, log, item_id=item_id, note=note, by=by)
        log.seal()
    return decision


def post_waiting_undo(
    collector: Collector, log: OpenLog, *, item_id: int, note: str, by: Actor, leaf: int | None = None
) -> Decision:
    """As `undo_waiting_row`, in a transaction whose log is open; with `leaf` only while the answer's record is that entry."""
    decision = post_undo(log, item_id=item_id, note=note, by=by)
    row = HeldRow.objects.get(id=decision.held_row_id)
    if leaf is not None and row.ended_leaf != leaf:
        raise _ended_otherwise()
    _check_undoable(row)
    if row.ended_leaf is not None:
        withdraw_document(
            leaf=row.ended_leaf,
            reason=f"review:{item_id}",
            log=log,
            by=by,
            edition=collector.catalog.edition,
            reopens=True,
        )
    row.state, row.ended_leaf = "review", None
    row.save(update_fields=["state", "ended_leaf"])
    return decision


def find_posted(held_row_id: int) -> int | None:
    """The entry by which a waiting row came into the ledger; None while it has not."""
    return HeldRow.objects.filter(id=held_row_id).values_list("ended_leaf", flat=True).first()


def find_undo_refusal(held_row_id: int) -> WrongUse | None:
    """Why the answer about a waiting row cannot be taken back any more; None while it can."""
    try:
        _check_undoable(HeldRow.objects.get(id=held_row_id))
    except WrongUse as refusal:
        return refusal
    return None


def _check_undoable(row: HeldRow) -> None:
    if row.state not in ("held", "released"):
        raise _ended_otherwise()
    if row.ended_leaf is not None:
        current_entry(row.ended_leaf)
        _check_first(row.ended_leaf)


def _ended_otherwise() -> WrongUse:
    return WrongUse(
        "这一行的等待已另行结束，认定不能再撤销",
        "the row's waiting has ended otherwise; the answer stands",
    )


def _check_not_overtaken(row: HeldRow, block: Prepared) -> None:
    """Raise WrongUse when the row's document came with other content in the same batch or a later one."""
    if (entry := find_overtaking(row, block)) is not None:
        raise WrongUse(
            f"这一行的文书已有第 {entry.leaf} 条记录（批次 {entry.batch_id} 第 {entry.line} 行），来得比这一行晚，不再重复入库；"
            "请把这一行判为无效行，确需更改的请更正该条",
            f"the document of this row is entry {entry.leaf} already (line {entry.line} of batch {entry.batch_id}), which came "
            "after it, and is not taken twice; drop the row, or correct the entry if it is wrong",
        )


def _check_first(leaf: int) -> None:
    """Raise WrongUse when the entry superseded another: withdrawing it would take that one from the public as well."""
    if has_earlier(leaf):
        raise WrongUse(
            f"第 {leaf} 条更新了同一文书较早的记录，不能随认定一起撤销；请更正或撤回该条",
            f"entry {leaf} superseded an earlier one of its document; correct or withdraw it instead",
        )


def _waiting_row(row_id: int) -> HeldRow:
    row = HeldRow.objects.select_related("batch").get(id=row_id)
    if row.state != "review":
        raise WrongUse(
            f"批次 {row.batch_id} 第 {row.line} 行已不在等待：报送单位可能已更正",
            f"line {row.line} of batch {row.batch_id} no longer waits; its supplier may have corrected it",
        )
    return row


def release_held_row(
    collector: Collector, *, batch_id: int, line: int, reason: str, by: Actor, at: datetime
) -> int | None:
    """Let the ledger take a row that waits only because of what became of its document; gives its leaf.

    None when the ledger has it so already. Raises WrongUse when no such row waits, or it waits for something else, and
    InputRefused when it has other faults by today's rules.
    """
    with transaction.atomic():
        log = OpenLog(collector.ring, at)
        posted = post_release(collector, log, batch_id=batch_id, line=line, reason=reason, by=by)
        log.seal()
    return posted


def post_release(
    collector: Collector, log: OpenLog, *, batch_id: int, line: int, reason: str, by: Actor
) -> int | None:
    """As `release_held_row`, in a transaction whose log is open."""
    row = HeldRow.objects.select_related("batch").filter(batch_id=batch_id, line=line, state="held").first()
    if row is None:
        raise _not_waiting(batch_id, line)
    if row.rules not in WAIT_RULES.values():
        raise WrongUse(
            f"这一行的问题须由报送单位更正：{rule_title(row.rules)}",
            f"its supplier must correct this row: {row.rules}",
        )
    block = _read(collector, row)
    # Under the key it waits by: its code may have been put right, and then its own words name another document.
    block.keys[0] = row.doc_key or block.keys[0]
    posted = _post(collector, row, block, _subject(collector, block, log, by), log, by, by_officer=True)
    row.state, row.ended_leaf = "released", posted
    row.save(update_fields=["state", "ended_leaf"])
    detail = {"reason": redact(reason), "leaf": posted}
    post_journal(log, by=by, verb="held.release", about=f"held:{batch_id}:{line}", detail=detail)
    return posted


def drop_held_row(
    collector: Collector, *, batch_id: int, line: int, reason: str, by: Actor, at: datetime
) -> None:
    """Say that a waiting row is nothing (a total, a title, a row nobody will correct): it waits no longer, and stays kept.

    Raises WrongUse when no such row waits.
    """
    with transaction.atomic():
        log = OpenLog(collector.ring, at)
        row = HeldRow.objects.filter(batch_id=batch_id, line=line, state__in=WAITING).first()
        if row is None:
            raise _not_waiting(batch_id, line)
        row.state = "dropped"
        row.save(update_fields=["state"])
        close_review_items([row.id], log=log, by=by)
        post_journal(
            log, by=by, verb=DROPPED, about=f"held:{batch_id}:{line}", detail={"reason": redact(reason)}
        )
        log.seal()


def _not_waiting(batch_id: int, line: int) -> WrongUse:
    return WrongUse(
        f"批次 {batch_id} 第 {line} 行没有在等待", f"line {line} of batch {batch_id} does not wait"
    )


def _subject(collector: Collector, block: Prepared, log: OpenLog, by: Actor) -> int:
    source = block.rows.source
    claims = claims_of(block.rows, [0], collector.catalog.code_tables["subject_kind"])
    resolved = resolve_claims(
        claims,
        log=log,
        by=by,
        sealer=collector.sealer,
        authoritative=bool(source.describes),
        wary=source.tone == "bad",
        known=KnownSubjects(),
    )
    (subject_id,) = resolved.subject_ids
    if subject_id is None:
        raise WrongUse("这一行认不出主体", "it cannot be told whom the row is about")
    return subject_id


def _post(
    collector: Collector,
    row: HeldRow,
    block: Prepared,
    subject_id: int,
    log: OpenLog,
    by: Actor,
    *,
    by_officer: bool,
) -> int | None:
    """Post the row; gives its leaf, None when the ledger has it so already.

    Raises WrongUse when the document may not be changed by just saying whom the row is about.
    """
    leaf = log.next_leaf
    told = [(0, subject_id)]
    block_of_one = entry_block(block, row.batch, told, collector.catalog)
    (fate,) = post_entries(block_of_one, log=log, by_officer=by_officer)
    if fate in WAITS or fate is Fate.OUTDATED:
        title = rule_title(WAIT_RULES.get(fate, "before_correction"))
        raise WrongUse(
            f"主体可以认定，但文书不能入库：{title}；请先处理那份文书",
            f"the subject is told, but the document waits: {title}",
        )
    if fate not in POSTED:
        return None
    if block.rows.source.describes:
        describe_rows(block, told, collector.catalog, log, by)
    return leaf


def _read(collector: Collector, row: HeldRow) -> Prepared:
    """The row read and checked again, by the rules of today and the day it came in."""
    source = get_source(collector.catalog, row.batch.source_id)
    received_on = timezone.localtime(row.batch.received_at).date()
    cells = held_cells(row, collector.sealer)
    return read_row(collector, source, cells, line=row.line, received_on=received_on)
