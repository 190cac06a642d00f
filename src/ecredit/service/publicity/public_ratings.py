"""Ratings as everyone may read them: of shops and couriers that have a profile, never of persons nor one by one."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from ecredit.foundation.catalog.rating_types import RatingRule
from ecredit.foundation.catalog.types import Catalog
from ecredit.judgement.evaluation.rating_types import RatingFigures
from ecredit.service.publicity.reveal import reveal_text

_PUBLIC_PLACES = 2


@dataclass(frozen=True, slots=True)
class PublicDimension:
    """One thing that was rated by itself."""

    zh: str
    en: str
    rating: float
    ratings: int


@dataclass(frozen=True, slots=True)
class PublicRating:
    """What is shown of a shop or courier under one rule.

    name           the shop's; "" where the subject itself is rated
    rating         with its interval; None while fewer than `PublicRule.public_from` people stand behind it
    ratings        all of them, those weighted down included
    weighted_down  ratings that lost more than half of their weight; `taken`: the share of all weight that was
    reasons        (code of `rating.title.…`, ratings that lost by it), `not_judged` codes of `rating.not_judged.…`
    found_forged   ratings that officers found forged: still there, and of no weight
    """

    rule: str
    rule_version: str
    name: str
    rating: float | None
    low: float | None
    high: float | None
    ratings: int
    weighted_down: int = 0
    taken: float = 0.0
    reasons: tuple[tuple[str, int], ...] = ()
    not_judged: tuple[str, ...] = ()
    found_forged: int = 0
    follow_ups: int = 0
    replies: int = 0
    dimensions: tuple[PublicDimension, ...] = ()


@dataclass(frozen=True, slots=True)
class PublicRule:
    """A rule of rating as it is published: what it asks, and what it stands under. Not the figures that tell forged from honest."""

    id: str
    title_zh: str
    title_en: str
    version: str
    valid_from: date | None
    about_zh: str
    about_en: str
    dimensions: tuple[tuple[str, str], ...]
    blind_days: int
    follow_up_days: int
    needs_order: bool
    replies: bool
    public: bool
    public_from: int
    law: str
    verified: bool


def public_rating(figures: RatingFigures, rule: RatingRule) -> PublicRating:
    """What everyone may know of a shown rating. What rests on few would tell what one of them said."""
    more = figures.more
    # Of nobody it is known how many people speak: then they are not enough.
    enough = more.get("people", 0) >= rule.public_from
    sides = more.get("dimensions", {})
    return PublicRating(
        rule=figures.rule,
        rule_version=figures.rule_version,
        name=reveal_text(figures.name),
        rating=_told(figures.rating) if enough else None,
        low=_told(figures.low) if enough else None,
        high=_told(figures.high) if enough else None,
        ratings=figures.ratings,
        weighted_down=more.get("weighted_down", 0) if enough else 0,
        taken=(more.get("weighted_down_share") or 0.0) if enough else 0.0,
        reasons=tuple((r["reason"], r["ratings"]) for r in more.get("reasons", ())) if enough else (),
        not_judged=tuple(more.get("not_judged", ())),
        found_forged=more.get("found_forged", 0) if enough else 0,
        follow_ups=more.get("follow_ups", 0) if enough else 0,
        replies=more.get("replies", 0) if enough else 0,
        dimensions=tuple(
            PublicDimension(d.zh, d.en, round(sides[d.id]["rating"], _PUBLIC_PLACES), sides[d.id]["ratings"])
            for d in rule.dimensions
            if enough and d.id in sides and sides[d.id].get("people", 0) >= rule.public_from
        ),
    )


def _told(rating: float | None) -> float | None:
    """As exact as a reader needs it; with more places two days' ratings would tell what the one new rating was."""
    return None if rating is None else round(rating, _PUBLIC_PLACES)


def public_rules(catalog: Catalog, on: date) -> list[PublicRule]:
    """The rules in force on a day, those of ratings that are not public among them: everyone may know the rule."""
    found = []
    for rule in catalog.ratings.values():
        if not rule.in_force(on):
            continue
        law = catalog.laws[rule.law]
        article = "" if rule.article is None else f"第{rule.article}条"
        found.append(
            PublicRule(
                rule.id, rule.title_zh, rule.title_en, rule.version, rule.valid_from, rule.about_zh, rule.about_en,
                tuple((d.zh, d.en) for d in rule.dimensions), rule.blind_days if rule.pair else 0, rule.follow_up_days,
                rule.needs_order, rule.replies, rule.public, rule.public_from, f"《{law.title}》{article}", rule.verified,
            )
        )  # fmt: skip
    return found


def rating_docs(
    tied: Iterable[RatingFigures], rules: Mapping[str, RatingRule]
) -> Iterator[tuple[int, int, str]]:
    """Rows of the table `rating`: subject, place among its ratings, JSON. `tied` comes by subject."""
    place, last = 0, None
    for figures in tied:
        if figures.subject_id is None:
            continue
        place = place + 1 if figures.subject_id == last else 0
        last = figures.subject_id
        yield last, place, _json(asdict(public_rating(figures, rules[figures.rule])))


def rule_doc(rule: PublicRule) -> str:
    """The JSON of a row of `rating_rule`."""
    return _json(
        {**asdict(rule), "valid_from": None if rule.valid_from is None else rule.valid_from.isoformat()}
    )


def read_rating(doc: str) -> PublicRating:
    """A rating as `rating_docs` wrote it."""
    found: dict[str, Any] = json.loads(doc)
    found["reasons"] = tuple((code, count) for code, count in found["reasons"])
    found["not_judged"] = tuple(found["not_judged"])
    found["dimensions"] = tuple(PublicDimension(**part) for part in found["dimensions"])
    return PublicRating(**found)


def read_rule(doc: str) -> PublicRule:
    """A rule as `rule_doc` wrote it."""
    found: dict[str, Any] = json.loads(doc)
    found["dimensions"] = tuple((zh, en) for zh, en in found["dimensions"])
    day = found["valid_from"]
    found["valid_from"] = None if day is None else date.fromisoformat(day)
    return PublicRule(**found)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
