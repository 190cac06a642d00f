"""What may happen to a warning, and figures: pure."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from ecredit.judgement.measures.types import LIVE, SETTLED, Act, Kept, State
from ecredit.judgement.measures.warning_rules import (
    TRANSITIONS,
    decide_found,
    decide_late,
    decide_missing,
    doublings,
    next_state,
    wilson,
)

DAY = date(2026, 6, 1)


def kept(state: State = State.OPEN, holds: bool = True, gravity: int = 0, facts: str = "a") -> Kept:
    return Kept(1, "k", state, holds, gravity, DAY, DAY, frozenset(facts))


def test_every_state_is_reached_and_every_act_leads_somewhere():
    assert set(TRANSITIONS.values()) == set(State)
    assert {act for _, act in TRANSITIONS} == set(Act) - {Act.OPEN}
    # What is judged is judged for good, but for what comes to light later.
    assert {act for state, act in TRANSITIONS if state in SETTLED} == {Act.CEASE, Act.RECUR, Act.REOPEN}
    assert next_state(State.LIFTED, Act.ANSWER) is None and next_state(State.ANSWERED, Act.ANSWER) is None


def test_the_same_is_not_warned_of_twice():
    assert decide_found(None, 0, ["a"]) is Act.OPEN
    for state in (*LIVE, State.ANSWERED, *SETTLED):
        assert decide_found(kept(state), 0, ["a"]) is None
        assert decide_found(kept(state), 0, ["a", "b"]) is None  # more of the same while it is so
    assert decide_found(kept(State.LIFTED, holds=False), 0, ["a"]) is Act.REOPEN


def test_what_is_worse_or_new_after_it_was_not_so_is_opened_again():
    assert decide_found(kept(State.OPEN), 1, ["a"]) is Act.WORSEN
    for state in (State.ANSWERED, *SETTLED):
        assert decide_found(kept(state), 1, ["a"]) is Act.REOPEN
        assert decide_found(kept(state, holds=False), 0, ["a"]) is Act.RECUR
        assert decide_found(kept(state, holds=False), 0, ["b"]) is Act.REOPEN


def test_what_is_no_longer_so_ends_or_is_noted_once():
    assert all(decide_missing(kept(state)) is Act.LIFT for state in LIVE)
    for state in (State.ANSWERED, *SETTLED):
        assert decide_missing(kept(state)) is Act.CEASE and decide_missing(kept(state, holds=False)) is None
    assert decide_missing(kept(State.LIFTED, holds=False)) is None


def test_only_what_nobody_answered_goes_to_somebody_above():
    late = date(2026, 6, 2)
    assert decide_late(kept(), DAY) is None and decide_late(kept(), late) is Act.ESCALATE
    assert decide_late(kept(State.ACKNOWLEDGED), late) is Act.ESCALATE
    assert (
        decide_late(kept(State.ESCALATED), late) is None and decide_late(kept(State.ANSWERED), late) is None
    )


@given(
    st.sampled_from([*State]),
    st.booleans(),
    st.integers(0, 5),
    st.integers(0, 5),
    st.sets(st.sampled_from("abc")),
)
def test_whatever_is_decided_can_be_done(state, holds, before, now, facts):
    one = kept(state, holds, before)
    for act in (decide_found(one, now, sorted(facts)), decide_missing(one), decide_late(one, date.max)):
        assert act is None or next_state(state, act) is not None


@given(st.integers(1, 10_000), st.floats(0.5, 1_000))
def test_twice_as_much_is_one_worse(count, least):
    assert doublings(least, least) == 0
    assert doublings(2 * count, least) >= doublings(count, least)
    if count >= least:
        assert doublings(2 * count, least) == doublings(count, least) + 1


@given(st.integers(1, 100_000), st.data())
def test_the_interval_holds_the_share_and_narrows(judged, data):
    wrong = data.draw(st.integers(0, judged))
    low, high = wilson(wrong, judged) or (0, 0)
    assert 0 <= low <= wrong / judged <= high <= 1 and low < high
    wider = wilson(wrong * 10, judged * 10)
    assert wider is not None and wider[1] - wider[0] < high - low
    # Right and wrong change places.
    other = wilson(judged - wrong, judged)
    assert other is not None and abs(other[0] - (1 - high)) < 1e-9 and abs(other[1] - (1 - low)) < 1e-9


def test_the_interval_is_wilsons():
    # 1 of 10: 0.0179 to 0.4042 (Wilson 1927's formula at 95 %).
    low, high = wilson(1, 10) or (0, 0)
    assert round(low, 4) == 0.0179 and round(high, 4) == 0.4042
    assert wilson(0, 0) is None
