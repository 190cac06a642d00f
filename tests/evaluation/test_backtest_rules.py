"""The arithmetic of back-testing against counting by hand, against definitions, and against figures of other programs."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecredit.judgement.evaluation.backtest_rules import (
    auc,
    auc_difference,
    auc_interval,
    brier,
    calibration_error,
    equal_bins,
    error_by_chance,
    fit_isotonic,
    ks,
    merge_small,
    midranks,
    predict,
    rate,
    roc_points,
    stability,
    thinned,
)

# Few values, so that ties are common.
SAMPLES = st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=4, max_size=60).filter(
    lambda rows: 0 < sum(bad for _, bad in rows) < len(rows)
)


def arrays(rows):
    return np.array([float(r) for r, _ in rows]), np.array([b for _, b in rows])


@given(SAMPLES)
def test_the_area_is_the_share_of_pairs_told_apart(rows):
    risk, bad = arrays(rows)
    pairs = [(x > y) + 0.5 * (x == y) for x in risk[bad] for y in risk[~bad]]
    assert auc(risk, bad) == pytest.approx(sum(pairs) / len(pairs), abs=1e-12)


@given(SAMPLES)
def test_the_area_is_that_under_the_curve_and_turned_round_it_is_the_rest(rows):
    risk, bad = arrays(rows)
    points = roc_points(risk, bad)
    under = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(points))
    assert auc(risk, bad) == pytest.approx(under, abs=1e-12)
    assert auc(-risk, bad) == pytest.approx(1 - auc(risk, bad), abs=1e-12)
    assert points[0] == (0, 0) and points[-1] == pytest.approx((1, 1))


@given(SAMPLES, st.floats(0.5, 3), st.floats(-5, 5))
def test_only_the_order_counts(rows, scale, shift):
    risk, bad = arrays(rows)
    other = np.exp(risk * scale / 8) + shift
    assert auc(other, bad) == pytest.approx(auc(risk, bad), abs=1e-12)
    assert ks(other, bad)[0] == pytest.approx(ks(risk, bad)[0], abs=1e-12)


@given(SAMPLES)
def test_delongs_variance_is_that_of_the_placements_by_definition(rows):
    risk, bad = arrays(rows)
    high, low = risk[bad], risk[~bad]
    v10 = [np.mean([(x > y) + 0.5 * (x == y) for y in low]) for x in high]
    v01 = [np.mean([(x > y) + 0.5 * (x == y) for x in high]) for y in low]
    variance = sum(np.var(v, ddof=1) / len(v) for v in (v10, v01) if len(v) > 1)
    found = auc_interval(risk, bad)
    if found.value in (0.0, 1.0):
        return
    spread = 1.959963984540054 * math.sqrt(variance)
    assert (found.low, found.high) == pytest.approx(
        (max(0, found.value - spread), min(1, found.value + spread)), abs=1e-9
    )
    nothing = auc_difference(risk, risk, bad)
    assert (nothing.value, nothing.low, nothing.high) == pytest.approx((0, 0, 0), abs=1e-12)


def test_delongs_interval_covers_the_truth_about_as_often_as_it_says():
    draw, covered = np.random.default_rng(7), 0
    truth = 0.5 * (1 + math.erf(1 / 2))  # two normal distributions one apart: Phi(1 / sqrt 2)
    for _ in range(400):
        bad = np.arange(240) < 60
        found = auc_interval(draw.normal(size=240) + bad, bad)
        covered += found.low <= truth <= found.high
    assert 0.92 <= covered / 400 <= 0.98


@given(SAMPLES)
def test_ks_is_the_largest_distance_at_any_threshold(rows):
    risk, bad = arrays(rows)
    gaps = {t: abs(np.mean(risk[bad] >= t) - np.mean(risk[~bad] >= t)) for t in risk}
    distance, at = ks(risk, bad)
    assert distance == pytest.approx(max(gaps.values()), abs=1e-12)
    assert gaps[at] == pytest.approx(distance, abs=1e-12)


@given(SAMPLES)
def test_the_fitted_chance_never_falls_is_right_in_the_mean_and_none_that_rises_is_nearer(rows):
    risk, bad = arrays(rows)
    knots = fit_isotonic(risk, bad)
    assert (np.diff(knots[1]) >= -1e-12).all()
    chance = predict(knots, risk)
    assert chance.mean() == pytest.approx(bad.mean(), abs=1e-9)
    for other in (np.full(len(risk), bad.mean()), risk / 8, (risk > 4).astype(float)):
        assert brier(chance, bad) <= brier(other, bad) + 1e-12


def test_isotonic_by_hand():
    """1 0 | 0 1 | 1: the first two values pool to a third, as in the textbook example of neighbours that fall."""
    values, chance = fit_isotonic(np.array([1.0, 2, 2, 3, 4]), np.array([True, False, False, True, True]))
    assert values.tolist() == [1, 2, 3, 4]
    assert chance == pytest.approx([1 / 3, 1 / 3, 1, 1])
    assert predict((values, chance), np.array([0.0, 2.5, 9.0])) == pytest.approx([1 / 3, 2 / 3, 1])


@given(SAMPLES, st.integers(2, 10))
def test_parts_keep_ties_together_and_rise(rows, bins):
    risk, _ = arrays(rows)
    part = equal_bins(risk, bins)
    assert ((part >= 0) & (part < bins)).all()
    for x, p in zip(risk, part, strict=True):
        for y, q in zip(risk, part, strict=True):
            assert p == q if x == y else (p <= q) == (x < y) or p == q


def test_parts_of_different_values_are_equal():
    assert np.bincount(equal_bins(np.arange(100.0), 10)).tolist() == [10] * 10


def test_calibration_error_by_hand():
    chance = np.array([0.1] * 10 + [0.5] * 10)
    bad = np.array([True] * 2 + [False] * 8 + [True] * 5 + [False] * 5)
    assert calibration_error(chance, bad, 2) == pytest.approx((10 * 0.1 + 10 * 0.0) / 20)
    assert brier(chance, bad) == pytest.approx((2 * 0.81 + 8 * 0.01 + 10 * 0.25) / 20)


def test_with_right_predictions_the_error_is_what_chance_alone_makes_and_shrinks_with_number():
    small = error_by_chance(np.full(400, 0.1), 10)
    large = error_by_chance(np.linspace(0.05, 0.15, 10_000), 10)
    # One part (all predictions are equal): the mean distance of a share of 400 from 0.1 is sqrt(2/pi) of its spread.
    assert small == pytest.approx(math.sqrt(2 / math.pi) * math.sqrt(0.09 / 400), rel=0.1)
    assert large < small
    assert error_by_chance(np.full(400, 0.1), 10) == small


def test_stability_by_hand():
    before = np.repeat([1.0, 2.0], [50, 50])
    now = np.repeat([1.0, 2.0], [25, 75])
    index, parts = stability(before, now, 2)
    assert index == pytest.approx((0.25 - 0.5) * math.log(0.5) + (0.75 - 0.5) * math.log(1.5))
    assert parts == [(1.0, 0.5, 0.25), (math.inf, 0.5, 0.75)]
    gone, parts = stability(before, np.full(10, 9.0), 2)
    assert math.isfinite(gone) and parts[0][2] == pytest.approx(0.05)


@given(SAMPLES)
def test_a_distribution_is_stable_against_itself_and_never_below_nothing(rows):
    risk, bad = arrays(rows)
    assert stability(risk, risk, 5)[0] == pytest.approx(0, abs=1e-12)
    assert stability(risk, risk[bad], 5)[0] >= 0


def test_wilsons_interval_by_hand():
    """5 of 50: 0.0435 to 0.2136 (Wilson 1927, as Newcombe 1998 tabulates such figures)."""
    made = rate(5, 50)
    z = 1.959963984540054
    middle, half = (5 + z * z / 2) / (50 + z * z), z * math.sqrt(5 * 45 / 50 + z * z / 4) / (50 + z * z)
    assert (made.low, made.high) == pytest.approx((middle - half, middle + half))
    assert rate(0, 20).low == 0 and rate(20, 20).high == 1
    hidden = rate(3, 9, least=10)
    assert (hidden.of, hidden.count, hidden.value, hidden.low, hidden.high) == (9, None, None, None, None)


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1, 60), max_size=12), st.integers(1, 20))
def test_no_group_that_is_shown_is_small_and_none_can_be_reckoned_from_the_whole(sizes, least):
    joined = merge_small(sizes, least)
    together = sum(sizes[key] for key in joined)
    assert all(size >= least for key, size in sizes.items() if key not in joined)
    assert not joined or together >= least or joined == set(sizes)


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=40))
def test_midranks_are_the_mean_places_of_equal_values(values):
    order = sorted(values)
    wanted = [np.mean([n for n, each in enumerate(order, start=1) if each == value]) for value in values]
    assert midranks(np.array(values, dtype=float)) == pytest.approx(wanted)


def test_one_kind_alone_has_no_area():
    with pytest.raises(ValueError, match="both kinds"):
        auc(np.array([1.0, 2.0]), np.array([True, True]))


def test_the_figures_are_those_of_other_programs():
    """As scikit-learn 1.9.1 (roc_auc_score, brier_score_loss, IsotonicRegression) and scipy 1.17.1 (ks_2samp, Wilson's) give them."""
    n = np.arange(200)
    risk = ((n * 37) % 50).astype(float)
    bad = ((n * n * 53) % 97) < risk
    assert int(bad.sum()) == 58
    assert auc(risk, bad) == pytest.approx(0.6908693540553668, abs=1e-12)
    assert ks(risk, bad)[0] == pytest.approx(0.31277319086935407, abs=1e-12)
    knots = fit_isotonic(risk, bad)
    assert predict(knots, np.array([-3, 0, 7.5, 20, 33.3, 49, 80.0])) == pytest.approx(
        [0, 0, 0.1590909090909091, 0.2916666666666667, 0.4375, 0.5, 0.5], abs=1e-12
    )
    assert brier(predict(knots, risk), bad) == pytest.approx(0.1818901515151515, abs=1e-12)
    wanted = {
        (5, 50): (0.04347576493189041, 0.21360231437479654),
        (0, 20): (0.0, 0.16112515805281935),
        (13, 40): (0.20084502231782703, 0.4798225381012233),
    }
    for (count, of), bounds in wanted.items():
        made = rate(count, of)
        assert (made.low, made.high) == pytest.approx(bounds, abs=1e-12)
    predicted = np.linspace(0.01, 0.9, 200)
    assert calibration_error(predicted, n % 2 == 0, 10) == pytest.approx(0.22367336683417083, abs=1e-12)


@given(SAMPLES)
def test_a_thinned_curve_keeps_its_ends_and_only_its_own_points(rows):
    risk, bad = arrays(rows)
    points = roc_points(risk, bad)
    kept = thinned(points, most=8)
    assert (kept[0], kept[-1]) == (points[0], points[-1]) and set(kept) <= set(points)
    assert len(kept) <= 10 and thinned(points, most=10**6) == points


def test_a_perfect_order_of_few_is_no_certainty():
    found = auc_interval(np.array([3.0, 4.0, 5.0, 1.0, 2.0]), np.array([True, True, True, False, False]))
    # Two disjoint pairs in order: an area of .158 brings that about once in forty.
    assert (found.value, found.high) == (1.0, 1.0) and found.low == pytest.approx(0.025**0.5)
    worst = auc_interval(np.array([1.0, 2.0]), np.array([True, False]))
    assert (worst.value, worst.low) == (0.0, 0.0) and worst.high == pytest.approx(0.975)
    many = np.arange(400.0)
    assert auc_interval(many, many >= 200).low > 0.98
