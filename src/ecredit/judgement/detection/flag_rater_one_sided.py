"""Gives low stars everywhere: this rater mostly gives low stars elsewhere too. Honest cause: demanding customers. Source: 澎湃新闻 2020-11 (职业差评)."""

import numpy as np

from ecredit.judgement.detection.group_rows import Array, of_group
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return _rater(shared)


def _rater(shared: Shared) -> Array:
    buyer, stars = shared.view["buyer"], shared.stars
    low, given = (stars <= 2) * 1.0, np.isfinite(stars) * 1.0
    count = int(buyer.max(initial=-1)) + 1
    known = buyer >= 0
    lows = of_group(np.bincount(buyer[known], weights=low[known], minlength=count), buyer, 0.0) - low
    others = of_group(np.bincount(buyer[known], weights=given[known], minlength=count), buyer, 0.0) - given
    share = low.sum() / max(given.sum(), 1.0)
    return np.where((low > 0) & (others > 0), (lows + share) / (others + 1.0), np.nan)
