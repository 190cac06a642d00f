"""From orders to parcels, reviews, buyers and shops: a score in [0, 1] each, and the likeliest kind."""

from collections.abc import Mapping, Sequence

import numpy as np

from ecredit.judgement.detection.evidence import Binned
from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.trade_view import TradeView

KINDS = ("none", "brushing", "malicious_review", "empty_parcel", "sybil", "exchange_ring", "refund_abuse")
NONE, BRUSHING, MALICE, EMPTY, SYBIL, RING, REFUND = range(7)
_CODE = {name: code for code, name in enumerate(KINDS)}
# A shop that is hit is a victim: it stands below those that forge.
_VICTIM = 0.5


def order_kinds(chance: Array, malice: Array, flags: Sequence[Binned], weights: Mapping[str, Array]) -> Array:
    """The likeliest kind of each order: what most of its evidence speaks for; none under even odds."""
    suspect = np.flatnonzero(chance >= 0.5)
    speaks = np.zeros((len(KINDS), len(suspect)), dtype=np.float32)
    for each in flags:
        said = np.maximum(weights[each.flag.id][each.bins[suspect]], 0.0)
        for place, kind in enumerate(each.flag.kinds):
            speaks[_CODE[kind]] += said * (1.0 if place == 0 else 0.5)
    kinds = np.zeros(len(chance), dtype=np.int8)
    kinds[suspect] = np.where(speaks.max(axis=0, initial=0.0) > 0, speaks.argmax(axis=0), BRUSHING)
    kinds[(malice >= 0.5) & (malice >= chance)] = MALICE
    return kinds


def together(chance: Array, malice: Array) -> Array:
    """Forged in one way or the other."""
    return 1.0 - (1.0 - chance.astype(np.float64)) * (1.0 - malice.astype(np.float64))


def group_scores(codes: Array, chance: Array, count: int) -> Array:
    """Expected forged orders over the root of all orders: many, and many of its own. Not bounded; see `bounded`."""
    known = codes >= 0
    total = np.bincount(codes[known], weights=chance[known], minlength=count)
    size = np.bincount(codes[known], minlength=count)
    return total / np.sqrt(np.maximum(size, 1))


def bounded(raw: Array) -> Array:
    """[0, ∞) to [0, 1), order kept."""
    return np.asarray(raw / (1.0 + raw))


def shop_scores(view: TradeView, chance: Array, malice: Array) -> Array:
    """The score of each shop; the victims of malicious reviews stand lower than those that forge."""
    count = len(view.shop_keys)
    forged = group_scores(view["shop"], chance, count)
    hit = group_scores(view["shop"], malice, count)
    return bounded(np.maximum(forged, _VICTIM * hit))


def commonest_kind(codes: Array, kinds: Array, count: int) -> Array:
    """The kind most suspect orders of each group have, none where there are none."""
    suspect = (kinds != NONE) & (codes >= 0)
    table = np.zeros((count, len(KINDS)), dtype=np.int64)
    np.add.at(table, (codes[suspect], kinds[suspect]), 1)
    return np.where(table.sum(1) > 0, table.argmax(1), NONE).astype(np.int8)


def first_flagged(
    view: TradeView, chance: Array, flagged: Array, days: int = 14, enough: float = 2.0
) -> Array:
    """The day (days since 1970) on which a flagged shop's orders of the last fortnight first held two expected forged ones.

    NaN for other shops. The chances are those known at the end, not those of the day.
    """
    shop, at = view["shop"], np.asarray(view["at"], dtype=np.float64)
    rows = np.flatnonzero((shop >= 0) & np.isfinite(at))
    rows = rows[flagged[shop[rows]]]
    rows = rows[np.lexsort((at[rows], shop[rows]))]
    day = np.floor(at[rows] / 86_400.0)
    running = np.concatenate([[0.0], np.cumsum(chance[rows].astype(np.float64))])
    line = shop[rows] * 1e7 + day
    start = np.searchsorted(line, line - (days - 1))
    found = running[1:] - running[start] >= enough
    first = np.full(len(view.shop_keys), np.nan)
    np.fmin.at(first, shop[rows][found], day[found])
    return first
