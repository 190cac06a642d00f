"""`/desk/approvals`: what others have asked for and needs a second person: seen whole, agreed to or refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse

from ecredit.facts.actors.approval_actions import ASKED, withdraw_approval
from ecredit.facts.actors.approval_queries import (
    ApprovalView,
    count_approvals,
    get_approval,
    list_approvals,
    list_names,
)
from ecredit.facts.actors.errors import FourEyes, NotAllowed
from ecredit.facts.actors.journal_notes import note_read
from ecredit.facts.collection.correct_actions import check_correction
from ecredit.facts.collection.shown_values import show_entry_value
from ecredit.facts.collection.types import Issue
from ecredit.facts.subjects.search_queries import list_hits
from ecredit.foundation.catalog.texts import text
from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.foundation.kernel.masking import mask_name
from ecredit.judgement.disclosure.gap_words import saw_words, where_words
from ecredit.judgement.disclosure.queries import get_gap
from ecredit.judgement.disclosure.types import GapView
from ecredit.judgement.evaluation.trial_actions import TrialView, last_trial
from ecredit.judgement.monitoring.queries import get_report
from ecredit.judgement.triage.queries import get_finding
from ecredit.judgement.triage.types import FindingView
from ecredit.service.operation.approved import decide, read_changes
from ecredit.service.operation.provenance import RecordFile, read_record
from ecredit.service.telling.queries import get_view
from ecredit.service.telling.types import StoryLine
from ecredit.surface.desk.doors import account_of_request, actor, needs, signed_in
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.forms import asked_number
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import done, notice
from ecredit.surface.desk.page_findings import percent_of
from ecredit.surface.desk.page_subject import frame_title, subject_name
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page
from ecredit.surface.desk.supply_words import notice_sentences

_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Change:
    """A field as it is and as it would be."""

    name: str
    before: str
    after: str


@needs("approval.decide")
def approvals(request: HttpRequest) -> HttpResponse:
    """What waits, oldest first, and what was decided, newest first; each a page at a time."""
    at, past = (asked_number(request.GET.get(name, "")) or 0 for name in ("at", "past"))
    waiting = list_approvals(limit=_PAGE + 1, offset=at)
    decided = list_approvals(waiting=False, limit=_PAGE + 1, offset=past)
    pages = {
        "waiting": _around("at", at, len(waiting), "past", past),
        "decided": _around("past", past, len(decided), "at", at),
    }
    waiting, decided = waiting[:_PAGE], decided[:_PAGE]
    whos = {who for one in (*waiting, *decided) for who in (one.asked_by, one.decided_by) if who}
    return page(
        request,
        "desk/officer_approvals.html",
        waiting=waiting,
        decided=decided,
        pages=pages,
        total=count_approvals(),
        names=list_names(whos),
        verbs=city().catalog.permissions,
        me=account_of_request(request).who,
        done=notice(request),
    )


def _around(name: str, offset: int, found: int, other: str, kept: int) -> tuple[str, str]:
    """The addresses of the pages before and behind one of the two lists; "" where there is none. The other stays where it is."""

    def address(to: int) -> str:
        said = {key: value for key, value in ((name, to), (other, kept)) if value}
        return f"{reverse('desk:approvals')}?{urlencode(said)}" if said else reverse("desk:approvals")

    return (
        address(max(offset - _PAGE, 0)) if offset else "",
        address(offset + _PAGE) if found > _PAGE else "",
    )


@needs("approval.decide")
def approval(request: HttpRequest, approval_id: int) -> HttpResponse:
    """One request with all that it would do."""
    return _show(request, _find(approval_id))


@needs("approval.decide", methods=("POST",))
def decide_on(request: HttpRequest, approval_id: int) -> HttpResponse:
    """Agree, and it is done; or refuse."""
    asked = _find(approval_id)
    agree = request.POST.get("answer") == "agree"
    try:
        if not agree and not request.POST.get("note", "").strip():
            raise WrongUse("不同意时请写明理由", "say why you refuse")
        decide(
            city(),
            approval_id=approval_id,
            agree=agree,
            note=request.POST.get("note", "").strip()[:500],
            account=account_of_request(request),
            at=city().now,
        )
    except NotAllowed:
        raise
    except FourEyes as error:
        return _show(request, asked, error, status=403)
    except EcreditError as error:
        return _show(request, _find(approval_id), error)
    return done(request, "agreed" if agree else "refused", "desk:approval", approval_id=approval_id)


@signed_in(methods=("POST",))
def take_back(request: HttpRequest, approval_id: int) -> HttpResponse:
    """Take one's own request back."""
    asked = _find(approval_id)
    if asked.asked_by != account_of_request(request).who:
        raise NotThere
    by = actor(request, asked.verb)
    try:
        withdraw_approval(approval_id=approval_id, ring=city().ring, by=by, at=city().now)
    except EcreditError as error:
        return _show(request, _find(approval_id), error)
    return done(request, "taken_back", "desk:approval", approval_id=approval_id)


def _show(
    request: HttpRequest, asked: ApprovalView, error: EcreditError | None = None, *, status: int = 409
) -> HttpResponse:
    frame = frame_of(request)
    record = _record(request, asked)
    subjects = [asked.params[name] for name in ("subject", "other") if name in asked.params]
    hits = list_hits(subjects)
    return page(
        request,
        "desk/officer_approval.html",
        status=200 if error is None else status,
        asked=asked,
        verb=city().catalog.permissions[asked.verb],
        names=list_names(who for who in (asked.asked_by, asked.decided_by) if who),
        mine=asked.asked_by == account_of_request(request).who,
        open=asked.state == ASKED,
        record=record,
        record_address="" if record is None else reverse(
            "desk:record", args=[record.subject_id, record.shown.entry.leaf]
        ),
        record_title="" if record is None else frame_title(request, record.source_id),
        record_subject="" if record is None else subject_name(record.subject_id),
        changes=_changes(asked, record),
        notices=notice_sentences(frame.lang, None if record is None else record.source, _notices(asked, record)),
        hits=[(hits[id], mask_name(hits[id].name) if hits[id].is_person else hits[id].name) for id in subjects],
        model_trial=(tried := _trial(asked)),
        model_standing=None if tried is None else tried.trial.standing,
        finding=(lead := _finding(frame, asked)),
        gap=(gap := _gap(asked)),
        gap_saw="" if gap is None else saw_words(gap.line.document, frame.lang),
        gap_where="" if gap is None else where_words(gap.line.document, frame.lang),
        reports=[get_report(int(id)).line for id in asked.params.get("reports", ())],
        story=_story(asked),
        percent=None if lead is None else percent_of(lead.line.score),
        done=notice(request),
        wrong="" if error is None else frame.say(error),
    )  # fmt: skip


def _finding(frame: Frame, asked: ApprovalView) -> FindingView | None:
    """The lead that a confirmation is about, for those who may read it; its evidence is a page of its own."""
    if "finding" not in asked.params or not frame.may("finding.read"):
        return None
    return get_finding(asked.params["finding"])


def _story(asked: ApprovalView) -> StoryLine | None:
    """The article that is to be published, as it is now."""
    return get_view(asked.params["story"]).line if "story" in asked.params else None


def _gap(asked: ApprovalView) -> GapView | None:
    """The gap of disclosure that is to be confirmed, or whose confirmation is to be taken back."""
    return get_gap(asked.params["gap"]) if "gap" in asked.params else None


def _trial(asked: ApprovalView) -> TrialView | None:
    """The newest dry run of the version of a grade model that is to be adopted."""
    return last_trial(asked.params["model"], asked.params["number"]) if "model" in asked.params else None


def _record(request: HttpRequest, asked: ApprovalView) -> RecordFile | None:
    """The record that a correction or withdrawal is about; that it was read is noted."""
    if "leaf" not in asked.params:
        return None
    found = read_record(city(), asked.params["leaf"])
    by = actor(request, "approval.decide")
    purpose = text("desk.approval_purpose", "zh", number=asked.id)
    note_read(ring=city().ring, by=by, about=f"subject:{found.subject_id}", purpose=purpose, at=city().now)
    return found


def _changes(asked: ApprovalView, record: RecordFile | None) -> Sequence[Change]:
    if record is None or asked.verb != "record.correct":
        return ()
    before = {field.code: field.value for field in record.fields}
    names = {column.code: column.name for column in record.source.columns} if record.source else {}
    return [
        Change(
            names.get(code, code),
            before.get(code, ""),
            show_entry_value(record.source, code, value, about_person=False, sealer=city().sealer),
        )
        for code, value in sorted(read_changes(city(), asked.id).items())
    ]


def _notices(asked: ApprovalView, record: RecordFile | None) -> Sequence[Issue]:
    """What the checks say of the new values; nothing once it is decided, or the record has become another."""
    if record is None or asked.verb != "record.correct" or asked.state != ASKED or not record.current:
        return ()
    try:
        changes = read_changes(city(), asked.id)
        return check_correction(
            city().collector, leaf=record.shown.entry.leaf, changes=changes, on=city().today
        )
    except EcreditError:
        # A fault by today's rules is told when it is agreed to.
        return ()


def _find(approval_id: int) -> ApprovalView:
    try:
        return get_approval(approval_id)
    except WrongUse as error:
        raise NotThere from error


MENU: Final = (Entry("desk:approvals", "approvals", "judge", 60, ("approval.decide",)),)
urlpatterns = [
    path("approvals", approvals, name="approvals"),
    path("approvals/<int:approval_id>", approval, name="approval"),
    path("approvals/<int:approval_id>/decide", decide_on, name="approval_decide"),
    path("approvals/<int:approval_id>/withdraw", take_back, name="approval_withdraw"),
]
