"""A date must not lie after another (decision before report, start before end).

pass: 有效期自 2026-01-01, 有效期至 2026-12-31 · fail: 有效期自 2026-12-31, 有效期至 2026-01-01
"""

import pyarrow.compute as pc

from ecredit.facts.collection.mask import to_mask
from ecredit.facts.collection.types import CheckedRows, Mask
from ecredit.foundation.catalog.types import CheckSpec


def check_not_after(rows: CheckedRows, spec: CheckSpec) -> Mask:
    """Rows where the first column's day is later than the second's. ISO days compare as text."""
    first, second = (rows.value(code) for code in spec.columns)
    return to_mask(pc.greater(first, second))
