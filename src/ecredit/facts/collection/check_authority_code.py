"""The code of an authority must be an authority's: 11 (机关) or 12 (事业单位), or what the source allows.

pass: 11320400014109519L · fail: 91320411MA00000X0K (a company's)
"""

import numpy as np
import pyarrow.compute as pc

from ecredit.facts.collection.mask import to_mask
from ecredit.facts.collection.types import CheckedRows, Mask
from ecredit.foundation.catalog.types import CheckSpec

_AUTHORITIES = ("11", "12")


def check_authority_code(rows: CheckedRows, spec: CheckSpec) -> dict[str, Mask]:
    """By column, the rows with a code that starts like nobody who may decide."""
    prefixes = spec.params.get("prefixes", _AUTHORITIES)
    bad = {}
    for code in spec.columns:
        value = rows.value(code)
        fits = np.zeros(rows.count, dtype=bool)
        for prefix in prefixes:  # type: ignore[attr-defined]
            fits |= to_mask(pc.starts_with(value, prefix))
        bad[code] = ~fits & to_mask(pc.is_valid(value))
    return bad
