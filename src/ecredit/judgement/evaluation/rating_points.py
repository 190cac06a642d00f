"""Points (积分) and levels: what ratings are worth by the rule of their direction, with decay and caps."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from ecredit.foundation.catalog.rating_types import PointLevel, PointRule
from ecredit.judgement.detection.group_rows import Array


def compute_points(
    rule: PointRule, *, by: Array, of: Array, stars: Array, weight: Array, age: Array, count: int
) -> Array:
    """The points of `count` that are rated.

    age    of each rating in days; unknown ones (NaN) are worth nothing, ones of the future as if of today
    """
    worth = np.array(rule.stars)[np.clip(np.floor(stars + 0.5), 1, 5).astype(np.int64) - 1]
    fresh = np.nan_to_num(0.5 ** (np.maximum(age, 0.0) / rule.half_life_days), nan=0.0)
    pairs, pair = np.unique(by * max(count, 1) + of, return_inverse=True)
    each = np.bincount(pair, weights=worth * weight * fresh, minlength=len(pairs))
    kept = np.clip(each, -rule.most_from_one, rule.most_from_one)
    total = np.bincount(pairs % max(count, 1), weights=kept, minlength=count)
    points: Array = np.clip(total, 0.0, rule.most)
    return points


def points_of(rule: PointRule, ratings: Iterable[tuple[str, float, float, float]]) -> float:
    """The same for one that is rated, one rating at a time: (who rates, stars, weight, age in days)."""
    each: dict[str, float] = defaultdict(float)
    for by, stars, weight, age in ratings:
        worth = rule.stars[min(max(int(stars + 0.5), 1), 5) - 1]
        each[by] += worth * weight * 0.5 ** (max(age, 0.0) / rule.half_life_days)
    total = sum(min(max(points, -rule.most_from_one), rule.most_from_one) for points in each.values())
    return min(max(total, 0.0), rule.most)


def find_level(rule: PointRule, points: float) -> PointLevel:
    """The level that so many points reach."""
    return [level for level in rule.levels if level.at_least is None or points >= level.at_least][-1]
