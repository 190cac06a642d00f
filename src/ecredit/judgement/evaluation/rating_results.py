"""Writes what rating gives: `shop_ratings.parquet` and `rater_ratings.parquet`, one row each, in the order of their ids."""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ecredit.judgement.detection.group_rows import Array, match
from ecredit.judgement.detection.results import list_ids
from ecredit.judgement.evaluation.rating_figures import (
    Figures,
    compute_figures,
    count_people,
    distance_from_others,
)
from ecredit.judgement.evaluation.rating_points import compute_points
from ecredit.judgement.evaluation.rating_reading import PERSONS, SHOPS, Rated, Read
from ecredit.judgement.evaluation.rating_under import DAY, Under
from ecredit.judgement.evaluation.rating_weights import REASONS, Weights

# A rating counts for a reason when that took at least so much of it.
_COUNTED = 0.1
_REASON = pa.struct([("reason", pa.string()), ("ratings", pa.int64()), ("weight", pa.float64())])
# What can be missing for one that is rated: any rating, a rating whose trade detection saw, a rating with a time.
NO_RATING, NO_TRADE, NO_TIME = "no_rating", "no_trade", "no_time"


_COUNTS = {"follow_up": "follow_ups", "replied": "replies", "found": "found_forged"}


def write_shops(
    connection: duckdb.DuckDBPyConnection, out: Path, read: Read, weights: Weights, under: Under | None
) -> int:
    """Write the shops' file; returns its rows."""
    rated = read.rated[SHOPS]
    ids, hashes = list_ids(connection, "rated_shops", "shop_id")
    of = match(hashes, rated.of_keys)[rated.of]
    columns = {"shop_id": ids, **_shown(rated, weights, of, len(ids))}
    if under is not None:
        columns |= _under(SHOPS, read, weights, of, hashes, under)
    return _write(out / "shop_ratings.parquet", "shop_id", columns)


def write_raters(
    connection: duckdb.DuckDBPyConnection,
    out: Path,
    read: Read,
    weights: Weights,
    got_weights: Weights,
    under: Under | None,
) -> int:
    """Write the raters' file: what they say of shops, and what shops say of them; returns its rows."""
    given, got = read.rated[SHOPS], read.rated[PERSONS]
    ids, hashes = list_ids(connection, "rated_persons", "rater_id")
    count = len(ids)
    by = match(hashes, given.by_keys)[given.by]
    each = np.bincount(by, minlength=count)
    apart = distance_from_others(given.of, given.stars, weights.weight, len(given.of_keys))
    known = np.isfinite(apart)
    compared = np.bincount(by[known], minlength=count)
    pair = np.unique(by * max(len(given.of_keys), 1) + given.of)
    shops = np.bincount(pair // max(len(given.of_keys), 1), minlength=count)

    def mean(values: Array, rows: Array, size: Array) -> pa.Array:
        total = np.bincount(rows, weights=values, minlength=count)
        return _numbers(np.where(size > 0, total / np.maximum(size, 1), np.nan))

    columns = {
        "rater_id": ids,
        "given": pa.array(each),
        "shops": pa.array(shops),
        "given_mean": mean(given.stars, by, each),
        "given_apart": mean(apart[known], by[known], compared),
        "given_weight": mean(weights.weight, by, each),
        "given_reasons": _reasons(weights, by, count),
    }
    of = match(hashes, got.of_keys)[got.of]
    columns |= _shown(got, got_weights, of, count)
    if under is not None:
        columns |= _under(PERSONS, read, got_weights, of, hashes, under)
    return _write(out / "rater_ratings.parquet", "rater_id", columns)


def _under(
    direction: str, read: Read, weights: Weights, of: Array, hashes: Array, under: Under
) -> dict[str, pa.Array]:
    """What the city's rule of a direction gives besides: how many wait, follow up and were answered; points; the dimensions."""
    rule, rated, count = under.rules[direction], read.rated[direction], len(hashes)
    kept_back = match(hashes, read.waiting[direction])
    columns = {"waiting": pa.array(np.bincount(kept_back[kept_back >= 0], minlength=count))}
    columns["people"] = pa.array(count_people(of, rated.by, count))
    for name in ("follow_up", "replied", "found"):
        marked = of[np.asarray(rated.more[name]) > 0]
        columns[_COUNTS[name]] = pa.array(np.bincount(marked, minlength=count))
    if rule.points is not None:
        points = compute_points(
            rule.points, by=rated.by, of=of, stars=rated.stars, weight=weights.weight, age=under.at / DAY - rated.days,
            count=count,
        )  # fmt: skip
        columns["points"] = _numbers(np.round(points, 2))
    for dimension in rule.dimensions:
        scores = rated.more.get(dimension.column)
        if scores is None:
            continue
        said = np.flatnonzero((scores >= 1) & (scores <= 5))
        figures = compute_figures(
            of[said], scores[said].astype(np.float64), weights.weight[said], count, weights.in_doubt[said]
        )
        columns |= {
            f"{dimension.id}_{name}": _numbers(values)
            for name, values in (("rating", figures.rating), ("low", figures.low), ("high", figures.high))
        }
        columns[f"{dimension.id}_ratings"] = pa.array(figures.ratings)
        columns[f"{dimension.id}_people"] = pa.array(count_people(of[said], rated.by[said], count))
    return columns


def _shown(rated: Rated, weights: Weights, of: Array, count: int) -> dict[str, pa.Array]:
    figures: Figures = compute_figures(of, rated.stars, weights.weight, count, weights.in_doubt)
    return {
        "rating": _numbers(figures.rating),
        "low": _numbers(figures.low),
        "high": _numbers(figures.high),
        "ratings": pa.array(figures.ratings),
        "effective_ratings": _numbers(figures.effective),
        "mean": _numbers(figures.mean),
        "weighted_down": pa.array(figures.weighted_down),
        "weighted_down_share": _numbers(figures.taken),
        "reasons": _reasons(weights, of, count),
        "not_judged": _not_judged(rated, of, count),
    }


def _reasons(weights: Weights, of: Array, count: int) -> pa.Array:
    """Of each, a list of what took weight, in the order of REASONS: how many ratings, how much weight."""
    owners, codes, ratings, taken = [], [], [], []
    for code, reason in enumerate(REASONS):
        lost = weights.taken(reason)
        some = np.bincount(of[lost >= _COUNTED], minlength=count)
        owner = np.flatnonzero(some)
        owners.append(owner)
        codes.append(np.full(len(owner), code))
        ratings.append(some[owner])
        taken.append(np.bincount(of, weights=lost, minlength=count)[owner])
    whose, which = np.concatenate(owners), np.concatenate(codes)
    order = np.lexsort((which, whose))
    words = pa.DictionaryArray.from_arrays(pa.array(which[order].astype(np.int8)), pa.array(REASONS)).cast(
        pa.string()
    )
    pieces = pa.StructArray.from_arrays(
        [
            words,
            pa.array(np.concatenate(ratings)[order].astype(np.int64)),
            pa.array(np.concatenate(taken)[order].astype(np.float64)),
        ],
        fields=list(_REASON),
    )
    return _lists(np.bincount(whose, minlength=count), pieces)


def _not_judged(rated: Rated, of: Array, count: int) -> pa.Array:
    def none(rows: Array) -> Array:
        return np.asarray(np.bincount(of[rows], minlength=count) == 0)

    bare = none(np.ones(len(of), dtype=bool))
    lacks = np.stack(
        [bare, none(np.isfinite(rated.chance)) & ~bare, none(np.isfinite(rated.days)) & ~bare], axis=1
    )
    words = pa.DictionaryArray.from_arrays(
        pa.array(np.nonzero(lacks)[1].astype(np.int8)), pa.array([NO_RATING, NO_TRADE, NO_TIME])
    )
    return _lists(lacks.sum(1), words.cast(pa.string()))


def _lists(each: Array, values: pa.Array) -> pa.Array:
    offsets = np.concatenate([[0], np.cumsum(each)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _numbers(values: Array) -> pa.Array:
    return pa.array(values, mask=~np.isfinite(values))


def _write(path: Path, key: str, columns: dict[str, pa.Array]) -> int:
    table = pa.table(columns)
    pq.write_table(table.sort_by(key), path, compression="zstd", compression_level=1)
    return len(table)
