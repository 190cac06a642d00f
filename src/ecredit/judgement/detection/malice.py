"""How likely each low star was given to ruin a shop: by whom else, when, with what words, and with the money taken back.

Only orders with one or two stars are judged. The shop is the victim, and its own forged trade is judged elsewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ecredit.judgement.detection.evidence import Binned, family_evidence, first_weights, learn_weights
from ecredit.judgement.detection.forged_trade import estimate_share
from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.labels import Told
from ecredit.judgement.detection.ties import Group, ShopWeeks, chances
from ecredit.judgement.detection.trade_view import TradeView

# Of low stars, from which the evidence leads up or down: estimated, within these.
_LEAST_SHARE, _MOST_SHARE = 0.1, 0.4
_ROUNDS, _STEPS, _PRIOR_ROWS = 3, 3, 30.0


@dataclass(frozen=True, slots=True)
class Malice:
    """Rows with low stars, and for each how likely it was meant to ruin the shop."""

    rows: Array
    chance: Array
    log_odds: Array
    flags: Sequence[Binned]
    weights: Mapping[str, Array]
    ties: Mapping[str, Array]
    shift: float
    share: float


def judge_malice(view: TradeView, statistics: Sequence[Binned], told: Told | None = None) -> Malice:
    """Judge the low stars; `statistics` are binned over their orders only. `told`: what is known of some orders."""
    rows = np.flatnonzero(np.asarray(view["stars"]) <= 2)
    weights = {each.flag.id: first_weights(each) for each in statistics}
    if not len(rows):
        empty = np.zeros(0, dtype=np.float32)
        return Malice(rows, empty, empty, statistics, weights, {}, 0.0, _LEAST_SHARE)
    said = {each.flag.id: weights[each.flag.id][each.bins] for each in statistics}
    share = _share(statistics, weights)
    for _ in range(_ROUNDS):
        total = np.sum(list(said.values()), axis=0) if said else np.zeros(len(rows))
        learnt = {}
        for each in statistics:
            chance, _ = chances(total - said[each.flag.id], share)
            learnt[each.flag.id] = learn_weights(each, chance, _PRIOR_ROWS)
        weights = learnt
        share = _share(statistics, weights)
        said = {each.flag.id: weights[each.flag.id][each.bins] for each in statistics}
    known = None if told is None else told.of(rows)
    shop = ShopWeeks(view["shop"][rows], np.asarray(view["at"], dtype=np.float64)[rows])
    rater = Group(view["buyer"][rows], 2.0, 2.0)
    own, tied, effects = _pass(statistics, weights, shop, rater, share, known, {})
    if known is not None:
        weights, counts = known.weigh(statistics, weights, own, effects)
        own, tied, effects = _pass(statistics, weights, shop, rater, share, known, counts)
    chance, shift = chances(own + tied, share)
    return Malice(rows, chance, own + tied + np.float32(shift), statistics, weights, effects, shift, share)


def _pass(
    statistics: Sequence[Binned],
    weights: Mapping[str, Array],
    shop: ShopWeeks,
    rater: Group,
    share: float,
    told: Told | None,
    counts: Mapping[str, float],
) -> tuple[Array, Array, dict[str, Array]]:
    """Own evidence, ties together, and each tie; `counts`: how much each tie counts, 1 unless said."""
    own = np.zeros(shop.rows, dtype=np.float32)
    for each in statistics:
        own += weights[each.flag.id][each.bins].astype(np.float32)
    tied: Array = np.zeros(shop.rows, dtype=np.float32) if told is None else told.effect
    effects: dict[str, Array] = {}
    for _ in range(_STEPS):
        chance, _shift = chances(own + tied, share)
        effects = {
            "shop": np.clip(shop.effect(chance, share), -2.0, 2.5) * np.float32(counts.get("shop", 1.0)),
            "buyer": rater.effect(chance, share) * np.float32(counts.get("buyer", 1.0)),
        }
        if told is not None:
            effects["told"] = told.effect
        tied = np.asarray(np.sum(list(effects.values()), axis=0, dtype=np.float32))
    return own, tied, effects


def _share(statistics: Sequence[Binned], weights: Mapping[str, Array]) -> float:
    return estimate_share(family_evidence(statistics, weights), _LEAST_SHARE, _MOST_SHARE)
