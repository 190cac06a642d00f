"""What would lift a grade and how it came to be, as everyone may read it.

Both say what documents say, so they are public only as long as every one of these is: an outlook while every reason of the
grade is, an earlier grade while every reason it had is. Before the first that may not be told the history is silent.
"""

import json
from collections.abc import Iterable, Sequence, Set
from datetime import date
from typing import Any

from ecredit.foundation.catalog.types import Catalog
from ecredit.judgement.evaluation.types import GradeRow, Lift, Model, Outlook
from ecredit.service.publicity.clauses import clause_text
from ecredit.service.publicity.grade_reasons import ShownDocuments, public_reasons
from ecredit.service.publicity.types import PublicLift, PublicOutlook, PublicPast, PublicTimeStep

MOST_PAST = 40
"""So many earlier grades are told, the newest."""
_Doc = list[Any]


def outlook_doc(outlook: Outlook | None, model: Model | None, catalog: Catalog) -> str | None:
    """The JSON of `subject.outlook`; None when there is none."""
    if outlook is None or model is None:
        return None
    titles = {indicator.id: (indicator.title_zh, indicator.title_en) for indicator in model.indicators}
    together = None if outlook.together is None else _lift_doc(outlook.together, catalog)
    return _json(
        [
            [_lift_doc(lift, catalog) for lift in outlook.lifts],
            together,
            [(step.on.isoformat(), step.grade, float(step.score)) for step in outlook.steps],
            [titles[name] for name in outlook.waits],
        ]
    )


def read_outlook(doc: str | None, leaves: Set[int]) -> PublicOutlook | None:
    """The outlook of a document made by `outlook_doc`; None when a document it speaks of is not shown."""
    if doc is None:
        return None
    lifts, together, steps, waits = json.loads(doc)
    told = [_lift(lift) for lift in lifts]
    whole = None if together is None else _lift(together)
    if not all(leaves >= set(lift.leaves) for lift in told):
        return None
    return PublicOutlook(
        tuple(told),
        whole,
        tuple(PublicTimeStep(date.fromisoformat(on), grade, score) for on, grade, score in steps),
        tuple((zh, en) for zh, en in waits),
    )


def history_doc(
    rows: Sequence[GradeRow], subject: int, documents: ShownDocuments, catalog: Catalog
) -> str | None:
    """The JSON of `subject.history`, newest first, from a subject's grades newest first; None for fewer than two."""
    told: list[_Doc] = []
    for row in rows[:MOST_PAST]:
        if not row.public or row.grade is None or row.score is None:
            break
        reasons = public_reasons(row.reasons, subject, documents, catalog)
        # An earlier reason that counted more documents than it names: nobody can tell whether all are shown still.
        many = any(reason.records > len(reason.leaves) for reason in row.reasons if reason.leaves)
        if len(reasons) != len(row.reasons) or many:
            break
        ends = [reason.shown_until for reason in reasons if reason.shown_until is not None]
        leaves = sorted({leaf for reason in reasons for leaf in reason.item_leaves})
        until = min(ends).isoformat() if ends else None
        told.append([row.as_of.isoformat(), row.grade, float(row.score), row.edition, leaves, until])
    return _json(told) if len(told) > 1 else None


def read_history(doc: str | None, leaves: Set[int], on: date) -> tuple[PublicPast, ...]:
    """The grades of a document made by `history_doc` that may be read on a day, newest first; none for fewer than two."""
    told = []
    for day, grade, score, edition, resting, until in [] if doc is None else json.loads(doc):
        if not leaves >= set(resting) or (until is not None and date.fromisoformat(until) <= on):
            break
        told.append(PublicPast(date.fromisoformat(day), grade, score, edition))
    return tuple(told) if len(told) > 1 else ()


def _lift_doc(lift: Lift, catalog: Catalog) -> _Doc:
    does = [(remedy.zh, remedy.en, clause_text(catalog, remedy.clause)) for remedy in lift.remedies]
    then = [lift.grade, float(lift.score), lift.idle_grade, float(lift.idle_score)]
    return [does, lift.leaves, lift.on.isoformat(), *then]


def _lift(doc: _Doc) -> PublicLift:
    does, leaves, on, *then = doc
    acts = tuple((zh, en, clause) for zh, en, clause in does)
    return PublicLift(acts, tuple(leaves), date.fromisoformat(on), *then)


def _json(value: Iterable[Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
