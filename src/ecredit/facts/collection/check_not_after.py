"""A date must not lie after another (decision before report, start before end).

pass: 有效期自 2026-01-01, 有效期至 2026-12-31 · fail: 有效期自 2026-12-31, 有效期至 2026-01-01
"""

import pyarrow.compute as pc

from ecredit.facts.collection.mask import to_mask
from ecredit.facts.collection.types import CheckedRows, Mask
from ecredit.foundation.catalog.types import CheckSpec


def check_not_after(rows: CheckedRows, spec: CheckSpec) -> dict[str, Mask]:
    """Rows where the first column's day is later than the second's. ISO days compare as text.

    The second is to be changed, unless the first cannot be: it says 长期, or a day that has not come.
    """
    first, second = (rows.value(code) for code in spec.columns)
    bad = to_mask(pc.greater(first, second))
    if not bad.any():
        return {spec.columns[1]: bad}
    impossible = to_mask(pc.greater(first, rows.received_on.isoformat()))
    return {spec.columns[0]: bad & impossible, spec.columns[1]: bad & ~impossible}
