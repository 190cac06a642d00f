"""Low stars in the same words: low stars in nearly the same words as others. Honest cause: stock phrases. Source: 澎湃新闻 2020-11 (职业差评)."""

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return shared.only(shared.stars <= 2, shared.same_text)
