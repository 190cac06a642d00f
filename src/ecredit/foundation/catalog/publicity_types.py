"""How long something is public: the kinds of terms, and findings that have a term of their own."""

from dataclasses import dataclass
from typing import Literal

TermKind = Literal[
    "by_penalty_kind", "while_valid", "while_valid_at_least", "fixed_months", "until_removed", "always", "none",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class FoundTerm:
    """A finding that is public by a rule of its own.

    A document whose `column` says `value` is shown under `rule`, counted from the day in `counted_from`, and no longer under
    the source's own rule.
    """

    column: str
    value: str
    counted_from: str
    rule: str
