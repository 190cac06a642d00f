"""What the public database holds, as frozen values; the portal builds its pages on these.

Days are dates; an end is the first day something is no longer shown (half-open), None is an open end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal

from ecredit.foundation.catalog.texts import text
from ecredit.judgement.evaluation.types import Window
from ecredit.service.publicity.public_ratings import PublicRating

LAWS: Final = "law"
"""Beside the code tables in `PublicStore.english`: the titles of laws and their short English names."""


class Section(StrEnum):
    """The parts of a public profile, in the order a reader expects them."""

    REGISTRATION = "registration"
    LICENCE = "licence"
    PENALTY = "penalty"
    ABNORMAL = "abnormal"
    SERIOUS_LIST = "serious_list"
    COMMITMENT = "commitment"
    SPOT_CHECK = "spot_check"
    EVALUATION = "evaluation"
    HONOUR = "honour"
    DISCLOSURE = "disclosure"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PublicField:
    """One column of a document as it may be read: official code, Chinese name, masked value.

    unit   of an amount (元 or 万元)        table  id of the code table its values come from; both "" for others
    """

    code: str
    label: str
    value: str
    unit: str = ""
    table: str = ""


@dataclass(frozen=True, slots=True)
class PublicItem:
    """One document on a profile.

    leaf         number of its ledger entry in the transparency log (for a proof, and to object to it)
    source       id of the catalogued source; `title_zh`/`title_en` are the source's titles
    supplier     who gave it, in Chinese
    clause       the rule it is shown under, with article where one is known
    shown_until  first day it is no longer shown; None while no end is known
    corrected_on, corrected_by  the day an officer corrected it, and for which organisation, in Chinese ("": not known);
                 None and "" when it stands as its supplier sent it
    """

    leaf: int
    section: Section
    source: str
    title_zh: str
    title_en: str
    supplier: str
    fields: tuple[PublicField, ...]
    clause: str
    occurred_on: date | None
    shown_from: date
    shown_until: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    corrected_on: date | None = None
    corrected_by: str = ""

    def is_shown(self, on: date) -> bool:
        """Tell whether the public may see it on a day."""
        return self.shown_from <= on and (self.shown_until is None or on < self.shown_until)


@dataclass(frozen=True, slots=True)
class PublicReason:
    """One reason of a grade. `item_leaves` are the shown documents it rests on; empty for a general one.

    `shown_until` is the first day it is no longer shown: the earliest end among its documents.
    indicator      what of the model it comes from; `record_zh`/`record_en` name the class of records looked at
    counts_until   for each of `item_leaves` the first day it no longer counts; None: no end is known
    """

    zh: str
    en: str
    points: float | None
    clause: str = ""
    item_leaves: tuple[int, ...] = ()
    shown_until: date | None = None
    indicator: str = ""
    record_zh: str = ""
    record_en: str = ""
    counts_until: tuple[date | None, ...] = ()


@dataclass(frozen=True, slots=True)
class PublicChange:
    """The last time a grade became another: on which day of evaluation, from which to which.

    entered, left  the reasons that came and those that went; one whose points or documents changed is in both
    other_model    the two grades were given by different editions of the yardstick
    """

    on: date
    before: str
    after: str
    entered: tuple[PublicReason, ...] = ()
    left: tuple[PublicReason, ...] = ()
    other_model: bool = False


@dataclass(frozen=True, slots=True)
class PublicStep:
    """One grade of a scale and the score it begins at; None for the last, which has no bound."""

    grade: str
    at_least: float | None


@dataclass(frozen=True, slots=True)
class PublicLift:
    """What the subject's own acts would make of its grade from the day `on` on, and what it is then when nothing is done.

    does    what to do: Chinese, English, the rule         leaves  the documents it is done about
    """

    does: tuple[tuple[str, str, str], ...]
    leaves: tuple[int, ...]
    on: date
    grade: str | None
    score: float
    idle_grade: str | None
    idle_score: float


@dataclass(frozen=True, slots=True)
class PublicTimeStep:
    """A day on which time alone makes grade or score another."""

    on: date
    grade: str | None
    score: float


@dataclass(frozen=True, slots=True)
class PublicOutlook:
    """What would change a grade: by the subject's acts, by all of them together, by time alone; `waits` are the titles
    (Chinese, English) of what lowers it and about which nothing can be done but wait."""

    lifts: tuple[PublicLift, ...]
    together: PublicLift | None
    steps: tuple[PublicTimeStep, ...]
    waits: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PublicPast:
    """A grade as an evaluation for a day gave it; it stood until the next one."""

    on: date
    grade: str
    score: float
    edition: str


@dataclass(frozen=True, slots=True)
class PublicSectorStep:
    """One grade of the trade's own scale, best first; `at_least` is None for the last."""

    grade: str
    at_least: float | None
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class PublicSector:
    """The finer scale of the trade; `caps` is public grade → the best that goes with it."""

    scale: tuple[PublicSectorStep, ...]
    caps: Mapping[str, str]

    def step_of(self, grade: str, score: float) -> PublicSectorStep:
        """The grade of the trade for a public grade and its score."""
        order = [step.grade for step in self.scale]
        reached = next(n for n, s in enumerate(self.scale) if s.at_least is None or score >= s.at_least)
        best = self.caps.get(grade)
        return self.scale[reached if best is None else max(reached, order.index(best))]


@dataclass(frozen=True, slots=True)
class PublicModel:
    """The yardstick behind a grade.

    since      day it first graded anybody      verified  every weight, bound and source of it was checked
    scale      best grade first                 looks_at  indicator → source id, and how long a record counts
    dimensions  the headings of the reasons in their order: id, Chinese, English      under  indicator → heading
    """

    edition: str
    title_zh: str
    title_en: str
    version: str
    since: date
    verified: bool
    floor: float
    ceiling: float
    scale: tuple[PublicStep, ...]
    basis: tuple[str, ...]
    looks_at: Mapping[str, tuple[str, Window]]
    dimensions: tuple[tuple[str, str, str], ...] = ()
    under: Mapping[str, str] = field(default_factory=dict)
    sector: PublicSector | None = None


@dataclass(frozen=True, slots=True)
class PublicFact:
    """One line of the profile's head, taken from the registration document or the subject register.

    `label` is the Chinese column name; `label_key` (if any) names a text of the catalogue to use instead.
    `source` is the title of where it comes from, `on` the day it was true, `leaf` its ledger entry if it has one.
    """

    label: str
    value: str
    source: str
    on: date | None = None
    label_key: str | None = None
    leaf: int | None = None


Ungraded = Literal["", "state", "nothing", "no_model", "not_public", "waiting"]
"""Why a subject has no grade: its state in the register; nothing counts; no model fits; such grades are not for everyone;
none yet."""


@dataclass(frozen=True, slots=True)
class PublicSubject:
    """A subject's public profile on one day. Natural persons never have one.

    code         USCC, else the older register code; may differ from the code asked for (a former one)
    grade        None when there is none, or when its time ran out (`grade_stale`)
    score        what the points of all reasons add up to; None unless every one of them may be read
    model        the yardstick of the grade, or of what counts about a subject that is not graded
    ungraded     why there never was a grade to show (see Ungraded); `ungraded_zh`/`ungraded_en` say more, if there is more
    change       the last change of the grade, when it may be told whole
    outlook      what would change the grade; None unless every reason of it may be read
    history      the grades up to today's as far back as they may be told, newest first; empty for fewer than two
    facts        head lines; the fields of the registration document come first
    items        newest first, only what is shown on the day
    discloses    it is a registered platform, with a page of its disclosures
    ratings      of its shops, and of itself by those who rate couriers: by rule, those with most ratings first
    """

    code: str
    name: str
    kind: str
    area: str
    status: str
    grade: str | None = None
    graded_on: date | None = None
    grade_until: date | None = None
    grade_stale: bool = False
    score: float | None = None
    model: PublicModel | None = None
    ungraded: Ungraded = ""
    ungraded_zh: str = ""
    ungraded_en: str = ""
    change: PublicChange | None = None
    outlook: PublicOutlook | None = None
    history: tuple[PublicPast, ...] = ()
    facts: tuple[PublicFact, ...] = ()
    reasons: tuple[PublicReason, ...] = ()
    items: tuple[PublicItem, ...] = ()
    ratings: tuple[PublicRating, ...] = ()
    discloses: bool = False

    def items_in(self, section: Section) -> tuple[PublicItem, ...]:
        """The documents of one section, newest first."""
        return tuple(item for item in self.items if item.section is section)


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One line of a search result. `former_code` is the code asked for when the subject now has another, `shop` the name of
    the shop by which it was found."""

    code: str
    name: str
    kind: str
    area: str
    status: str
    grade: str | None = None
    former_code: str | None = None
    shop: str | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of hits, best first: the same name, names that begin so, names that contain it, operators of such shops.

    count   subjects that can be paged through          more  there are others beyond those
    """

    hits: tuple[SearchHit, ...]
    count: int
    more: bool
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class PublicTotals:
    """What is public on a day: subjects, documents by section, subjects by grade that still holds."""

    subjects: int
    items: int
    by_section: dict[Section, int]
    by_grade: dict[str, int]


@dataclass(frozen=True, slots=True)
class Freshness:
    """How new the projection is. `through_leaf` is -1 before anything was projected.

    `log_head` is the signed head it stands under (a checkpoint's text), `log_key` the key that verifies it.
    """

    projected_at: datetime | None
    projected_for: date | None
    through_leaf: int
    log_size: int | None
    log_root: str | None
    catalogue_edition: str | None
    log_head: str | None = None
    log_key: str | None = None


@dataclass(frozen=True, slots=True)
class PublicityDecision:
    """What the law says about showing one document, asked on one day.

    shown            may be seen on the day asked about
    shown_from       first day it may be seen (None: never)
    shown_until      first day it may no longer be seen (None: no end known, or never shown)
    repairable_from  first day credit repair may be applied for (the class's shortest period), if it has one
    term_class       id of the term class, None for documents without classes
    clause           the rule in words: title, number and article where one is known
    verified         False while a period, class or article behind it still has to be checked by a person
    why              key of a text `publicity.why_…`; `values` fill its placeholders
    """

    shown: bool
    shown_from: date | None
    shown_until: date | None
    repairable_from: date | None
    term_class: str | None
    clause: str
    verified: bool
    why: str
    values: Mapping[str, object]

    @property
    def why_zh(self) -> str:
        """The reason in Chinese."""
        return text(f"publicity.why_{self.why}", "zh", **self.values)

    @property
    def why_en(self) -> str:
        """The reason in English."""
        return text(f"publicity.why_{self.why}", "en", **self.values)


@dataclass(frozen=True, slots=True)
class ProjectionSummary:
    """What one run changed in the public database.

    subjects, items    public after the run
    touched            subjects written anew or removed in this run
    added, removed     documents that appeared and that went (ended, withdrawn, replaced)
    withheld           documents looked at in this run and not shown
    full               everything was built from nothing
    """

    full: bool
    why_full: str
    subjects: int
    items: int
    touched: int
    added: int
    removed: int
    withheld: int
    through_leaf: int
    seconds: float
