"""How likely each order is invented: its own evidence, what it is tied to, and both weighed again by each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ecredit.judgement.detection.evidence import (
    SAMPLE,
    Binned,
    add_families,
    family_evidence,
    first_weights,
    learn_weights,
)
from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.ties import SHARE, Ties, chances

# How often flags are weighed again, and how often ties are followed each time. More rounds drift (measured on synthetic trade).
_ROUNDS, _STEPS, _KEEP = 1, 3, 0.7


@dataclass(frozen=True, slots=True)
class Forged:
    """What came out: per order unless said otherwise.

    chance     probability that the order was invented
    log_odds   the sum it comes from: `shift` + what families say + `ties`
    weights    flag → log-evidence of each of its bins
    """

    chance: Array
    log_odds: Array
    own: Array
    ties: Mapping[str, Array]
    weights: Mapping[str, Array]
    shift: float


def judge_trade(flags: Sequence[Binned], ties: Ties) -> Forged:
    """Judge every order."""
    weights = {each.flag.id: first_weights(each) for each in flags}
    own, tied, effects = _pass(flags, weights, ties)
    for _ in range(_ROUNDS):
        head = slice(0, SAMPLE)
        families = family_evidence(flags, weights, head)
        learnt = dict(weights)
        for family in families:
            chance, _ = chances(add_families(families, without=family) + tied[head])
            learnt |= {
                each.flag.id: learn_weights(each, chance) for each in flags if each.flag.family == family
            }
        weights = learnt
        own, tied, effects = _pass(flags, weights, ties)
    log_odds = own + tied
    chance, shift = chances(log_odds)
    return Forged(chance, log_odds + np.float32(shift), own, effects, weights, shift)


def _pass(
    flags: Sequence[Binned], weights: Mapping[str, Array], ties: Ties
) -> tuple[Array, Array, dict[str, Array]]:
    families = family_evidence(flags, weights)
    own = add_families(families) if families else np.zeros(ties.shop.rows, dtype=np.float32)
    del families
    tied = np.zeros(len(own), dtype=np.float32)
    mixed: dict[str, Array] = {}
    for step in range(_STEPS):
        chance, _ = chances(own + tied)
        for name, effect in ties.effects(chance, SHARE).items():
            mixed[name] = (
                effect if step == 0 else np.float32(_KEEP) * effect + np.float32(1 - _KEEP) * mixed[name]
            )
        tied = np.sum([mixed[name] for name in mixed], axis=0, dtype=np.float32)
    return own, tied, mixed
