"""From a statistic to log-evidence: bins, first weights from how rare a value is, and weights learnt from the other families.

A flag's bins are cut at quantiles of its statistic. Before anything is known, a bin in the suspicious tail with tail
probability p may add at most `-1 - ln p - ln(-ln p)` (Sellke, Bayarri, Berger 2001: the most any alternative can gain over
a uniform p), and never more than the flag's strength. Then each family's bins are weighed again by what the *other*
families and the ties say (co-training, Blum and Mitchell 1998), so that no flag confirms itself; a learnt weight never
falls towards the suspicious end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ecredit.foundation.catalog.flag_types import Flag
from ecredit.judgement.detection.group_rows import BLOCK, Array, runs
from ecredit.judgement.detection.side_by_side import side_by_side

# Rows stand in the order of a hash, so the first of them are a fair sample.
SAMPLE = 1_000_000
_CUTS = (0.001, 0.003, 0.01, 0.03, 0.06, 0.1, 0.2, 0.5, 0.8, 0.9, 0.94, 0.97, 0.99, 0.997, 0.999)
FAMILY_CAPS: Mapping[str, float] = {
    "weight": 2.5, "route": 3.0, "send": 2.5, "identity": 3.5, "review": 3.0, "payment": 3.0, "network": 3.0,
}  # fmt: skip
_FAMILY_FLOOR = -1.5
# What one family says beyond the next best one, and beyond this much, counts half: one family alone is no proof.
_ALONE, _ALONE_SHARE = 1.0, 0.5
_LEARNT_LOW, _LEARNT_HIGH = -0.8, 1.3
_PRIOR_ROWS = 300.0


@dataclass(frozen=True, slots=True)
class Binned:
    """A flag's statistic in bins (0: cannot be judged), and how many orders each bin holds."""

    flag: Flag
    bins: Array
    counts: Array


def bin_statistic(flag: Flag, values: Array) -> Binned:
    """Cut a statistic at quantiles of a fair sample; few different values are each a bin."""
    sample = values[:SAMPLE][np.isfinite(values[:SAMPLE])]
    bins = np.zeros(len(values), dtype=np.int8)
    if not len(sample):
        return Binned(flag, bins, np.array([len(values)]))
    sample.sort()
    different = sample[runs(sample)[0]]
    if len(different) <= 12:
        cuts = (different[1:] + different[:-1]) / 2
    else:
        # Where nearly all have one value, what lies above it and below it is still apart.
        middle = np.median(sample)
        cuts = np.unique([*np.quantile(sample, _CUTS), np.nextafter(middle, -np.inf), middle])
    for start in range(0, len(values), BLOCK):
        here, part = bins[start : start + BLOCK], values[start : start + BLOCK]
        here += 1
        for cut in cuts:
            here += part > cut
        here[~np.isfinite(part)] = 0
    counts = np.bincount(bins, minlength=len(cuts) + 2)
    return Binned(flag, bins, counts)


def first_weights(binned: Binned) -> Array:
    """Log-evidence of each bin from its tail probability alone; on average it neither accuses nor clears."""
    counts = binned.counts.astype(np.float64)
    weights = np.zeros(len(counts))
    known = counts[1:]
    total = known.sum()
    if total == 0 or len(known) < 2:
        return weights
    tail = np.cumsum(known[::-1])[::-1] if binned.flag.direction == "high" else np.cumsum(known)
    p = np.clip(tail / total, 1e-9, 1 / np.e)
    bound = np.minimum(-1 - np.log(p) - np.log(-np.log(p)), binned.flag.strength)
    bound = np.maximum(bound, 0.0)
    weights[1:] = bound - np.log(np.sum(np.exp(bound) * known) / total)
    return weights


def learn_weights(binned: Binned, chance: Array, prior: float = _PRIOR_ROWS) -> Array:
    """Log-evidence of each bin from how likely forged its orders are by everything else (`chance`, on the first rows)."""
    bins = binned.bins[: len(chance)]
    count = len(binned.counts)
    forged = np.bincount(bins, weights=chance, minlength=count)[1:]
    rows = np.bincount(bins, minlength=count)[1:].astype(np.float64)
    weights = np.zeros(count)
    if rows.sum() == 0 or len(rows) < 2:
        return weights
    share = np.maximum(rows / rows.sum(), 1e-12)
    learnt = np.log((forged + prior * share) / (forged.sum() + prior) / share)
    rising = binned.flag.direction == "high"
    learnt = _never_falling(learnt if rising else learnt[::-1], rows if rising else rows[::-1])
    learnt = learnt if rising else learnt[::-1]
    weights[1:] = np.clip(learnt, _LEARNT_LOW, binned.flag.strength * _LEARNT_HIGH)
    return weights


def _never_falling(values: Array, rows: Array) -> Array:
    """The nearest sequence that never falls (pool adjacent violators), each value weighing as its rows."""
    pools: list[list[float]] = []
    for value, weight in zip(values, rows + 1e-9, strict=True):
        pools.append([float(value), float(weight), 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            right, left = pools.pop(), pools.pop()
            weight_of_both = left[1] + right[1]
            pools.append(
                [
                    (left[0] * left[1] + right[0] * right[1]) / weight_of_both,
                    weight_of_both,
                    left[2] + right[2],
                ]
            )
    return np.concatenate([np.full(int(length), value) for value, _, length in pools])


def family_evidence(
    all_binned: Sequence[Binned], weights: Mapping[str, Array], rows: slice = slice(None), threads: int = 1
) -> dict[str, Array]:
    """What each family says of each order, within its cap.

    Where none of a family's flags can be judged it says what it says of a usual order: goods without a parcel are not
    more suspicious than goods with an ordinary one.
    """
    names = list(dict.fromkeys(each.flag.family for each in all_binned))

    def one(family: str) -> Array:
        return _one_family([each for each in all_binned if each.flag.family == family], weights, rows)

    return dict(zip(names, side_by_side([partial(one, name) for name in names], threads), strict=True))


def _one_family(flags: Sequence[Binned], weights: Mapping[str, Array], rows: slice) -> Array:
    said = np.zeros(0, dtype=np.float32)
    silent = np.zeros(0, dtype=bool)
    for place, binned in enumerate(flags):
        bins = binned.bins[rows]
        here = weights[binned.flag.id].astype(np.float32)[bins]
        if place == 0:
            said, silent = here, bins == 0
        else:
            said += here
            silent &= bins == 0
    np.clip(said, _FAMILY_FLOOR, FAMILY_CAPS.get(flags[0].flag.family, 3.0), out=said)
    usual = said[:SAMPLE][~silent[:SAMPLE]]
    if len(usual):
        said[silent] = np.median(usual)
    return said


def add_families(families: Mapping[str, Array], without: str | None = None) -> Array:
    """All families together, one that stands alone counting less; `without` leaves one out."""
    chosen = [said for family, said in families.items() if family != without]
    if not chosen:
        any_family = next(iter(families.values()))
        return np.zeros(len(any_family), dtype=np.float32)
    total = np.zeros(len(chosen[0]), dtype=np.float32)
    best = np.full(len(total), -np.inf, dtype=np.float32)
    second = np.full(len(total), -np.inf, dtype=np.float32)
    for said in chosen:
        total += said
        second = np.maximum(second, np.minimum(best, said))
        best = np.maximum(best, said)
    alone = best - np.maximum(second, 0.0) - _ALONE
    total -= np.maximum(alone, 0.0) * _ALONE_SHARE
    return total
