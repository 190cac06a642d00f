"""What the catalogue says of credit commitments: the templates subjects fill in, and how a breach is found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from ecredit.foundation.catalog.triage_types import DecisionReason

Audience = Literal["platform", "merchant", "person_seller", "courier"]
AUDIENCES: Final[tuple[Audience, ...]] = ("platform", "merchant", "person_seller", "courier")
"""Who promises (task 9): platforms, merchants on them, individual sellers, couriers and logistics companies."""
TOPICS: Final = ("law", "truth", "price", "quality", "service", "liability")
"""What a commitment has to speak of (task 9): every version of a template has at least one item of each."""

Cited = tuple[str, str | None]
"""A law's id, and the number of an article of it."""


@dataclass(frozen=True, slots=True)
class CommitmentItem:
    """One thing promised."""

    id: str
    topic: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class CommitmentField:
    """What the one who promises fills in; at most `max_length` characters."""

    id: str
    zh: str
    en: str
    required: bool
    max_length: int


@dataclass(frozen=True, slots=True)
class TemplateVersion:
    """A template as it reads from a day until a day (half-open); `months` is how long what is promised by it holds."""

    number: int
    valid_from: date
    valid_to: date | None
    months: int
    opening_zh: str
    opening_en: str
    items: tuple[CommitmentItem, ...]
    fields: tuple[CommitmentField, ...]
    basis: tuple[Cited, ...]
    verified: bool

    def in_force(self, on: date) -> bool:
        """Tell whether commitments are made by this version on a day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True, slots=True)
class CommitmentTemplate:
    """A commitment that subjects of one audience make, in all its versions, the oldest first.

    commitment_kind  a value of the code table of that name, as the records of the source `commitment` have it
    """

    id: str
    title_zh: str
    title_en: str
    audience: Audience
    commitment_kind: str
    versions: tuple[TemplateVersion, ...]

    def find_version(self, on: date) -> TemplateVersion | None:
        """The version in force on a day."""
        return next((version for version in self.versions if version.in_force(on)), None)

    def get_version(self, number: int) -> TemplateVersion:
        """The version of a number; KeyError when there is none."""
        for version in self.versions:
            if version.number == number:
                return version
        raise KeyError(number)


@dataclass(frozen=True, slots=True)
class BreachRules:
    """How a breach is found, and when it is reminded of a commitment's end.

    answer_workdays  how long the subject has to answer after it was told
    remind_days      so many days before the end a reminder is due, the longest first
    least            statistics over fewer subjects than this are not given
    grounds          why a case is opened, by id, in the order written
    """

    answer_workdays: int
    remind_days: tuple[int, ...]
    least: int
    grounds: Mapping[str, DecisionReason]
    basis: Cited | None
    verified: bool


@dataclass(frozen=True, slots=True)
class CommitmentRules:
    """Templates by id, in the order of their files' names, and the rules of breaches."""

    templates: Mapping[str, CommitmentTemplate]
    breach: BreachRules
