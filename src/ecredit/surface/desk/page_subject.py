"""`/desk/subjects`: finding a subject, and its whole file: who it is, its grade with reasons, its records through time."""

from datetime import date, datetime, time
from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from ecredit.facts.actors.approval_queries import list_names
from ecredit.facts.actors.journal_notes import note_read
from ecredit.facts.actors.queries import list_supplier_names
from ecredit.facts.records.timeline import TimelineFilter
from ecredit.facts.subjects.queries import canonical_id, find_subject_id
from ecredit.facts.subjects.search_queries import SHORTEST, list_hits, search_subjects
from ecredit.foundation.catalog.texts import text
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import mask_name
from ecredit.service.operation.subject_file import read_subject_file
from ecredit.surface.desk.doors import actor, move, needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.forms import asked_day, asked_number
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import notice
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.purposes import find_purpose, keep_purpose, list_purposes, take_purpose
from ecredit.surface.desk.render import page

_PAGE: Final = 50
_MOST_HITS: Final = 50
_LONGEST: Final = 200


@needs("subject.read", methods=("GET", "POST"))
def search(request: HttpRequest) -> HttpResponse:
    """By a code, or by any part of a name. What is typed is sent in the body: it may be a person's number.

    That a person was found by one is noted.
    """
    asked = request.POST.get("q", "").replace("\0", "").strip()[:_LONGEST]
    hits = search_subjects(asked, sealer=city().sealer, limit=_MOST_HITS + 1) if asked else []
    if len(hits) == 1:
        if hits[0].is_person:
            # Found by the number alone: that it is somebody's here is personal, also if the file is then not opened.
            by, about = actor(request, "subject.read"), f"subject:{hits[0].id}"
            note_read(
                ring=city().ring, by=by, about=about, purpose=text("desk.search_purpose"), at=city().now
            )
        return move(request, reverse("desk:subject", args=[hits[0].id]))
    return page(
        request,
        "desk/officer_subjects.html",
        asked=asked,
        hits=hits[:_MOST_HITS],
        more=len(hits) > _MOST_HITS,
        short=0 < len(asked) < SHORTEST,
    )


@needs("subject.read")
def subject(request: HttpRequest, subject_id: int) -> HttpResponse:
    """The file, behind the question what it is read for."""
    canonical = canonical_or_not_there(subject_id)
    if canonical != subject_id:
        return move(request, f"{reverse('desk:subject', args=[canonical])}?from={subject_id}")
    purpose = find_purpose(request, subject_id)
    if not purpose:
        return ask_purpose(request, subject_id)
    by, platform, frame = actor(request, "subject.read"), city(), frame_of(request)
    wanted, wrong = _wanted(request)
    offset = asked_number(request.GET.get("at", "")) or 0
    note_read(ring=platform.ring, by=by, about=f"subject:{subject_id}", purpose=purpose, at=platform.now)
    found = read_subject_file(platform, subject_id, wanted, limit=_PAGE, offset=offset)
    names = list_supplier_names(platform.catalog, (r.entry.supplier for r in found.records))
    kept = {
        name: value
        for name in ("as_of", "known_at", "source", "history")
        if (value := request.GET.get(name, ""))
    }
    return page(
        request,
        "desk/officer_subject.html",
        file=found,
        subject=found.subject,
        names=names,
        officers=list_names(merge.who for merge in found.merges),
        wanted=wanted,
        asked=request.GET,
        kept=kept,
        offset=offset,
        previous=_address(subject_id, kept, max(offset - _PAGE, 0)) if offset else "",
        following=_address(subject_id, kept, offset + _PAGE) if offset + _PAGE < found.found else "",
        titles={id: frame_title(request, id) for id, _ in found.by_source},
        purpose=purpose,
        mask=mask_name,
        rating_reason=lambda code, count: text(f"rating.reason.{code}", frame.lang, ratings=f"{count:,}"),
        arrived=asked_number(request.GET.get("from", "")),
        done=notice(request),
        wrong="" if wrong is None else frame.say(wrong),
    )


@needs("subject.read", methods=("POST",))
def give_purpose(request: HttpRequest, subject_id: int) -> HttpResponse:
    """Remember what the file is read for, and open it."""
    canonical = canonical_or_not_there(subject_id)
    try:
        purpose = take_purpose(request)
    except WrongUse as error:
        return ask_purpose(request, canonical, error)
    keep_purpose(request, canonical, purpose)
    onward = request.POST.get("onward", "")
    own = reverse("desk:subject", args=[canonical])
    return move(request, onward if onward == own or onward.startswith((f"{own}/", f"{own}?")) else own)


def ask_purpose(request: HttpRequest, subject_id: int, error: WrongUse | None = None) -> HttpResponse:
    """The form that asks what for; nothing of the file is on it but the number."""
    frame = frame_of(request)
    return page(
        request,
        "desk/officer_purpose.html",
        status=200 if error is None else 400,
        subject_id=subject_id,
        action=reverse("desk:subject_purpose", args=[subject_id]),
        heading=frame.t["purpose_heading"].format(subject=f"S{subject_id}"),
        hint=frame.t["purpose_hint"],
        purposes=list_purposes(frame.lang),
        onward=request.POST.get("onward", "") or request.get_full_path(),
        wrong="" if error is None else frame.say(error),
        typed=request.POST.get("words", ""),
        chosen=request.POST.get("purpose", ""),
    )


def canonical_or_not_there(subject_id: int) -> int:
    """The id that speaks for a subject today. Raises NotThere when there is no such subject."""
    if find_subject_id(f"S{subject_id}") is None:
        raise NotThere
    return canonical_id(subject_id)


def frame_title(request: HttpRequest, source_id: str) -> str:
    """A source's title in the page's language."""
    source = city().catalog.sources.get(source_id)
    return (
        source_id
        if source is None
        else source.title_zh
        if frame_of(request).lang == "zh"
        else source.title_en
    )


def subject_name(subject_id: int) -> str:
    """What a subject is called on a page about one of its records; a natural person masked."""
    hit = list_hits([subject_id])[subject_id]
    return mask_name(hit.name) if hit.is_person else hit.name


def _wanted(request: HttpRequest) -> tuple[TimelineFilter, WrongUse | None]:
    """What the address asks of the file; what it says wrongly is told and left out."""
    given, wrong = request.GET, None
    as_of: date | None = None
    known_at: datetime | None = None
    try:
        as_of = asked_day(given.get("as_of", ""))
        known_at = _instant(given.get("known_at", ""))
    except (ValueError, WrongUse):
        wrong = WrongUse("日期或时间认不出，已忽略", "the day or time cannot be read and was left out")
    source = given.get("source", "")
    source_id = source if source in city().catalog.sources else ""
    return TimelineFilter(as_of, known_at, source_id, given.get("history") == "1"), wrong


def _instant(text: str) -> datetime | None:
    """A day means its end: what was known when it was over."""
    if not text:
        return None
    day = asked_day(text[:10])
    at = parse_datetime(text) if len(text) > 10 else None
    if day is None or (at is None and len(text) > 10):
        raise ValueError(text)
    at = at or datetime.combine(day, time.max)
    return at if timezone.is_aware(at) else timezone.make_aware(at)


def _address(subject_id: int, kept: dict[str, str], offset: int) -> str:
    asked = {**kept, "at": str(offset)} if offset else kept
    address = reverse("desk:subject", args=[subject_id])
    return f"{address}?{urlencode(asked)}#records" if asked else f"{address}#records"


MENU: Final = (Entry("desk:subjects", "subjects", "judge", 40, ("subject.read",)),)
urlpatterns = [
    path("subjects", search, name="subjects"),
    path("subjects/<int:subject_id>", subject, name="subject"),
    path("subjects/<int:subject_id>/purpose", give_purpose, name="subject_purpose"),
]
