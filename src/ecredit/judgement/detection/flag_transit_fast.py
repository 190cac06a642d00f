"""Too fast for its route: signed for much sooner than parcels of its route. Honest cause: same-day service, clocks of an outlet. Source: 人民法院报 2022-06-14 (无锡梁溪空包案)."""

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return shared.beyond_route(shared.transit)
