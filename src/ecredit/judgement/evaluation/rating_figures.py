"""From weighted ratings to what is shown: a rating, an interval it lies in, and how much of it rests on how many."""

from dataclasses import dataclass

import numpy as np

from ecredit.judgement.detection.group_rows import Array

LOWEST, HIGHEST = 1.0, 5.0
# The mean of all speaks along with the weight of this many ratings: enough that a single rating is not the last word.
_CITY = 2.0
# The spread of few ratings is taken from all: as if this many more were spread as usual.
_SPREAD = 4.0
_NINETY_FIVE = 1.96


@dataclass(frozen=True, slots=True)
class Figures:
    """Of each that is rated; NaN where there is no rating.

    rating, low, high   shown, and the interval that should hold the honest mean nineteen times in twenty; where a surplus was
                        taken and no trade tells whether it is genuine, it also holds what the rating would be if it is
    ratings             every one, weighted down or not; `effective`: how many full and equal ones they are worth
    mean                plain, of all
    weighted_down       ratings that lost more than half of their weight; `taken`: the share of all weight that was
    """

    rating: Array
    low: Array
    high: Array
    ratings: Array
    effective: Array
    mean: Array
    weighted_down: Array
    taken: Array


def compute_figures(
    of: Array, stars: Array, weight: Array, count: int, in_doubt: Array | None = None
) -> Figures:
    """The figures of `count` that are rated; `of` says whom each rating is about.

    in_doubt    the weights were what is doubtful genuine; None: nothing is
    """

    def total(values: Array) -> Array:
        return np.bincount(of, weights=values, minlength=count)

    ratings = np.bincount(of, minlength=count)
    some = ratings > 0
    whole = total(weight)
    city = (
        float(weight @ stars) / float(weight.sum())
        if weight.sum() > 0
        else float(stars.mean())
        if len(stars)
        else 0.0
    )
    mean = np.where(some, total(stars) / np.maximum(ratings, 1), np.nan)
    own = np.where(whole > 0, total(weight * stars) / np.where(whole > 0, whole, 1.0), city)
    away = (stars - own[of]) ** 2
    usual = float(weight @ away) / max(float(weight.sum()), 1e-9)
    rating = np.clip((total(weight * stars) + _CITY * city) / (whole + _CITY), LOWEST, HIGHEST)
    effective = whole**2 / np.maximum(total(weight**2), 1e-9)
    spread = (total(weight * away) + _SPREAD * usual) / (whole + _SPREAD)
    # Whether a rating is honest is itself a chance: what that could move belongs to the interval.
    doubt = total(weight * (1 - weight) * away) / (whole + _CITY) ** 2
    half = _NINETY_FIVE * np.sqrt(spread / (effective + _CITY) + doubt)
    genuine = rating
    if in_doubt is not None:
        genuine = (total(in_doubt * stars) + _CITY * city) / (total(in_doubt) + _CITY)
    low = np.clip(np.minimum(rating, genuine) - half, LOWEST, HIGHEST)
    high = np.clip(np.maximum(rating, genuine) + half, LOWEST, HIGHEST)
    return Figures(
        np.where(some, rating, np.nan), np.where(some, low, np.nan), np.where(some, high, np.nan), ratings,
        np.where(some, effective, 0.0), mean, np.bincount(of[weight < 0.5], minlength=count),
        np.where(some, 1 - whole / np.maximum(ratings, 1), np.nan),
    )  # fmt: skip


def count_people(of: Array, by: Array, count: int) -> Array:
    """How many different raters stand behind each of `count` that are rated; `by` are codes from 0."""
    many = int(by.max()) + 1 if len(by) else 1
    pairs = np.unique(of.astype(np.int64) * many + by)
    return np.bincount(pairs // many, minlength=count)


def distance_from_others(of: Array, stars: Array, weight: Array, count: int) -> Array:
    """How far each rating stands from the weighted mean of the others of the same; NaN where there are none."""
    whole = np.bincount(of, weights=weight, minlength=count)[of] - weight
    said = np.bincount(of, weights=weight * stars, minlength=count)[of] - weight * stars
    return np.where(whole > 1e-6, np.abs(stars - said / np.maximum(whole, 1e-6)), np.nan)
