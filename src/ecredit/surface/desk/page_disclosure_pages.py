"""`/desk/disclosures/pages`: sending the source of a page that was seen, and what each check said of it; nothing of a page is shown as one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

from ecredit.facts.actors.rights import Everyone
from ecredit.facts.subjects.queries import canonical_id, find_subject_id, get_subject
from ecredit.foundation.catalog.disclosure_types import PAGE_KINDS
from ecredit.foundation.catalog.texts import text
from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.judgement.disclosure.check_actions import list_disclosing
from ecredit.judgement.disclosure.gap_words import saw_words
from ecredit.judgement.disclosure.page_reading import MOST_BYTES, too_long
from ecredit.judgement.disclosure.queries import find_page, list_pages, read_page_content
from ecredit.judgement.disclosure.types import Disclosing, PageLine
from ecredit.service.operation.disclosure_checks import PageGiven, check_page, check_records
from ecredit.surface.desk.doors import actor, needs, reached
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.forms import posted, posted_day
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.notices import done, notice
from ecredit.surface.desk.page_disclosures import READ, seen_by
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.purposed_file import give_for_purpose
from ecredit.surface.desk.render import page
from ecredit.surface.desk.supply_words import size_text
from ecredit.surface.desk.upload_handler import is_too_long

CHECK: Final = "disclosure.check"
_SHOWN: Final = 50


@needs(READ)
def pages(request: HttpRequest) -> HttpResponse:
    """The last pages, and the form."""
    return _show(request)


@needs("disclosure.check", methods=("POST",))
def send(request: HttpRequest) -> HttpResponse:
    """Take a page."""
    try:
        given = _given(request)
        platform = _own(request).get(given.platform)
        if platform is None:
            raise WrongUse("请选择平台", "choose a platform")
        by = actor(request, CHECK, of=platform.id)
        inspected = isinstance(reached(request, CHECK), Everyone)
        summary = check_page(city(), _raw(request), given, inspected=inspected, by=by)
    except EcreditError as error:
        return _show(request, error)
    return done(request, "page_checked", "desk:disclosure_page", number=summary.page)


@needs("disclosure.check", methods=("POST",))
def run(request: HttpRequest) -> HttpResponse:
    """Look at all records now. For those who may for the whole city."""
    if not isinstance(reached(request, CHECK), Everyone):
        raise NotThere
    check_records(city(), by=actor(request, CHECK))
    return done(request, "disclosures_checked", "desk:disclosures")


@needs(READ)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """What was read of a page, and what each check said."""
    found = _find(request, number)
    frame = frame_of(request)
    checks = city().catalog.disclosure.checks
    names = {code: p.name for code, p in list_disclosing(city().today).items()}
    verdicts = [
        (_title(frame, checks.get(said["check"]), said["check"]), said["missing"], _said(frame, said))
        for said in found.document["verdicts"]
    ]
    return page(
        request, "desk/disclosure_page.html",
        line=found, platform=names.get(found.platform, found.platform), verdicts=verdicts,
        kind=text(f"disclosure.page.{found.kind}", frame.lang), size=size_text(found.size), done=notice(request),
    )  # fmt: skip


@needs(READ, methods=("GET", "POST"))
def source(request: HttpRequest, number: int) -> HttpResponse:
    """The page as it came, as a text to keep: never as a page of ours. An individual's for a purpose, and noted."""
    found = _find(request, number)
    about = _individual(found)
    if not about:
        return _content(found)
    t = frame_of(request).t
    return give_for_purpose(
        request,
        lambda: _content(found),
        permission=READ,
        about=about,
        file=f"disclosure-page:{found.id}",
        heading=t.page_source,
        hint=t.page_source_hint,
    )


def _individual(found: PageLine) -> str:
    """Of which natural person a page is, as the journal names one; the page itself where nobody is said; "" for an organisation's."""
    if found.kind == "exempt_page":
        return f"disclosure-page:{found.id}"
    known = find_subject_id(found.subject) if found.subject else None
    subject = None if known is None else get_subject(canonical_id(known))
    return f"subject:{subject.id}" if subject is not None and subject.is_person else ""


def _content(found: PageLine) -> HttpResponse:
    content = read_page_content(found.id, city().sealer)
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="page-{found.id}.html.txt"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _raw(request: HttpRequest) -> bytes:
    file = request.FILES.get("file")
    if file is None or file.size is None:
        if is_too_long(request):
            raise too_long(MOST_BYTES + 1)
        raise WrongUse("请选择网页的源代码文件", "choose the file with the page's source")
    if file.size > MOST_BYTES:
        raise too_long(file.size)
    content: bytes = file.read()
    return content


def _given(request: HttpRequest) -> PageGiven:
    said = posted(request, "seen_at", most=16)
    try:
        seen_at = timezone.make_aware(datetime.fromisoformat(said))
    except ValueError as error:
        raise WrongUse(
            "看到网页的时间认不出，请写成 2026-05-12T09:30",
            "when the page was seen cannot be read; write 2026-05-12T09:30",
        ) from error
    return PageGiven(
        platform=posted(request, "platform", most=18),
        kind=posted(request, "kind", most=16),
        url=posted(request, "url", most=300),
        seen_at=seen_at,
        subject=posted(request, "subject", most=40),
        ends_on=posted_day(request, "ends_on"),
    )


def _own(request: HttpRequest) -> Mapping[str, Disclosing]:
    own = seen_by(request)
    return {code: p for code, p in list_disclosing(city().today).items() if own is None or p.id in own}


def _find(request: HttpRequest, number: int) -> PageLine:
    own = seen_by(request)
    found = find_page(number, None if own is None else list(_own(request)))
    if found is None:
        raise NotThere
    return found


def _show(request: HttpRequest, error: EcreditError | None = None) -> HttpResponse:
    frame, own = frame_of(request), _own(request)
    taken = list_pages(None if seen_by(request) is None else list(own), limit=_SHOWN)
    names = {code: p.name for code, p in list_disclosing(city().today).items()}
    given = request.POST
    now = timezone.localtime(city().now)
    return page(
        request, "desk/disclosure_pages.html",
        status=200 if error is None else 400,
        taken=[(line, names.get(line.platform, line.platform), text(f"disclosure.page.{line.kind}", frame.lang),
                sum(v["missing"] for v in line.document["verdicts"])) for line in taken],
        platforms=[(code, p.name) for code, p in own.items()],
        kinds=[(kind, text(f"disclosure.page.{kind}", frame.lang)) for kind in PAGE_KINDS],
        given={name: given.get(name, "") for name in ("platform", "kind", "url", "subject", "ends_on")},
        seen_at=given.get("seen_at", "") or f"{now:%Y-%m-%dT%H:%M}",
        most=MOST_BYTES >> 20,
        may_send=frame.may(CHECK) and bool(own),
        done=notice(request),
        wrong="" if error is None else frame.say(error),
    )  # fmt: skip


def _title(frame: Frame, check: Any, otherwise: str) -> str:
    if check is None:
        return otherwise
    return str(check.title_zh if frame.lang == "zh" else check.title_en)


def _said(frame: Frame, said: Mapping[str, Any]) -> str:
    return saw_words(said, frame.lang) if said["missing"] else ""


urlpatterns = [
    path("disclosures/pages", pages, name="disclosure_pages"),
    path("disclosures/pages/send", send, name="disclosure_page_send"),
    path("disclosures/pages/<int:number>", one, name="disclosure_page"),
    path("disclosures/pages/<int:number>/source", source, name="disclosure_page_source"),
    path("disclosures/check", run, name="disclosure_run"),
]
