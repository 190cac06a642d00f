"""How likely each order is invented: its own evidence, what it is tied to, and both weighed again by each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ecredit.judgement.detection.corroboration import weigh_by_company
from ecredit.judgement.detection.evidence import (
    SAMPLE,
    Binned,
    add_families,
    family_evidence,
    first_weights,
    learn_weights,
)
from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.labels import Told
from ecredit.judgement.detection.ties import Ties, chances

# How often flags are weighed again, and how often ties are followed each time. More rounds drift (measured on synthetic trade).
_ROUNDS, _STEPS, _KEEP = 1, 3, 0.7
_VISIBLE, _HIDDEN, _LEAST_SHARE, _MOST_SHARE = 2.0, 3.0, 0.004, 0.05


@dataclass(frozen=True, slots=True)
class Forged:
    """What came out: per order unless said otherwise.

    chance     probability that the order was invented
    log_odds   the sum it comes from: `shift` + what families say + `ties`
    weights    flag → log-evidence of each of its bins
    share      of orders, from which everything started
    """

    chance: Array
    log_odds: Array
    ties: Mapping[str, Array]
    weights: Mapping[str, Array]
    shift: float
    share: float


def judge_trade(flags: Sequence[Binned], ties: Ties, told: Told | None = None) -> Forged:
    """Judge every order. `told`: what is known of some, which speaks for others and weighs the evidence."""
    weights = {each.flag.id: first_weights(each) for each in flags}
    share = estimate_share(family_evidence(flags, weights, slice(0, SAMPLE)))
    own, tied, effects = _pass(flags, weights, ties, share, told)
    for _ in range(_ROUNDS):
        head = slice(0, SAMPLE)
        families = family_evidence(flags, weights, head)
        learnt = dict(weights)
        for family in families:
            chance, _ = chances(add_families(families, without=family) + tied[head], share)
            learnt |= {
                each.flag.id: learn_weights(each, chance) for each in flags if each.flag.family == family
            }
        weights = learnt
        share = estimate_share(family_evidence(flags, weights, head))
        own, tied, effects = _pass(flags, weights, ties, share, told)
    if told is not None:
        weights, counts = told.weigh(flags, weights, own, effects)
        own, tied, effects = _pass(flags, weights, ties, share, told, counts)
    log_odds = own + tied
    chance, shift = chances(log_odds, share)
    return Forged(chance, log_odds + np.float32(shift), effects, weights, shift, share)


def estimate_share(
    families: Mapping[str, Array], least: float = _LEAST_SHARE, most: float = _MOST_SHARE
) -> float:
    """The share of forged orders to start from, from how much oftener several families speak together than by chance.

    Chance is each family's evidence moved against the others': rows stand in the order of a hash, so that moving mixes them.
    What stands above 2 beyond chance is the visible part; as much again, threefold, is taken to hide (measured on
    synthetic trade of four kinds of camouflage; the result is a start, not a claim).
    """
    if not families:
        return least
    together = add_families(families)
    rows = len(together)
    moved = {
        name: np.roll(said, rows * (place + 1) // (len(families) + 1))
        for place, (name, said) in enumerate(sorted(families.items()))
    }
    excess = float(np.mean(together > _VISIBLE)) - float(np.mean(add_families(moved) > _VISIBLE))
    return float(np.clip(_HIDDEN * excess, least, most))


def _pass(
    flags: Sequence[Binned],
    weights: Mapping[str, Array],
    ties: Ties,
    share: float,
    told: Told | None = None,
    counts: Mapping[str, float] | None = None,
) -> tuple[Array, Array, dict[str, Array]]:
    """Own evidence, ties together, and each tie; `counts`: how much each tie counts, 1 unless said."""
    families = family_evidence(flags, weights, threads=ties.threads)
    weigh_by_company(families, ties.shop_codes, ties.threads)
    own = add_families(families) if families else np.zeros(ties.shop.rows, dtype=np.float32)
    del families
    tied: Array = np.zeros(len(own), dtype=np.float32) if told is None else told.effect
    mixed: dict[str, Array] = {}
    for step in range(_STEPS):
        chance, _ = chances(own + tied, share)
        for name, effect in ties.effects(chance, share).items():
            if counts is not None:
                effect *= np.float32(counts[name])
            mixed[name] = (
                effect if step == 0 else np.float32(_KEEP) * effect + np.float32(1 - _KEEP) * mixed[name]
            )
        if told is not None:
            mixed["told"] = told.effect
        tied = np.asarray(np.sum([mixed[name] for name in mixed], axis=0, dtype=np.float32))
    return own, tied, mixed
