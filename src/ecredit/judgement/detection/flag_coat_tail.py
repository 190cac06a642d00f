"""Bought beside the same other shop: many buyers bought at the same two shops within a quarter of an hour. Honest cause: goods that go together. Source: Ride Item's Coattails, ICDE 2021."""

from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.shared_columns import Shared


def compute(shared: Shared) -> Array:
    """Return the statistic of each order; NaN where it cannot be judged."""
    return shared.two_shops[1]
