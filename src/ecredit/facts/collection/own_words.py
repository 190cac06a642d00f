"""Does a supplier that is no department speak for itself only, and say only what is its to say?

A key may be a firm's. Without this a firm could send, under a department's name, what harms a competitor, or a document
number that the department's own row then meets as another's.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecredit.facts.collection.mask import to_mask, true_rows
from ecredit.facts.collection.types import CheckedRows, Fault, Mask
from ecredit.foundation.kernel.text_forms import name_form


@dataclass(frozen=True, slots=True)
class Speaker:
    """A supplier that is no department: its name, its code, and the column that must hold that code, if any does."""

    name: str
    uscc: str
    code_column: str | None


def check_own_words(rows: CheckedRows, speaker: Speaker) -> None:
    """Hold rows under another's code, of another's making (`issued_by`), and with what only departments may say."""
    column = speaker.code_column
    if column is not None:
        # What is unreadable, or missing where it must not be, is told already; else an empty cell is nobody's code.
        told = rows.source.column(column).required
        unread = np.full(rows.count, told) | to_mask(pc.is_valid(rows.raw_or_null(column)))
        unread &= to_mask(pc.is_null(rows.value(column)))
        own = to_mask(pc.equal(rows.value(column), speaker.uscc))
        _hold(rows, "not_own_code", column, ~own & ~unread, own=speaker.uscc)
    for column in rows.source.issued_by:
        _hold(rows, "not_own_name", column, _others(rows.value(column), speaker.name), own=speaker.name)
    for column, words in rows.source.only_departments.items():
        said = pc.is_in(rows.value(column), value_set=pa.array(words, pa.string()))
        _hold(rows, "only_departments", column, to_mask(said))


def _others(names: pa.StringArray, own: str) -> Mask:
    """Where somebody else is named; each name is looked at once."""
    encoded = names.dictionary_encode()
    form = name_form(own)
    other = pa.array([name_form(name) != form for name in encoded.dictionary.to_pylist()], pa.bool_())
    return to_mask(pc.fill_null(other.take(encoded.indices), False))


def _hold(rows: CheckedRows, rule: str, column: str, mask: Mask, **params: str) -> None:
    at = true_rows(mask).astype(np.int64)
    if len(at):
        rows.faults.append(Fault(rule, column, at, "hold", params))
