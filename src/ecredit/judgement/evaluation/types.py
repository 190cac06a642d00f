"""What a model of judgement is, what it reads and what it answers. No Django, no clock.

Points and scores are decimals with two places; days are half-open; a leaf is a ledger entry's number in the log.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from ecredit.foundation.catalog.types import LawRef, Tone


class Measure(StrEnum):
    """How an indicator turns the records that count into points.

    count   points for each record          sum     points for each unit of a column's total
    exists  points once, if there is any    latest  points by the value in the newest record
    """

    COUNT = "count"
    SUM = "sum"
    EXISTS = "exists"
    LATEST = "latest"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The cell holds one of these values; `separators` split a cell that may hold several ("" = one value)."""

    column: str
    values: tuple[str, ...]
    separators: str


@dataclass(frozen=True, slots=True)
class Contains:
    """The cell holds one of these pieces of text somewhere."""

    column: str
    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The cell is a number and not below the bound."""

    column: str
    bound: Decimal


@dataclass(frozen=True, slots=True)
class Below:
    """The cell is a number and below the bound."""

    column: str
    bound: Decimal


@dataclass(frozen=True, slots=True)
class Present:
    """The cell is not empty."""

    column: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds; without parts it holds always."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """At least one part holds; without parts it never does."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """The part does not hold."""

    part: "Condition"


Condition = AnyOf | Contains | AtLeast | Below | Present | AllOf | OneOf | Negation
ALWAYS = AllOf(())


@dataclass(frozen=True, slots=True)
class Window:
    """How long a record counts: so many months from its day, while it is valid, both (whichever ends first) or always."""

    months: int | None = None
    while_valid: bool = False


# A field of a model that came later: a document made before it says nothing of it and stays the same, byte for byte.
_LATER = {"later": True}


@dataclass(frozen=True, slots=True)
class Dimension:
    """One of the few headings that indicators stand under; the reasons of a grade add up under each."""

    id: str
    zh: str
    en: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Remedy:
    """What a subject itself can do about the records of an indicator, within the law.

    after_months  so many months after the record's day it may be asked for (the shortest term of publicity); None: not set
    becomes       what the record says once it is done (column code → value); empty: it counts no longer
    """

    id: str
    zh: str
    en: str
    after_months: int | None
    becomes: Mapping[str, str]
    clause: LawRef | None
    verified: bool


@dataclass(frozen=True, slots=True)
class Indicator:
    """One thing looked at.

    points     per record (count), per unit (sum) or once (exists); unused by `latest`
    column     the column added up (sum) or looked up (latest)
    values     latest: value → points; `otherwise` for any other value
    cap        the contribution is never further from zero than this
    veto       when there is any record that counts, the grade is no better than this
    tone       which way it goes: `good` never lowers a score, `bad` never raises one, `neutral` may do both
    dimension  id of the heading it stands under
    half_from  so many months after its day a record counts half; None: it counts whole as long as it counts
    remedy     what the subject can do about its records; None: nothing but waiting

    What is missing counts for nothing: a record without a day does not count for so many months, one without an amount of
    zero or more is left out of a sum, and where there is no record there is no finding.
    """

    id: str
    title_zh: str
    title_en: str
    source: str
    when: Condition
    window: Window
    measure: Measure
    points: Decimal
    column: str | None
    values: Mapping[str, Decimal]
    otherwise: Decimal
    cap: Decimal | None
    veto: str | None
    clause: LawRef | None
    tone: Tone
    verified: bool
    dimension: str = field(default="", metadata=_LATER)
    half_from: int | None = field(default=None, metadata=_LATER)
    remedy: Remedy | None = field(default=None, metadata=_LATER)


@dataclass(frozen=True, slots=True)
class GradeStep:
    """One grade of the scale, best first; `at_least` is None for the last."""

    grade: str
    at_least: Decimal | None
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class StatusRule:
    """What follows from a subject's own state (注销, 吊销, 死亡 …): no grade, or none better than `best`."""

    statuses: tuple[str, ...]
    best: str | None
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class NothingKnown:
    """Why a subject about whom nothing counts is not graded."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class SectorCap:
    """With this public grade the grade of the trade is no better than `best`."""

    grade: str
    best: str
    clause: LawRef | None
    verified: bool


@dataclass(frozen=True, slots=True)
class SectorScale:
    """The finer scale of e-commerce beside the public one: the same score, and what the public grade forbids."""

    scale: tuple[GradeStep, ...]
    caps: tuple[SectorCap, ...]
    verified: bool


@dataclass(frozen=True, slots=True)
class LittleKnown:
    """The best grade of a subject about whom nothing counts but what the sources in `besides` say."""

    besides: tuple[str, ...]
    best: str


@dataclass(frozen=True, slots=True)
class Model:
    """How one kind of subject is graded.

    subject_kinds  the register's kinds it is for
    marked_by      sources of which any record makes the subject one of this model's; empty: kind alone decides
    marked_when    what such a record must say, where not every one does
    precedence     of the models a subject fits, the highest is taken
    public         its grades may be shown to everyone; never true for natural persons
    edition        12 hex digits that change with anything in the model, shared parts included
    dimensions     the headings its indicators stand under, in their order
    """

    id: str
    version: str
    edition: str
    title_zh: str
    title_en: str
    precedence: int
    subject_kinds: tuple[str, ...]
    marked_by: tuple[str, ...]
    public: bool
    scale: tuple[GradeStep, ...]
    base: Decimal
    floor: Decimal
    ceiling: Decimal
    little_known: LittleKnown | None
    statuses: tuple[StatusRule, ...]
    indicators: tuple[Indicator, ...]
    basis: tuple[LawRef, ...]
    verified: bool
    dimensions: tuple[Dimension, ...] = field(default=(), metadata=_LATER)
    sector: SectorScale | None = field(default=None, metadata=_LATER)
    nothing_known: NothingKnown | None = field(default=None, metadata=_LATER)
    marked_when: Condition = field(default=ALWAYS, metadata=_LATER)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one indicator (or the model itself: base, limit, little_known, nothing_known, status) adds, not yet in words.

    leaves   the newest records behind it, newest entry first, at most LEAVES_SHOWN
    records  how many there are in all
    value    the value looked up (latest) or the total added up (sum)
    faded    how many of the records count half
    """

    indicator: str
    points: Decimal
    records: int = 0
    leaves: tuple[int, ...] = ()
    value: str | None = None
    faded: int = 0


LEAVES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Reason:
    """A finding in words, with the clause it rests on. `dimension` is "" for what the model itself adds."""

    indicator: str
    points: Decimal
    leaves: tuple[int, ...]
    records: int
    zh: str
    en: str
    clause: LawRef | None
    tone: Tone
    dimension: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer for one subject on one day; the points of the findings add up to `score`.

    `grade` is None when the subject is not graded (its state says why). `valid_until` is the first later day on which
    time alone changes what is counted; None: never.
    """

    grade: str | None
    score: Decimal
    findings: tuple[Finding, ...]
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Grade:
    """A judgement with its reasons in words."""

    grade: str | None
    score: Decimal
    reasons: tuple[Reason, ...]
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Lift:
    """What a subject's own acts would make of its grade.

    remedies      what to do                      leaves   the records it is done about
    on            the first day on which all of it may be asked for, and for which grade and score are judged
    idle_grade, idle_score  what they are on that day when nothing is done
    """

    remedies: tuple[Remedy, ...]
    leaves: tuple[int, ...]
    on: date
    grade: str | None
    score: Decimal
    idle_grade: str | None
    idle_score: Decimal


@dataclass(frozen=True, slots=True)
class TimeStep:
    """A day on which time alone makes grade or score another."""

    on: date
    grade: str | None
    score: Decimal


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would change a grade.

    lifts     by remedy, then by record           together  everything at once; None for fewer than two remedies
    steps     what time alone does                waits     indicators about whose records nothing can be done but wait
    """

    lifts: tuple[Lift, ...]
    together: Lift | None
    steps: tuple[TimeStep, ...]
    waits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GradeRow:
    """A grade as kept. `row_id` grows with every change of any subject's grade, so it marks what is new.

    `score` is None when the subject no longer exists by itself (it was merged) or no model fits it any more; `edition`
    is that of the model, empty then.
    """

    row_id: int
    subject_id: int
    model_id: str
    model_version: str
    edition: str
    grade: str | None
    score: Decimal | None
    reasons: tuple[Reason, ...]
    as_of: date
    computed_at: datetime
    valid_until: date | None
    through_leaf: int
    is_current: bool
    public: bool


@dataclass(frozen=True, slots=True)
class EvaluationSummary:
    """What one evaluation did.

    looked_at      subjects judged anew             changed      grade rows written
    unchanged      judged anew, nothing differs     retired      merged away or no longer fitting any model
    without_model  subjects no model fits           unknown      subject ids in the ledger that nobody knows
    grades         model id → grade ("" = not graded) → subjects, over all current grades
    """

    run_id: int
    as_of: date
    full: bool
    why_full: str
    through_leaf: int
    looked_at: int
    changed: int
    unchanged: int
    retired: int
    without_model: int
    unknown: int
    grades: Mapping[str, Mapping[str, int]]
