"""The publication rule: double-blind, both at the same instant, follow-ups beside the first, replies beneath."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecredit.judgement.evaluation.publication_rules import Rating, arrange, shown_at

SHOP, BUYER = "buyer_to_shop", "shop_to_buyer"
START = datetime(2026, 3, 1, tzinfo=UTC)
instants = st.integers(0, 60 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


@pytest.fixture(scope="module")
def rules(catalog):
    return dict(catalog.ratings)


def rating(name: str, at: datetime, direction: str = SHOP, **more) -> Rating:
    by, of = ("b", "s") if direction == SHOP else ("s", "b")
    return Rating(name, direction, by, of, more.pop("order", "o"), 5.0, at, **more)


@given(instants, instants, st.integers(0, 30))
def test_both_sides_are_shown_at_the_same_instant_when_the_second_comes_in_time(mine, theirs, days):
    window = timedelta(days=days)
    one, other = shown_at(mine, theirs, days), shown_at(theirs, mine, days)
    if abs(mine - theirs) <= window:
        assert one == other == max(mine, theirs)
    else:
        # Who was first is shown when the time is over, and who comes afterwards as they come.
        assert min(one, other) == min(mine, theirs) + window
        assert max(one, other) == max(mine, theirs)


@given(instants, st.none() | instants, st.integers(0, 30))
def test_nothing_is_shown_before_it_was_said_nor_later_than_its_time(mine, theirs, days):
    assert mine <= shown_at(mine, theirs, days) <= mine + timedelta(days=days)


@given(instants, instants, st.integers(1, 30))
def test_nobody_can_see_the_others_word_before_giving_their_own_in_time(mine, theirs, days):
    # What the second says in time it says while the first is not shown yet, or in the very instant it comes to be shown.
    first, second = sorted((mine, theirs))
    if second - first <= timedelta(days=days):
        assert shown_at(first, second, days) >= second


def test_a_rating_by_or_of_somebody_else_about_the_order_opens_nothing(rules):
    waits = rating("r1", START)
    for by, of in (("other", "b"), ("s", "other")):
        foreign = replace(rating("r2", START + timedelta(hours=1), BUYER), by=by, of=of)
        assert [t.rating.id for t in arrange([waits, foreign], rules, START + timedelta(hours=2))] == []
    theirs = rating("r2", START + timedelta(hours=1), BUYER)
    assert len(arrange([waits, theirs], rules, START + timedelta(hours=2))) == 2


@st.composite
def worlds(draw):
    """Ratings of a few orders from both sides, with follow-ups, replies and links that lead nowhere or in a circle."""
    found = []
    for n in range(draw(st.integers(1, 8))):
        follows = draw(st.sampled_from(["", "", "nowhere", *(f"r{k}" for k in range(8))]))
        replied = draw(st.none() | instants)
        found.append(
            rating(
                f"r{n}",
                draw(instants),
                draw(st.sampled_from([SHOP, BUYER])),
                order=draw(st.sampled_from(["", "o", "p"])),
                follows=follows,
                replied_at=replied,
            )
        )
    return found


@given(worlds(), instants, st.randoms())
def test_everything_is_shown_once_and_in_the_end_all_of_it(rules, world, at, chance):
    seen = arrange(world, rules, at)
    ids = [r.id for thread in seen for r in (thread.rating, *thread.follow_ups)]
    assert len(ids) == len(set(ids))
    assert all(r.at <= at for thread in seen for r in (thread.rating, *thread.follow_ups))
    # Nothing that was shown goes again, whatever the order in which the ratings were sent.
    shuffled = chance.sample(world, len(world))
    assert arrange(shuffled, rules, at) == seen
    later = arrange(world, rules, at + timedelta(days=400))
    assert {thread.rating.id for thread in seen} <= {thread.rating.id for thread in later}
    assert {r.id for t in later for r in (t.rating, *t.follow_ups)} == {r.id for r in world}


@given(worlds(), instants)
def test_follow_ups_stand_beside_the_first_of_the_same_rater_and_replies_beneath(rules, world, at):
    for thread in arrange(world, rules, at):
        first = thread.rating
        for later in thread.follow_ups:
            assert (later.direction, later.by, later.of) == (first.direction, first.by, first.of)
            assert first.at <= later.at <= first.at + timedelta(days=rules[first.direction].follow_up_days)
        assert thread.replied_at is None or thread.replied_at <= at


def test_a_rating_waits_for_the_other_side_and_then_both_are_there(rules):
    days = rules[SHOP].blind_days
    mine, theirs = rating("a", START), rating("b", START + timedelta(days=2), BUYER)
    assert arrange([mine], rules, START + timedelta(days=days) - timedelta(seconds=1)) == []
    assert [t.rating.id for t in arrange([mine], rules, START + timedelta(days=days))] == ["a"]
    assert arrange([mine, theirs], rules, theirs.at - timedelta(seconds=1)) == []
    assert [t.rating.id for t in arrange([mine, theirs], rules, theirs.at)] == ["a", "b"]


def test_a_rating_without_an_order_has_nobody_to_wait_for(rules):
    assert [t.rating.id for t in arrange([rating("a", START, order="")], rules, START)] == ["a"]


def test_a_follow_up_too_late_or_of_somebody_else_is_a_rating_of_its_own(rules):
    first = rating("a", START)
    late = rating("b", START + timedelta(days=rules[SHOP].follow_up_days + 1), follows="a")
    other = replace(rating("c", START + timedelta(days=30), follows="a"), by="somebody")
    seen = arrange([first, late, other], rules, START + timedelta(days=400))
    assert [(t.rating.id, t.follow_ups) for t in seen] == [("a", ()), ("c", ()), ("b", ())]
