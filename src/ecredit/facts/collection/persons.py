"""Rows about natural persons: their names are sealed in the ledger as their numbers are."""

import numpy as np
import pyarrow.compute as pc

from ecredit.facts.collection.mask import to_mask
from ecredit.facts.collection.types import CheckedRows, Mask
from ecredit.foundation.catalog.types import Source
from ecredit.foundation.kernel.codes import IdKind

PERSON = "自然人"


def person_rows(rows: CheckedRows) -> Mask:
    """Rows that are about a natural person: their kind says so and they give the person's number."""
    source = rows.source
    number = source.identifiers.get(IdKind.PERSON_ID)
    if number is None:
        return np.zeros(rows.count, dtype=bool)
    given = to_mask(pc.is_valid(rows.value(number)))
    if source.subject_kind_column is None:
        return given & (source.default_subject_kind == PERSON)
    return given & to_mask(pc.equal(rows.value(source.subject_kind_column), PERSON))


def sealed_columns(source: Source, *, about_person: bool) -> frozenset[str]:
    """The columns whose values an entry holds sealed."""
    sealed = {column.code for column in source.columns if column.sealed}
    return frozenset(sealed | ({source.name_column} if about_person else set()))
