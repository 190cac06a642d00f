"""What a back-test asks and what it answers: grades of a day against what was found afterwards. No Django, no clock.

A share or rate is between 0 and 1. `why` says why something could not be judged; then no figure is given.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ecredit.foundation.catalog.types import LawRef
from ecredit.judgement.evaluation.types import Condition


@dataclass(frozen=True, slots=True)
class Outcome:
    """A kind of record that counts as misconduct found later; `day` is the column of its day, None: when it occurred."""

    id: str
    zh: str
    en: str
    source: str
    when: Condition
    day: str | None
    clause: LawRef
    verified: bool


@dataclass(frozen=True, slots=True)
class Groups:
    """By what the fairness report groups: columns of the register's source; `capital_below` in 10,000 yuan, rising."""

    source: str
    sector: str
    district: str
    capital: str
    capital_below: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class BacktestRules:
    """`catalog/backtest.yaml`: what counts as later misconduct, and how much is enough to say anything.

    months          how long is looked ahead where nothing else is said
    alarm           this grade and worse ones are an alarm
    least_subjects, least_outcomes  with fewer nothing is concluded
    cell            smallest group shown, and smallest denominator of a rate
    bins            parts of equal number for calibration and stability
    slight, marked  from these on the score's distribution moved a little, and clearly
    """

    outcomes: tuple[Outcome, ...]
    months: int
    alarm: str
    least_subjects: int
    least_outcomes: int
    cell: int
    bins: int
    slight: float
    marked: float
    groups: Groups


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many, with Wilson's 95% interval; every field but `of` is None where `of` is too small to say."""

    of: int
    count: int | None
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """How many records of a kind fell into the time looked at, and how many graded subjects they are about."""

    id: str
    zh: str
    en: str
    records: int
    subjects: int


@dataclass(frozen=True, slots=True)
class Discrimination:
    """How well the order of the scores tells those who did wrong later from the others.

    score   area under the curve, the score alone (DeLong's interval)
    ranked  the same by grade and within a grade by score: with what the hard rules add
    grade   the same by the letter alone, ties half
    ks      largest distance of the two distributions of the score, at `ks_score`
    """

    score: Interval
    ranked: Interval
    grade: Interval
    ks: float
    ks_score: float


@dataclass(frozen=True, slots=True)
class KindFigures:
    """The figures of the subjects one model grades; `with_outcome` is None where they are too few to say."""

    model: str
    zh: str
    en: str
    at_risk: int
    with_outcome: int | None
    found: Discrimination | None
    why: str


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Subjects of about the same predicted chance: what was predicted and what came."""

    number: int
    predicted: float
    observed: Rate


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether a score means the chance it should: fitted on an earlier split, judged on this one.

    fitted_on, fitted_subjects, fitted_outcomes  the earlier day and what there was then, as known by the split day
    error      expected calibration error: mean distance of predicted and observed, weighted by number
    by_chance  the error that perfect predictions would show with so few subjects (mean of draws)
    brier, brier_rate  mean squared error, and that of predicting everybody the rate of the earlier time
    """

    fitted_on: date
    fitted_subjects: int
    fitted_outcomes: int
    error: float
    by_chance: float
    brier: float
    brier_rate: float
    bins: tuple[CalibrationBin, ...]


@dataclass(frozen=True, slots=True)
class StabilityBin:
    """Scores up to `up_to` (None: the highest): the share of subjects on the earlier day and on the split day."""

    up_to: float | None
    before: float
    now: float


@dataclass(frozen=True, slots=True)
class Stability:
    """Population stability index of the score between two days; `reading` is stable, slight or marked."""

    before_on: date
    before_subjects: int
    psi: float
    reading: str
    bins: tuple[StabilityBin, ...]


@dataclass(frozen=True, slots=True)
class DimensionFigures:
    """What a dimension adds.

    touched  subjects it gave points    alone    area under the curve of its points by themselves
    without  the same of the score without it    adds    score minus without (paired interval)
    """

    id: str
    zh: str
    en: str
    touched: int
    alone: Interval
    without: Interval
    adds: Interval


@dataclass(frozen=True, slots=True)
class GradeCount:
    """The subjects of a grade, and how many of them did wrong later."""

    grade: str
    subjects: int
    found: Rate


@dataclass(frozen=True, slots=True)
class ScoreBar:
    """Scores from `low` to `high`, tens put together where they are few: subjects without and with a later outcome."""

    low: int
    high: int
    clean: int
    found: int


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """What the grades did to one group: the share of each grade, alarms at those who stayed clean, misses at those who did not.

    `label` is "" for small groups put together.
    """

    label: str
    subjects: int
    shares: dict[str, float]
    false_alarms: Rate
    misses: Rate


@dataclass(frozen=True, slots=True)
class Fairness:
    """The groups of one attribute: sector, district, capital or kind."""

    by: str
    groups: tuple[GroupFigures, ...]


@dataclass(frozen=True, slots=True)
class BacktestReport:
    """All figures of one back-test; see docs/guides/back-test.md for how to read them.

    on, months, until  the split day, how long was looked ahead, and the last day looked at
    known_at           the instant up to which the grades knew anything
    models             model → edition, as they are now: they are what is tested
    through_leaf       the ledger's last entry read
    at_risk, with_outcome  graded subjects, and those with later misconduct
    alarm to marked    the figures of the rules that the report goes by
    not_graded, not_graded_with_outcome  subjects without a grade that day
    roc                share of the clean alarmed, share of the others alarmed, from the strictest threshold on
    """

    on: date
    months: int
    until: date
    known_at: datetime
    models: dict[str, str]
    rules: str
    through_leaf: int
    at_risk: int
    with_outcome: int
    not_graded: int
    not_graded_with_outcome: int
    alarm: str
    least_subjects: int
    least_outcomes: int
    cell: int
    slight: float
    marked: float
    outcomes: tuple[OutcomeCount, ...]
    found: Discrimination
    kinds: tuple[KindFigures, ...]
    grades: tuple[GradeCount, ...]
    scores: tuple[ScoreBar, ...]
    roc: tuple[tuple[float, float], ...]
    calibration: Calibration | None
    calibration_why: str
    stability: Stability | None
    stability_why: str
    dimensions: tuple[DimensionFigures, ...]
    fairness: tuple[Fairness, ...]
