"""The audit of the review queue: every item proposes what the journal bound, and stands as it was answered."""

import heapq
from collections.abc import Iterator
from typing import Any, NamedTuple

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.bulk import stream_rows
from ecredit.facts.actors.canonical import instant_text, read_object, stored_instant_text
from ecredit.facts.actors.queries import read_journal
from ecredit.facts.subjects.models import ReviewItem
from ecredit.facts.subjects.review_actions import NO_SUBJECT
from ecredit.facts.subjects.review_digests import read_items
from ecredit.facts.subjects.review_types import ReviewState

_ANSWERS = """
    SELECT leaf, at, who, verb, subject_id, value, detail FROM subjects_identity_event
    WHERE verb IN ('accept', 'reject', 'undo') AND kind = 'review' ORDER BY leaf
"""


class _Answer(NamedTuple):
    """How an item stands."""

    state: str
    subject_id: int | None = None
    at: str = ""
    who: str = ""
    note: str = ""


_OPEN = _Answer(ReviewState.OPEN)


def audit_reviews() -> Iterator[AuditFinding]:
    """Items that were changed, added or removed, or answered otherwise than the log says."""
    proposed, answers = _proposed(), _answers()
    for item, digest in read_items():
        leaf, wanted = proposed.pop(item.id, (None, None))
        where = f"{item.id}（{item.batch_id}:{item.line}）", f"{item.id} ({item.batch_id}:{item.line})"
        if leaf is None:
            yield _finding(None, f"待判项 {where[0]} 没有来历", f"nothing opened review item {where[1]}")
        elif digest != wanted:
            yield _finding(
                leaf,
                f"待判项 {where[0]} 的内容或候选被改动：与日志第 {leaf} 条不符",
                f"review item {where[1]} or its candidates were changed: it does not fit leaf {leaf}",
            )
        answered, answer = answers.get(item.id, (leaf, _OPEN))
        if _stands(item) != answer:
            yield _finding(
                answered,
                f"待判项 {where[0]} 的答复被改动：表中是 {item.state}，按日志是 {answer.state}",
                f"the answer to review item {where[1]} was changed: it is {item.state}, by the log {answer.state}",
            )
    for number, (leaf, _) in proposed.items():
        yield _finding(
            leaf,
            f"待判项 {number} 不见了（日志第 {leaf} 条有它）",
            f"review item {number} is gone (leaf {leaf} has it)",
        )


def _proposed() -> dict[int, tuple[int, Any]]:
    """Item id → the leaf that last said what it proposes, and its digest there."""
    return {
        int(number): (row.leaf, digest)
        for row in read_journal("review.open", "review.refresh")
        for number, digest in read_object(row.detail).get("digests", {}).items()
    }


def _answers() -> dict[int, tuple[int, _Answer]]:
    answers: dict[int, tuple[int, _Answer]] = {}
    for leaf, numbers, answer in heapq.merge(_decided(), _gone(), key=lambda event: event[0]):
        answers |= dict.fromkeys(numbers, (leaf, answer))
    return answers


def _decided() -> Iterator[tuple[int, list[int], _Answer]]:
    for leaf, at, who, verb, subject_id, value, detail in stream_rows(_ANSWERS):
        note = read_object(detail).get("note", "")
        state = ReviewState.ACCEPTED if verb == "accept" else ReviewState.REJECTED
        about = None if subject_id == NO_SUBJECT else subject_id
        answer = _OPEN if verb == "undo" else _Answer(state, about, stored_instant_text(at), who, note)
        yield leaf, [int(value.removeprefix("item:"))], answer


def _gone() -> Iterator[tuple[int, list[int], _Answer]]:
    for row in read_journal("review.close"):
        gone = _Answer(ReviewState.GONE, at=instant_text(row.at), who=row.who)
        yield row.leaf, read_object(row.detail).get("items", []), gone


def _stands(item: ReviewItem) -> _Answer:
    at = "" if item.decided_at is None else instant_text(item.decided_at)
    return _Answer(item.state, item.subject_id, at, item.decided_by, item.decision_note)


def _finding(leaf: int | None, zh: str, en: str) -> AuditFinding:
    return AuditFinding("review", leaf, zh, en)
