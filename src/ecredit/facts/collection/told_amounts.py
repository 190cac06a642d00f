"""The amounts of a block beside the texts that tell of them, for the checks that hold one against the other."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecredit.facts.collection.cells import MONEY_UNITS
from ecredit.facts.collection.mask import to_mask, true_rows
from ecredit.facts.collection.types import CheckedRows, Mask
from ecredit.foundation.catalog.types import CheckSpec
from ecredit.foundation.kernel.amounts import MAYBE_AMOUNT, find_amounts

WAN = 10_000
_LEAST = 0.005  # half a fen


@dataclass(frozen=True, slots=True)
class ToldAmount:
    """The amount of a row, all amounts its text names, and those that the check's words speak of; in yuan."""

    row: int
    yuan: Decimal
    named: list[Decimal]
    spoken: list[Decimal]

    def agrees(self, yuan: Decimal, *, spoken: bool = False) -> bool:
        """Whether the text names this amount, by itself or as the sum of what is spoken of (said twice counts once)."""
        sums = (sum(self.spoken), sum(set(self.spoken)))
        return yuan in (self.spoken if spoken else self.named) or (bool(self.spoken) and yuan in sums)


def told_amounts(rows: CheckedRows, spec: CheckSpec) -> list[ToldAmount]:
    """The rows whose amount and text are not plainly the same money; read once for all checks that ask."""
    amount, text = (rows.value(code) for code in spec.columns)
    words = cast("tuple[str, ...]", spec.params["words"])
    asked = ("amounts", *spec.columns, words)
    if asked in rows.kept:
        return cast("list[ToldAmount]", rows.kept[asked])
    factor = MONEY_UNITS[rows.source.column(spec.columns[0]).unit or "元"]
    doubtful = np.zeros(rows.count, dtype=bool)
    if amount.null_count < rows.count:
        doubtful = to_mask(pc.match_substring_regex(text, MAYBE_AMOUNT)) & to_mask(pc.is_valid(amount))
    if doubtful.any():
        doubtful &= ~_plainly_same(amount, text, words, float(factor))
    at = true_rows(doubtful)
    told: list[ToldAmount] = []
    for row, written, prose in zip(
        at.tolist(), amount.take(at).to_pylist(), text.take(at).to_pylist(), strict=True
    ):
        found = find_amounts(prose, words)
        spoken = [named.yuan for named in found if named.spoken_of]
        told.append(ToldAmount(row, Decimal(written) * factor, [named.yuan for named in found], spoken))
    rows.kept[asked] = told
    return told


def _plainly_same(
    amount: pa.StringArray, text: pa.StringArray, words: tuple[str, ...], factor: float
) -> Mask:
    """Where the text says 罚款 and the very amount behind it in usual digits, which is how most texts say it."""
    pattern = rf"(?:{'|'.join(map(re.escape, words))})(?:人民币)?(?P<n>[0-9]{{1,12}}(?:\.[0-9]{{1,6}})?)(?P<scale>万?)元"
    found = pc.extract_regex(text, pattern)
    scale = pc.if_else(pc.equal(pc.struct_field(found, "scale"), "万"), float(WAN), 1.0)
    said = pc.multiply(pc.cast(pc.struct_field(found, "n"), "float64"), scale)
    meant = pc.multiply(pc.cast(amount, "float64"), factor)
    return to_mask(pc.less(pc.abs(pc.subtract(said, meant)), _LEAST))
