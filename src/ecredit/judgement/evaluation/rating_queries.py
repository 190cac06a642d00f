"""Reads of shown ratings."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ecredit.judgement.evaluation.keep_ratings import BUYERS
from ecredit.judgement.evaluation.rating_models import RatingRun, ShownRating
from ecredit.judgement.evaluation.rating_types import RatedShop, RatingFigures


def list_ratings_of(subject_ids: Iterable[int]) -> list[RatingFigures]:
    """What is shown of these subjects' shops, and of themselves as couriers: by rule, those with most ratings first."""
    rows = ShownRating.objects.filter(subject_id__in=list(subject_ids)).order_by("rule", "-ratings", "rated")
    return [_figures(row) for row in rows]


def list_tied_ratings(rules: Iterable[str]) -> Iterable[RatingFigures]:
    """Go through all shown ratings under these rules that are tied to a subject."""
    rows = ShownRating.objects.filter(subject_id__isnull=False, rule__in=list(rules))
    return (_figures(row) for row in rows.order_by("subject_id", "rule", "-ratings", "rated").iterator())


def list_rated_shops() -> list[RatedShop]:
    """Every shop that is rated."""
    rows = ShownRating.objects.filter(rule=BUYERS).order_by("rated")
    return [
        RatedShop(*row)
        for row in rows.values_list("rated", "name", "platform_id", "operator_uscc", "disputed")
    ]


def find_rating_run() -> RatingRun | None:
    """The last run of rating."""
    return RatingRun.objects.order_by("-id").first()


def _figures(row: ShownRating) -> RatingFigures:
    return RatingFigures(
        rule=row.rule,
        rule_version=row.rule_version,
        rated=row.rated,
        name=row.name,
        platform_id=row.platform_id,
        operator_uscc=row.operator_uscc,
        disputed=row.disputed,
        rating=row.rating,
        low=row.low,
        high=row.high,
        ratings=row.ratings,
        more=json.loads(row.document),
        subject_id=row.subject_id,
    )


@dataclass(frozen=True, slots=True)
class ShopStars:
    """A shop's shown rating, and how much stands behind it."""

    shop_id: str
    rating: float
    ratings: int
    weighted_down: int


def list_shop_stars(*, least: int) -> Iterator[ShopStars]:
    """Every shop that is shown a rating on at least so many."""
    rows = ShownRating.objects.filter(rule=BUYERS, rating__isnull=False, ratings__gte=least).order_by("rated")
    for rated, rating, ratings, document in rows.values_list(
        "rated", "rating", "ratings", "document"
    ).iterator():
        if rating is not None:
            yield ShopStars(rated, rating, ratings, json.loads(document).get("weighted_down", 0))
