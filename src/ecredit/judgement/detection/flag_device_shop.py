"""One device, many accounts, one shop: different accounts of one device bought at one shop on different days. Honest cause: families. Source: Cao et al.: SynchroTrap, CCS 2014."""

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return shared.crowd_at_shop("device")
