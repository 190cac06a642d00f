"""`/desk/breaches/open/new`: opening a case: which commitment, on what grounds, with what evidence."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecredit.facts.actors.journal_notes import note_read
from ecredit.facts.records.queries import find_latest, get_entry
from ecredit.facts.records.types import EntryView, Verb
from ecredit.facts.subjects.queries import canonical_id, find_subject_id, get_subject
from ecredit.foundation.catalog.commitment_types import TOPICS
from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.foundation.kernel.masking import mask_name
from ecredit.service.commitments.case_actions import Opening, open_case
from ecredit.service.commitments.kept_files import MOST_BYTES
from ecredit.service.commitments.queries import find_entry, find_organisation_of
from ecredit.service.commitments.types import SOURCE
from ecredit.surface.desk.case_evidence import read_evidence
from ecredit.surface.desk.doors import actor, needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.forms import asked_number, posted
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.notices import done
from ecredit.surface.desk.page_breaches import OPEN, opens_for
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page

_PURPOSE: Final = "立违诺案件"


@needs(OPEN, methods=("GET", "POST"))
def open_new(request: HttpRequest) -> HttpResponse:
    """The form; with all of it, the case is opened. Not there for who is no department: it shows commitments of anybody."""
    opened_for = opens_for(request)
    if not opened_for:
        raise NotThere
    frame, wrong = frame_of(request), ""
    entry = _by_leaf(request.POST.get("leaf", "") or request.GET.get("leaf", ""))
    if request.method == "POST":
        try:
            entry = entry or _by_number(request)
            number = _open(request, entry, opened_for)
            return done(request, "breach_opened", "desk:breach", number=number)
        except EcreditError as error:
            wrong = frame.say(error)
    rules = city().catalog.commitments.breach
    subject = None if entry is None else get_subject(canonical_id(entry.subject_id))
    if subject is not None and subject.is_person:
        note_read(
            ring=city().ring, by=actor(request, OPEN), about=f"subject:{subject.id}", purpose=_PURPOSE, at=city().now
        )  # fmt: skip
    return page(
        request,
        "desk/breach_open.html",
        status=400 if wrong else 200,
        entry=entry,
        name="" if subject is None else mask_name(subject.name) if subject.is_person else subject.name,
        grounds=rules.grounds.values(),
        topics=TOPICS,
        workdays=rules.answer_workdays,
        most=MOST_BYTES >> 20,
        typed=request.POST,
        wrong=wrong,
    )


def _open(request: HttpRequest, entry: EntryView, opened_for: str) -> int:
    by, given, platform = actor(request, OPEN), request.POST, city()
    rules = platform.catalog.commitments.breach
    ground = rules.grounds.get(given.get("ground", ""))
    if ground is not None and ground.words and not given.get("words", "").strip():
        raise WrongUse("请写明情况", "say what it is about")
    subject = get_subject(canonical_id(entry.subject_id))
    opening = Opening(
        entry=entry,
        subject_id=subject.id,
        name=mask_name(subject.name) if subject.is_person else subject.name,
        organisation=find_organisation_of(dict(subject.codes).get("uscc", ""), platform.today),
        opened_for=opened_for,
        ground=given.get("ground", ""),
        topic=given.get("topic", ""),
        words=given.get("words", ""),
        evidence=read_evidence(request),
    )
    return open_case(
        opening, rules=rules, calendar=platform.calendar, ring=platform.ring, by=by, at=platform.now
    )


def _by_leaf(text: str) -> EntryView | None:
    """The commitment of which this is an entry, as it stands; None for any other."""
    leaf = asked_number(text)
    found = None if leaf is None else get_entry(leaf)
    latest = None if found is None or found.source_id != SOURCE else find_latest(found.doc_key)
    return None if latest is None or latest.verb == Verb.WITHDRAW else latest


def _by_number(request: HttpRequest) -> EntryView:
    """The commitment of this subject with this number. Raises WrongUse when there is none."""
    code, number = posted(request, "code"), posted(request, "commitment_no")
    subject_id = find_subject_id(code) if code else None
    entry = None if subject_id is None or not number else find_entry(subject_id, number)
    if entry is None:
        raise WrongUse(
            "账本中没有这个主体的这份承诺；请核对代码和承诺书编号",
            "the ledger has no such commitment of this subject; check the code and the number",
        )
    return entry


urlpatterns = [path("breaches/open/new", open_new, name="breach_open")]
