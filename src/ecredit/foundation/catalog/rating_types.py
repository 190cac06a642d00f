"""What the catalogue says of mutual ratings: who may rate whom, of what, when a rating is shown, and what it is worth in points."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

Direction = Literal[
    "buyer_to_shop", "shop_to_buyer", "consumer_to_courier", "merchant_to_courier", "platform_to_courier",
    "regulator_to_courier",
]  # fmt: skip
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)


@dataclass(frozen=True, slots=True)
class Dimension:
    """One thing that is rated by itself, e.g. the goods; `column` of the ratings holds its score."""

    id: str
    zh: str
    en: str
    column: str


@dataclass(frozen=True, slots=True)
class PointLevel:
    """A level that begins at so many points; the lowest begins at None."""

    id: str
    zh: str
    en: str
    at_least: float | None


@dataclass(frozen=True, slots=True)
class PointRule:
    """What ratings are worth in points (积分).

    stars             points of one rating with one to five stars, in this order; may be negative
    half_life_days    after so many days a rating's points are worth half
    most_from_one     one who rates moves the points of one who is rated by no more than this, up or down
    most              no more points than this, and no fewer than 0
    levels            the lowest first
    """

    stars: tuple[float, float, float, float, float]
    half_life_days: float
    most_from_one: float
    most: float
    levels: tuple[PointLevel, ...]


@dataclass(frozen=True, slots=True)
class RatingRule:
    """The rule of one direction, an edition of it.

    blind_days      a rating tied to an order is shown when the other side has rated too, or after so many days; 0: at once
    pair            the direction that answers this one, None where nobody answers
    follow_up_days  how long the first rating may be followed up
    needs_order     only what is tied to an order (or a waybill) counts
    replies         the one who is rated may answer beneath
    public          what comes of it is for everyone, from `public_from` people on: fewer would tell what one of them said
    law, article    what it stands under, by the ids of `Catalog.laws`
    verified        every figure in it was checked against what it stands under; false: the city's own
    """

    id: Direction
    title_zh: str
    title_en: str
    version: str
    valid_from: date | None
    valid_to: date | None
    about_zh: str
    about_en: str
    dimensions: tuple[Dimension, ...]
    blind_days: int
    pair: Direction | None
    follow_up_days: int
    needs_order: bool
    replies: bool
    public: bool
    public_from: int
    points: PointRule | None
    law: str
    article: str | None
    verified: bool

    def in_force(self, on: date) -> bool:
        """Tell whether it holds on a day."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on < self.valid_to
        )
