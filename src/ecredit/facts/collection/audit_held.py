"""The audit of held rows: each is as its block left it, and waits or ended as the log says.

The journal holds a digest of the rows that each block left waiting, and of each record taken back into review, and the ids
of those that a block made wait no longer; the identity events and the journal hold what officers answered about single rows.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.bulk import stream_rows
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.queries import read_journal
from ecredit.facts.collection.held_cells import HeldText, held_cells, held_digest
from ecredit.facts.collection.models import HeldRow
from ecredit.facts.collection.post_block import BLOCK
from ecredit.facts.collection.question_actions import QUESTIONED
from ecredit.facts.collection.release_actions import DROPPED
from ecredit.facts.collection.withdraw_actions import BATCH_WITHDRAWN, WITHDRAWN
from ecredit.foundation.proof.errors import SealBroken
from ecredit.foundation.proof.sealing import Sealer

_HELD = """
    SELECT id, batch_id, line, doc_key, rules, cells, state, ended_by_batch, ended_leaf
    FROM collection_held_row ORDER BY batch_id, line
"""
_ANSWERS = """
    SELECT leaf, verb, detail FROM subjects_identity_event
    WHERE verb IN ('accept', 'reject', 'undo') AND kind = 'review' ORDER BY leaf
"""
# Of the leaves behind an `accept`, those that are the entry it posted.
_POSTED = """
    SELECT e.leaf, e.batch_id, e.line FROM records_entry e
    JOIN subjects_identity_event a ON a.leaf = e.leaf - 1 AND a.verb = 'accept' WHERE e.verb = 'post'
"""


class Release(NamedTuple):
    """An officer let a waiting row into the ledger: where it stood, its entry (None when it was there already), and
    whether that was the answer to a review."""

    leaf: int
    batch_id: int
    line: int
    entry: int | None
    reviewed: bool


class _State(NamedTuple):
    """How a held row stands."""

    state: str
    ended_by_batch: int | None = None
    ended_leaf: int | None = None


@dataclass(frozen=True, slots=True)
class _Block:
    """What the journal says of one block: the lines it decided, and what it left waiting."""

    leaf: int
    batch_id: int
    after: int
    line: int
    held: str
    count: int | None
    review: frozenset[str]


def audit_held(sealer: Sealer) -> Iterator[AuditFinding]:
    """Held rows that were changed, moved, added or removed, or whose state does not follow from the log."""
    blocks, states = _blocks(), _states()
    let_in = {
        (r.batch_id, r.line): _State("released", None, r.entry) for r in read_releases() if not r.reviewed
    }
    let_in |= dict.fromkeys(_read_drops(), _State("dropped"))
    questions = _read_questions()
    place = 0
    gathered: list[HeldText] = []
    for row_id, batch, line, key, rules, cells, state, by_batch, by_leaf in stream_rows(_HELD):
        at = batch, line
        while place < len(blocks) and (blocks[place].batch_id, blocks[place].line) < at:
            yield from _check(blocks[place], gathered, sealer)
            place, gathered = place + 1, []
        block = questions.pop(at, None)
        if block is not None:
            began = "review"
            yield from _check(block, [(line, key, rules, cells, began)], sealer)
        elif place < len(blocks) and blocks[place].batch_id == batch:
            block = blocks[place]
            began = "review" if rules in block.review else "held"
            gathered.append((line, key, rules, cells, began))
        else:
            yield _finding(
                None,
                f"批次 {batch} 第 {line} 行待改的行没有来历",
                f"no block left line {line} of batch {batch} waiting",
            )
            continue
        wanted = let_in.get(at) or states.get(row_id) or _State(began)
        if (state, by_batch, by_leaf) != wanted:
            yield _finding(
                block.leaf,
                f"批次 {batch} 第 {line} 行的状态被改动：表中是 {state}，按日志是 {wanted.state}",
                f"the state of line {line} of batch {batch} was changed: it is {state}, by the log {wanted.state}",
            )
    for block in questions.values():
        yield from _check(block, [], sealer)
    for block in blocks[place:]:
        yield from _check(block, gathered, sealer)
        gathered = []


def _check(block: _Block, rows: list[HeldText], sealer: Sealer) -> Iterator[AuditFinding]:
    if held_digest(rows) == block.held:
        return
    yield _finding(
        block.leaf,
        f"批次 {block.batch_id} 第 {block.after + 1} 至 {block.line} 行中待改的行与日志第 {block.leaf} 条不符："
        f"表中 {len(rows)} 行，日志 {block.count} 行，有行被改动、删除或增加",
        f"the waiting rows in lines {block.after + 1} to {block.line} of batch {block.batch_id} do not fit leaf {block.leaf}: "
        f"the table has {len(rows)}, the log {block.count}; rows were changed, removed or added",
    )
    for line, _, _, cells, _ in rows:
        try:
            held_cells(HeldRow(batch_id=block.batch_id, line=line, cells=cells), sealer)
        except (SealBroken, ValueError):
            yield _finding(
                block.leaf,
                f"批次 {block.batch_id} 第 {line} 行的内容不是封存在这里的：被改动或从别处移来",
                f"the cells of line {line} of batch {block.batch_id} were not sealed there: altered, or moved from elsewhere",
            )


def _blocks() -> list[_Block]:
    """Every block, by batch and line."""
    blocks, after = [], defaultdict[int, int](int)
    for leaf, batch, said in _read_blocks():
        line = said.get("line")
        if isinstance(line, int):
            review, held = frozenset(said.get("review", ())), str(said.get("held"))
            blocks.append(_Block(leaf, batch, after[batch], line, held, said.get("quarantined"), review))
            after[batch] = line
    return sorted(blocks, key=lambda block: (block.batch_id, block.line))


def _states() -> dict[int, _State]:
    """How rows stand that anything happened to since their block, by id; in the order it happened."""
    states: dict[int, _State] = {}
    entries = {release.leaf: release.entry for release in read_releases()}
    for leaf, told, said in heapq.merge(_read_blocks(), _read_answers(), key=lambda event: event[0]):
        if isinstance(told, int):
            states |= dict.fromkeys(said.get("cleared_rows", ()), _State("cleared", told))
            states |= {row: _State("cleared", by) for row, by in said.get("answered_rows", ())}
            states |= dict.fromkeys(said.get("replaced_rows", ()), _State("replaced", told))
            states |= dict.fromkeys(said.get("withdrawn_rows", ()), _State(WITHDRAWN))
            states |= dict.fromkeys(said.get("waiting_again", ()), _State("held"))
            continue
        row, verb = said.get("held_row"), told
        if not isinstance(row, int):
            continue
        before = states.get(row, _State("review"))
        if verb == "accept":
            states[row] = _State("released", before.ended_by_batch, entries.get(leaf))
        elif verb == "reject":
            states[row] = before._replace(state="held") if before.state == "review" else before
        elif before.state != "cleared":
            states[row] = before._replace(state="review", ended_leaf=None)
    return states


def _read_blocks() -> Iterator[tuple[int, int, dict[str, Any]]]:
    """(leaf, batch, what it says) of the journal row of every block, and of every batch taken back, oldest first."""
    for entry in read_journal(BLOCK, BATCH_WITHDRAWN):
        number = entry.object.removeprefix("batch:")
        if number.isdecimal():
            yield entry.leaf, int(number), read_object(entry.detail)


def _read_answers() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """(leaf, verb, what it says) of every answer about a waiting row, oldest first."""
    for leaf, verb, detail in stream_rows(_ANSWERS):
        yield leaf, verb, read_object(detail)


def read_releases() -> list[Release]:
    """Every time an officer let a waiting row in, as a review's answer or by itself, oldest first."""
    posted = {leaf: (batch, line) for leaf, batch, line in stream_rows(_POSTED)}
    found = []
    for leaf, verb, said in _read_answers():
        batch_id, at = said.get("batch"), said.get("line")
        if verb == "accept" and isinstance(batch_id, int) and isinstance(at, int):
            entry = leaf + 1 if posted.get(leaf + 1) == (batch_id, at) else None
            found.append(Release(leaf, batch_id, at, entry, reviewed=True))
    for row in read_journal("held.release"):
        _, _, place_text = row.object.partition(":")
        batch, _, line = place_text.partition(":")
        if batch.isdecimal() and line.isdecimal():
            found.append(Release(row.leaf, int(batch), int(line), read_object(row.detail).get("leaf"), False))
    return sorted(found)


def _read_drops() -> Iterator[tuple[int, int]]:
    """(batch, line) of every waiting row that an officer said is nothing."""
    for row in read_journal(DROPPED):
        batch, _, line = row.object.removeprefix("held:").partition(":")
        if batch.isdecimal() and line.isdecimal():
            yield int(batch), int(line)


def _read_questions() -> dict[tuple[int, int], _Block]:
    """What the journal holds of records taken back into review, as blocks of one row, by batch and line."""
    asked: dict[tuple[int, int], _Block] = {}
    for row in read_journal(QUESTIONED):
        batch, _, line = row.object.removeprefix("held:").partition(":")
        if batch.isdecimal() and line.isdecimal():
            held = str(read_object(row.detail).get("held"))
            at = int(batch), int(line)
            asked[at] = _Block(row.leaf, at[0], at[1] - 1, at[1], held, 1, frozenset())
    return asked


def _finding(leaf: int | None, zh: str, en: str) -> AuditFinding:
    return AuditFinding("held", leaf, zh, en)
