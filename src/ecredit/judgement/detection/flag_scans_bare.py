"""Hardly any scans: two or three scans all the way. Honest cause: small outlets, same-city parcels. Source: lipindaifa.com/issued/104790 (弱 weak)."""

import numpy as np

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return np.asarray(shared.view["scans"], dtype=np.float64)
