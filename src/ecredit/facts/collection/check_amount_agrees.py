"""An amount should be what the text beside it says.

pass: 罚款1000元、没收500元, 0.1 · warn: 罚款1000元, 0.3
"""

import numpy as np

from ecredit.facts.collection.told_amounts import WAN, told_amounts
from ecredit.facts.collection.types import CheckedRows, Mask
from ecredit.foundation.catalog.types import CheckSpec


def check_amount_agrees(rows: CheckedRows, spec: CheckSpec) -> Mask:
    """Rows whose text speaks of amounts, none of them the cell's; a mistaken unit is told by `amount_unit`."""
    bad = np.zeros(rows.count, dtype=bool)
    for told in told_amounts(rows, spec):
        readings = (told.yuan, told.yuan / WAN, told.yuan * WAN)
        bad[told.row] = bool(told.spoken) and not any(told.agrees(yuan) for yuan in readings)
    return bad
