"""`/desk/breaches/<number>`: one case: on what it rests, what happened, what may be done next by whoever looks."""

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecredit.facts.actors.approval_queries import list_names, list_waiting_about
from ecredit.facts.actors.queries import list_supplier_names
from ecredit.facts.actors.rights import Everyone
from ecredit.facts.records.queries import find_latest
from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.service.commitments.case_actions import add_evidence, answer_case, drop_case, tell_subject
from ecredit.service.commitments.case_rules import next_state
from ecredit.service.commitments.errors import NoSuchCase
from ecredit.service.commitments.kept_files import MOST_BYTES
from ecredit.service.commitments.queries import get_case
from ecredit.service.commitments.types import DECIDE, LIVE, CaseAct, CaseState, CaseView
from ecredit.service.operation.approved import breach_decision, breach_undoing, carry_out
from ecredit.surface.desk.case_evidence import read_evidence
from ecredit.surface.desk.doors import account_of_request, actor, needs, reached
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.forms import posted_day
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.notices import done, done_or_asked, notice
from ecredit.surface.desk.page_breaches import CASE_BADGES, OPEN, READ, ground_words, seen_of
from ecredit.surface.desk.page_commitment import sealed_file
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.purposed_file import give_for_purpose, note_file_read
from ecredit.surface.desk.render import page

ANSWER: Final = "breach.answer"
_OWN_CASE: Final = "当事人查阅自己案件的证据"


@needs(READ)
def breach(request: HttpRequest, number: int) -> HttpResponse:
    """The case."""
    return _show(request, _find(request, number))


@needs(OPEN, methods=("POST",))
def tell(request: HttpRequest, number: int) -> HttpResponse:
    """Put down how and when the subject was told."""

    def do(given: dict[str, Any]) -> None:
        told_on = posted_day(request, "told_on") or city().today
        tell_subject(
            number=number, words=_words(request), told_on=told_on, rules=city().catalog.commitments.breach,
            calendar=city().calendar, **given,
        )  # fmt: skip

    return _act(request, number, OPEN, "breach_told", do)


@needs(OPEN, methods=("POST",))
def add(request: HttpRequest, number: int) -> HttpResponse:
    """Add evidence."""
    return _act(
        request, number, OPEN, "breach_added",
        lambda given: add_evidence(number=number, words=_words(request), evidence=read_evidence(request), **given),
    )  # fmt: skip


@needs(OPEN, methods=("POST",))
def drop(request: HttpRequest, number: int) -> HttpResponse:
    """Close it before anything is found."""
    return _act(
        request, number, OPEN, "breach_dropped",
        lambda given: drop_case(number=number, words=_words(request), **given),
    )  # fmt: skip


@needs(ANSWER, OPEN, methods=("POST",))
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """The subject's answer: by its own people, or put down by who opened the case."""
    found = _find(request, number)
    mine = reached(request, ANSWER)
    own = not isinstance(mine, Everyone) and found.organisation in mine and bool(found.organisation)
    if not own and not frame_of(request).may(OPEN):
        raise NotThere
    return _act(
        request, number, ANSWER if own else OPEN, "breach_answered" if own else "breach_heard",
        lambda given: answer_case(
            number=number, organisations=[found.organisation] if own else None, words=_words(request),
            evidence=read_evidence(request), **given,
        ),
    )  # fmt: skip


@needs("breach.decide", methods=("POST",))
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Ask that it be found broken, or not; another person agrees."""
    found, by, given = _find(request, number), actor(request, DECIDE), request.POST
    try:
        day = posted_day(request, "breach_on") if given.get("outcome") == CaseAct.BREACH else None
        wanted = breach_decision(
            case=number, digest=given.get("digest", ""), outcome=given.get("outcome", ""), breach_on=day
        )
        carried = carry_out(city(), wanted, reason=_words(request), by=by, at=city().now)
    except EcreditError as error:
        return _show(request, found, error)
    return done_or_asked(request, carried, "desk:breach", number=number)


@needs("breach.undo", methods=("POST",))
def undo(request: HttpRequest, number: int) -> HttpResponse:
    """Ask that what was found be taken back; another person agrees."""
    found, by = _find(request, number), actor(request, "breach.undo")
    try:
        wanted = breach_undoing(case=number, digest=request.POST.get("digest", ""))
        carried = carry_out(city(), wanted, reason=_words(request), by=by, at=city().now)
    except EcreditError as error:
        return _show(request, found, error)
    return done_or_asked(request, carried, "desk:breach", number=number)


@needs(READ, methods=("GET", "POST"))
def evidence(request: HttpRequest, number: int, digest: str) -> HttpResponse:
    """A file of the case to take along, for those whose case it is: its subject's own people at once, others for a purpose. Noted."""
    found, name = _find(request, number), f"breach-{number}-{digest[:12]}"
    if not any(one.kind == "file" and one.ref == digest for event in found.events for one in event.evidence):
        raise NotThere
    about, mine = f"subject:{found.subject_id}", reached(request, READ)
    if found.organisation and not isinstance(mine, Everyone) and found.organisation in mine:
        note_file_read(request, permission=READ, about=about, file=name, purpose=_OWN_CASE)
        return sealed_file(digest, name)
    t = frame_of(request).t
    return give_for_purpose(
        request,
        lambda: sealed_file(digest, name),
        permission=READ,
        about=about,
        file=name,
        heading=t.breach_file,
        hint=t.breach_file_hint,
    )


def _act(
    request: HttpRequest, number: int, permission: str, told: str, do: Callable[[dict[str, Any]], object]
) -> HttpResponse:
    found, by = _find(request, number), actor(request, permission)
    try:
        if permission == OPEN:
            _check_theirs(request, found)
        do({"ring": city().ring, "by": by, "at": city().now})
    except EcreditError as error:
        return _show(request, found, error)
    return done(request, told, "desk:breach", number=number)


def _check_theirs(request: HttpRequest, found: CaseView) -> None:
    """Who opens cases for one department goes on with that department's; officers with all."""
    mine = reached(request, OPEN)
    if not isinstance(mine, Everyone) and found.opened_for not in mine:
        raise WrongUse("这件案件由其他单位办理", "another organisation works on this case")


def _words(request: HttpRequest) -> str:
    return request.POST.get("words", "")


def _find(request: HttpRequest, number: int) -> CaseView:
    try:
        return get_case(number, seen_of(request))
    except NoSuchCase as error:
        raise NotThere from error


def _show(request: HttpRequest, found: CaseView, error: EcreditError | None = None) -> HttpResponse:
    frame, today = frame_of(request), city().today
    about = f"breach:{found.id}"
    waiting = list_waiting_about([about]).get(about)
    names = list_supplier_names(city().catalog, {found.opened_for, found.organisation} - {""})
    mine = {seat.organisation for seat in account_of_request(request).seats}
    works = frame.may(OPEN) and (isinstance(reached(request, OPEN), Everyone) or found.opened_for in mine)
    own = bool(found.organisation) and found.organisation in mine and frame.may(ANSWER)
    latest = find_latest(found.doc_key)

    def can(act: CaseAct) -> bool:
        return next_state(found.state, act) is not None and waiting is None

    return page(
        request,
        "desk/breach.html",
        status=200 if error is None else 409,
        found=found,
        badge_of=CASE_BADGES[found.state],
        ground=ground_words(found.ground, frame),
        names=names,
        content="" if latest is None else latest.values.get("content", ""),
        fulfilment="" if latest is None else latest.values.get("fulfilment", ""),
        entry=latest,
        people=list_names([event.by for event in found.events]),
        waiting=waiting,
        overdue=found.state is CaseState.TOLD
        and found.answer_until is not None
        and found.answer_until < today,
        live=found.state in LIVE,
        may_tell=works and can(CaseAct.TELL),
        may_add=works and can(CaseAct.ADD),
        may_answer=(own and can(CaseAct.ANSWER)) or (works and can(CaseAct.HEAR)),
        own=own,
        may_decide=frame.may(DECIDE) and found.may_be_decided(today) and can(CaseAct.BREACH),
        may_undo=frame.may("breach.undo") and can(CaseAct.UNDO),
        today=today,
        most=MOST_BYTES >> 20,
        typed=request.POST,
        done=notice(request),
        wrong="" if error is None else frame.say(error),
    )


urlpatterns = [
    path("breaches/<int:number>", breach, name="breach"),
    path("breaches/<int:number>/tell", tell, name="breach_tell"),
    path("breaches/<int:number>/add", add, name="breach_add"),
    path("breaches/<int:number>/drop", drop, name="breach_drop"),
    path("breaches/<int:number>/answer", answer, name="breach_answer"),
    path("breaches/<int:number>/decide", decide, name="breach_decide"),
    path("breaches/<int:number>/undo", undo, name="breach_undo"),
    path("breaches/<int:number>/files/<slug:digest>", evidence, name="breach_file"),
]
