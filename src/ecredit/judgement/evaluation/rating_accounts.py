"""A rater's own record: does it only praise, or only blame, where others do not?

What an account says is held against what others say of the same shops, its own ratings left out. That all of n ratings are
five stars by chance has the product of the others' shares of five stars. How many accounts of a kind should be so by chance
is known, and how many are so is counted; only what is above `HONEST` times chance is taken to be one-sided, for some people
are simply content. An account with one rating says nothing about itself.
"""

import numpy as np

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.evaluation.rating_surplus import CITY, kept_share

HONEST = 2.0
# From how many shops on an account's praise, and its blame, is looked at shop by shop.
_FEWEST = {4: 3, 0: 2}
_MOST_SHOPS, _STEP, _STEPS = 8, 0.5, 41


class Accounts:
    """The accounts that rate, and whom they rate."""

    def __init__(self, by: Array, of: Array, stars: Array) -> None:
        self.by, self.of = by, of
        self.count, self.targets = int(by.max(initial=-1)) + 1, int(of.max(initial=-1)) + 1
        pair = by * max(self.targets, 1) + of
        first = np.zeros(len(by), dtype=bool)
        first[np.unique(pair, return_index=True)[1]] = True
        # Several ratings of one shop are one opinion.
        self.first = np.flatnonzero(first)
        self.shops = np.bincount(by[self.first], minlength=self.count)
        self.star = np.clip(np.floor(stars + 0.5), 1, 5).astype(np.int64) - 1
        each = np.bincount(by, minlength=self.count)
        self.only = {
            star: np.bincount(by, weights=self.star == star, minlength=self.count) == each for star in _FEWEST
        }

    def one_sided(self, whole: Array) -> Array:
        """How likely each rating comes from an account that is one-sided on purpose; `whole` are the weights so far."""
        chance = np.zeros(len(self.by))
        for star in _FEWEST:
            chance = np.maximum(chance, self._of_star(star, whole))
        return chance

    def _of_star(self, star: int, whole: Array) -> Array:
        mine = np.where(self.star == star, whole, 0.0)
        city = float(mine.sum()) / max(float(whole.sum()), 1e-9)
        total = np.bincount(self.of, weights=whole, minlength=self.targets)
        such = np.bincount(self.of, weights=mine, minlength=self.targets)
        share = (such[self.of] - mine + CITY * city) / np.maximum(total[self.of] - whole + CITY, 1e-9)
        said = np.log(np.clip(share, 1e-6, 1.0))
        by_chance = np.bincount(self.by[self.first], weights=said[self.first], minlength=self.count)
        several = self.shops >= 2
        only = self.only[star] & several
        # Accounts alike: as many shops, and as likely to be so by chance.
        kind = np.minimum(self.shops, _MOST_SHOPS) * _STEPS + np.minimum(
            -by_chance / _STEP, _STEPS - 1
        ).astype(np.int64)
        kinds = (_MOST_SHOPS + 1) * _STEPS
        found = np.bincount(kind[only], minlength=kinds)
        expected = np.bincount(kind, weights=np.exp(by_chance) * several, minlength=kinds)
        of_kind = np.maximum(0.0, 1 - HONEST * (expected + 0.5) / np.maximum(found, 1e-9))
        suspect = only[self.by]
        chance = np.where(suspect, of_kind[kind][self.by], 0.0)
        # A shop that is praised by such accounts more than others are.
        enough = self.shops >= _FEWEST[star]
        here = suspect & enough[self.by]
        there = np.bincount(self.of[here], minlength=self.targets)
        usual = HONEST * np.bincount(
            self.of, weights=(np.exp(by_chance) * enough)[self.by], minlength=self.targets
        )
        of_shop = 1 - kept_share(there, usual, np.sqrt(usual + 1))
        return np.where(here, np.maximum(chance, of_shop[self.of]), chance)
