"""Sent from elsewhere: sent from an outlet the shop rarely uses. Honest cause: several warehouses, drop-shipping. Source: lipindaifa.com/issued/104790 (弱 weak)."""

import numpy as np

from ecredit.judgement.detection.group_rows import Array, of_group, pairs, sizes
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return _origin(shared)


def _origin(shared: Shared) -> Array:
    view = shared.view
    here = pairs(view["shop"], view["origin"])
    same = of_group(sizes(here).astype(np.float64), here)
    sent = of_group(sizes(np.where(view["origin"] >= 0, view["shop"], -1)).astype(np.float64), view["shop"])
    return np.where(sent >= 8, np.log(same - 0.5) - np.log(sent + 3.0), np.nan)
