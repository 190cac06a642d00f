"""Journaling what an actor does, as leaves of the log."""

import json
from collections.abc import Mapping
from datetime import datetime

from ecredit.facts.actors.canonical import leaf_lines
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.types import Actor
from ecredit.foundation.proof.merkle import leaf_hash


def post_journal(log: OpenLog, *, by: Actor, verb: str, about: str, detail: Mapping[str, object]) -> int:
    """Append one journal row to the open log and give its leaf number.

    `verb` is dotted (`batch.receive`, `subject.merge`); `about` names the object (`batch:12`); `detail` holds no
    personal data.
    """
    leaf = log.next_leaf
    row = JournalEntry(
        leaf=leaf,
        at=log.at,
        who=by.who,
        right=by.right,
        verb=verb,
        object=about,
        detail=json.dumps(detail, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
    )
    log.append([leaf_hash(journal_leaf(row))])
    row.save(force_insert=True)
    return leaf


def journal_leaf(row: JournalEntry) -> bytes:
    """The canonical bytes of a journal row."""
    at: datetime = row.at
    return leaf_lines("journal", row.leaf, at, row.who, row.right, row.verb, row.object, row.detail)
