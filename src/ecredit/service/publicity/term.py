"""How long one edition of a rule lets a document be seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ecredit.foundation.catalog.texts import text


@dataclass(frozen=True, slots=True)
class Term:
    """`until` is the first day it is no longer shown (None: no end). A hidden one says why.

    limit      name and months of the term class, for the wording of the clause
    condition  the sector order's condition, for the wording of the clause
    """

    shown: bool
    until: date | None
    repairable_from: date | None
    term_class: str | None
    clause: str
    verified: bool
    limit: tuple[str, int | None] | None = None
    condition: str = ""
    why: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def hidden(
        cls, why: str, clause: str, term_class: str | None = None, verified: bool = False, **values: object
    ) -> "Term":
        """A term that shows nothing."""
        return cls(False, None, None, term_class, clause, verified, why=why, values=values)

    def ends_before(self, other: "Term") -> bool:
        """Tell whether it shows less: nothing at all, or for a shorter time."""
        if not self.shown or not other.shown:
            return not self.shown and other.shown
        if self.until is None:
            return False
        return other.until is None or self.until < other.until

    def clause_in_words(self) -> str:
        """The clause with the class and its longest period, or with the sector's condition."""
        if not self.shown:
            return self.clause
        if self.limit is not None and self.limit[1] is not None:
            return text(
                "publicity.clause_class", clause=self.clause, name=self.limit[0], months=self.limit[1]
            )
        if self.condition:
            return text("publicity.clause_condition", clause=self.clause, condition=self.condition)
        return self.clause
