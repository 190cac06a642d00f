"""A waybill used twice: one waybill for several orders. Honest cause: orders sent together. Source: 人民法院报 2022-06-14 (无锡梁溪空包案)."""

import numpy as np

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return _reused(shared)


def _reused(shared: Shared) -> Array:
    return np.asarray(shared.view["reused"], dtype=np.float64)
