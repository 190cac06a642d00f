"""Weights of ratings: bounds for any log, and what bursts, one-sided accounts, repetition and detection do to them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecredit.judgement.evaluation.rating_figures import compute_figures
from ecredit.judgement.evaluation.rating_weights import REASONS, weigh
from tests.evaluation.rating_world import add, as_rated, honest_log

ROW = st.tuples(
    st.integers(0, 6), st.integers(0, 4), st.one_of(st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0]), st.floats(1, 5)),
    st.one_of(st.floats(0, 1), st.just(float("nan"))), st.one_of(st.floats(-1e6, 4e6), st.just(float("nan"))),
)  # fmt: skip


def log_of(rows) -> dict[str, list]:
    return {
        "by": [r[0] for r in rows],
        "of": [r[1] for r in rows],
        "stars": [r[2] for r in rows],
        "days": [r[4] for r in rows],
    }


def shown(log, chance=None):
    rated = as_rated(log, chance)
    weights = weigh(rated)
    return weights, compute_figures(
        rated.of, rated.stars, weights.weight, len(rated.of_keys), weights.in_doubt
    )


@given(rows=st.lists(ROW, min_size=1, max_size=60))
def test_weights_lie_between_0_and_1_and_ratings_inside_their_interval_inside_the_scale(rows):
    weights, figures = shown(log_of(rows), [r[3] for r in rows])
    assert ((weights.weight >= 0) & (weights.weight <= 1)).all()
    assert ((figures.low >= 1) & (figures.high <= 5)).all()
    assert ((figures.low <= figures.rating) & (figures.rating <= figures.high)).all()
    assert (figures.effective <= figures.ratings + 1e-9).all() and figures.ratings.sum() == len(rows)
    assert ((figures.taken >= -1e-12) & (figures.taken <= 1)).all()


@given(rows=st.lists(ROW, min_size=1, max_size=60))
def test_what_reasons_took_adds_up_to_what_is_missing(rows):
    weights, _ = shown(log_of(rows), [r[3] for r in rows])
    taken = sum(weights.taken(reason) for reason in REASONS)
    assert np.allclose(taken, 1 - weights.weight, atol=1e-9)
    assert all((weights.taken(reason) >= 0).all() for reason in REASONS)


@given(rows=st.lists(ROW, min_size=1, max_size=40), star=st.sampled_from([1.0, 5.0]))
def test_one_more_rating_of_the_best_or_worst_never_moves_a_rating_the_other_way(rows, star):
    """Where all weights are one: a full rating by someone new, with no time and no trade behind it."""
    rows = [(n, of, stars, float("nan"), float("nan")) for n, (_, of, stars, _, _) in enumerate(rows)]
    log = log_of(rows)
    more = add(log, by=[10_000], of=[rows[0][1]], stars=[star], days=[float("nan")])
    place = sorted(set(log["of"])).index(rows[0][1])
    (before_weights, before), (after_weights, after) = shown(log), shown(more)
    assert before_weights.weight.min() == after_weights.weight.min() == 1
    if star == 5:
        assert after.rating[place] >= before.rating[place] - 1e-12
    else:
        assert after.rating[place] <= before.rating[place] + 1e-12


@pytest.mark.parametrize("seed", range(3))
def test_honest_ratings_keep_nearly_all_of_their_weight(seed):
    weights, _ = shown(honest_log(seed))
    assert weights.weight.mean() > 0.985


@pytest.mark.parametrize("star", [1.0, 5.0])
@pytest.mark.parametrize(
    "single", [True, False], ids=["an account for each", "accounts that do nothing else"]
)
def test_a_burst_hardly_moves_a_shop(star, single):
    """Half as many forged as honest ratings, within ten days, at four shops."""
    log, shops = honest_log(), [3, 7, 11, 19]
    of = np.repeat(shops, 30)
    by = 10_000 + (np.arange(120) if single else np.tile(np.arange(30), 4))
    days = 17_000 + np.repeat([0, 90, 200, 300], 30) + np.linspace(0, 10, 120) % 10
    attacked = add(log, by=by.tolist(), of=of.tolist(), stars=[star] * 120, days=days.tolist())
    weights, figures = shown(attacked)
    _, before = shown(log)
    plain = np.abs(figures.mean - before.mean)[shops]
    assert plain.mean() > 0.3
    assert np.abs(figures.rating - before.rating)[shops].mean() < 0.15 * plain.mean()
    assert weights.factors["surplus"][-120:].mean() < 0.2 or weights.factors["one_sided"][-120:].mean() < 0.2
    others = np.setdiff1d(np.arange(40), shops)
    assert np.abs(figures.rating - before.rating)[others].mean() < 0.005


def test_a_slow_drip_by_accounts_that_only_praise_hardly_moves_a_shop():
    log, shops = honest_log(), np.arange(0, 40, 4)
    of, by = np.repeat(shops, 30), 10_000 + np.tile(np.arange(75), 4)
    days = np.random.default_rng(3).uniform(16_200, 17_100, 300)
    attacked = add(log, by=by.tolist(), of=of.tolist(), stars=[5.0] * 300, days=days.tolist())
    weights, figures = shown(attacked)
    _, before = shown(log)
    assert np.abs(figures.mean - before.mean)[shops].mean() > 0.3
    assert np.abs(figures.rating - before.rating)[shops].mean() < 0.08
    assert weights.factors["one_sided"][-300:].mean() < 0.3


@pytest.mark.parametrize("star", [1.0, 5.0])
def test_a_crew_that_rates_as_others_do_elsewhere_is_seen_by_its_company(star):
    """Thirty accounts praise or blame the same four shops over two years, and rate five other shops each as people do."""
    log, shops, rng = honest_log(), [3, 7, 11, 19], np.random.default_rng(4)
    of = [*np.repeat(shops, 30).tolist(), *rng.integers(20, 40, 150).tolist()]
    by = [*np.tile(np.arange(30), 4).tolist(), *np.repeat(np.arange(30), 5).tolist()]
    stars = [*[star] * 120, *rng.choice([2.0, 3.0, 4.0, 5.0], 150, p=[0.1, 0.2, 0.4, 0.3]).tolist()]
    days = rng.uniform(16_200, 17_100, 270).tolist()
    attacked = add(log, by=[10_000 + n for n in by], of=of, stars=stars, days=days)
    weights, figures = shown(attacked)
    _, before = shown(log)
    plain = np.abs(figures.mean - before.mean)[shops]
    assert plain.mean() > 0.3
    assert np.abs(figures.rating - before.rating)[shops].mean() < 0.15 * plain.mean()
    together = weights.factors["together"]
    assert together[-270:-150].mean() < 0.2 and together[-150:].mean() > 0.8
    assert together[:-270].mean() > 0.99


def test_a_promotion_that_brings_the_usual_opinions_keeps_its_weight():
    """Four times a usual year's ratings in a fortnight, spread over the stars as they always are."""
    log = honest_log(each=120)
    stars = [star for star, of in zip(log["stars"], log["of"], strict=True) if of == 5]
    more = add(
        log,
        by=list(range(50_000, 50_120)),
        of=[5] * 120,
        stars=stars,
        days=[17_003 + n / 12 for n in range(120)],
    )
    weights, _ = shown(more)
    assert weights.weight[-120:].mean() > 0.95


def test_a_shop_that_turns_bad_for_good_is_seen_to():
    """Two ratings a week before and after: no fortnight is larger than usual, so nothing of it is in surplus."""
    days = [16_004 + 3.5 * n for n in range(200)]
    stars = [5.0] * 150 + [1.0, 2.0] * 25
    log = add(honest_log(), by=list(range(70_000, 70_200)), of=[77] * 200, stars=stars, days=days)
    weights, _ = shown(log)
    assert (weights.factors["surplus"][-200:] == 1).all()


def test_a_true_wave_of_one_star_stands_where_detection_finds_the_trade_ordinary():
    log = honest_log()
    wave = add(
        log,
        by=list(range(50_000, 50_030)),
        of=[5] * 30,
        stars=[1.0] * 30,
        days=[17_003 + n / 5 for n in range(30)],
    )
    low = [n for n, star in enumerate(wave["stars"]) if star < 2.5 and n < len(log["stars"])]
    chance = [0.05] * len(wave["stars"])
    for n in low:
        chance[n] = 0.1
    ordinary, _ = shown(wave, [*chance[:-30], *[0.02] * 30])
    suspicious, _ = shown(wave, [*chance[:-30], *[0.3] * 30])
    unknown, _ = shown(wave)
    assert ordinary.factors["surplus"][-30:].min() == 1
    assert suspicious.factors["surplus"][-30:].max() < 0.2
    assert unknown.factors["surplus"][-30:].max() < 0.2


def test_what_is_suspected_already_still_shows_that_a_fortnight_is_out_of_measure():
    """Eight low stars in four days whose trade looks forged: what little is left of them is no ordinary fortnight either."""
    log = honest_log()
    wave = add(
        log,
        by=list(range(50_000, 50_008)),
        of=[5] * 8,
        stars=[1.0] * 8,
        days=[17_003 + n / 2 for n in range(8)],
    )
    chance = [*np.where(np.array(log["stars"]) < 2.5, 0.1, 0.05).tolist(), *[0.9] * 8]
    weights, _ = shown(wave, chance)
    assert weights.factors["forged"][-8:].max() < 0.2
    assert weights.factors["surplus"][-8:].max() < 0.3


def test_the_interval_holds_both_readings_of_a_wave_that_no_trade_explains():
    log = honest_log()
    wave = add(
        log,
        by=list(range(50_000, 50_030)),
        of=[5] * 30,
        stars=[1.0] * 30,
        days=[17_003 + n / 5 for n in range(30)],
    )
    _, before = shown(log)
    _, figures = shown(wave)
    assert figures.low[5] < figures.mean[5] + 0.05 < before.low[5] < figures.rating[5] < figures.high[5]
    chance = [*np.where(np.array(log["stars"]) < 2.5, 0.1, 0.05).tolist(), *[0.3] * 30]
    assert shown(wave, chance)[1].low[5] > before.low[5] - 0.1


def test_ratings_of_forged_trade_count_less_the_likelier_it_is_and_low_stars_as_such_lose_nothing():
    log = honest_log()
    stars, of = np.array(log["stars"]), np.array(log["of"])
    chance = np.where(stars < 2.5, 0.08, 0.01)
    high = np.flatnonzero((of == 0) & (stars == 5))[:5]
    chance[high] = [0.2, 0.5, 0.99, 0.99, 0.99]
    alone = np.flatnonzero((of == 1) & (stars == 5))[0]
    chance[alone] = 0.99
    forged = shown(log, chance.tolist())[0].factors["forged"]
    assert (
        0.3 < forged[high[0]] < 0.8
        and forged[high[0]] > forged[high[1]] > forged[high[2]]
        and forged[high[2]] < 0.05
    )
    # One alone buys nothing, and nothing is taken from it.
    assert forged[alone] == 1
    assert (np.delete(forged, high) == 1).all()


def test_a_follow_up_shares_the_voice_of_its_first_rating_and_one_person_is_not_a_crowd():
    from dataclasses import replace

    log = add(
        honest_log(),
        by=[1, 1, *[2] * 40],
        of=[0, 0, *[1] * 40],
        stars=[5.0, 1.0, *[5.0] * 40],
        days=[float("nan")] * 42,
    )
    rated = as_rated(log)
    first = len(log["by"]) - 42
    chain = rated.chain.copy()
    chain[first + 1] = chain[first]
    weights = weigh(replace(rated, chain=chain))
    assert weights.factors["repeated"][first : first + 2].tolist() == [0.5, 0.5]
    assert weights.factors["repeated"][first + 2 :].sum() == pytest.approx(5)


def test_a_new_shop_is_not_punished_for_being_new():
    log = add(
        honest_log(),
        by=[90_001, 90_002, 90_003],
        of=[99] * 3,
        stars=[5.0, 5.0, 4.0],
        days=[17_400, 17_405, 17_430],
    )
    weights, figures = shown(log)
    assert (weights.weight[-3:] == 1).all()
    city = np.average(figures.mean[:-1])
    assert city < figures.rating[-1] < figures.mean[-1]
    assert figures.high[-1] - figures.low[-1] > 2 * np.median(figures.high[:-1] - figures.low[:-1])
