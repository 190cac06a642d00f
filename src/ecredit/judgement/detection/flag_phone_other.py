"""Another telephone than the buyer's: the receiver's telephone is not the one the buyer uses. Honest cause: gifts, family. Source: 人民法院报 2022-06-14 (无锡梁溪空包案)."""

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return shared.not_usual("phone", 2)
