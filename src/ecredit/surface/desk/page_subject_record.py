"""`/desk/subjects/<id>/records/<leaf>`: one record: every value with where it comes from; asking that it be put right."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecredit.facts.actors.approval_queries import list_names
from ecredit.facts.actors.journal_notes import note_read
from ecredit.facts.actors.queries import list_supplier_names
from ecredit.facts.collection.correct_actions import check_correction, fixed_columns
from ecredit.facts.collection.types import Issue
from ecredit.foundation.catalog.types import Column
from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.service.operation.approved import Request, carry_out, correction, withdrawal
from ecredit.service.operation.provenance import RecordFile, read_record
from ecredit.surface.desk.doors import actor, needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.notices import done_or_asked, notice
from ecredit.surface.desk.page_subject import ask_purpose, canonical_or_not_there, frame_title, subject_name
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.purposes import find_purpose, list_purposes, take_purpose
from ecredit.surface.desk.render import page
from ecredit.surface.desk.supply_words import notice_sentences

_PREFIX = "new-"


@needs("subject.read")
def record(request: HttpRequest, subject_id: int, leaf: int) -> HttpResponse:
    """The record's fields with their origin, and its versions."""
    purpose = find_purpose(request, subject_id)
    if not purpose:
        return ask_purpose(request, canonical_or_not_there(subject_id))
    return _show(request, _read(request, subject_id, leaf, purpose))


@needs("record.correct", methods=("GET", "POST"))
def correct(request: HttpRequest, subject_id: int, leaf: int) -> HttpResponse:
    """New values for some fields; another person agrees before they are posted."""
    purpose = find_purpose(request, subject_id)
    if not purpose:
        return ask_purpose(request, canonical_or_not_there(subject_id))
    found = _read(request, subject_id, leaf, purpose)
    typed = {
        name.removeprefix(_PREFIX): str(value)
        for name, value in request.POST.items()
        if name.startswith(_PREFIX)
    }
    wrong, heeded = "", ""
    notices: tuple[Issue, ...] = ()
    if request.method == "POST":
        try:
            changes, leaf = _changes(found, typed), found.shown.entry.leaf
            notices = check_correction(city().collector, leaf=leaf, changes=changes, on=city().today)
            heeded = _mark(changes)
            if not notices or request.POST.get("heeded") == heeded:
                return _ask(request, found, correction(city(), leaf=leaf, changes=changes), "record.correct")
        except EcreditError as error:
            wrong = frame_of(request).say(error)
    return _page(
        request,
        found,
        "desk/officer_record_correct.html",
        status=400 if wrong else 200,
        typed=typed,
        reason=request.POST.get("reason", ""),
        wrong=wrong,
        empty=_empty(found),
        notices=notice_sentences(frame_of(request).lang, found.source, notices),
        heeded=heeded,
    )


@needs("record.withdraw", methods=("POST",))
def withdraw(request: HttpRequest, subject_id: int, leaf: int) -> HttpResponse:
    """Ask that the record be withdrawn."""
    purpose = find_purpose(request, subject_id)
    if not purpose:
        return ask_purpose(request, canonical_or_not_there(subject_id))
    found = _read(request, subject_id, leaf, purpose)
    try:
        return _ask(request, found, withdrawal(leaf=leaf), "record.withdraw")
    except EcreditError as error:
        return _show(request, found, error)


@needs("subject.reveal", methods=("GET", "POST"))
def reveal(request: HttpRequest, subject_id: int, leaf: int) -> HttpResponse:
    """Sealed values in clear, once, for a purpose of its own that is noted each time."""
    frame = frame_of(request)
    found = _find(subject_id, leaf)
    wrong = ""
    if request.method == "POST":
        try:
            purpose = take_purpose(request)
            by = actor(request, "subject.reveal")
            note_read(
                ring=city().ring,
                by=by,
                about=f"subject:{subject_id}",
                purpose=f"#{leaf} {purpose}",
                at=city().now,
                verb="subject.reveal",
            )
            return _page(
                request,
                _find(subject_id, leaf, whole=True),
                "desk/officer_record_reveal.html",
                purpose=purpose,
            )
        except WrongUse as error:
            wrong = frame.say(error)
    return page(
        request,
        "desk/officer_purpose.html",
        status=400 if wrong else 200,
        subject_id=subject_id,
        action=request.path,
        heading=frame.t["reveal_heading"].format(leaf=found.shown.entry.leaf),
        hint=frame.t["reveal_hint"],
        purposes=list_purposes(frame.lang),
        onward="",
        wrong=wrong,
        typed=request.POST.get("words", ""),
        chosen=request.POST.get("purpose", ""),
    )


def _ask(request: HttpRequest, found: RecordFile, wanted: Request, permission: str) -> HttpResponse:
    by = actor(request, permission, of=found.shown.entry.supplier)
    carried = carry_out(city(), wanted, reason=request.POST.get("reason", ""), by=by, at=city().now)
    return done_or_asked(
        request, carried, "desk:record", subject_id=found.subject_id, leaf=found.shown.entry.leaf
    )


def _changes(found: RecordFile, typed: dict[str, str]) -> dict[str, str]:
    """What differs from what stands; a masked name left as it was shown is no change."""
    kept = {field.code: field.value for field in found.fields}
    open_to = {field.code for field in found.fields if field.correctable} | {c.code for c in _empty(found)}
    changes = {
        code: value.strip()
        for code, value in typed.items()
        if code in open_to and _plain(value) != _plain(kept.get(code, ""))
    }
    if not changes:
        raise WrongUse("没有改动任何一项", "nothing was changed")
    return changes


def _mark(changes: Mapping[str, str]) -> str:
    """What tells these changes from others: a notice that was read holds for the very values it was about."""
    return hashlib.sha256(repr(sorted(changes.items())).encode()).hexdigest()[:16]


def _plain(text: str) -> str:
    """A text without what a form does to line ends and a browser to blanks: that is no change."""
    return " ".join(text.split())


def _empty(found: RecordFile) -> list[Column]:
    """The columns that the record does not fill and a correction may."""
    if found.source is None:
        return []
    filled, fixed = {field.code for field in found.fields}, fixed_columns(found.source)
    return [c for c in found.source.columns if c.code not in filled and c.code not in fixed]


def _read(request: HttpRequest, subject_id: int, leaf: int, purpose: str) -> RecordFile:
    """The record, its reading noted."""
    found = _find(subject_id, leaf)
    by = actor(request, "subject.read")
    note_read(ring=city().ring, by=by, about=f"subject:{subject_id}", purpose=purpose, at=city().now)
    return found


def _find(subject_id: int, leaf: int, *, known_at: datetime | None = None, whole: bool = False) -> RecordFile:
    try:
        found = read_record(city(), leaf, known_at=known_at, whole=whole)
    except WrongUse as error:
        raise NotThere from error
    if found.subject_id != subject_id:
        raise NotThere
    return found


def _show(request: HttpRequest, found: RecordFile, error: EcreditError | None = None) -> HttpResponse:
    return _page(
        request,
        found,
        "desk/officer_record.html",
        status=200 if error is None else 409,
        wrong="" if error is None else frame_of(request).say(error),
        reason=request.POST.get("reason", ""),
        done=notice(request),
    )


def _page(request: HttpRequest, found: RecordFile, template: str, **context: Any) -> HttpResponse:
    waiting = found.waiting
    about: dict[str, Any] = {
        "record": found,
        "shown": found.shown,
        "title": frame_title(request, found.source_id),
        "subject_id": found.subject_id,
        "name": subject_name(found.subject_id),
        "suppliers": list_supplier_names(city().catalog, (v.entry.supplier for v in found.versions)),
        "waiting": waiting,
        "asker": "" if waiting is None else list_names([waiting.asked_by])[waiting.asked_by],
    }
    return page(request, template, **(about | context))


urlpatterns = [
    path("subjects/<int:subject_id>/records/<int:leaf>", record, name="record"),
    path("subjects/<int:subject_id>/records/<int:leaf>/correct", correct, name="record_correct"),
    path("subjects/<int:subject_id>/records/<int:leaf>/withdraw", withdraw, name="record_withdraw"),
    path("subjects/<int:subject_id>/records/<int:leaf>/reveal", reveal, name="record_reveal"),
]
