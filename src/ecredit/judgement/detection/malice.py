"""How likely each low star was given to ruin a shop: by whom else, when, with what words, and with the money taken back.

Only orders with one or two stars are judged. The shop is the victim, and its own forged trade is judged elsewhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ecredit.foundation.catalog.flag_types import Flag
from ecredit.judgement.detection.evidence import Binned, bin_statistic, first_weights, learn_weights
from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.ties import Group, ShopWeeks, chances
from ecredit.judgement.detection.trade_view import TradeView

# A tenth of low stars: from there the evidence leads up or down.
SHARE = 0.1
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


def judge_malice(view: TradeView, statistics: Sequence[Binned]) -> Malice:
    """Judge the low stars; `statistics` are binned over all orders and are binned again over these."""
    rows = np.flatnonzero(np.asarray(view["stars"]) <= 2)
    weights = {each.flag.id: first_weights(each) for each in statistics}
    if not len(rows):
        empty = np.zeros(0, dtype=np.float32)
        return Malice(rows, empty, empty, statistics, weights, {}, 0.0)
    said = {each.flag.id: weights[each.flag.id][each.bins] for each in statistics}
    for _ in range(_ROUNDS):
        total = np.sum(list(said.values()), axis=0) if said else np.zeros(len(rows))
        learnt = {}
        for each in statistics:
            chance, _ = chances(total - said[each.flag.id], SHARE)
            learnt[each.flag.id] = learn_weights(each, chance, _PRIOR_ROWS)
        weights = learnt
        said = {each.flag.id: weights[each.flag.id][each.bins] for each in statistics}
    own = np.sum(list(said.values()), axis=0).astype(np.float32) if said else np.zeros(len(rows), np.float32)
    shop = ShopWeeks(view["shop"][rows], np.asarray(view["at"], dtype=np.float64)[rows])
    rater = Group(view["buyer"][rows], 2.0, 2.0)
    effects: dict[str, Array] = {}
    tied = np.zeros(len(rows), dtype=np.float32)
    for _ in range(_STEPS):
        chance, _ = chances(own + tied, SHARE)
        effects = {
            "shop": np.clip(shop.effect(chance, SHARE), -2.0, 2.5),
            "buyer": rater.effect(chance, SHARE),
        }
        tied = effects["shop"] + effects["buyer"]
    chance, shift = chances(own + tied, SHARE)
    return Malice(rows, chance, own + tied + np.float32(shift), statistics, weights, effects, shift)


def bin_low_stars(view: TradeView, flagged: Iterable[tuple[Flag, Array]]) -> list[Binned]:
    """Bin the statistics of malice over the orders with low stars only."""
    rows = np.flatnonzero(np.asarray(view["stars"]) <= 2)
    return [bin_statistic(flag, values[rows]) for flag, values in flagged]
