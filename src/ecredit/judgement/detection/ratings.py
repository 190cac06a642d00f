"""What ratings alone tell: accounts that say little and all at once, against what others say of the same.

Used where orders are not known. No labels, no text. An account's score adds up
- how few ratings it gave and within how few days (SpEagle's and others' plainest signal: Rayana, Akoglu 2015),
- how far it stands from the other ratings of the same, beyond what is common: mean of max(deviation / median deviation - 1.5, 0),
- whether newcomers rate as it did and established accounts do not: ln of both frequencies of this star at this target,
- how much established accounts and newcomers disagree there at all (Kullback-Leibler): an attacked target.
"""

from dataclasses import dataclass

import duckdb
import numpy as np

from ecredit.judgement.detection.group_rows import Array, encode
from ecredit.judgement.detection.trade_view import Given, fetch, number, seconds, token

DAY = 86_400.0
_FEW, _SPAN, _BEYOND, _AS_NEW, _SPLIT = 1.0, 0.4, 0.5, 0.8, 0.3
_OWN_AS_NEW = 0.2
_PRIOR = 10.0
_MOST_LEVELS = 21


@dataclass(frozen=True, slots=True)
class Ratings:
    """Ratings in the order of their keys, with a score each; a score for each rater."""

    keys: Array
    rater: Array
    rater_keys: Array
    shop: Array
    shop_keys: Array
    order_hash: Array
    stars: Array
    score: Array
    rater_score: Array


def read_ratings(connection: duckdb.DuckDBPyConnection, given: Given) -> Ratings | None:
    """Judge every rating of the `reviews` table; None without one."""
    if "reviews" not in given:
        return None
    order = token("order_id") if "order_id" in given["reviews"] else "0::UBIGINT"
    raw = fetch(
        connection,
        f"SELECT hash(review_id) AS key, {token('rater_id')} AS rater, {token('shop_id')} AS shop, {number('score')} AS stars, "
        f"{seconds('reviewed_at')} AS at, {order} AS order_hash FROM reviews "
        "WHERE review_id IS NOT NULL AND review_id <> '' ORDER BY 1, 2, 3, 4, 5, 6",
    )
    once = np.ones(len(raw["key"]), dtype=bool)
    once[1:] = raw["key"][1:] != raw["key"][:-1]
    raw = {name: column[once] for name, column in raw.items()}
    rater, rater_keys = encode(raw["rater"])
    shop, shop_keys = encode(raw["shop"])
    stars = raw["stars"].astype(np.float64)
    score, rater_score = judge_ratings(rater, shop, stars, raw["at"].astype(np.float64) / DAY)
    return Ratings(
        raw["key"], rater, rater_keys, shop, shop_keys, raw["order_hash"], stars, score, rater_score
    )


def judge_ratings(rater: Array, shop: Array, stars: Array, days: Array) -> tuple[Array, Array]:
    """Return `(each rating's, each rater's)` score: higher is more suspicious; only the order means something."""
    count, targets = int(rater.max(initial=-1)) + 1, int(shop.max(initial=-1)) + 1
    usable = np.flatnonzero((rater >= 0) & (shop >= 0) & np.isfinite(stars))
    rating_score, rater_score = np.zeros(len(rater)), np.zeros(count)
    if not len(usable):
        return rating_score, rater_score
    by, of, star, day = rater[usable], shop[usable], stars[usable], days[usable]
    given = np.bincount(by, minlength=count)

    def mean(values: Array) -> Array:
        return np.bincount(by, weights=values, minlength=count) / np.maximum(given, 1)

    account = -1.25 * (_FEW * np.log(np.maximum(given, 1)) + _SPAN * np.log1p(_spans(by, day, count)))
    beyond = _beyond_usual(of, star, targets)
    as_new, split = _contrast(of, _levels(star), 1 / (1 + np.exp(-account))[by], targets)
    rater_score = 0.8 * account + _BEYOND * mean(beyond) + _AS_NEW * mean(as_new) + _SPLIT * mean(split)
    known = np.flatnonzero(rater >= 0)
    rating_score[known] = rater_score[rater[known]]
    rating_score[usable] += _OWN_AS_NEW * as_new + _SPLIT * split
    return rating_score, rater_score


def _spans(by: Array, day: Array, count: int) -> Array:
    """Days from an account's first rating to its last."""
    first, last = np.full(count, np.inf), np.full(count, -np.inf)
    known = np.isfinite(day)
    np.minimum.at(first, by[known], day[known])
    np.maximum.at(last, by[known], day[known])
    return np.where(np.isfinite(first), last - first, 0.0)


def _beyond_usual(of: Array, star: Array, targets: int) -> Array:
    """How far a rating stands from the others of the same target, in median distances, beyond one and a half."""
    total, each = np.bincount(of, weights=star, minlength=targets), np.bincount(of, minlength=targets)
    alone = each[of] == 1
    others = np.where(alone, star.mean(), (total[of] - star) / np.maximum(each[of] - 1, 1))
    away = np.abs(star - others)
    beyond: Array = np.maximum(away / max(float(np.median(away)), 1e-6) - 1.5, 0.0)
    return beyond


def _levels(star: Array) -> Array:
    """Stars as 0, 1, 2 …; a fine scale is cut at its quantiles."""
    different, level = np.unique(star, return_inverse=True)
    if len(different) <= _MOST_LEVELS:
        return level
    return np.digitize(star, np.unique(np.quantile(star, [0.1, 0.3, 0.5, 0.7, 0.9])))


def _contrast(of: Array, level: Array, new: Array, targets: int) -> tuple[Array, Array]:
    """What newcomers say of a target against what established accounts say: of this star, and in all (standardised)."""
    count = int(level.max()) + 1
    cell = of.astype(np.int64) * count + level
    said_new = np.bincount(cell, weights=new, minlength=targets * count).reshape(targets, count)
    said_old = np.bincount(cell, weights=1 - new, minlength=targets * count).reshape(targets, count)
    all_new, all_old = said_new.sum(0) / said_new.sum(), said_old.sum(0) / said_old.sum()
    share_new = (said_new + _PRIOR * all_new) / (said_new.sum(1, keepdims=True) + _PRIOR)
    share_old = (said_old + _PRIOR * all_old) / (said_old.sum(1, keepdims=True) + _PRIOR)
    ratio = np.log(share_new / share_old)
    apart = np.sqrt(np.maximum(-(share_old * ratio).sum(1), 0.0))
    spread = float(apart.std())
    standard = (apart - apart.mean()) / spread if spread > 0 else np.zeros(targets)
    return ratio.reshape(-1)[cell], standard[of]
