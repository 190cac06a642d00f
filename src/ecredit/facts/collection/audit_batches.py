"""The audit of batches: each is what the journal received, added up block by block, and closed."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.bulk import stream_rows
from ecredit.facts.actors.canonical import instant_text, read_object
from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.queries import read_journal
from ecredit.facts.actors.sign_in_queries import read_sessions
from ecredit.facts.collection.audit_held import read_releases
from ecredit.facts.collection.collect_actions import CLOSED, text_digest
from ecredit.facts.collection.models import Batch
from ecredit.facts.collection.post_block import BLOCK, COUNTS
from ecredit.facts.collection.withdraw_actions import BATCH_WITHDRAWN, WITHDRAWN

# Whence a right was used, at its end: `batch.submit api/k7`.
_FROM = re.compile(r" (api/k|desk/s)(\d+)$", re.ASCII)
_RECEIVED = {
    "source": "source_id", "supplier": "supplier", "digest": "digest", "size": "size", "edition": "edition",
    "corrects": "corrects_id", "corrects_guessed": "corrects_guessed",
}  # fmt: skip
_ENTRIES = """
    SELECT batch_id, COUNT(*) FROM records_entry WHERE verb = 'post' AND batch_id IS NOT NULL GROUP BY batch_id
"""


@dataclass(slots=True)
class _Told:
    """What the journal says of one batch: the row it makes, how many entries, and the leaf that said so last."""

    leaf: int
    posted: int = 0
    row: dict[str, Any] = field(default_factory=dict)


def audit_batches() -> Iterator[AuditFinding]:
    """Batches that were changed, added or removed without the journal, and those whose entries are not as many."""
    yield from _rights()
    told = _told()
    entries = dict(stream_rows(_ENTRIES))
    released = Counter(release.batch_id for release in read_releases() if release.entry is not None)
    for batch in Batch.objects.order_by("id").iterator():
        said = told.pop(batch.id, None)
        if said is None:
            yield _finding(None, f"批次 {batch.id} 没有接收记录", f"nobody received batch {batch.id}")
            continue
        for column, wanted in said.row.items():
            found = _stands(batch, column)
            if found != wanted:
                yield _finding(
                    said.leaf,
                    f"批次 {batch.id} 的 {column} 被改动：表中是 {found}，日志（至第 {said.leaf} 条）是 {wanted}",
                    f"{column} of batch {batch.id} was changed: it is {found}, by the log (to leaf {said.leaf}) {wanted}",
                )
        wanted = said.posted + released[batch.id]
        found = entries.pop(batch.id, 0)
        if found != wanted:
            yield _finding(
                said.leaf,
                f"批次 {batch.id} 在账本中有 {found} 条，按日志应有 {wanted} 条",
                f"batch {batch.id} has {found} entries in the ledger, by the journal {wanted}",
            )
    for number, said in told.items():
        yield _finding(
            said.leaf,
            f"批次 {number} 不见了（日志至第 {said.leaf} 条有它）",
            f"batch {number} is gone (the log has it, to leaf {said.leaf})",
        )
    for number, found in entries.items():
        if number not in told:
            yield _finding(
                None,
                f"账本有 {found} 条属于不存在的批次 {number}",
                f"{found} entries of the ledger are of batch {number}, which is not there",
            )


def _rights() -> Iterator[AuditFinding]:
    """Batches received by a right from a key or a session that the journal does not know, or that is another's."""
    keys = {e.object: str(read_object(e.detail).get("organisation")) for e in read_journal("apikey.issue")}
    sessions = read_sessions()
    for entry in read_journal("batch.receive"):
        found = _FROM.search(entry.right)
        if found is None:
            continue
        door, number = found.groups()
        known = keys.get(f"apikey:{number}") if door == "api/k" else sessions.get(f"s{number}")
        if known != entry.who:
            name = entry.object.partition(":")[2]
            yield _finding(
                entry.leaf,
                f"批次 {name} 由 {entry.who} 凭 {door}{number} 报送，日志中没有这个密钥或登录，或属于他人",
                f"batch {name} was sent by {entry.who} from {door}{number}, which the journal does not know or is another's",
            )


def _told() -> dict[int, _Told]:
    told: dict[int, _Told] = {}
    for entry in read_journal("batch.receive", BLOCK, "batch.close", BATCH_WITHDRAWN):
        number = entry.object.removeprefix("batch:")
        if not number.isdecimal():
            continue
        said, detail = told.setdefault(int(number), _Told(entry.leaf)), read_object(entry.detail)
        said.leaf = entry.leaf
        if entry.verb == "batch.receive":
            said.row |= _received(entry, detail)
        elif entry.verb == BLOCK:
            added = {count: n if isinstance(n := detail.get(count), int) else 0 for count in COUNTS}
            said.row |= {count: said.row.get(count, 0) + n for count, n in added.items()}
            said.row["posted_line"] = detail.get("line")
            said.posted += added["accepted"] + added["superseded"]
        elif entry.verb == BATCH_WITHDRAWN:
            said.row["state"] = WITHDRAWN
            for other, count in dict(detail.get("posted_again", {})).items():
                told.setdefault(int(other), _Told(entry.leaf)).posted += count
        else:
            said.row |= {column: detail.get(column) for column in CLOSED}
            said.row |= {
                "note": detail.get("note", ""),
                "state": "done",
                "finished_at": instant_text(entry.at),
            }
    return told


def _received(entry: JournalEntry, detail: dict[str, Any]) -> dict[str, Any]:
    return {
        **{column: detail.get(key) for key, column in _RECEIVED.items()},
        "filename": detail.get("filename"),
        "received_at": detail.get("received_at"),
        "sent_by": entry.who,
        "state": "posting",
        "finished_at": "",
        "posted_line": 0,
        **dict.fromkeys(COUNTS, 0),
        "problems": 0,
        "warnings": 0,
        "problem_counts": {},
        "note": "",
    }


def _stands(batch: Batch, column: str) -> Any:
    """A column as the journal would say it."""
    if column in ("received_at", "finished_at"):
        at = getattr(batch, column)
        return "" if at is None else instant_text(at)
    if column in ("filename", "note"):
        text = getattr(batch, column)
        return text_digest(text) if text or column == "filename" else ""
    return getattr(batch, column)


def _finding(leaf: int | None, zh: str, en: str) -> AuditFinding:
    return AuditFinding("batch", leaf, zh, en)
