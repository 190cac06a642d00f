"""Journaling what an actor does, as leaves of the log."""

import json
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from ecredit.facts.actors.canonical import leaf_lines
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.queries import HOME, INVENTED, is_invented
from ecredit.facts.actors.types import Actor
from ecredit.foundation.proof.keys import KeyRing
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


def declare_invented(*, ring: KeyRing, by: Actor, at: datetime) -> None:
    """Put on record that what this home holds is made up, for good; said again it changes nothing."""
    with transaction.atomic():
        if not is_invented():
            log = OpenLog(ring, at)
            post_journal(log, by=by, verb=INVENTED, about=HOME, detail={})
            log.seal()


def journal_leaf(row: JournalEntry) -> bytes:
    """The canonical bytes of a journal row."""
    at: datetime = row.at
    return leaf_lines("journal", row.leaf, at, row.who, row.right, row.verb, row.object, row.detail)
