"""Signed for in the same seconds: one outlet signed for many different addresses within seconds. Honest cause: stations, company desks. Source: 人民法院报 2022-06-14 (无锡梁溪空包案)."""

import numpy as np

from ecredit.judgement.detection.group_rows import Array, compact, count_distinct, of_group, pairs
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return _batch(shared)


def _batch(shared: Shared) -> Array:
    view = shared.view
    moment = np.where(np.isfinite(shared.handed), np.floor(np.nan_to_num(shared.handed) / 4.0), -1).astype(
        np.int64
    )
    place = view["sign_site"] if view.has("sign_site") else view["destination"]
    here = pairs(place, compact(moment))
    addresses = of_group(count_distinct(here, view["receiver"]).astype(np.float64), here)
    return np.log(np.maximum(addresses, 1.0))
