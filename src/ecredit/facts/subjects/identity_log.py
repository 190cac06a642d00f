"""Identity events as leaves of the log."""

import json
from collections.abc import Mapping

from ecredit.facts.actors.canonical import leaf_lines
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.facts.subjects.models import IdentityEvent
from ecredit.foundation.proof.merkle import leaf_hash


def post_identity(
    log: OpenLog,
    *,
    by: Actor,
    verb: str,
    subject_id: int,
    other_id: int | None = None,
    kind: str = "",
    value: str = "",
    detail: Mapping[str, object] | None = None,
) -> int:
    """Append one identity event to the open log and give its leaf number.

    `value` is a code as stored (a person's number as its keyed index); `detail` holds no personal data.
    """
    row = IdentityEvent(
        leaf=log.next_leaf,
        at=log.at,
        who=by.who,
        right=by.right,
        verb=verb,
        subject_id=subject_id,
        other_id=other_id,
        kind=kind,
        value=value,
        detail="" if not detail else detail_text(detail),
    )
    log.append([leaf_hash(identity_leaf(row))])
    row.save(force_insert=True)
    return row.leaf


def detail_text(detail: Mapping[str, object]) -> str:
    """A detail as the one JSON text it has."""
    return json.dumps(detail, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def identity_leaf(row: IdentityEvent) -> bytes:
    """The canonical bytes of an identity event."""
    return leaf_lines(
        "identity",
        row.leaf,
        row.at,
        row.who,
        row.right,
        row.verb,
        row.subject_id,
        row.other_id,
        row.kind,
        row.value,
        row.detail,
    )
