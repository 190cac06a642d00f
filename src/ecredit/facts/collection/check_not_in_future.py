"""A date of something that has happened must not lie after the day the file came in.

pass: 处罚决定日期 2026-05-08, received 2026-05-10 · fail: 处罚决定日期 2027-05-08, received 2026-05-10
"""

import pyarrow.compute as pc

from ecredit.facts.collection.mask import to_mask
from ecredit.facts.collection.types import LONG_TERM, CheckedRows, Mask
from ecredit.foundation.catalog.types import CheckSpec


def check_not_in_future(rows: CheckedRows, spec: CheckSpec) -> dict[str, Mask]:
    """By column, the rows with a day later than the day of receipt."""
    bad = {}
    today = rows.received_on.isoformat()
    for code in spec.columns:
        value = rows.value(code)
        bad[code] = to_mask(pc.greater(value, today))
        if bad[code].any():
            bad[code] &= to_mask(pc.not_equal(value, LONG_TERM))
    return bad
