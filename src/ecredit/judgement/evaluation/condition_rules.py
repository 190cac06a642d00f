"""Does a record meet a condition? The closed little language of the models, in plain Python.

A missing cell meets nothing but `Negation`. A number is digits with an optional sign and decimals; anything else in a
number's place is no number and meets no bound.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal

from ecredit.judgement.evaluation.types import (
    AllOf,
    AnyOf,
    AtLeast,
    Below,
    Condition,
    Contains,
    Negation,
    OneOf,
    Present,
)

NUMBER_PATTERN = r"-?[0-9]{1,11}(\.[0-9]{1,12})?"
"""What counts as a number, for Python's and for DuckDB's regular expressions alike."""
NUMBER_PLACES = Decimal("0.000001")
_NUMBER = re.compile(NUMBER_PATTERN)


def meets(condition: Condition, values: Mapping[str, str]) -> bool:
    """Tell whether the values of one record (column code → text) meet a condition."""
    match condition:
        case AllOf(parts):
            return all(meets(part, values) for part in parts)
        case OneOf(parts):
            return any(meets(part, values) for part in parts)
        case Negation(part):
            return not meets(part, values)
        case Present(column):
            return bool(values.get(column))
        case AnyOf(column, wanted, separators):
            return any(part in wanted for part in split_cell(values.get(column), separators))
        case Contains(column, pieces):
            cell = values.get(column)
            return bool(cell) and any(piece in str(cell) for piece in pieces)
        case AtLeast(column, bound):
            number = number_of(values.get(column))
            return number is not None and number >= bound
        case Below(column, bound):
            number = number_of(values.get(column))
            return number is not None and number < bound


def split_cell(cell: str | None, separators: str) -> list[str]:
    """Return the values of a cell: one, or several when `separators` stand between them; none for an empty cell."""
    if not cell:
        return []
    if not separators:
        return [cell]
    return [part.strip(" ") for part in re.split(f"[{re.escape(separators)}]", cell)]


def number_of(cell: str | None) -> Decimal | None:
    """Return a cell's number rounded half up to six places, or None when it is no number."""
    if not cell or not _NUMBER.fullmatch(cell):
        return None
    return Decimal(cell).quantize(NUMBER_PLACES, rounding=ROUND_HALF_UP)


def columns_of(condition: Condition) -> Iterator[str]:
    """Go through the column codes a condition reads, repeats included."""
    match condition:
        case AllOf(parts) | OneOf(parts):
            for part in parts:
                yield from columns_of(part)
        case Negation(part):
            yield from columns_of(part)
        case _:
            yield condition.column
