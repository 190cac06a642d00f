"""An amount in another unit than its column counts: 罚款2000元 is not 2000 of 万元.

pass: 罚款2000元, 0.2 · fail: 罚款2000元, 2000 (the column counts 万元)
"""

import numpy as np

from ecredit.facts.collection.told_amounts import WAN, told_amounts
from ecredit.facts.collection.types import CheckedRows, Mask
from ecredit.foundation.catalog.types import CheckSpec


def check_amount_unit(rows: CheckedRows, spec: CheckSpec) -> Mask:
    """Rows whose amount is right only when another unit is read: ten thousand times what the text names, or the reverse."""
    bad = np.zeros(rows.count, dtype=bool)
    for told in told_amounts(rows, spec):
        bad[told.row] = not told.agrees(told.yuan) and (
            told.agrees(told.yuan / WAN, spoken=True) or told.agrees(told.yuan * WAN, spoken=True)
        )
    return bad
