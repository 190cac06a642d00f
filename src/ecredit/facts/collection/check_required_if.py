"""A cell must be filled when another says so (a fine needs its amount).

pass: 处罚类别 罚款, 罚款金额 3 · fail: 处罚类别 罚款, 罚款金额 empty
"""

import numpy as np
import pyarrow.compute as pc

from ecredit.facts.collection.mask import to_mask
from ecredit.facts.collection.types import CheckedRows, Mask
from ecredit.foundation.catalog.types import CheckSpec


def check_required_if(rows: CheckedRows, spec: CheckSpec) -> Mask:
    """Rows whose first column is empty though the second contains one of `params.values`."""
    because = rows.value(spec.columns[1])
    asked = np.zeros(rows.count, dtype=bool)
    if because.null_count == rows.count:
        return asked
    # Values of a code table are joined by ";": whole words are compared, not parts of them.
    padded = pc.binary_join_element_wise("", because, "", ";")
    for word in spec.params["values"]:  # type: ignore[attr-defined]
        asked |= to_mask(pc.match_substring(padded, f";{word};"))
    return asked & to_mask(pc.is_null(rows.raw_or_null(spec.columns[0]))) if asked.any() else asked
