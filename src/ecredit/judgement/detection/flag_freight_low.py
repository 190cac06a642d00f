"""Freight paid far below usual: freight far below what the courier takes for this weight. Honest cause: contract prices of large customers. Source: 人民法院报 2022-06-14 (无锡梁溪空包案)."""

import numpy as np

from ecredit.judgement.detection.group_rows import Array, medians, of_group, pairs
from ecredit.judgement.detection.shared_columns import Shared, fill_usual


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return _freight(shared)


def _freight(shared: Shared) -> Array:
    view = shared.view
    kilos = np.nan_to_num(np.where(np.isfinite(shared.weight), shared.weight, shared.expected_weight))
    each = np.minimum(np.ceil(kilos / 1_000.0), 20).astype(np.int64)
    courier = view["courier"] if view.has("courier") else np.zeros(shared.rows, dtype=np.int64)
    grade = pairs(courier, each)
    # Tariffs go by distance too, in few steps.
    zoned = pairs(grade, np.where(shared.zone >= 0, shared.zone // 4, -1))
    fee = np.asarray(view["fee"], dtype=np.float64)
    usual_fee = of_group(medians(zoned, fee, 20), zoned)
    fill_usual(usual_fee, grade, fee, 20)
    return np.log((fee + 0.2) / (usual_fee + 0.2))
