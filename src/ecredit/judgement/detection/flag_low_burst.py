"""A burst of low stars: far more low stars within days than the shop usually has. Honest cause: a faulty batch. Source: 澎湃新闻 2020-11 (职业差评)."""

import numpy as np

from ecredit.judgement.detection.group_rows import Array, in_time
from ecredit.judgement.detection.shared_columns import Shared

# Four days before and after.
_DAYS = 345_600.0


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return _burst(shared)


def _burst(shared: Shared) -> Array:
    shop, at, low = shared.view["shop"], np.nan_to_num(shared.view["at"]), (shared.stars <= 2) * 1.0
    order = in_time(shop, at)
    order = order[: int((shop >= 0).sum())]  # those of no known shop come last
    # Shops stand far apart on one line of time, so that one search serves all; only around low stars anybody asks.
    line = shop[order] * 1e10 + (at[order] - at.min(initial=0.0))
    place = np.flatnonzero(low[order])
    around = line[place]
    before, after = np.searchsorted(line, around - _DAYS), np.searchsorted(line, around + _DAYS, side="right")
    running = np.concatenate([[0.0], np.cumsum(low[order])])
    here, orders = running[after] - running[before], after - before
    rows = order[place]
    known = shop >= 0
    lows = np.bincount(shop[known], weights=low[known], minlength=int(shop.max(initial=-1)) + 1)[shop[rows]]
    share = low.sum() / max(shared.rows, 1)
    rate = np.minimum((lows - here + 2.0 * share) / (shared.shop_orders[rows] - orders + 2.0), 0.5)
    beyond = np.full(shared.rows, np.nan)
    beyond[rows] = np.log((here + 0.3) / (rate * orders + 0.3))
    return beyond
