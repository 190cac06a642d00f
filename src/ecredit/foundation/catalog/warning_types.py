"""What the catalogue says of early warning: what is looked at, who is told, what is expected by when.

A rule looks at one thing, of a small set of kinds. Days are calendar days, terms working days of the city's calendar.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

Severity = Literal["notice", "caution", "serious"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
About = Literal["subject", "supplier"]
ABOUT: tuple[About, ...] = get_args(About)
FindingState = Literal["waiting", "confirmed"]
GapState = Literal["overdue", "confirmed"]
GAP_STATES: tuple[GapState, ...] = get_args(GapState)
FINDING_STATES: tuple[FindingState, ...] = get_args(FindingState)
# The letters of a grade, the best first (GB/T 45255).
LETTERS = ("A", "B", "C", "D")


@dataclass(frozen=True, slots=True)
class GradeFell:
    """The grade is `steps` letters or more below one the same model gave, and came down within the last `within_days` days."""

    steps: int
    within_days: int


@dataclass(frozen=True, slots=True)
class GradeLow:
    """The grade is this letter or a worse one."""

    worst: str


@dataclass(frozen=True, slots=True)
class IndicatorPast:
    """One of these indicators takes away so many points or more (`points` is below zero)."""

    indicators: tuple[str, ...]
    points: Decimal


@dataclass(frozen=True, slots=True)
class RecordsCount:
    """So many records of these sources that stand (neither withdrawn nor ended), of the last `days` days by the day each became
    true (0: whenever).

    where   only records in which each of these columns holds one of its values
    newest  only the newest record of each subject is looked at: what was put right since is not warned of
    about   whom the warning is about: the subject of the records, or who sent them
    """

    sources: tuple[str, ...]
    days: int
    least: int
    where: Mapping[str, tuple[str, ...]]
    newest: bool
    about: About


@dataclass(frozen=True, slots=True)
class RatingLow:
    """The shown rating under this rule of rating is surely low: the upper end of its interval lies below `below`, and `least`
    ratings or more stand behind it."""

    rule: str
    below: float
    least: int


@dataclass(frozen=True, slots=True)
class RatingFell:
    """The shown rating under this rule of rating came down by `by` stars or more within so many days, surely: the intervals of
    then and now lie apart, and `least` ratings or more stand behind both."""

    rule: str
    by: float
    within_days: int
    least: int


@dataclass(frozen=True, slots=True)
class FindingStands:
    """A finding of detection, found again by the last run, in this state, with this score or more.

    kinds   only these kinds; empty: all
    victim  about the victims of malice instead of those who forge
    """

    state: FindingState
    score: float
    kinds: tuple[str, ...]
    victim: bool


@dataclass(frozen=True, slots=True)
class GapStands:
    """A gap of a platform's disclosures that the platform did not answer in time, or that two officers confirmed and that still
    stands; of these checks (empty: of all)."""

    state: GapState
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunningOut:
    """What a day in a column ends (with it, or `months` later) ends within `within_days` days, or ended in the last
    `lapsed_days` days, and nothing of the same subject and `per` lasts longer. None: that side is not looked at.

    column  the last day; with `months` the day they are counted from
    per     columns that tell one thing of a subject from another (the kind of licence); renewed is the latest of each
    about   as in `RecordsCount`; with `supplier` one warning tells of all, from `least` things on
    """

    source: str
    column: str
    months: int
    within_days: int | None
    lapsed_days: int | None
    per: tuple[str, ...]
    where: Mapping[str, tuple[str, ...]]
    about: About
    least: int


@dataclass(frozen=True, slots=True)
class ReportOverdue:
    """A periodic report of these sources (empty: of all) has not come for `workdays` working days after its last day."""

    sources: tuple[str, ...]
    workdays: int


WarningCondition = (
    GradeFell
    | GradeLow
    | IndicatorPast
    | RecordsCount
    | RatingLow
    | RatingFell
    | FindingStands
    | GapStands
    | RunningOut
    | ReportOverdue
)
CONDITION_KINDS: Mapping[str, type] = {
    "grade_fell": GradeFell,
    "grade_low": GradeLow,
    "indicator": IndicatorPast,
    "records": RecordsCount,
    "rating": RatingLow,
    "rating_fell": RatingFell,
    "finding": FindingStands,
    "gap": GapStands,
    "running_out": RunningOut,
    "report_overdue": ReportOverdue,
}


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who is told.

    subject     whom the warning is about, where that is a registered organisation (or the supplier that owes a report)
    platform    the platforms whose records say that the subject has a shop with them
    department  `named`, or whoever does its work by the day
    lead        the department that leads the task `named` (T13)
    """

    kind: Literal["subject", "platform", "department", "lead"]
    named: str = ""


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who is told above them, so many working days after the answer was due."""

    to: Addressee
    workdays: int


@dataclass(frozen=True, slots=True)
class WarningRule:
    """A rule of early warning.

    with_shop   only about subjects that have an open shop with a platform
    to          the first who can be reached answers, the others are told as well; somebody can always be reached
    answered_by  `all`: answered when all who answer have; `first`: when one of them has
    workdays    the answer is due so many working days after the warning was opened
    law, article  what it stands under; law "": nothing, the rule is advisory
    verified    every figure in it was checked against what it stands under; false: the city's own
    file, line  where what it looks at is written, for faults that only a reader of models can find
    """

    id: str
    title_zh: str
    title_en: str
    about_zh: str
    about_en: str
    valid_from: date | None
    valid_to: date | None
    looks_at: WarningCondition
    kind: str
    with_shop: bool
    to: tuple[Addressee, ...]
    severity: Severity
    expects_zh: str
    expects_en: str
    workdays: int
    escalates: Escalation
    law: str
    article: str | None
    verified: bool
    file: str
    line: int
    answered_by: Literal["all", "first"] = "all"

    @property
    def advisory(self) -> bool:
        """Nothing of the law's stands behind it: it advises and asks."""
        return not self.law

    def in_force(self, on: date) -> bool:
        """Tell whether it holds on a day."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on < self.valid_to
        )
