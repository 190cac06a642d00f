"""Credit commitments as everyone may see them: listed by platform or kind of operator, and the figures. Without a key."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router

from ecredit.service.publicity.listing import A_PAGE, MOST_PAGES
from ecredit.surface.api.cursors import cursor, place_of
from ecredit.surface.api.problems import not_found
from ecredit.surface.api.running import platform, public_store
from ecredit.surface.api.shapes_commitments import CommitmentFiguresShape, CommitmentPageShape
from ecredit.surface.api.told import Cursor, public

router = Router(tags=["public"])
Sector = Literal["platform", "merchant", "courier"]


@router.get("/commitments", auth=None, response=public(CommitmentPageShape), summary="信用承诺 Commitments")
def list_commitments(
    request: HttpRequest,
    on: Annotated[str | None, Query(alias="platform", min_length=1, max_length=200)] = None,
    sector: Annotated[Sector | None, Query()] = None,
    cursor_: Cursor = None,
) -> dict[str, Any]:
    """Commitments shown today, newest first, fifty a page: of operators with a shop on a platform (by the name shops give it), of a
    kind of operator, or all. Those of individuals are never public."""
    of = f"commitments.{sector or ''}.{on or ''}"
    page = place_of(cursor_, of=of) or 1
    lines, count = public_store().list_commitments(
        platform().today, page, platform=on or "", sector=sector or ""
    )
    further = page + 1 if page * A_PAGE < count and page < MOST_PAGES else None
    return {
        "items": [asdict(line) for line in lines],
        "count": count,
        "next": cursor(further, of=of),
    }


@router.get(
    "/commitments/figures",
    auth=None,
    response=public(CommitmentFiguresShape),
    summary="信用承诺统计 Commitments in figures",
)
def read_figures(request: HttpRequest) -> dict[str, Any]:
    """How many promised, kept their word, broke it and whose promise soon ends, by platform and kind of operator."""
    document = public_store().commitment_figures()
    if not document:
        raise not_found()
    return document
