"""More of one side than the rest explains: of a fortnight, or of accounts that only praise or only blame.

A number of ratings is in surplus when it stands clearly above what is expected: by more than `CLEARLY` standard deviations of
chance, or by one where detection saw their trade and finds it suspicious too. What is in surplus then does not count; what is
expected does. Where nothing is clear, nothing is taken.
"""

import numpy as np

from ecredit.judgement.detection.group_rows import Array

CLEARLY, _WITH_DETECTION = 3.0, 1.0
# How many ratings of the whole city speak along where a shop has few of its own.
CITY = 20.0
FORTNIGHT = 14
# A fortnight is looked at when it is larger than this many usual ones, and may always weigh as much.
_TIMES = 2.0
# A burst often runs over the edge of its fortnight: the neighbours are no witnesses.
_NEAR = 2
LOW, MIDDLE, HIGH = range(3)
# Mean rank of detection's chance (0 to 1 among ratings of one side) from which a surplus is believed, and fully. Where a city is
# attacked a good part of all low stars may be malicious, so honest ones stand below the middle; of high stars few are forged.
_BELIEVED = ((0.45, 0.55), (np.inf, np.inf), (0.7, 0.85))


def sides(stars: Array) -> Array:
    """LOW (one and two stars), MIDDLE, HIGH (five), by the nearest star."""
    return np.where(stars < 2.5, LOW, np.where(stars >= 4.5, HIGH, MIDDLE))


def kept_share(
    count: Array, expected: Array, spread: Array, least: Array | float = 0.0, clearly: Array | float = CLEARLY
) -> Array:
    """The share of each number that still counts when what is clearly above `expected` does not; never below `least` ratings."""
    most = np.maximum(expected, least)
    clear = (count > expected + clearly * spread) & (count > most)
    return np.where(clear, most / np.maximum(count, 1e-9), 1.0)


class Fortnights:
    """The fortnights of those rated. One is expected to say what the others of the same shop say, neighbours aside."""

    def __init__(self, of: Array, side: Array, days: Array, ranks: Array) -> None:
        self.rows = np.flatnonzero(np.isfinite(days))
        of, side = of[self.rows], side[self.rows]
        # Years before 1 and after 9999 are no dates; the clip keeps odd ones from running over.
        fortnight = np.clip(np.floor(days[self.rows] / FORTNIGHT), -60_000, 260_000).astype(np.int64)
        first = int(fortnight.min(initial=0))
        width = int(fortnight.max(initial=0)) - first + 1 + 2 * _NEAR
        self.keys, cell = np.unique(of * width + (fortnight - first), return_inverse=True)
        self.count = len(self.keys)
        self.cell = cell * 3 + side
        self.of = self.keys // width
        self.targets = int(of.max(initial=-1)) + 1
        self.side_of = of * 3 + side
        self.believed, self.clearly = self._believed(ranks[self.rows])
        self.near = [self._at(step) for step in range(-_NEAR, _NEAR + 1) if step]

    def _at(self, step: int) -> Array:
        """Where the fortnight so many further stands; one past the end where there is none."""
        place = np.minimum(np.searchsorted(self.keys, self.keys + step), max(self.count - 1, 0))
        return np.where(self.keys[place] == self.keys + step, place, self.count) if self.count else place

    def _believed(self, ranks: Array) -> tuple[Array, Array]:
        """How far a surplus is believed, fully where detection did not judge and by how suspicious it is where it did; how clear it must be."""
        judged = np.isfinite(ranks)
        size = np.bincount(self.cell[judged], minlength=self.count * 3)
        total = np.bincount(self.cell[judged], weights=ranks[judged], minlength=self.count * 3)
        mean = (total / np.maximum(size, 1)).reshape(-1, 3)
        low, high = (np.array([pair[place] for pair in _BELIEVED]) for place in (0, 1))
        with np.errstate(invalid="ignore"):
            by_rank = np.nan_to_num(np.clip((mean - low) / (high - low), 0.0, 1.0))
        share = (size / np.maximum(np.bincount(self.cell, minlength=self.count * 3), 1)).reshape(-1, 3)
        known = share >= 0.5
        return np.where(known, by_rank, 1.0), np.where(known, _WITH_DETECTION, CLEARLY)

    def weights(self, voices: Array, whole: Array) -> Array:
        """Each rating's weight by its fortnight.

        voices    what each rating adds to what its fortnight holds
        whole     the weights so far: what witnesses of other fortnights say
        """
        weight = np.ones(len(voices))
        if not len(self.rows):
            return weight
        held = np.bincount(self.cell, weights=voices[self.rows], minlength=self.count * 3).reshape(-1, 3)
        said = np.bincount(self.cell, weights=whole[self.rows], minlength=self.count * 3).reshape(-1, 3)
        of_target = np.bincount(self.side_of, weights=whole[self.rows], minlength=self.targets * 3).reshape(
            -1, 3
        )
        city = of_target.sum(0) / max(float(of_target.sum()), 1e-9)
        size = held.sum(1)
        usual = self._usual(size)
        padded = np.vstack([said, np.zeros((1, 3))])
        witnesses = of_target[self.of] - said - np.sum([padded[place] for place in self.near], axis=0)
        witnesses = np.maximum(witnesses, 0.0)
        share = (witnesses + CITY * city) / (witnesses.sum(1, keepdims=True) + CITY)
        # As many of one side as come with so many of the others (negative binomial, nothing known before).
        share = np.clip(share, 1e-6, 1 - 1e-6)
        others = size[:, None] - held + 1
        expected = others * share / (1 - share)
        spread = np.sqrt(others * share / (1 - share) ** 2 + 1)
        kept = kept_share(held, expected, spread, _TIMES * usual[:, None] * share, self.clearly)
        kept[size <= _TIMES * usual] = 1.0
        kept[:, MIDDLE] = 1.0
        weight[self.rows] = (1 - self.believed * (1 - kept)).reshape(-1)[self.cell]
        return weight

    def _usual(self, size: Array) -> Array:
        """The lower quartile of a shop's fortnights that have ratings, at least one: an attack may be most of a new shop's time."""
        order = np.lexsort((size, self.of))
        each = np.bincount(self.of, minlength=self.targets)
        start = np.cumsum(each) - each
        usual = np.ones(self.targets)
        some = each > 0
        usual[some] = size[order][start[some] + (each[some] - 1) // 4]
        return np.maximum(usual, 1.0)[self.of]
