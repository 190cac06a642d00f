"""What everyone may see, without a key: the public database and nothing else."""

from dataclasses import asdict
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from ecredit.service.publicity.types import PublicSubject
from ecredit.surface.api.cursors import cursor, place_of
from ecredit.surface.api.problems import not_found
from ecredit.surface.api.route_records import Code
from ecredit.surface.api.running import platform, public_store
from ecredit.surface.api.shapes_public import PublicStateShape, PublicSubjectShape, SearchShape
from ecredit.surface.api.told import Cursor, public

router = Router(tags=["public"])


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
    """Subjects by a part of the name (two characters or more) or by code (whole, or its first six or more)."""
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
def read_public_subject(request: HttpRequest, code: Code) -> dict[str, Any]:
    """The profile behind a present or former code as everyone may see it today."""
    subject = public_store().find_subject(code, platform().today)
    if subject is None:
        raise not_found()
    return _profile(subject)


def _profile(subject: PublicSubject) -> dict[str, Any]:
    told = asdict(subject)
    wanted = ("code", "name", "kind", "area", "status", "grade", "graded_on", "score", "reasons", "items")
    return {name: told[name] for name in wanted}
