"""The arithmetic of back-testing, as pure functions of arrays: no Django, no clock, no chance that is not seeded.

`risk` grows with what is feared (a score is turned round by the caller); `bad` is true where it came about.
Sources: DeLong, DeLong and Clarke-Pearson 1988 (variance of the area under the curve), in the form of Sun and Xu 2014 by midranks;
Wilson 1927 (interval of a share); pool adjacent violators, Ayer and others 1955 (isotonic regression); Brier 1950; Naeini and
others 2015 (expected calibration error).
"""

from collections.abc import Mapping
from math import sqrt
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ecredit.judgement.evaluation.backtest_types import Interval, Rate

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.int64]
K = TypeVar("K")

Z95 = 1.959963984540054
_DRAWS = 400


def midranks(values: Floats) -> Floats:
    """Ranks from 1 on; equal values share the mean of their places."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    middle = last - (counts - 1) / 2.0
    return np.asarray(middle[inverse], dtype=np.float64)


def auc(risk: Floats, bad: Flags) -> float:
    """Area under the curve: the chance that one of the bad has the higher risk, ties half. Needs both kinds."""
    return float(np.mean(_placements(risk, bad)[0]))


def auc_interval(risk: Floats, bad: Flags) -> Interval:
    """The area with DeLong's 95% interval, kept within 0 and 1.

    Where the two kinds do not overlap at all DeLong knows no spread. So many disjoint pairs as the fewer of the two kinds are all
    in order then, which an area A brings about with a chance of at most A to that power: areas of under 2.5 % are left out.
    """
    of_bad, of_clean = _placements(risk, bad)
    value = float(np.mean(of_bad))
    if value in (0.0, 1.0):
        reach = 1.0 - 0.025 ** (1.0 / min(len(of_bad), len(of_clean)))
        return Interval(value, max(0.0, value - reach), min(1.0, value + reach))
    spread = Z95 * sqrt(_variance(of_bad) + _variance(of_clean))
    return Interval(value, max(0.0, value - spread), min(1.0, value + spread))


def auc_difference(risk: Floats, other: Floats, bad: Flags) -> Interval:
    """How much larger the area of `risk` is than that of `other` for the same subjects, with DeLong's paired interval."""
    one, two = _placements(risk, bad), _placements(other, bad)
    value = float(np.mean(one[0]) - np.mean(two[0]))
    spread = Z95 * sqrt(_variance(one[0] - two[0]) + _variance(one[1] - two[1]))
    return Interval(value, value - spread, value + spread)


def _placements(risk: Floats, bad: Flags) -> tuple[Floats, Floats]:
    """For each of the bad the share of the clean below it, for each of the clean the share of the bad above it."""
    high, low = risk[bad], risk[~bad]
    if not len(high) or not len(low):
        raise ValueError("both kinds are needed")
    together = midranks(np.concatenate([high, low]))
    of_bad = (together[: len(high)] - midranks(high)) / len(low)
    of_clean = 1.0 - (together[len(high) :] - midranks(low)) / len(high)
    return of_bad, of_clean


def _variance(placements: Floats) -> float:
    return 0.0 if len(placements) < 2 else float(np.var(placements, ddof=1)) / len(placements)


def roc_points(risk: Floats, bad: Flags) -> list[tuple[float, float]]:
    """(share of the clean, share of the bad) at or above each threshold, the strictest first; from (0, 0) to (1, 1)."""
    values, inverse = np.unique(-risk, return_inverse=True)
    caught = np.cumsum(np.bincount(inverse, weights=bad, minlength=len(values))) / max(int(bad.sum()), 1)
    false = np.cumsum(np.bincount(inverse, weights=~bad, minlength=len(values))) / max(int((~bad).sum()), 1)
    return [(0.0, 0.0), *((float(x), float(y)) for x, y in zip(false, caught, strict=True))]


def thinned(points: list[tuple[float, float]], most: int = 200) -> list[tuple[float, float]]:
    """The curve with at most about so many points, none of them moved: those nearer than a step to the one before are left out."""
    kept = points[:1]
    for x, y in points[1:-1]:
        if x - kept[-1][0] + y - kept[-1][1] >= 2.0 / most:
            kept.append((x, y))
    return [*kept, points[-1]]


def ks(risk: Floats, bad: Flags) -> tuple[float, float]:
    """Kolmogorov and Smirnov's distance of the two distributions, and the risk from which on it is reached."""
    points = roc_points(risk, bad)[1:]
    gaps = [y - x for x, y in points]
    best = int(np.argmax(np.abs(gaps)))
    return abs(gaps[best]), float(-np.unique(-risk)[best])


def brier(chance: Floats, bad: Flags) -> float:
    """Mean squared distance of predicted chance and what came."""
    return float(np.mean((chance - bad) ** 2))


def fit_isotonic(risk: Floats, bad: Flags) -> tuple[Floats, Floats]:
    """The chance as a function that never falls with risk, nearest to what came (least squares); knots (risk, chance)."""
    values, inverse, counts = np.unique(risk, return_inverse=True, return_counts=True)
    rates = np.bincount(inverse, weights=bad, minlength=len(values)) / counts
    # Blocks of (weight, mean, how many values): neighbours that would fall are pooled.
    blocks: list[tuple[float, float, int]] = []
    for rate, count in zip(rates, counts, strict=True):
        block = (float(count), float(rate), 1)
        while blocks and blocks[-1][1] >= block[1]:
            weight, mean, width = blocks.pop()
            total = weight + block[0]
            block = (total, (weight * mean + block[0] * block[1]) / total, width + block[2])
        blocks.append(block)
    chance = np.repeat([mean for _, mean, _ in blocks], [width for _, _, width in blocks])
    return np.asarray(values, dtype=np.float64), np.asarray(chance, dtype=np.float64)


def predict(knots: tuple[Floats, Floats], risk: Floats) -> Floats:
    """The chance at a risk: between knots in a straight line, beyond the outermost as there."""
    return np.asarray(np.interp(risk, *knots), dtype=np.float64)


def equal_bins(values: Floats, bins: int) -> Whole:
    """Parts of equal number by rising value, 0 the lowest; equal values stay together, so that parts may differ or be missing."""
    place = (midranks(values) - 0.5) * bins / len(values)
    return np.minimum(place.astype(np.int64), bins - 1)


def calibration_error(chance: Floats, bad: Flags, bins: int) -> float:
    """Expected calibration error over parts of equal number."""
    part = equal_bins(chance, bins)
    number = np.bincount(part, minlength=bins)
    gap = np.abs(np.bincount(part, weights=chance - bad, minlength=bins))
    return float(gap[number > 0].sum() / len(chance))


def error_by_chance(chance: Floats, bins: int, *, seed: int = 0) -> float:
    """The mean error when every prediction is exactly right and only so many subjects are there to show it."""
    draw = np.random.default_rng(seed)
    errors = [calibration_error(chance, draw.random(len(chance)) < chance, bins) for _ in range(_DRAWS)]
    return float(np.mean(errors))


def stability(before: Floats, now: Floats, bins: int) -> tuple[float, list[tuple[float, float, float]]]:
    """Population stability index of two samples over the earlier one's parts of equal number: (index, [(upper value, before, now)]).

    A part with nobody counts as half a subject, so that the index is finite; the last upper value is infinite.
    """
    part = equal_bins(before, bins)
    edges = [float(before[part == n].max()) for n in range(bins) if (part == n).any()][:-1]
    uppers = [*edges, np.inf]

    def shares(values: Floats) -> Floats:
        counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(uppers))
        return np.asarray(np.maximum(counts, 0.5) / len(values), dtype=np.float64)

    was, is_now = shares(before), shares(now)
    index = float(np.sum((is_now - was) * np.log(is_now / was)))
    return index, [(u, float(b), float(n)) for u, b, n in zip(uppers, was, is_now, strict=True)]


def rate(count: int, of: int, least: int = 1) -> Rate:
    """So many of so many with Wilson's interval; nothing but the denominator where that is below `least`."""
    if of < max(least, 1):
        return Rate(of, None, None, None, None)
    share, z2 = count / of, Z95 * Z95
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z95 * sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return Rate(of, count, share, max(0.0, middle - half), min(1.0, middle + half))


def merge_small(sizes: Mapping[K, int], least: int) -> set[K]:
    """Which groups must be put together so that every shown group, the joined one too, has at least so many.

    When the joined ones are too few, the smallest of the others joins them: else the difference to the whole would show them.
    """
    order = sorted(sizes, key=lambda key: (sizes[key], str(key)))
    joined = {key for key in order if sizes[key] < least}
    for key in order:
        if not joined or sum(sizes[each] for each in joined) >= least:
            break
        joined.add(key)
    return joined
