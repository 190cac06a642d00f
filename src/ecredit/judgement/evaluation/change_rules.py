"""What made one grade of a subject another: the reasons that came and those that went."""

from collections.abc import Sequence

from ecredit.judgement.evaluation.grade_rules import LIMIT
from ecredit.judgement.evaluation.types import Reason

_Key = tuple[object, ...]


def changed_reasons(before: Sequence[Reason], after: Sequence[Reason]) -> tuple[list[Reason], list[Reason]]:
    """The reasons of `after` that `before` did not have, and those of `before` that `after` has no more.

    A reason whose points or records changed is in both. What held a total within its bounds is in neither: it follows.
    """
    old, new = {_key(r) for r in before}, {_key(r) for r in after}
    entered = [r for r in after if _key(r) not in old and r.indicator != LIMIT]
    left = [r for r in before if _key(r) not in new and r.indicator != LIMIT]
    return entered, left


def _key(reason: Reason) -> _Key:
    return reason.indicator, reason.points, reason.records, reason.leaves
