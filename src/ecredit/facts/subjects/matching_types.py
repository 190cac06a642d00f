"""Values of matching: a row without a code, what was compared, and whom it may be about."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RowClaim:
    """What a held row says about whom it is. Empty texts mean the row does not say.

    `held_row_id` is the row's number in `collection`; no personal data beyond the legal representative's name.
    """

    held_row_id: int
    source_id: str
    batch_id: int
    line: int
    name: str
    address: str = ""
    legal_rep: str = ""
    is_person: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """One field of a candidate: both values, the verdict, its weight in bits, and the sentence for a person.

    `weight` says how much likelier this outcome is when the two are the same (positive) or are not (negative):
    log2 of the ratio.
    """

    field: str
    row: str
    subject: str
    verdict: str
    weight: float
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A subject a row may be about.

    `probability` is over all candidates of the row and "none of them": twins share it. `weight` is the evidence alone,
    in bits, and does not saturate.
    """

    subject_id: int
    rank: int
    probability: float
    weight: float
    compared: tuple[Compared, ...]
