"""The whole value must match a pattern of the source.

pass: regex `\\d{4}`, value 2026 · fail: value 26
"""

import pyarrow.compute as pc

from ecredit.facts.collection.mask import to_mask
from ecredit.facts.collection.types import CheckedRows, Mask
from ecredit.foundation.catalog.types import CheckSpec


def check_pattern(rows: CheckedRows, spec: CheckSpec) -> dict[str, Mask]:
    """By column, the rows with a value that does not match `params.regex` from end to end."""
    bad = {}
    for code in spec.columns:
        value = rows.value(code)
        bad[code] = to_mask(pc.invert(pc.match_substring_regex(value, f"^(?:{spec.params['regex']})$")))
    return bad
