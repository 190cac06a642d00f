"""Reads of shown ratings."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby, takewhile
from operator import attrgetter
from typing import Any

from ecredit.judgement.evaluation.keep_ratings import BUYERS
from ecredit.judgement.evaluation.rating_models import PastRating, RatingRun, ShownRating
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


@dataclass(frozen=True, slots=True)
class FallenRating:
    """A shown rating, and the best one before it that was surely better, with the day from which that one was no longer shown."""

    now: RatingFigures
    before: float
    on: date


def list_fallen_ratings(rule: str, *, since: date, by: float, least: int) -> list[FallenRating]:
    """Those whose shown rating came down by `by` stars or more since a day, the intervals apart, `least` ratings behind both.

    Only runs by the program and the rules of the last one are compared: a new rule is nobody's fall.
    """
    runs = list(RatingRun.objects.order_by("-id").only("id", "as_of", "rules", "engine"))
    if not runs:
        return []
    alike = list(takewhile(lambda run: (run.rules, run.engine) == (runs[0].rules, runs[0].engine), runs))
    # What stood when the time began; where no run is as old, what the first of them left.
    start = next((run.pk for run in alike if run.as_of <= since), alike[-1].pk)
    days = {run.pk: run.as_of for run in alike}
    now = ShownRating.objects.filter(
        rule=rule, rating__isnull=False, ratings__gte=least, last_run_id__gt=start
    )
    past = PastRating.objects.filter(rule=rule, rated__in=now.values("rated")).order_by("rated", "run_id")
    fell: dict[str, tuple[Any, date]] = {}
    for rated, kept in groupby(past.iterator(), key=attrgetter("rated")):
        rows = list(kept)
        first = max((n for n, row in enumerate(rows) if row.run_id <= start), default=0)
        known = [
            n for n in range(first, len(rows) - 1) if rows[n].ratings >= least and rows[n].rating is not None
        ]
        if not known:
            continue
        best = max(known, key=lambda n: (rows[n].rating, n))
        if (drop := _sure_drop(rows[best], rows[-1])) is not None and drop >= by:
            fell[rated] = rows[best].rating, days[rows[best + 1].run_id]
    shown = now.filter(rated__in=fell).order_by("rated") if fell else []
    return [FallenRating(_figures(row), *fell[row.rated]) for row in shown]


def _sure_drop(before: PastRating, now: PastRating) -> float | None:
    """By how many stars it came down; None where the two intervals meet, or there is no rating."""
    if before.rating is None or before.low is None or now.rating is None or now.high is None:
        return None
    return before.rating - now.rating if now.high < before.low else None
