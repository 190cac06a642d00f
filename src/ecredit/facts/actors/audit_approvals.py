"""The audit of what waits for, or had, another's agreement: each is what the journal says was asked, and decided so.

Whoever writes the database by hand could put another's name on what they asked for and agree to it themselves, or let
somebody agree to something else than is shown to have been asked. Agreeing asks the same (`changed_columns`).
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.canonical import instant_text, read_object
from ecredit.facts.actors.models import Approval, JournalEntry
from ecredit.facts.actors.queries import read_journal

ASK: Final = "approval.ask"
# What a decision is called in the journal, and the state it leaves.
DECISIONS: Final = {
    "approval.agree": "agreed", "approval.refuse": "refused", "approval.withdraw": "withdrawn",
}  # fmt: skip
_ASKED: Final = "asked"


def asked_detail(*, verb: str, about: str, params: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """What the journal keeps of a request; of the reason a digest, it may say something of a person."""
    digest = hashlib.sha256(reason.encode()).hexdigest()
    return {"verb": verb, "about": about, "params": dict(params), "reason": digest}


def changed_columns(row: Approval, asked: JournalEntry) -> list[str]:
    """The columns in which a request is not what its journal entry says was asked."""
    said = read_object(asked.detail)
    detail = asked_detail(verb=row.verb, about=row.about, params=row.params, reason=row.reason)
    changed = [column for column, value in detail.items() if said.get(column) != value]
    own = {"asked_by": asked.who, "asked_right": asked.right}
    changed += [column for column, value in own.items() if getattr(row, column) != value]
    return changed + (["asked_at"] if instant_text(row.asked_at) != instant_text(asked.at) else [])


def audit_approvals() -> Iterator[AuditFinding]:
    """Requests that were changed, decided, added or removed without the journal."""
    asked = {row.object: row for row in read_journal(ASK)}
    decided = {row.object: row for row in read_journal(*DECISIONS)}
    for row in Approval.objects.order_by("id").iterator():
        about = f"approval:{row.pk}"
        entry, decision = asked.pop(about, None), decided.get(about)
        if entry is None:
            yield _finding(None, f"复核事项 {row.pk} 没有提出记录", f"nobody asked for request {row.pk}")
            continue
        for column in changed_columns(row, entry):
            zh, en = (
                f"复核事项 {row.pk} 的 {column} 被改动",
                f"{column} of request {row.pk} is not what was asked",
            )
            yield _finding(entry.leaf, zh, en)
        wanted = (_ASKED, "") if decision is None else (DECISIONS[decision.verb], decision.who)
        if (row.state, row.decided_by) != wanted:
            zh, en = f"复核事项 {row.pk} 的处理结果被改动", f"request {row.pk} was not decided so"
            yield _finding(entry.leaf if decision is None else decision.leaf, zh, en)
    for about, entry in asked.items():
        number = about.partition(":")[2]
        yield _finding(entry.leaf, f"复核事项 {number} 不见了", f"request {number} is gone")


def _finding(leaf: int | None, zh: str, en: str) -> AuditFinding:
    return AuditFinding("approval", leaf, zh, en)
