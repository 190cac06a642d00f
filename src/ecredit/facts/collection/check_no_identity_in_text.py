"""Free text should hold no identity number or telephone: it is shown with them masked, but better not sent at all.

pass: 当事人销售假冒商品 · warn: 当事人张某（身份证 11010519491231002X）销售假冒商品
"""

import numpy as np
import pyarrow.compute as pc

from ecredit.facts.collection.mask import to_mask, true_rows
from ecredit.facts.collection.types import CheckedRows, Mask
from ecredit.foundation.catalog.types import CheckSpec
from ecredit.foundation.kernel.masking import MAYBE_PERSONAL, find_personal

# So few texts are looked through sooner than the quick look's pattern is made ready (some milliseconds).
_FEW = 64


def check_no_identity_in_text(rows: CheckedRows, spec: CheckSpec) -> dict[str, Mask]:
    """By column, the rows whose text holds what reads as a person's number or telephone."""
    bad = {code: np.zeros(rows.count, dtype=bool) for code in spec.columns}
    for code in spec.columns:
        value = rows.value(code)
        if rows.count <= _FEW:
            found = (text is not None and bool(find_personal(text)) for text in value.to_pylist())
            bad[code] = np.fromiter(found, dtype=bool, count=rows.count)
            continue
        maybe = pc.fill_null(pc.match_substring_regex(value, MAYBE_PERSONAL), False)
        texts = value.filter(maybe).to_pylist()
        for row, text in zip(true_rows(to_mask(maybe)), texts, strict=True):
            bad[code][row] = bool(find_personal(text))
    return bad
