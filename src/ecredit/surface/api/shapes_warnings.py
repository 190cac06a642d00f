"""What the routes of early warnings answer and take."""

from datetime import date, datetime

from ninja import Schema
from pydantic import ConfigDict, Field


class Said(Schema):
    """A sentence in both languages."""

    zh: str
    en: str


class WarningFact(Schema):
    """What a warning rests on: a record (`entry`), a grade, a rating, a finding, or a report due (`window`)."""

    what: str
    ref: str
    on: date | None
    source: str
    values: dict[str, str]


class WarningStep(Schema):
    """One thing that happened to a warning; who did it is not told."""

    act: str
    state: str
    at: datetime
    reason: str
    words: str


class WarningShape(Schema):
    """A warning as it stands. `answers`: an answer is expected from this organisation, `owes`: and has not come; `code` is the public code
    of whom it is about, null for natural persons; `shops` are this organisation's own shops of that subject; `law` "" where it is advisory."""

    id: int
    rule: str
    state: str = Field(
        description="open, acknowledged, escalated, answered, justified, false_alarm or lifted"
    )
    holds: bool
    severity: str
    answers: bool
    owes: bool
    opened_on: date
    due_on: date
    title: Said
    why: Said
    expects: Said
    code: str | None
    shops: list[str]
    law: str
    article: str | None


class WarningPageShape(Schema):
    """A page of warnings, newest first."""

    items: list[WarningShape]
    next: str | None


class WarningWhole(WarningShape):
    """A warning with what it rests on (`more` facts are there besides) and what happened."""

    facts: list[WarningFact]
    more: int
    steps: list[WarningStep]


class WarningAnswer(Schema):
    """An answer: what was found, what was done, by when."""

    model_config = ConfigDict(extra="forbid")
    words: str = Field(min_length=1, max_length=2000, pattern=r"\S")


class WarningState(Schema):
    """How the warning stands now."""

    id: int
    state: str


class RuleShape(Schema):
    """A rule with its figures; `rate` is the share of false alarms among those judged, from `low` to `high` at 95 %."""

    rule: str
    title: Said
    warned: int
    live: int
    judged: int
    false_alarms: int
    rate: float | None
    low: float | None
    high: float | None


class RulesShape(Schema):
    """Every rule of warning."""

    items: list[RuleShape]
