"""The last change of a grade as everyone may read it: from which grade to which, when, and what changed.

It is public only whole: while every reason that came or went rests on documents that are shown. A change of which a part may
not be told would say that there is something to hide.
"""

import json
from collections.abc import Iterable, Set
from datetime import date
from typing import Any

from ecredit.foundation.catalog.types import Catalog
from ecredit.judgement.evaluation.change_rules import changed_reasons
from ecredit.judgement.evaluation.types import GradeRow
from ecredit.service.publicity.grade_reasons import ShownDocuments, public_reasons
from ecredit.service.publicity.types import PublicChange, PublicReason

_Doc = list[Any]


def public_change(
    before: GradeRow, after: GradeRow, subject: int, documents: ShownDocuments, catalog: Catalog
) -> PublicChange | None:
    """What everyone may know of a change between two grades, None when it may not be told whole."""
    if before.grade is None or after.grade is None or not (before.public and after.public):
        return None
    entered, left = changed_reasons(before.reasons, after.reasons)
    # An earlier reason that counted more documents than it names: nobody can tell whether all are shown still.
    if any(reason.records > len(reason.leaves) for reason in left if reason.leaves):
        return None
    shown = [public_reasons(reasons, subject, documents, catalog) for reasons in (entered, left)]
    if [len(part) for part in shown] != [len(entered), len(left)]:
        return None
    return PublicChange(
        on=after.as_of,
        before=before.grade,
        after=after.grade,
        entered=tuple(shown[0]),
        left=tuple(shown[1]),
        other_model=before.edition != after.edition,
    )


def change_doc(change: PublicChange | None) -> str | None:
    """The JSON of `subject.change`; None when there is none."""
    if change is None:
        return None
    parts = [_docs(change.entered), _docs(change.left)]
    head = [change.on.isoformat(), change.before, change.after, change.other_model]
    return json.dumps([*head, *parts], ensure_ascii=False, separators=(",", ":"))


def read_change(doc: str | None, leaves: Set[int], on: date) -> PublicChange | None:
    """The change of a document made by `change_doc`, as it may be read on a day with these documents shown; else None."""
    if doc is None:
        return None
    day, before, after, other_model, *parts = json.loads(doc)
    entered, left = (tuple(map(_reason, part)) for part in parts)
    for reason in (*entered, *left):
        ended = reason.shown_until is not None and reason.shown_until <= on
        if ended or not leaves >= set(reason.item_leaves):
            return None
    return PublicChange(date.fromisoformat(day), before, after, entered, left, other_model)


def _docs(reasons: Iterable[PublicReason]) -> list[_Doc]:
    return [
        [r.zh, r.en, r.points, r.item_leaves, None if r.shown_until is None else r.shown_until.isoformat()]
        for r in reasons
    ]


def _reason(doc: _Doc) -> PublicReason:
    zh, en, points, leaves, until = doc
    return PublicReason(
        zh,
        en,
        points,
        item_leaves=tuple(leaves),
        shown_until=None if until is None else date.fromisoformat(until),
    )
