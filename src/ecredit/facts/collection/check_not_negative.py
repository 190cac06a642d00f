"""An amount must not be negative.

pass: 3.5 · fail: -3.5
"""

import pyarrow.compute as pc

from ecredit.facts.collection.mask import to_mask
from ecredit.facts.collection.types import CheckedRows, Mask
from ecredit.foundation.catalog.types import CheckSpec


def check_not_negative(rows: CheckedRows, spec: CheckSpec) -> dict[str, Mask]:
    """By column, the rows with a number below zero; numbers are in plain decimal writing, so the sign says it."""
    return {code: to_mask(pc.starts_with(rows.value(code), "-")) for code in spec.columns}
