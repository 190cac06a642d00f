"""One payer for many buyers: one account pays for several buyers. Honest cause: company and family accounts. Source: cloud.tencent.com/developer/article/1365696."""

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return shared.crowd("payer")
