"""Low stars minutes after signature: low stars soon after the signature. Honest cause: broken on arrival. Source: 澎湃新闻 2020-11 (职业差评)."""

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return shared.only(shared.stars <= 2, shared.reviewed_after)
