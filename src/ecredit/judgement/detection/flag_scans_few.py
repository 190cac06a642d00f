"""Too few scans for its route: fewer scans than its route takes. Honest cause: lost scans, same-city parcels. Source: lipindaifa.com/issued/104790 (弱 weak)."""

import numpy as np

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return shared.beyond_route(np.asarray(shared.view["scans"], dtype=np.float64))
