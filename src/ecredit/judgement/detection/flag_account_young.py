"""A new account: ordered soon after registering. Honest cause: offers to new customers. Source: cloud.tencent.com/developer/article/1365696."""

import numpy as np

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return _age(shared)


def _age(shared: Shared) -> Array:
    statistic: Array = np.log1p(np.maximum(shared.view["at"] - shared.view["registered"], 0.0) / 86_400.0)
    return statistic
