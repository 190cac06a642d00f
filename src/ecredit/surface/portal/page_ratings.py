"""`/ratings`: the rules by which shops and couriers are rated, and ratings as a profile shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from ecredit.foundation.catalog.texts import text
from ecredit.service.publicity.public_ratings import PublicRating, PublicRule
from ecredit.surface.portal.answers import page, show
from ecredit.surface.portal.frame import Frame
from ecredit.surface.portal.language import Lang
from ecredit.surface.portal.reading import public_store


@dataclass(frozen=True, slots=True)
class RatingView:
    """A rating with its rule, and why it differs from the plain mean, in words."""

    rating: PublicRating
    rule: PublicRule
    reasons: tuple[tuple[str, int], ...]
    not_judged: tuple[str, ...]


def rating_views(
    lang: Lang, ratings: Sequence[PublicRating], rules: Mapping[str, PublicRule]
) -> list[RatingView]:
    """Ratings whose rule is published, in the order given."""
    return [
        RatingView(
            rating,
            rules[rating.rule],
            tuple((text(f"rating.title.{code}", lang), count) for code, count in rating.reasons),
            tuple(text(f"rating.not_judged.{code}", lang) for code in rating.not_judged),
        )
        for rating in ratings
        if rating.rule in rules
    ]


@page
def ratings(request: HttpRequest, frame: Frame) -> HttpResponse:
    """Who rates whom, when it is shown, what weighs less; the rule, not where its limits are."""
    rules = list(public_store().rating_rules().values())
    taken = [
        (text(f"rating.title.{code}", frame.lang), text(f"rating.rule.{code}", frame.lang))
        for code in ("confirmed", "forged", "surplus", "one_sided", "together", "repeated")
    ]
    return show(request, frame, "portal/ratings.html", {"rules": rules, "taken": taken})
