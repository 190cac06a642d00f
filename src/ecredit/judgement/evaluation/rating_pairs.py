"""The same accounts at the same shops: praise of two shops together that their other common customers do not share.

Forgers for hire serve several shops, so the same accounts meet there again, whatever else they rate to look ordinary. Of two
shops all accounts that rated both are taken; that an account praises both has, by chance, the product of both shops' shares
of praise. What stands clearly above what the other common customers explain is in surplus. Blame likewise.
"""

import numpy as np

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.evaluation.rating_surplus import CITY, HIGH, LOW, kept_share

# Whoever likes one shop likes another more easily: praise of both comes so many times as often as by chance.
_ALIKE = 1.5
# Of accounts with more shops only neighbours in the order of a hash are paired: the same ones for all accounts.
_MOST_SHOPS = 20
_FEWEST = 4


class CommonCustomers:
    """Pairs of shops with the accounts that rated both."""

    def __init__(self, by: Array, of: Array, side: Array) -> None:
        self.side, self.of, self.targets = side, of, int(of.max(initial=-1)) + 1
        opinion = by * max(self.targets, 1) + of
        _, first, self.opinion = np.unique(opinion, return_index=True, return_inverse=True)
        # Opinions now stand by account, then by shop.
        self.first = first
        account, shop = by[first], of[first]
        left, right = [], []
        for step in range(1, _MOST_SHOPS):
            begin = (
                np.flatnonzero(account[step:] == account[:-step])
                if len(account) > step
                else np.zeros(0, dtype=np.int64)
            )
            if not len(begin):
                break
            left.append(begin)
            right.append(begin + step)
        nothing = np.zeros(0, dtype=np.int64)
        self.left, self.right = (np.concatenate([nothing, *part]) for part in (left, right))
        pair = shop[self.left] * max(self.targets, 1) + shop[self.right]
        keys, self.pair, each = np.unique(pair, return_inverse=True, return_counts=True)
        kept = each[self.pair] >= _FEWEST
        self.left, self.right = self.left[kept], self.right[kept]
        keys, self.pair = np.unique(pair[kept], return_inverse=True)
        self.a, self.b = keys // max(self.targets, 1), keys % max(self.targets, 1)

    def weights(self, whole: Array) -> Array:
        """Each rating's weight by the company its account keeps; `whole` are the weights so far."""
        weight = np.ones(len(self.first))
        if not len(self.pair):
            return weight[self.opinion]
        total = np.bincount(self.of, weights=whole, minlength=self.targets)
        for side in (HIGH, LOW):
            mine = np.where(self.side == side, whole, 0.0)
            city = float(mine.sum()) / max(float(whole.sum()), 1e-9)
            share = (np.bincount(self.of, weights=mine, minlength=self.targets) + CITY * city) / (
                total + CITY
            )
            such = self.side[self.first] == side
            both = such[self.left] & such[self.right]
            count = np.bincount(self.pair[both], minlength=len(self.a))
            others = np.bincount(self.pair, minlength=len(self.a)) - count + 1
            usual = np.clip(_ALIKE * share[self.a] * share[self.b], 1e-6, 0.95)
            expected = others * usual / (1 - usual)
            kept = kept_share(count, expected, np.sqrt(others * usual / (1 - usual) ** 2 + 1))[self.pair]
            few = both & (kept < 1)
            for rows in (self.left[few], self.right[few]):
                np.minimum.at(weight, rows, kept[few])
        return weight[self.opinion]
