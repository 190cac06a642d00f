"""Device and address both changed: an old account with another device and another address at once, as if rented. Honest cause: moving with a new telephone. Source: cloud.tencent.com/developer/article/1365696."""

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return shared.not_usual("device", 3) * shared.not_usual("address", 3)
