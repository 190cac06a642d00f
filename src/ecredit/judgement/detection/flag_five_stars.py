"""Full stars: full stars given. Honest cause: true content. Source: Rayana, Akoglu: SpEagle, KDD 2015."""

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return shared.only(shared.stars >= 4, (shared.stars >= 5) * 1.0)
