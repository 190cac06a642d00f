"""Completed very soon: completed very soon after the order. Honest cause: virtual goods, same city. Source: Rayana, Akoglu: SpEagle, KDD 2015."""

import numpy as np

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    statistic: Array = np.log(np.maximum(shared.view["done"] - shared.view["at"], 60.0))
    return statistic
