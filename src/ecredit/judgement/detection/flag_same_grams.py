"""The same weight to the gram: many parcels of one shop weigh the same to the gram. Honest cause: one article, standard envelopes. Source: lipindaifa.com/issued/104790 (弱 weak)."""

import numpy as np

from ecredit.judgement.detection.group_rows import (
    Array,
    count_distinct,
    first_of_each,
    of_group,
    pairs,
    sizes,
)
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return _same(shared)


def _same(shared: Shared) -> Array:
    view = shared.view
    grams = np.where(
        np.isfinite(shared.weight) & (np.mod(shared.weight, 100.0) > 0), shared.weight, -1
    ).astype(np.int64)
    here = pairs(view["shop"], grams)
    once = first_of_each(pairs(here, shared.day))
    days = of_group(sizes(np.where(once, here, -1)).astype(np.float64), here)
    articles = of_group(count_distinct(view["shop"], view["sku"]).astype(np.float64), view["shop"], 0.0)
    return np.where(articles == 1, np.nan, np.log(days))
