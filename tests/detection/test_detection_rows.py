"""Group arithmetic against plain Python, and what evidence and ties promise."""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecredit.judgement.detection import group_rows as rows
from ecredit.judgement.detection import ties
from ecredit.judgement.detection.corroboration import weigh_by_company
from ecredit.judgement.detection.crews import find_crews
from ecredit.judgement.detection.evidence import _never_falling, bin_statistic, first_weights
from ecredit.judgement.detection.scores import RING, SYBIL
from ecredit.judgement.detection.ties import Group, ShopWeeks, chances
from ecredit.judgement.detection.trade_view import TradeView

CODES = st.lists(st.tuples(st.integers(-1, 5), st.integers(-1, 4)), min_size=1, max_size=60)


@given(CODES)
def test_counting_agrees_with_plain_python(pairs):
    first, second = (np.array(column) for column in zip(*pairs, strict=True))
    distinct, values = defaultdict(set), defaultdict(list)
    for one, other in pairs:
        if one >= 0:
            values[one].append(other)
            if other >= 0:
                distinct[one].add(other)
    found = rows.count_distinct(first, second)
    assert {code: int(found[code]) for code in values} == {code: len(distinct[code]) for code in values}
    best, often = rows.usual(first, second)
    for code, all_values in values.items():
        counted = Counter(value for value in all_values if value >= 0)
        if counted:
            top = max(counted.values())
            assert often[code] == top
            assert best[code] == min(value for value, times in counted.items() if times == top)
        else:
            assert best[code] == -1
    assert rows.sizes(first).sum() == (first >= 0).sum()
    both = rows.pairs(first, second)
    same = {(one, other): set() for one, other in pairs}
    for code, pair in zip(both, pairs, strict=True):
        same[pair].add(int(code))
    for (one, other), codes in same.items():
        assert len(codes) == 1 and ((one >= 0 and other >= 0) == (min(codes) >= 0))
    assert sorted(np.flatnonzero(rows.first_of_each(first))) == sorted(
        {code: place for place, code in reversed(list(enumerate(first))) if code >= 0}.values()
    )


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(-100, 100) | st.just(float("nan"))), min_size=1))
def test_a_median_is_the_lower_middle_value(pairs):
    codes, values = (np.array(column) for column in zip(*pairs, strict=True))
    found = rows.medians(codes, values, 2)
    for code in set(codes):
        known = sorted(value for value in values[codes == code] if np.isfinite(value))
        if len(known) >= 2:
            assert found[code] == np.float32(known[(len(known) - 1) // 2])
        else:
            assert np.isnan(found[code])


@given(
    st.lists(st.tuples(st.integers(-1, 2), st.integers(0, 50) | st.none()), min_size=1, max_size=40),
)
def test_sessions_part_where_a_gap_is_longer(pairs):
    codes = np.array([code for code, _ in pairs])
    seconds = np.array([np.nan if at is None else float(at) for _, at in pairs])
    found = rows.count_sessions(codes, seconds, 5.0)
    first = min((at for _, at in pairs if at is not None), default=0)
    for code in set(codes) - {-1}:
        # What has no time stands at the start, before or after what is there as the rows stand, and is a session of its own.
        here = sorted((at for one, at in pairs if one == code), key=lambda at: first if at is None else at)
        apart = sum(at is None or before is None or at - before > 5 for before, at in pairwise(here))
        assert found[code] == 1 + apart


@pytest.mark.parametrize("there", [0.2, 1.0])
def test_many_hashes_are_found_where_they_stand(there):
    """Those that are, in any order; -1 for those that are not, beyond both ends too."""
    rng = np.random.default_rng(7)
    keys = np.unique(rng.integers(0, 2**64, 150_000, dtype=np.uint64))
    other = rng.integers(0, 2**64, 150_000, dtype=np.uint64)
    wanted = np.where(rng.random(150_000) < there, rng.choice(keys, 150_000), other)
    wanted[:4] = 0, 2**64 - 1, keys[0], keys[-1]
    place = rows.match(keys, wanted)
    where = {key: at for at, key in enumerate(keys.tolist())}
    assert place.tolist() == [where.get(key, -1) for key in wanted.tolist()]
    assert rows._found_by_head(keys, wanted) is not None


def test_numbers_that_are_no_hashes_are_found_too():
    keys = np.arange(0, 400_000, 2, dtype=np.uint64)
    wanted = np.arange(300_000, dtype=np.uint64)[::-1].copy()
    assert rows._found_by_head(keys, wanted) is None
    assert rows.match(keys, wanted).tolist() == [at // 2 if at % 2 == 0 else -1 for at in wanted.tolist()]


@given(
    st.lists(
        st.integers(-1, 5) | st.integers(-1, 200) | st.sampled_from([-1] * 5 + [10**9]),
        min_size=1,
        max_size=40,
    )
)
def test_groups_are_numbered_in_their_order_without_gaps(codes):
    """Whether by a table, by sorting, or by sorting the few that are known."""
    numbers = {code: number for number, code in enumerate(sorted(set(codes) - {-1}))}
    assert rows.compact(np.array(codes)).tolist() == [numbers.get(code, -1) for code in codes]


@given(st.lists(st.tuples(st.floats(-5, 5), st.integers(0, 1_000)), min_size=1, max_size=20))
def test_pooled_values_never_fall_and_keep_their_mean(pairs):
    values, weights = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    pooled = _never_falling(values, weights)
    assert (np.diff(pooled) >= -1e-9).all()
    kept = weights + 1e-9
    assert np.isclose((pooled * kept).sum() / kept.sum(), (values * kept).sum() / kept.sum(), atol=1e-6)


@given(st.lists(st.floats(0.001, 0.999), min_size=2, max_size=30), st.integers(0, 3))
def test_an_order_is_never_its_own_witness(chance, groups):
    codes = np.arange(len(chance)) % (groups + 1)
    group = Group(codes, 3.0, 9.0)
    before = group.effect(np.array(chance), 0.01)
    changed = np.array(chance)
    changed[0] = 0.5
    after = group.effect(changed, 0.01)
    assert np.isclose(before[0], after[0], atol=1e-6)


def test_a_buyers_orders_at_one_shop_are_not_each_others_witnesses():
    buyer, shop = np.array([0, 0, 0, 1, 1]), np.array([5, 5, 6, 5, 7])
    group = Group(buyer, 4.0, 9.0, apart=shop)
    quiet = np.full(5, 0.01)
    loud = quiet.copy()
    loud[1] = 0.99
    changed = np.abs(group.effect(loud, 0.01) - group.effect(quiet, 0.01)) > 1e-6
    assert changed.tolist() == [False, False, True, False, False]


def test_a_shop_is_judged_by_the_weeks_around():
    at = np.arange(400) * 86_400.0
    shop = np.zeros(400, dtype=int)
    chance = np.full(400, 0.001)
    chance[100:130] = 0.9
    effect = ShopWeeks(shop, at).effect(chance, 0.01)
    assert effect[110:120].min() > effect[:60].max() + 1
    assert effect[110:120].min() > effect[300:].max() + 1


@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=60),
    st.integers(0, 9),
    st.sampled_from(["left", "right"]),
)
def test_a_place_on_a_line_is_found_block_by_block(places, apart, side):
    line = np.sort(np.array(places, dtype=float))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ties, "_BLOCK", 7)
        found = ties._standing(line, apart, side)
    asked = line + apart if side == "right" else line - apart
    assert found.tolist() == np.searchsorted(line, asked, side=side).tolist()


def test_chances_have_the_mean_asked_for():
    log_odds = np.random.default_rng(3).normal(0, 2, 50_000)
    chance, _ = chances(log_odds, 0.02)
    assert np.isclose(chance.mean(), 0.02, rtol=1e-2)


def test_what_stands_alone_at_a_shop_counts_less():
    rng = np.random.default_rng(5)
    shop = np.repeat(np.arange(40), 100)
    light = np.zeros(4_000, dtype=np.float32)
    other = rng.normal(-0.2, 0.3, 4_000).astype(np.float32)
    light[:2_000:5] = 2.0  # twenty shops: a light parcel in five, of which other things speak too
    other[:2_000:5] += 1.5
    light[2_000::5] = 2.0  # twenty that give samples away: nothing else stands out
    families = {"weight": light, "send": other}
    weigh_by_company(families, shop)
    assert families["weight"][:2_000:5].mean() > 1.5 * families["weight"][2_000::5].mean()
    assert (families["weight"] >= 0).all()


@pytest.mark.parametrize(("direction", "rare"), [("high", 9.0), ("low", -9.0)])
def test_what_is_rarer_than_any_quantile_stands_apart(direction, rare, catalog):
    """Nearly all orders have one value: the few that differ are seen, on whichever side."""
    values = np.zeros(100_000)
    values[::4_000] = rare * (1 + np.arange(25) / 100)
    flag = replace(catalog.flags["coat_tail"], direction=direction)
    binned = bin_statistic(flag, values)
    said = first_weights(binned)[binned.bins]
    assert said[::4_000].min() > 2
    assert abs(said[1]) < 0.01


def bought(pairs: list[tuple[int, int]]) -> TradeView:
    """A view of nothing but who bought where."""
    buyers, shops = (np.array(column) for column in zip(*pairs, strict=True))
    view = TradeView(len(pairs), "orders", np.arange(len(pairs)), {}, np.arange(99), np.arange(999))
    view.columns.update({"buyer": buyers, "shop": shops})
    return view


def test_shops_that_bring_each_other_their_accounts_are_a_ring():
    """Five shops of six accounts each: all buy at the other four."""
    ring = [
        (6 * shop + one, other)
        for shop in range(5)
        for one in range(6)
        for other in range(5)
        if other != shop
    ]
    kinds, tied = find_crews(bought(ring), np.ones(len(ring)))
    assert set(kinds) == {RING}
    assert tied[0] == [1, 2, 3, 4]


def test_many_accounts_at_few_shops_are_a_crew_for_hire():
    crew = [(account, shop) for account in range(80) for shop in range(3)]
    kinds, _ = find_crews(bought(crew), np.ones(len(crew)))
    assert set(kinds) == {SYBIL}


def test_customers_and_unsuspected_orders_tie_nothing():
    customers = [(account, account % 2) for account in range(50)]
    kinds, tied = find_crews(bought(customers), np.ones(50))
    assert not kinds.any() and not tied
    ring = [(account, shop) for account in range(6) for shop in range(5)]
    assert not find_crews(bought(ring), np.full(30, 0.4))[0].any()
