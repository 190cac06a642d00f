"""Signed for on the hour: signed for within seconds of a full hour, as a machine writes it. Honest cause: stations that book in on the hour. Source: 人民法院报 2022-06-14 (无锡梁溪空包案)."""

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return _tick(shared)


def _tick(shared: Shared) -> Array:
    return shared.signed_second
