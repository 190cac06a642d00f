"""The city's rules over columns of ratings: from when each is shown, and what is known of it besides its stars."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ecredit.foundation.catalog.rating_types import RatingRule
from ecredit.judgement.detection.group_rows import Array, match
from ecredit.judgement.evaluation.rating_chains import list_chains

DAY = 86_400.0
# Odd numbers with bits all over, so that three numbers make one (the golden ratio, and a prime of xxHash).
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
# The directions of `reviews` by its column `back`.
BACK = ("buyer_to_shop", "shop_to_buyer")


@dataclass(frozen=True, slots=True)
class Under:
    """What ratings are counted under.

    at         instant in seconds of the platform's time: what is shown only afterwards does not count yet
    confirmed  (`orders` or `parcels`, id) of trade that officers found forged
    """

    rules: Mapping[str, RatingRule]
    at: float
    confirmed: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Shown:
    """Of each rating: from when it is shown (seconds; -inf where it has no time), and whether it follows up another."""

    at: Array
    follows: Array


def list_shown(raw: Mapping[str, Array], rules: Mapping[str, RatingRule]) -> Shown:
    """`publication_rules.arrange` over columns.

    raw    key, follows, person, shop, at (seconds), back, order (0: none)
    """
    at, back = raw["at"], raw["back"].astype(np.int64)
    itself = np.arange(len(at))
    blind = np.array([rules[name].blind_days if rules[name].pair else 0 for name in BACK]) * DAY
    window = np.array([rules[name].follow_up_days for name in BACK]) * DAY
    # One direction is not followed up by the other, so the two have different persons here.
    person = raw["person"].astype(np.uint64) ^ back.astype(np.uint64)
    first = list_chains(raw["key"], raw["follows"], person, raw["shop"])
    # What leads in a circle has no first one.
    before = match(raw["key"], raw["follows"])
    linked = (raw["follows"] != 0) & (before >= 0)
    linked &= (person[before] == person) & (raw["shop"][before] == raw["shop"]) if len(at) else True
    ends = ~linked | (before == itself)
    with np.errstate(invalid="ignore"):
        follows = (first != itself) & ends[first]
        follows &= (at >= at[first]) & (at <= at[first] + window[back])
    order = np.where(follows, 0, raw["order"])
    place, others = _earliest(order, _deals(raw, order), back, at)
    theirs = np.where(place >= 0, others[np.maximum(place, 0), 1 - back], np.inf)
    closes = np.minimum(at, theirs) + blind[back]
    begins = np.where(order != 0, np.maximum(at, np.minimum(np.maximum(at, theirs), closes)), at)
    begins = np.where(np.isfinite(at), begins, -np.inf)
    return Shown(np.where(follows, np.maximum(begins[first], at), begins), follows)


def _deals(raw: Mapping[str, Array], order: Array) -> Array:
    """A number for an order between two parties: who is no party of it cannot open what these two said of each other."""
    parties = raw["person"].astype(np.uint64) * _MIX[0] + raw["shop"].astype(np.uint64)
    return (parties * _MIX[1]) ^ (order.astype(np.uint64) * _MIX[0])


def _earliest(order: Array, deal: Array, back: Array, at: Array) -> tuple[Array, Array]:
    """For each rating the place of its deal (-1: none), and for each deal the earliest instant of either side."""
    some = np.flatnonzero((order != 0) & np.isfinite(at))
    keys, code = np.unique(deal[some], return_inverse=True)
    earliest = np.full((max(len(keys), 1), 2), np.inf)
    np.minimum.at(earliest, (code, back[some]), at[some])
    place = np.full(len(order), -1)
    place[some] = code
    return place, earliest
