"""An amount far beyond what is usual should be borne out by the text beside it.

pass: 罚款3000万元, 3000 · warn: 责令改正并罚款, 3000 (where more than params.most is not usual)
"""

from decimal import Decimal
from typing import cast

import pyarrow.compute as pc

from ecredit.facts.collection.mask import to_mask, true_rows
from ecredit.facts.collection.types import CheckedRows, Mask
from ecredit.foundation.catalog.types import CheckSpec
from ecredit.foundation.kernel.amounts import find_amounts


def check_amount_usual(rows: CheckedRows, spec: CheckSpec) -> Mask:
    """Rows with an amount beyond what is usual for the source, and a text that names none to hold it against."""
    most = float(cast("Decimal", spec.params["most"]))
    amount, text = (rows.value(code) for code in spec.columns)
    bad = to_mask(pc.greater(pc.cast(amount, "float64"), most))
    if bad.any():
        bad = bad & to_mask(pc.is_valid(text))
        words = cast("tuple[str, ...]", spec.params["words"])
        at = true_rows(bad)
        bad[at] = [
            not any(named.spoken_of for named in find_amounts(prose, words))
            for prose in text.take(at).to_pylist()
        ]
    return bad
