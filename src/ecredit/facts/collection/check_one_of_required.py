"""At least one of several cells must be filled (some register code of the party).

pass: 统一社会信用代码 empty, 工商注册号 filled · fail: both empty
"""

import numpy as np
import pyarrow.compute as pc

from ecredit.facts.collection.mask import to_mask
from ecredit.facts.collection.types import CheckedRows, Mask
from ecredit.foundation.catalog.types import CheckSpec


def check_one_of_required(rows: CheckedRows, spec: CheckSpec) -> dict[str, Mask]:
    """Rows in which every one of the columns is empty, at the first of those that the file has."""
    empty = np.ones(rows.count, dtype=bool)
    for code in spec.columns:
        empty &= to_mask(pc.is_null(rows.raw_or_null(code)))
        if not empty.any():
            break
    return {next((code for code in spec.columns if code in rows.raw), spec.columns[0]): empty}
