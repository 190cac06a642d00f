"""What the catalogue says of a platform's periodic state of credit: which figures it gives, and how each is counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

# Figures the program knows how to count (`judgement/monitoring`, families `measure_*`); a test holds the two together.
MEASURES = (
    "merchants", "merchants_registered", "merchants_fresh", "realname_matched", "shops", "licence_shown", "commitments",
    "complaints", "complaints_per_merchants", "complaints_per_orders", "complaints_settled", "complaint_days",
    "forged_shops", "forged_orders", "findings_waiting", "sanctions", "disclosures", "shop_rating",
    "ratings_weighted_down", "shop_grades", "reports_on_time",
)  # fmt: skip
Group = Literal[
    "merchants",
    "shops",
    "complaints",
    "forged_trade",
    "sanctions",
    "disclosures",
    "ratings",
    "grades",
    "reports",
]
GROUPS: tuple[Group, ...] = get_args(Group)
Unit = Literal["count", "share", "per_thousand", "per_ten_thousand", "workdays", "rating"]
UNITS: tuple[Unit, ...] = get_args(Unit)
# What is divided by something; the others are a count, or a median of so many.
RATIOS: frozenset[Unit] = frozenset({"share", "per_thousand", "per_ten_thousand"})
When = Literal["in_period", "period_end", "made_on"]
WHENS: tuple[When, ...] = get_args(When)
Direction = Literal["higher", "lower", "none"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
PeriodUnit = Literal["month", "quarter", "year"]
PERIOD_UNITS: tuple[PeriodUnit, ...] = get_args(PeriodUnit)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a report, and its definition as everybody may read it.

    unit       what it is; a share is of 1, a median of working days or of stars has the number behind it as its denominator
    when       counted over the period, at its end, or as things stand on the day the report is made
    direction  which way is better; "none" is never ranked
    public     false: for officers only, never in what is published
    least      below so many in the denominator it is not shown, and not ranked
    league     platforms are ranked by it
    counted, left_out  values of a code table: those of the numerator, those that are not even in the denominator
    law, article       what it stands under, by the ids of `Catalog.laws`; verified: its definition was checked against that
    """

    id: str
    group: Group
    title_zh: str
    title_en: str
    definition_zh: str
    definition_en: str
    numerator_zh: str
    numerator_en: str
    denominator_zh: str
    denominator_en: str
    sources: tuple[str, ...]
    unit: Unit
    when: When
    direction: Direction
    public: bool
    least: int
    league: bool
    counted: tuple[str, ...]
    left_out: tuple[str, ...]
    law: str
    article: str | None
    verified: bool


@dataclass(frozen=True, slots=True)
class Monitoring:
    """The figures by id in the order of the report, how many periods a report looks back over, and how late a report of a
    supplier may come and still count for an earlier period's end (days)."""

    figures: Mapping[str, Figure] = field(default_factory=dict)
    trend: Mapping[PeriodUnit, int] = field(default_factory=dict)
    late_days: int = 0
