"""How much each rating weighs: 1 for an ordinary one, less for what looks forged, stands in surplus, or is said again.

Factors are multiplied; nothing is added for age, standing or agreement, so a new shop and a newcomer start like all.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.evaluation.rating_accounts import Accounts
from ecredit.judgement.evaluation.rating_pairs import CommonCustomers
from ecredit.judgement.evaluation.rating_reading import Rated
from ecredit.judgement.evaluation.rating_surplus import Fortnights, sides

CONFIRMED, FORGED, SURPLUS, ONE_SIDED, TOGETHER, REPEATED = REASONS = (
    "confirmed",
    "forged",
    "surplus",
    "one_sided",
    "together",
    "repeated",
)
_ROUNDS = 4
# Detection's chances are cautious: of synthetic ratings with a chance of .2 about half were forged. The root comes closer.
_POWER = 0.5
# What four of five ratings of the same side reach is usual and takes nothing, so that low stars as such lose nothing.
_USUAL = 0.8
# So many other ratings of the shop must look forged for one of them to count as that in full.
_OTHERS = 1.0
# One person's ratings of one shop weigh together no more than this many.
_MOST_VOICES = 5.0


@dataclass(frozen=True, slots=True)
class Weights:
    """One weight in [0, 1] a rating: the product of `factors`, one array a reason.

    `in_doubt` is the weight were a fortnight's surplus genuine, wherever no trade tells whether it is.
    """

    weight: Array
    in_doubt: Array
    factors: Mapping[str, Array]

    def taken(self, reason: str) -> Array:
        """How much of each rating's weight was taken for a reason; the reasons add up to what is missing."""
        logs = {name: -np.log(np.maximum(factor, 1e-12)) for name, factor in self.factors.items()}
        total = np.sum(list(logs.values()), axis=0)
        return np.where(total > 0, (1 - self.weight) * logs[reason] / np.where(total > 0, total, 1.0), 0.0)


def weigh(rated: Rated) -> Weights:
    """Weigh the ratings of one direction."""
    side = sides(rated.stars)
    forged = 1 - forged_chance(rated.of, rated.chance, side)
    repeated = _voices(rated)
    fortnights = Fortnights(rated.of, side, rated.days, _ranks(rated.chance, side))
    accounts = Accounts(rated.by, rated.of, rated.stars)
    common = CommonCustomers(rated.by, rated.of, side)
    # What officers found forged has no weight at all, and is counted all the same.
    confirmed = 1.0 - np.asarray(rated.more.get("found", np.zeros(len(forged))), dtype=np.float64)
    fixed = forged * repeated * confirmed
    surplus, one_sided, together = (np.ones(len(fixed)) for _ in range(3))
    for _ in range(_ROUNDS if len(fixed) else 0):
        # What is weighted down for its trade or its company still shows that a fortnight is out of all measure: were it left out
        # of what a fortnight holds, the rest of a burst would look like an ordinary one. One-sided accounts are sure enough.
        surplus = fortnights.weights(repeated * one_sided, fixed * surplus * one_sided * together)
        one_sided = 1 - accounts.one_sided(fixed * surplus * one_sided * together)
        together = common.weights(fixed * surplus * one_sided * together)
    factors = {
        CONFIRMED: confirmed,
        FORGED: forged,
        SURPLUS: surplus,
        ONE_SIDED: one_sided,
        TOGETHER: together,
        REPEATED: repeated,
    }
    otherwise = fixed * one_sided * together
    return Weights(
        otherwise * surplus, np.where(np.isfinite(rated.chance), otherwise * surplus, otherwise), factors
    )


def forged_chance(of: Array, chance: Array, side: Array) -> Array:
    """Detection's chance beyond what is usual for ratings of the same side; 0 where it did not judge.

    A rating counts as forged only as far as others of the same side and shop do: one alone buys nothing and may well be honest.
    """
    beyond = np.zeros(len(chance))
    for each in np.unique(side):
        rows = np.flatnonzero((side == each) & np.isfinite(chance))
        if len(rows):
            usual = min(float(np.quantile(chance[rows], _USUAL)), 1 - 1e-9)
            beyond[rows] = np.clip((chance[rows] - usual) / (1 - usual), 0.0, 1.0)
    alone = beyond**_POWER
    like = of * 3 + side
    others = (np.bincount(like, weights=alone)[like] - alone) if len(like) else alone
    return alone * np.clip(others / _OTHERS, 0.0, 1.0)


def _ranks(chance: Array, side: Array) -> Array:
    """Where a rating stands among those of the same side by detection's chance: 0 to 1, equals equal, NaN where not judged."""
    ranks = np.full(len(chance), np.nan)
    for each in np.unique(side):
        rows = np.flatnonzero((side == each) & np.isfinite(chance))
        _, place, count = np.unique(chance[rows], return_inverse=True, return_counts=True)
        if len(rows):
            ranks[rows] = ((np.cumsum(count) - count / 2) / len(rows))[place]
    return ranks


def _voices(rated: Rated) -> Array:
    """A rating and its follow-ups share one voice; one person has no more than a few voices about one shop."""
    share = 1.0 / np.maximum(np.bincount(rated.chain), 1)[rated.chain] if len(rated.chain) else np.zeros(0)
    pair = rated.by * (int(rated.of.max(initial=-1)) + 1) + rated.of
    _, place = np.unique(pair, return_inverse=True)
    total = np.bincount(place, weights=share)
    return share * np.minimum(1.0, _MOST_VOICES / np.maximum(total, 1e-9))[place] if len(share) else share
