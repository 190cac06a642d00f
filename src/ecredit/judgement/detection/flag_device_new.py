"""Another device: not the device the buyer uses. Honest cause: a new telephone. Source: cloud.tencent.com/developer/article/1365696."""

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return shared.not_usual("device", 3)
