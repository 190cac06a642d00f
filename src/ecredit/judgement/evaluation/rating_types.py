"""Values of shown ratings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RatedShop:
    """What is known of a shop besides its ratings; `disputed`: senders name different operators, so that nobody is tied."""

    shop_id: str
    name: str
    platform_id: str
    operator_uscc: str
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class RatingFigures:
    """What is shown of one who is rated under one rule.

    rated         a shop's token, or S and the number of a subject
    rating        1 to 5 with the interval `low` to `high`; None where there is no rating yet
    more          effective_ratings, weighted_down, weighted_down_share, reasons [{reason, ratings, weight}], not_judged, people (how many
                  different raters), waiting, follow_ups, replies, found_forged, points, level,
                  dimensions {id: {rating, low, high, ratings, people}}, standards
    """

    rule: str
    rule_version: str
    rated: str
    name: str
    platform_id: str
    operator_uscc: str
    disputed: bool
    rating: float | None
    low: float | None
    high: float | None
    ratings: int
    more: Mapping[str, Any] = field(default_factory=dict)
    subject_id: int | None = None


@dataclass(frozen=True, slots=True)
class RatingSummary:
    """What a run of rating did. `why` it ran (first, changed, asked) or did not (unchanged, nothing)."""

    ran: bool
    why: str
    run_id: int | None = None
    rated: int = 0
    changed: int = 0
    gone: int = 0
    ratings: int = 0
    waiting: int = 0
    weighted_down: int = 0
    found_forged: int = 0
    without_subject: int = 0
    seconds: float = 0.0
