"""Lighter than its goods: the parcel weighs far less than the goods ordered. Honest cause: free samples, light goods, weight not taken. Source: 市场监管总局 2021-07-28 第二批网络虚假宣传案例."""

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return shared.weight_ratio
