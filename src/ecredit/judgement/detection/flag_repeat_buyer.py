"""Comes back more than chance: one buyer comes to one shop more often than its purchases explain. Honest cause: loyal customers. Source: Rayana, Akoglu: SpEagle, KDD 2015."""

import numpy as np

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return np.log(np.maximum(shared.visits, 1.0)) - np.log1p(
        shared.buyer_orders * shared.shop_orders / max(shared.rows, 1)
    )
