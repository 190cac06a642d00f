"""Part of the money given back: part of the price was given back after the goods were signed for. Honest cause: price differences, compensation. Source: 人民网 2021-07-28 (拍A发B)."""

import numpy as np

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    view = shared.view
    share = view["refund"] / view["amount"]
    part = (share > 0.02) & (share < 0.98)
    return np.where(np.isfinite(view["amount"]), part * 1.0, np.nan)
