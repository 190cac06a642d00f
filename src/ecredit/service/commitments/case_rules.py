"""What may happen in a case, and when. Pure."""

from typing import Final

from ecredit.service.commitments.types import LIVE, CaseAct, CaseState

TRANSITIONS: Final[dict[tuple[CaseState, CaseAct], CaseState]] = {
    **{(state, CaseAct.ADD): state for state in LIVE},
    **{(state, CaseAct.DROP): CaseState.DROPPED for state in LIVE},
    (CaseState.OPENED, CaseAct.TELL): CaseState.TOLD,
    (CaseState.TOLD, CaseAct.ANSWER): CaseState.ANSWERED,
    # What an officer says that the subject said does not end the subject's time.
    (CaseState.TOLD, CaseAct.HEAR): CaseState.TOLD,
    (CaseState.ANSWERED, CaseAct.HEAR): CaseState.ANSWERED,
    (CaseState.TOLD, CaseAct.BREACH): CaseState.BREACHED,
    (CaseState.TOLD, CaseAct.CLEAR): CaseState.CLEARED,
    (CaseState.ANSWERED, CaseAct.ANSWER): CaseState.ANSWERED,
    (CaseState.ANSWERED, CaseAct.BREACH): CaseState.BREACHED,
    (CaseState.ANSWERED, CaseAct.CLEAR): CaseState.CLEARED,
    (CaseState.BREACHED, CaseAct.UNDO): CaseState.UNDONE,
}
"""From where each act leads where; what is not here cannot be done."""


def next_state(state: CaseState, act: CaseAct) -> CaseState | None:
    """Where an act leads from a state; None when it cannot be done there."""
    return TRANSITIONS.get((state, act))
