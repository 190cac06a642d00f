"""Free text should hold no identity number or telephone: it is shown with them masked, but better not sent at all.

pass: 当事人销售假冒商品 · warn: 当事人张某（身份证 11010519491231002X）销售假冒商品
"""

import numpy as np

from ecredit.facts.collection.mask import to_mask, true_rows
from ecredit.facts.collection.types import CheckedRows, Mask
from ecredit.foundation.catalog.types import CheckSpec
from ecredit.foundation.kernel.masking import find_personal
from ecredit.foundation.kernel.masking_columns import columns_may_be_personal

# So few texts are looked through sooner than the quick look's pattern is made ready (some milliseconds).
_FEW = 64


def check_no_identity_in_text(rows: CheckedRows, spec: CheckSpec) -> dict[str, Mask]:
    """By column, the rows whose text holds what reads as a person's number or telephone."""
    bad = {code: np.zeros(rows.count, dtype=bool) for code in spec.columns}
    values = [rows.value(code) for code in spec.columns]
    maybe = [value.is_valid() for value in values] if rows.count <= _FEW else columns_may_be_personal(values)
    for code, value, mask in zip(spec.columns, values, maybe, strict=True):
        for row, text in zip(true_rows(to_mask(mask)), value.filter(mask).to_pylist(), strict=True):
            bad[code][row] = bool(find_personal(text))
    return bad
