"""What other rooms are told of the versions of grade models."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from ecredit.judgement.evaluation.types import Model

FIRST: Final = "first"
DRAFT: Final = "draft"
ROLLBACK: Final = "rollback"

# The journal's verbs; the last three are permissions, too.
KEPT_FIRST: Final = "model.first"
DRAFTED: Final = "model.draft"
TRIED: Final = "model.try"
ADOPT: Final = "model.adopt"


@dataclass(frozen=True, slots=True)
class Span:
    """From which day (None: always) until which (None: until another comes; the day itself no more) a version is in force."""

    since: date | None
    until: date | None

    def holds(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version of a model. `spans` are the periods in which it is, was or will be in force; empty: it never was adopted.

    `same_as` is the number of the version that a rollback repeats.
    """

    model_id: str
    number: int
    label: str
    edition: str
    origin: str
    same_as: int | None
    text: str
    model: Model
    note: str
    by: str
    at: datetime
    leaf: int
    spans: tuple[Span, ...]

    @property
    def name(self) -> str:
        """`enterprise/2`."""
        return f"{self.model_id}/{self.number}"

    def state(self, day: date) -> str:
        """`in_force`, `coming`, `ended`, or `draft` while nobody adopted it."""
        if not self.spans:
            return DRAFT
        if any(span.holds(day) for span in self.spans):
            return "in_force"
        return (
            "coming" if any(span.since is not None and span.since > day for span in self.spans) else "ended"
        )


@dataclass(frozen=True, slots=True)
class AdoptionView:
    """That a version is in force from a day, who asked for it and under which request it was agreed to."""

    model_id: str
    number: int
    from_on: date
    reason: str
    approval: int | None
    by: str
    at: datetime
    leaf: int
