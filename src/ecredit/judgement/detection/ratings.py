"""What ratings alone tell: accounts that say little and all at once, against what others say of the same.

Used where orders are not known. Labels are not needed, and no text. An account's score adds up
- how few ratings it gave and within how few days (SpEagle's and others' plainest signal: Rayana, Akoglu 2015),
- how far it stands from the other ratings of the same, beyond what is common: mean of max(deviation / median deviation - 1.5, 0),
- whether newcomers rate as it did and established accounts do not: ln of both frequencies of this star at this target,
- how much established accounts and newcomers disagree there at all (Kullback-Leibler): an attacked target.
"""

from dataclasses import dataclass

import numpy as np

from ecredit.foundation.engine.steps import Step, Tables
from ecredit.judgement.detection.group_rows import Array, encode, match
from ecredit.judgement.detection.labels import Labels, fit_scale, fit_weights
from ecredit.judgement.detection.trade_view import Given, fetch, first_of_each_key, number, seconds, token

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


def read_ratings(tables: Tables, given: Given, labels: Labels | None = None) -> Ratings | None:
    """Judge every rating of the `reviews` table; None without one. `labels`: what is known of some ratings or raters."""
    if "reviews" not in given:
        return None
    order = token("order_id") if "order_id" in given["reviews"] else "0::UBIGINT"
    raw = fetch(
        tables,
        Step(
            f"SELECT hash(review_id) AS key, {token('rater_id')} AS rater, {token('shop_id')} AS shop, {number('score')} AS stars, "
            f"{seconds('reviewed_at')} AS at, {order} AS order_hash FROM reviews WHERE review_id IS NOT NULL AND review_id <> ''",
            "reviews",
            "review_id",
            "ALL",
        ),
    )
    raw = first_of_each_key(raw)
    rater, rater_keys = encode(raw["rater"])
    shop, shop_keys = encode(raw["shop"])
    stars = raw["stars"].astype(np.float64)
    known = None if labels is None else _known(labels, raw["key"], rater, rater_keys)
    score, rater_score = judge_ratings(rater, shop, stars, raw["at"].astype(np.float64) / DAY, known)
    return Ratings(
        raw["key"], rater, rater_keys, shop, shop_keys, raw["order_hash"], stars, score, rater_score
    )


def judge_ratings(
    rater: Array, shop: Array, stars: Array, days: Array, known: Array | None = None
) -> tuple[Array, Array]:
    """Return `(each rating's, each rater's)` score: higher is more suspicious; only the order means something.

    known  1 for a rating known forged, 0 for a sound one, -1 for the rest; None without labels
    """
    count, targets = int(rater.max(initial=-1)) + 1, int(shop.max(initial=-1)) + 1
    usable = np.flatnonzero((rater >= 0) & (shop >= 0) & np.isfinite(stars))
    rating_score, rater_score = np.zeros(len(rater)), np.zeros(count)
    if not len(usable):
        return rating_score, rater_score
    by, of, star, day = rater[usable], shop[usable], stars[usable], days[usable]
    given = np.bincount(by, minlength=count)

    def mean(values: Array) -> Array:
        return np.bincount(by, weights=values, minlength=count) / np.maximum(given, 1)

    few, span = -np.log(np.maximum(given, 1)), -np.log1p(_spans(by, day, count))
    account = 1.25 * (_FEW * few + _SPAN * span)
    beyond = _beyond_usual(of, star, targets)
    as_new, split = _contrast(of, _levels(star), 1 / (1 + np.exp(-account))[by], targets)
    of_rater = np.column_stack([few, span, mean(beyond), mean(as_new), mean(split)])
    own = np.column_stack([as_new, split])
    counts = np.array([1.0 * _FEW, 1.0 * _SPAN, _BEYOND, _AS_NEW, _SPLIT, _OWN_AS_NEW, _SPLIT])
    further = np.zeros(len(usable))
    if known is not None:
        more = _further(by, of, star, day, given)
        learnt = _learn(np.column_stack([of_rater[by], own]), more, known[usable], counts, by)
        counts, further = learnt[: len(counts)], more @ learnt[len(counts) :]
    rater_score = of_rater @ counts[:5] + mean(further)
    everyone = np.flatnonzero(rater >= 0)
    rating_score[everyone] = rater_score[rater[everyone]]
    rating_score[usable] += own @ counts[5:] + further - mean(further)[by]
    if known is not None:
        span_of_scores = float(np.ptp(rating_score)) + 1.0
        rating_score += span_of_scores * ((known == 1).astype(float) - (known == 0))
    return rating_score, rater_score


def _known(labels: Labels, keys: Array, rater: Array, rater_keys: Array) -> Array:
    """1 for a rating known forged, itself or by its rater; 0 for a sound one; -1 for the rest."""
    known = np.full(len(keys), -1, dtype=np.int8)
    for name, hashes in (("buyer_id", rater_keys), ("review_id", keys)):
        if name in labels.known and len(hashes):
            told, forged = labels.known[name]
            place = match(told, hashes)
            said = np.where(place >= 0, forged[place].astype(np.int8), np.int8(-1))
            each = said if name == "review_id" else np.where(rater >= 0, said[rater], np.int8(-1))
            known = np.where(each >= 0, each, known)
    return known


def _further(by: Array, of: Array, star: Array, day: Array, given: Array) -> Array:
    """What nothing is made of without labels, each with mean 0 and spread 1: how an account's ratings lie in number, stars
    and time, and where this one stands among those of its target."""
    total, each = np.bincount(of, weights=star), np.bincount(of)
    away = star - total[of] / each[of]
    means = np.bincount(by, weights=star, minlength=len(given)) / np.maximum(given, 1)
    order = np.lexsort((day, of))
    starts = np.flatnonzero(np.concatenate([[True], of[order][1:] != of[order][:-1]]))
    rank = np.empty(len(of))
    rank[order] = np.arange(len(of)) - np.repeat(starts, np.diff(starts, append=len(of)))
    on_day = np.unique(np.stack([by, np.nan_to_num(day // 1).astype(np.int64)]), axis=1, return_counts=True)
    busiest = np.zeros(len(given))
    np.maximum.at(busiest, on_day[0][0].astype(np.int64), on_day[1])
    columns = np.column_stack(
        [
            given[by] == 1, given[by] == 2, np.log(given[by]) ** 2, star <= star.min(), star >= star.max(), np.abs(away),
            np.minimum(away, 0), means[by], np.abs(means[by] - star.mean()), np.log1p(rank), np.log(each[of]), np.log(busiest[by]),
        ]
    ).astype(np.float64)  # fmt: skip
    spread = columns.std(axis=0)
    standard: Array = (columns - columns.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return standard


def _learn(parts: Array, further: Array, known: Array, counts: Array, by: Array) -> Array:
    """How much each part counts, and each further one, from the known ratings: first on what scale the parts are evidence."""
    rows = np.flatnonzero(known >= 0)
    forged = known[rows].astype(np.float64)
    start = np.append(counts, np.zeros(further.shape[1]))
    scale = fit_scale(parts[rows] @ counts, forged) if len(rows) else 0.0
    if scale == 0:
        return start
    both = np.column_stack([parts, further])[rows]
    return fit_weights(both, np.zeros(len(rows)), forged, scale * start, by[rows])


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
