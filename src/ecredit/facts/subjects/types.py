"""Values of this room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ecredit.foundation.kernel.codes import IdKind


@dataclass(frozen=True, slots=True)
class Claims:
    """What a block of rows says about whom they are; all sequences have one item a row.

    `codes` holds tidy, checked codes by kind (a person's number in clear: it is never stored so), None where a row
    gives none. `kinds` are subject kinds of the catalogue's code table.
    """

    codes: Mapping[IdKind, Sequence[str | None]]
    names: Sequence[str]
    kinds: Sequence[str]


@dataclass(frozen=True, slots=True)
class Resolved:
    """The answers: per row the id of the subject whose code it gives, or a rule id that says why there is none.

    `known_names` is the name a subject was known by before, None for rows that opened one.
    """

    subject_ids: Sequence[int | None]
    problems: Sequence[str]
    known_names: Sequence[str | None]
