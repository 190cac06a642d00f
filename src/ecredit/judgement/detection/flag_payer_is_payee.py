"""Paid by who is paid: the payer is itself a payee. Honest cause: merchants buying for themselves. Source: cloud.tencent.com/developer/article/1365696."""

import numpy as np

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return _loop(shared)


def _loop(shared: Shared) -> Array:
    view = shared.view
    return np.where(view["payer"] >= 0, np.asarray(view["payer_receives"], dtype=np.float64), np.nan)
