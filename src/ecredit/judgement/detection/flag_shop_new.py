"""A new shop is hit: low stars fall on a shop newly opened. Honest cause: beginners. Source: 澎湃新闻 2020-11 (职业差评)."""

import numpy as np

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return shared.only(
        shared.stars <= 2, np.log1p(np.maximum(shared.view["at"] - shared.view["opened"], 0.0) / 86_400.0)
    )
