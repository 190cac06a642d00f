"""Heavier than its goods: the parcel weighs far more than the goods ordered, like a default weight. Honest cause: outlets that round up, orders sent together. Source: 人民法院报 2022-06-14 (无锡梁溪空包案)."""

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return shared.weight_ratio
