"""What everyone may see, without a key: the public database and nothing else."""

from dataclasses import asdict, replace
from typing import Annotated, Any, Final

from django.http import HttpRequest
from ninja import Query, Router

from ecredit.foundation.catalog.texts import text
from ecredit.service.publicity.public_ratings import PublicRating
from ecredit.service.publicity.types import PublicChange, PublicItem
from ecredit.surface.api.cursors import MOST_A_PAGE, cursor, place_of
from ecredit.surface.api.problems import not_found
from ecredit.surface.api.route_records import Code
from ecredit.surface.api.running import platform, public_store
from ecredit.surface.api.shapes_public import (
    PublicStateShape,
    PublicSubjectShape,
    RatingRulesShape,
    SearchShape,
)
from ecredit.surface.api.told import Cursor, Limit, public

router = Router(tags=["public"])
_LEAF_BITS: Final = 48


@router.get("", auth=None, response=public(PublicStateShape), summary="公示概况 How fresh it is")
def read_state(request: HttpRequest) -> dict[str, Any]:
    """As of when the public data are, and how much there is. `invented`: a demo city, all made up."""
    store = public_store()
    fresh, totals = store.freshness(), store.totals(platform().today)
    return {
        "projected_at": fresh.projected_at,
        "log_size": fresh.log_size,
        "log_root": fresh.log_root,
        "catalogue_edition": fresh.catalogue_edition,
        "invented": store.is_invented(),
        "subjects": totals.subjects,
        "items": totals.items,
    }


@router.get("/subjects", auth=None, response=public(SearchShape), summary="查询 Search")
def search(
    request: HttpRequest,
    q: Annotated[str, Query(min_length=2, max_length=60, pattern="^[^\\x00-\\x1f\\x7f]+$")],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor_: Cursor = None,
) -> dict[str, Any]:
    """Subjects by a part of the name, or of a shop's (two characters or more), or by code (whole, or its first six or more)."""
    of = f"search.{limit}.{q}"
    found = public_store().search(q, platform().today, place_of(cursor_, of=of) or 1, limit)
    further = found.page + 1 if found.page < found.pages else None
    return {
        "items": [asdict(hit) for hit in found.hits],
        "count": found.count,
        "more": found.more,
        "next": cursor(further, of=of),
    }


@router.get(
    "/subjects/{code}", auth=None, response=public(PublicSubjectShape), summary="信用档案 A public profile"
)
def read_public_subject(
    request: HttpRequest, code: Code, limit: Limit = MOST_A_PAGE, cursor_: Cursor = None
) -> dict[str, Any]:
    """The profile behind a present or former code as everyone may see it today; its documents page by page."""
    subject = public_store().find_subject(code, platform().today)
    if subject is None:
        raise not_found()
    of = f"public.{subject.code}"
    before = place_of(cursor_, of=of)
    items = [item for item in subject.items if before is None or _place(item) < before]
    told = asdict(replace(subject, items=tuple(items[:limit])))
    wanted = ("code", "name", "kind", "area", "status", "grade", "graded_on", "score", "reasons", "items")
    further = _place(items[limit - 1]) if len(items) > limit else None
    return {
        **{name: told[name] for name in wanted},
        "ratings": [_rated(each) for each in subject.ratings],
        "change": None if subject.change is None else _changed(subject.change),
        "next": cursor(further, of=of),
    }


@router.get("/rating-rules", auth=None, response=public(RatingRulesShape), summary="评价规则 Rules of rating")
def read_rating_rules(request: HttpRequest) -> dict[str, Any]:
    """By what rules shops and couriers are rated: the rule, not the figures that tell forged from honest."""
    return {"items": [asdict(rule) for rule in public_store().rating_rules().values()]}


def _rated(rating: PublicRating) -> dict[str, Any]:
    told = asdict(rating)
    told["reasons"] = [
        {"code": code, "zh": text(f"rating.title.{code}", "zh"), "en": text(f"rating.title.{code}", "en"), "ratings": many}
        for code, many in rating.reasons
    ]  # fmt: skip
    return told


def _changed(change: PublicChange) -> dict[str, Any]:
    told = asdict(change)
    for part in ("entered", "left"):
        told[part] = [{**reason, "leaves": reason["item_leaves"]} for reason in told[part]]
    return told


def _place(item: PublicItem) -> int:
    # By day, then by leaf, as they are listed: what comes and goes between two pages moves none of the others.
    return (item.occurred_on.toordinal() if item.occurred_on else 0) << _LEAF_BITS | item.leaf
