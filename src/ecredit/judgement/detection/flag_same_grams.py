"""The same weight to the gram: many parcels of one shop weigh the same to the gram. Honest cause: one article, standard envelopes. Source: lipindaifa.com/issued/104790 (弱 weak)."""

import numpy as np

from ecredit.judgement.detection.group_rows import (
    Array,
    compact,
    first_of_each,
    mixed,
    of_group,
    pairs,
    rows_of,
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
    # What weighs like nothing else of the shop was so on one day; without a day, on none.
    known = shared.day >= 0
    days = np.where(here >= 0, known * 1.0, np.nan)
    rows = rows_of(sizes(here) >= 2, here)
    again = compact(here[rows])
    once = first_of_each(pairs(again, shared.day[rows]))
    days[rows] = of_group(
        np.bincount(again[once], minlength=int(again.max(initial=-1)) + 1).astype(np.float64), again
    )
    some, several = mixed(view["shop"], view["sku"])
    one_article = of_group((some >= 0) & ~several, view["shop"], False)
    return np.where(one_article, np.nan, np.log(days))
