"""The city's rules over columns say what they say one rating at a time."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecredit.judgement.evaluation.publication_rules import Rating, arrange
from ecredit.judgement.evaluation.rating_points import compute_points, find_level, points_of
from ecredit.judgement.evaluation.rating_under import BACK, list_shown

START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def rules(catalog):
    return dict(catalog.ratings)


rows = st.lists(
    st.tuples(
        st.integers(0, 1), st.integers(1, 2), st.integers(1, 2), st.integers(0, 3), st.integers(0, 300), st.integers(0, 12)
    ),
    max_size=12,
)  # fmt: skip


@given(rows)
def test_columns_show_each_rating_when_the_rule_does(rules, told):
    count = len(told)
    back, person, shop, order, day, follows = (np.array(part, dtype=np.int64) for part in zip(*told, strict=True)) if told else [
        np.zeros(0, dtype=np.int64)
    ] * 6  # fmt: skip
    key = np.arange(1, count + 1, dtype=np.uint64)
    raw = {
        "key": key, "follows": follows.astype(np.uint64), "person": person, "shop": shop, "order": order, "back": back,
        "at": START.timestamp() + day * 86_400.0,
    }  # fmt: skip
    found = list_shown(raw, rules)
    world = [
        Rating(
            f"{n + 1:02}", BACK[b], f"{p}" if b == 0 else f"s{s}", f"s{s}" if b == 0 else f"{p}", f"{o or ''}", 5.0,
            START + timedelta(days=int(d)), f"{f:02}" if f else "",
        )
        for n, (b, p, s, o, d, f) in enumerate(told)
    ]  # fmt: skip
    for day_after in (0, 10, 15, 30, 90, 200, 500):
        at = START + timedelta(days=day_after)
        seen = {r.id for t in arrange(world, rules, at) for r in (t.rating, *t.follow_ups)}
        beside = {r.id for t in arrange(world, rules, at) for r in t.follow_ups}
        assert seen == {f"{n + 1:02}" for n in np.flatnonzero(found.at <= at.timestamp())}
        if day_after == 500:
            assert beside == {f"{n + 1:02}" for n in np.flatnonzero(found.follows)}


given_points = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.floats(1, 5), st.floats(0, 1), st.floats(-5, 2000)),
    max_size=30,
)


@given(given_points)
def test_points_of_columns_are_those_of_single_ratings_and_stay_in_their_caps(rules, told):
    rule = rules["buyer_to_shop"].points
    by, of, stars, weight, age = (np.array([row[n] for row in told]) for n in range(5))
    found = compute_points(
        rule, by=by.astype(np.int64), of=of.astype(np.int64), stars=stars, weight=weight, age=age, count=3
    )
    for shop in range(3):
        mine = [(str(b), s, w, a) for b, o, s, w, a in told if o == shop]
        assert found[shop] == pytest.approx(points_of(rule, mine), abs=1e-9)
        assert 0 <= found[shop] <= min(rule.most, rule.most_from_one * len({row[0] for row in mine}))


def test_one_admirer_moves_points_no_further_than_the_cap_and_praise_fades(rules):
    rule = rules["buyer_to_shop"].points
    assert points_of(rule, [("b", 5, 1.0, 0.0)] * 50) == rule.most_from_one
    assert points_of(rule, [("b", 5, 1.0, rule.half_life_days)]) == pytest.approx(rule.stars[4] / 2)
    assert points_of(rule, [("b", 5, 0.0, 0.0)]) == 0
    assert points_of(rule, [("b", 1, 1.0, 0.0)]) == 0


def test_levels_begin_where_they_say(rules):
    rule = rules["buyer_to_shop"].points
    for level, above in zip(rule.levels, [*rule.levels[1:], None], strict=True):
        assert find_level(rule, level.at_least or 0.0) == level
        if above is not None:
            assert find_level(rule, above.at_least - 0.01) == level
