"""Early warnings told to the key's organisation: listed, read, answered; and for the city's own keys how each rule does."""

import hashlib
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from ecredit.facts.subjects.search_queries import SubjectHit, list_hits
from ecredit.judgement.measures.answer_actions import acknowledge_warning, answer_warning
from ecredit.judgement.measures.queries import get_warning, list_rule_figures, list_warnings
from ecredit.judgement.measures.types import WarningFilter, WarningLine
from ecredit.surface.api.cursors import cursor, place_of
from ecredit.surface.api.keys import Needs, account_of, actor_of
from ecredit.surface.api.once import Made, once
from ecredit.surface.api.problems import not_found
from ecredit.surface.api.route_batches import own
from ecredit.surface.api.running import platform
from ecredit.surface.api.shapes_warnings import (
    RulesShape,
    WarningAnswer,
    WarningPageShape,
    WarningShape,
    WarningState,
    WarningWhole,
)
from ecredit.surface.api.told import Cursor, Limit, Number, reads, sends

router = Router(tags=["warnings"])
_READ, _ANSWER = "warning.read", "warning.answer"
_LIST = "warnings"
Asked = Literal[
    "all", "pending", "waiting", "overdue", "open", "acknowledged", "escalated", "answered", "justified", "false_alarm", "lifted",
]  # fmt: skip


@router.get(
    "/warnings", auth=Needs("warning.read"), response=reads(WarningPageShape), summary="预警 List warnings"
)
def list_own_warnings(
    request: HttpRequest,
    state: Annotated[Asked, Query()] = "all",
    limit: Limit = 50,
    cursor_: Cursor = None,
) -> dict[str, Any]:
    """What the organisation was told of, newest first."""
    mine = own(request, _READ)
    wanted = WarningFilter(
        mine, state=state, before=place_of(cursor_, of=_LIST), sort="id", descending=True
    )  # fmt: skip
    found = list_warnings(wanted, platform().today, limit=limit + 1)
    page = found[:limit]
    hits = _hits(page)
    older = page[-1].id if len(found) > limit else None
    return {"items": [_shape(line, mine, hits) for line in page], "next": cursor(older, of=_LIST)}


@router.get(
    "/warnings/{number}", auth=Needs("warning.read"), response=reads(WarningWhole), summary="预警 One warning"
)
def read_warning(request: HttpRequest, number: Number) -> dict[str, Any]:
    """One of them with what it rests on. 404 for one that the organisation was not told of."""
    mine = own(request, _READ)
    found = get_warning(number, mine)
    said = found.line.document
    return {
        **_shape(found.line, mine, _hits([found.line])),
        "facts": [{name: value for name, value in fact.items() if name != "id"} for fact in said["facts"]],
        "more": said["more"],
        "steps": [
            {"act": e.act, "state": e.state, "at": e.at, "reason": e.reason, "words": e.words} for e in found.events
        ],
    }  # fmt: skip


@router.post(
    "/warnings/{number}/acknowledge",
    auth=Needs("warning.answer"),
    response=sends(200, WarningState),
    summary="签收 Acknowledge",
    openapi_extra={"x-once": True},
)
def acknowledge(request: HttpRequest, number: Number) -> HttpResponse:
    """Say that it was seen. 409 when it was already, or another organisation is to answer."""

    def make() -> Made:
        state = acknowledge_warning(
            number=number, organisations=own(request, _ANSWER), ring=platform().ring, by=actor_of(request, _ANSWER),
            at=platform().now,
        )  # fmt: skip
        return 200, {"id": number, "state": state}, {}

    return once(request, b"", make)


@router.post(
    "/warnings/{number}/answer",
    auth=Needs("warning.answer"),
    response=sends(200, WarningState),
    summary="答复 Answer",
    openapi_extra={"x-once": True},
)
def answer(request: HttpRequest, number: Number, given: WarningAnswer) -> HttpResponse:
    """Answer it; an officer judges."""

    def make() -> Made:
        state = answer_warning(
            number=number, organisations=own(request, _ANSWER), words=given.words, ring=platform().ring,
            by=actor_of(request, _ANSWER), at=platform().now,
        )  # fmt: skip
        return 200, {"id": number, "state": state}, {}

    return once(request, hashlib.sha256(given.words.encode("utf-8", "surrogatepass")).digest(), make)


@router.get(
    "/warning-rules",
    auth=Needs("warning.rules"),
    response=reads(RulesShape),
    summary="预警规则及误报率 The rules of warning",
)
def list_rules(request: HttpRequest) -> dict[str, Any]:
    """How each rule does: for keys of the departments that run the city's credit system; 404 for others."""
    catalog = platform().catalog
    if account_of(request).organisation not in catalog.city:
        raise not_found()
    return {"items": [_rule(figures) for figures in list_rule_figures(catalog.warnings)]}


def _rule(figures: Any) -> dict[str, Any]:
    rule = platform().catalog.warnings.get(figures.rule)
    title = (figures.rule, figures.rule) if rule is None else (rule.title_zh, rule.title_en)
    names = ("rule", "warned", "live", "judged", "false_alarms", "rate", "low", "high")
    return {"title": {"zh": title[0], "en": title[1]}, **{name: getattr(figures, name) for name in names}}


def _hits(lines: list[WarningLine]) -> dict[int, SubjectHit]:
    return list_hits(sorted({line.subject_id for line in lines if line.subject_id is not None}))


def _shape(line: WarningLine, mine: frozenset[str], hits: dict[int, SubjectHit]) -> dict[str, Any]:
    said = line.document
    hit = None if line.subject_id is None else hits.get(line.subject_id)
    answers = any(a.answers and a.organisation in mine for a in line.addressees)
    owes = any(a.organisation in mine for a in line.owing)
    known = {
        name: getattr(line, name)
        for name in ("id", "rule", "state", "holds", "severity", "opened_on", "due_on")
    }
    told: dict[str, Any] = {
        **known,
        "answers": answers,
        "owes": owes,
        "title": line.title,
        "why": line.why,
        "expects": said["expects"],
        "code": None if hit is None or hit.is_person else hit.code or None,
        "shops": sorted({name for by, names in said["shops"].items() if by in mine for name in names}),
        "law": said["law"],
        "article": said["article"],
    }
    return {name: told[name] for name in WarningShape.model_fields}
