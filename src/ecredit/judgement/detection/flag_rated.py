"""Reviewed: this order was reviewed. Honest cause: most people review now and then. Source: Rayana, Akoglu: SpEagle, KDD 2015."""

import numpy as np

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return _rated(shared)


def _rated(shared: Shared) -> Array:
    if not shared.view.has("stars"):
        return np.full(shared.rows, np.nan)
    return np.where(shared.stars <= 2, np.nan, np.isfinite(shared.stars) * 1.0)
