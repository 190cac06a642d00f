"""`/desk/disclosures/<number>`: one gap whole: what is asked for, what was seen, where and when, under which clause; answered, settled
and asked to be confirmed here."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecredit.facts.actors.approval_queries import list_names, list_waiting_about
from ecredit.facts.actors.rights import Everyone
from ecredit.foundation.catalog.texts import text
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.judgement.disclosure.errors import NoSuchGap
from ecredit.judgement.disclosure.gap_rules import next_state
from ecredit.judgement.disclosure.gap_words import clause_words, late_words, saw_words, where_words
from ecredit.judgement.disclosure.handle_actions import BY_ONE, BY_TWO, answer_gap, settle_gap
from ecredit.judgement.disclosure.queries import get_gap
from ecredit.judgement.disclosure.types import Act, GapView
from ecredit.service.operation.approved import carry_out, gap_decision
from ecredit.surface.desk.doors import actor, needs, reached
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.notices import done, done_or_asked, notice
from ecredit.surface.desk.page_disclosures import READ, STATE_BADGES, seen_by
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page

ANSWER: Final = "disclosure.answer"
SETTLE: Final = "disclosure.settle"
CONFIRM: Final = "disclosure.confirm"


@needs(READ)
def disclosure(request: HttpRequest, number: int) -> HttpResponse:
    """The gap."""
    return _show(request, _find(request, number))


@needs("disclosure.answer", methods=("POST",))
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """The platform answers."""
    found, mine = _find(request, number), reached(request, ANSWER)
    by = actor(request, ANSWER)
    try:
        answer_gap(
            number=number,
            # Somebody who may for everyone answers for nobody in particular.
            organisations=frozenset() if isinstance(mine, Everyone) else mine,
            words=request.POST.get("words", ""),
            ring=city().ring,
            by=by,
            at=city().now,
        )
    except EcreditError as error:
        return _show(request, found, error)
    return done(request, "gap_answered", "desk:disclosure", number=number)


@needs("disclosure.settle", methods=("POST",))
def settle(request: HttpRequest, number: int) -> HttpResponse:
    """Dismiss it, or find it mended."""
    found, by = _find(request, number), actor(request, SETTLE)
    words, act = request.POST.get("words", ""), request.POST.get("act", "")
    try:
        settle_gap(number=number, act=act, words=words, ring=city().ring, by=by, at=city().now)
    except EcreditError as error:
        return _show(request, found, error)
    return done(request, "gap_settled", "desk:disclosure", number=number)


@needs("disclosure.confirm", methods=("POST",))
def confirm(request: HttpRequest, number: int) -> HttpResponse:
    """Ask another officer to confirm it on what it says, or to take a confirmation back."""
    found, by = _find(request, number), actor(request, CONFIRM)
    act, digest = request.POST.get("act", ""), request.POST.get("digest", "")
    wish = gap_decision(number=number, act=act, digest=digest)
    try:
        carried = carry_out(
            city(), wish, reason=request.POST.get("words", "").strip()[:500], by=by, at=city().now
        )
    except EcreditError as error:
        return _show(request, found, error)
    return done_or_asked(request, carried, "desk:disclosure", number=number)


def _find(request: HttpRequest, number: int) -> GapView:
    try:
        return get_gap(number, seen_by(request))
    except NoSuchGap as error:
        raise NotThere from error


def _show(request: HttpRequest, found: GapView, error: EcreditError | None = None) -> HttpResponse:
    frame, line = frame_of(request), found.line
    said, lang = line.document, frame_of(request).lang
    acts = {act for act in Act if next_state(line.state, act) is not None}
    if said["kind"] != "page":
        acts.discard(Act.MEND)
    mine = reached(request, ANSWER) if frame.may(ANSWER) else frozenset()
    own = not isinstance(mine, Everyone) and line.organisation in mine
    source = city().catalog.sources.get(_source_of(said["check"]))
    columns = {} if source is None else {column.code: column.name for column in source.columns}
    return page(
        request,
        "desk/disclosure.html",
        status=200 if error is None else 409,
        line=line,
        said=said,
        digest=found.digest,
        title=said["title"][lang],
        state=text(f"disclosure.state.{line.state}", lang),
        state_badge=STATE_BADGES[line.state],
        overdue=line.is_overdue(city().today),
        saw=saw_words(said, lang),
        late=late_words(said, lang),
        where=where_words(said, lang),
        clause=clause_words(said, lang),
        page_kind=text(f"disclosure.page.{said['page_kind']}", lang) if said["page_kind"] else "",
        cells=[(columns.get(code, code), value) for code, value in said["cells"].items()],
        timeline=[(text(f"disclosure.act.{event.act}", lang), event) for event in reversed(found.events)],
        people=list_names([event.by for event in found.events if event.by]),
        waiting=list(list_waiting_about([f"gap:{line.id}"]).values()) if frame.may(CONFIRM) else [],
        may_answer=own and Act.ANSWER in acts,
        settling=[act for act in BY_ONE if act in acts] if frame.may(SETTLE) else [],
        confirming=[act for act in BY_TWO if act in acts] if frame.may(CONFIRM) else [],
        act_words={act: text(f"disclosure.act.{act}", lang) for act in Act},
        typed=request.POST.get("words", ""),
        done=notice(request),
        wrong="" if error is None else frame.say(error),
    )


def _source_of(check: str) -> str:
    found = city().catalog.disclosure.checks.get(check)
    return "" if found is None else getattr(found.looks_at, "source", "")


urlpatterns = [
    path("disclosures/<int:number>", disclosure, name="disclosure"),
    path("disclosures/<int:number>/answer", answer, name="disclosure_answer"),
    path("disclosures/<int:number>/settle", settle, name="disclosure_settle"),
    path("disclosures/<int:number>/confirm", confirm, name="disclosure_confirm"),
]
