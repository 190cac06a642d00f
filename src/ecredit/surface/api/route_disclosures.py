"""Platforms' disclosures for machines: a platform's own gaps, read and answered; and without a key what everybody may see."""

import hashlib
from dataclasses import asdict
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from ecredit.judgement.disclosure.gap_words import saw_words, where_words
from ecredit.judgement.disclosure.handle_actions import answer_gap
from ecredit.judgement.disclosure.queries import get_gap, list_gaps
from ecredit.judgement.disclosure.types import GapFilter, GapLine
from ecredit.service.publicity.public_disclosures import SANCTIONS, SPOT_CHECKS, NamedDocument
from ecredit.surface.api.cursors import cursor, place_of
from ecredit.surface.api.keys import Needs, actor_of
from ecredit.surface.api.once import Made, once
from ecredit.surface.api.problems import not_found
from ecredit.surface.api.route_batches import own
from ecredit.surface.api.route_records import Code
from ecredit.surface.api.running import platform, public_store
from ecredit.surface.api.shapes_disclosures import (
    DisclosedPlatformsShape,
    GapAnswer,
    GapPageShape,
    GapState,
    GapWhole,
    PublicDisclosureShape,
    PublicGapShape,
)
from ecredit.surface.api.told import Cursor, Limit, Number, public, reads, sends

router = Router(tags=["disclosures"])
_READ, _ANSWER = "disclosure.read", "disclosure.answer"
_LIST = "disclosures"
Asked = Literal["all", "pending", "overdue", "open", "answered", "confirmed", "dismissed", "mended", "gone"]


@router.get(
    "/disclosures",
    auth=Needs("disclosure.read"),
    response=reads(GapPageShape),
    summary="公示缺漏 List gaps of disclosure",
)
def list_own_gaps(
    request: HttpRequest, state: Annotated[Asked, Query()] = "all", limit: Limit = 50, cursor_: Cursor = None
) -> dict[str, Any]:
    """What is missing or late of the organisation's own disclosures, newest first."""
    wanted = GapFilter(
        own(request, _READ), state=state, before=place_of(cursor_, of=_LIST), sort="id", descending=True
    )  # fmt: skip
    found = list_gaps(wanted, platform().today, limit=limit + 1)
    page = found[:limit]
    older = page[-1].id if len(found) > limit else None
    return {"items": [_shape(line) for line in page], "next": cursor(older, of=_LIST)}


@router.get(
    "/disclosures/{number}",
    auth=Needs("disclosure.read"),
    response=reads(GapWhole),
    summary="一条公示缺漏 One gap",
)
def read_gap(request: HttpRequest, number: Number) -> dict[str, Any]:
    """One of them with what happened. 404 for another organisation's."""
    found = get_gap(number, own(request, _READ))
    steps = [{"act": e.act, "state": e.state, "at": e.at, "words": e.words} for e in found.events]
    return {**_shape(found.line), "steps": steps}


@router.post(
    "/disclosures/{number}/answer",
    auth=Needs("disclosure.answer"),
    response=sends(200, GapState),
    summary="答复 Answer",
    openapi_extra={"x-once": True},
)
def answer(request: HttpRequest, number: Number, given: GapAnswer) -> HttpResponse:
    """Answer it; an officer looks at it. 409 when it is over."""

    def make() -> Made:
        state = answer_gap(
            number=number, organisations=own(request, _ANSWER), words=given.words, ring=platform().ring,
            by=actor_of(request, _ANSWER), at=platform().now,
        )  # fmt: skip
        return 200, {"id": number, "state": state}, {}

    return once(request, hashlib.sha256(given.words.encode("utf-8", "surrogatepass")).digest(), make)


@router.get(
    "/public/disclosures",
    auth=None,
    response=public(DisclosedPlatformsShape),
    summary="平台公示 What platforms disclose",
)
def list_platforms(request: HttpRequest) -> dict[str, Any]:
    """Every registered platform, with how much is shown of it today."""
    return {"items": [asdict(one) for one in public_store().disclosed_platforms(platform().today)]}


@router.get(
    "/public/disclosures/{code}",
    auth=None,
    response=public(PublicDisclosureShape),
    summary="一个平台的公示 One platform's disclosures",
)
def read_platform(request: HttpRequest, code: Code) -> dict[str, Any]:
    """What everybody may see today of a registered platform, by its code. Its own documents are those of its profile."""
    store, today = public_store(), platform().today
    found = store.find_disclosed(code, today)
    if found is None:
        raise not_found()
    gaps = [asdict(gap) for gap in store.public_gaps(code, today)]
    return {
        **asdict(found),
        "gaps": [{name: gap[name] for name in PublicGapShape.model_fields} for gap in gaps],
        "newest_sanctions": [_document(d) for d in store.named_documents(code, SANCTIONS, today, 1)],
        "newest_spot_checks": [_document(d) for d in store.named_documents(code, SPOT_CHECKS, today, 1)],
    }


def _document(document: NamedDocument) -> dict[str, Any]:
    return {
        "leaf": document.leaf,
        "code": document.code,
        "name": document.name,
        "occurred_on": document.occurred_on,
        "fields": {code: field.value for code, field in document.fields.items()},
    }


def _shape(line: GapLine) -> dict[str, Any]:
    said = line.document
    return {
        **{
            name: getattr(line, name)
            for name in ("id", "check", "platform", "state", "holds", "late", "found_on", "due_on")
        },
        **{name: said[name] for name in ("title", "asks", "law", "article", "verified", "seen_on")},
        "saw": {"zh": saw_words(said, "zh"), "en": saw_words(said, "en")},
        "where": said["url"] or where_words(said, "zh"),
    }
