"""What may happen to a warning, when, and what makes two of them the same. Pure."""

import hashlib
import json
import math
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final

from ecredit.judgement.measures.types import LIVE, SETTLED, Act, Fact, Kept, Match, State

# From where each act leads where; what is not here cannot be done.
TRANSITIONS: Final[dict[tuple[State, Act], State]] = {
    **{(state, Act.WORSEN): state for state in LIVE},
    **{(state, Act.LIFT): State.LIFTED for state in LIVE},
    **{(state, Act.CEASE): state for state in (State.ANSWERED, *SETTLED)},
    **{(state, Act.RECUR): state for state in (State.ANSWERED, *SETTLED)},
    **{(state, Act.REOPEN): State.OPEN for state in State},
    **{(state, Act.ESCALATE): State.ESCALATED for state in (State.OPEN, State.ACKNOWLEDGED)},
    (State.OPEN, Act.ACKNOWLEDGE): State.ACKNOWLEDGED,
    **{(state, Act.ANSWER): State.ANSWERED for state in LIVE},
    (State.ANSWERED, Act.RETURN): State.OPEN,
    **{(state, Act.JUSTIFY): State.JUSTIFIED for state in (*LIVE, State.ANSWERED)},
    **{(state, Act.FALSE_ALARM): State.FALSE_ALARM for state in (*LIVE, State.ANSWERED)},
}
ABOVE: Final = "above"
FIRST: Final = "first"
_Z: Final = 1.959963984540054  # of the normal distribution, for 95 %


def next_state(state: State, act: Act) -> State | None:
    """Where an act leads from a state; None when it cannot be done there."""
    return TRANSITIONS.get((state, act))


def key_of(rule: str, match: Match) -> str:
    """What makes two warnings the same: the rule, whom it is about, and which thing of theirs."""
    told = "\0".join((rule, match.about, match.thing))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def decide_found(kept: Kept | None, gravity: int, facts: Collection[str]) -> Act | None:
    """What follows from finding something, once it is known what was warned of before.

    The same is never warned of twice while it is open or once it was answered or judged. Worse than it was: said of one that
    waits, opened again otherwise. One that was answered and was not so in between is opened again when it rests on something
    new, else it is noted that it is so again; one that nobody answered is opened again whenever it is so again.
    """
    if kept is None:
        return Act.OPEN
    if kept.state is State.LIFTED or (kept.state in LIVE and not kept.holds):
        return Act.REOPEN
    if gravity > kept.gravity:
        return Act.WORSEN if kept.state in LIVE else Act.REOPEN
    if kept.holds:
        return None
    return Act.RECUR if set(facts) <= kept.facts else Act.REOPEN


def decide_missing(kept: Kept) -> Act | None:
    """What follows from not finding it any more: it ends by itself, or, settled already, it is noted that it is no longer so."""
    if kept.state in LIVE:
        return Act.LIFT
    return Act.CEASE if kept.holds and kept.state is not State.LIFTED else None


def decide_late(kept: Kept, on: date) -> Act | None:
    """Whether somebody above is to be told on a day: the day it escalates has passed and nobody has answered."""
    late = kept.state in (State.OPEN, State.ACKNOWLEDGED) and kept.escalates_on < on
    return Act.ESCALATE if late else None


def is_answered(asked: Mapping[str, tuple[str, bool]], now: Collection[str], answered_by: str) -> bool:
    """Whether a warning is answered once `now` have answered as well: all who were asked must have; under a rule that is
    `answered_by` the first, one is enough.

    `asked`: organisation → its kind, and whether it answered before. Whoever is above was asked because the others were silent,
    and stands for them.
    """
    if answered_by == FIRST or any(asked[one][0] == ABOVE for one in now):
        return True
    return all(before or one in now or kind == ABOVE for one, (kind, before) in asked.items())


def doublings(count: float, least: float) -> int:
    """How often `least` has doubled on the way to `count`: what is counted is clearly worse when there is twice as much."""
    return max(0, math.floor(math.log2(count / least) + 1e-9))


def wilson(wrong: int, judged: int) -> tuple[float, float] | None:
    """The 95 % interval of a share of `wrong` among `judged` (Wilson's); None when nothing was judged.

    Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
    """
    if judged <= 0:
        return None
    share, z2 = wrong / judged, _Z * _Z
    middle = (share + z2 / (2 * judged)) / (1 + z2 / judged)
    half = _Z / (1 + z2 / judged) * math.sqrt(share * (1 - share) / judged + z2 / (4 * judged * judged))
    # At the ends of the scale rounding must not push the share out of its own interval.
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def fact_document(fact: Fact) -> dict[str, Any]:
    """A fact as a warning's document keeps it."""
    return {
        "id": fact.id,
        "what": fact.what,
        "ref": fact.ref,
        "on": None if fact.on is None else fact.on.isoformat(),
        "source": fact.source,
        "values": dict(fact.values),
    }


def written(value: object) -> str:
    """JSON in one way only: what a digest is taken of."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
