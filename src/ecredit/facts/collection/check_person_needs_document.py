"""A natural person's row names the document and its number, or nobody can tell whom it is about.

pass: 自然人, 身份证, 11010519491231002X · fail: 自然人, 身份证, empty
"""

import pyarrow.compute as pc

from ecredit.facts.collection.mask import to_mask
from ecredit.facts.collection.persons import PERSON
from ecredit.facts.collection.types import CheckedRows, Mask
from ecredit.foundation.catalog.types import CheckSpec


def check_person_needs_document(rows: CheckedRows, spec: CheckSpec) -> dict[str, Mask]:
    """By the column that is empty, the number's when both are: rows of natural persons in which the document's type or number is empty."""
    kind, document, number = spec.columns
    person = to_mask(pc.equal(rows.value(kind), PERSON))
    if not person.any():
        return {number: person}
    no_number = to_mask(pc.is_null(rows.raw_or_null(number)))
    no_document = to_mask(pc.is_null(rows.raw_or_null(document)))
    return {number: person & no_number, document: person & no_document & ~no_number}
