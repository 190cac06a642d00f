"""What may happen to a gap, when, and what makes two of them the same. Pure."""

import hashlib
import json
from typing import Final

from ecredit.judgement.disclosure.types import LIVE, Act, KeptGap, State

# From where each act leads where; what is not here cannot be done.
TRANSITIONS: Final[dict[tuple[State, Act], State]] = {
    **{(state, Act.CHANGE): state for state in LIVE},
    (State.CONFIRMED, Act.CHANGE): State.OPEN,
    **{(state, Act.CEASE): State.GONE for state in LIVE},
    (State.CONFIRMED, Act.CEASE): State.MENDED,
    **{(State.DISMISSED, act): State.DISMISSED for act in (Act.CEASE, Act.LAPSE)},
    **{(state, Act.LAPSE): State.GONE for state in (*LIVE, State.CONFIRMED)},
    **{(state, Act.RECUR): State.OPEN for state in (State.GONE, State.MENDED, State.DISMISSED)},
    **{(state, act): State.ANSWERED for state in LIVE for act in (Act.CLAIM, Act.ANSWER)},
    **{(State.CONFIRMED, act): State.CONFIRMED for act in (Act.CLAIM, Act.ANSWER)},
    **{(state, Act.CONFIRM): State.CONFIRMED for state in LIVE},
    **{(state, Act.DISMISS): State.DISMISSED for state in LIVE},
    **{(state, Act.MEND): State.MENDED for state in (*LIVE, State.CONFIRMED)},
    **{(state, Act.REVOKE): State.DISMISSED for state in (State.CONFIRMED, State.MENDED)},
}


def next_state(state: State, act: Act) -> State | None:
    """Where an act leads from a state; None when it cannot be done there."""
    return TRANSITIONS.get((state, act))


def key_of(check: str, platform: str, thing: str) -> str:
    """What makes two gaps the same: the check, the platform, and which thing of it (a document, a page)."""
    return hashlib.sha256("\0".join((check, platform, thing)).encode()).hexdigest()[:32]


def decide_found(kept: KeptGap | None, content: str) -> Act | None:
    """What follows from finding something. The same is never opened twice while it stands or once it was dismissed.

    What now says something else than what was confirmed has to be confirmed anew.
    """
    if kept is None:
        return Act.OPEN
    if not kept.holds:
        return Act.RECUR
    if kept.state is State.DISMISSED or kept.content == content:
        return None
    return Act.CHANGE


def decide_missing(kept: KeptGap, *, inspected: bool = True, lapses: bool = False) -> Act | None:
    """What follows from not finding it any more. What an officer saw a platform's own page does not end: it is an answer.

    `lapses`: what a record said of a past day cannot be put right; when the record says otherwise it never was so.
    """
    if not kept.holds:
        return None
    if lapses:
        return Act.LAPSE
    if kept.inspected and not inspected and kept.state in (*LIVE, State.CONFIRMED):
        return Act.CLAIM
    return Act.CEASE


def written(value: object) -> str:
    """JSON in one way only: what a digest is taken of."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(text: str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
