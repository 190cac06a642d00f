"""`/desk/commitments/<number>`: one commitment made here: its text, its record, what happened; withdrawn here; its signed paper."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecredit.facts.actors.approval_queries import list_names
from ecredit.facts.actors.queries import list_supplier_names
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.service.commitments.errors import NoSuchCommitment
from ecredit.service.commitments.kept_files import kind_of, read_kept
from ecredit.service.commitments.queries import get_commitment, list_case_numbers
from ecredit.service.commitments.types import BROKEN, CommitmentView, Stand
from ecredit.service.operation.commitment_records import (
    document_key,
    find_commitment_entry,
    record_state,
    withdraw_commitment,
)
from ecredit.service.signatures.queries import find_document_of
from ecredit.surface.desk.doors import account_of_request, actor, needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.notices import done, notice
from ecredit.surface.desk.page_breaches import opens_for
from ecredit.surface.desk.page_commitments import (
    MAKE,
    READ,
    STAND_BADGES,
    law_words,
    seen_of,
    stand_of,
    template_title,
)
from ecredit.surface.desk.page_sign import SIGN, STATE_BADGES
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.purposed_file import give_for_purpose
from ecredit.surface.desk.render import page

TAKE: Final = "commitment.take"


@needs(READ)
def commitment(request: HttpRequest, number: str) -> HttpResponse:
    """The commitment."""
    return _show(request, _find(request, number))


@needs(MAKE, TAKE, methods=("POST",))
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """End it today: its own organisation's people what they made, officers what they took in on paper."""
    found = _find(request, number)
    permission = MAKE if found.organisation else TAKE
    by = actor(request, permission, of=found.organisation or None)
    try:
        withdraw_commitment(city(), found, reason=request.POST.get("reason", ""), by=by)
    except EcreditError as error:
        return _show(request, found, error)
    return done(request, "commitment_withdrawn", "desk:commitment", number=number)


@needs("subject.read", methods=("GET", "POST"))
def scan(request: HttpRequest, number: str) -> HttpResponse:
    """The signed paper, for a purpose that is noted each time."""
    found = _find(request, number)
    if not found.scan:
        raise NotThere
    t = frame_of(request).t
    return give_for_purpose(
        request,
        lambda: sealed_file(found.scan, number),
        permission="subject.read",
        about=f"commitment:{number}" if found.subject_id is None else f"subject:{found.subject_id}",
        file=number,
        heading=t.commitment_scan,
        hint=t.commitment_scan_hint,
    )


def sealed_file(digest: str, name: str) -> HttpResponse:
    """A kept file to take along. It is opened by nobody's browser as a page."""
    content = read_kept(city().home, city().sealer, digest)
    media, ending = kind_of(content) or ("application/octet-stream", "bin")
    answer = HttpResponse(content, content_type=media)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    answer["Cache-Control"] = "no-store"
    return answer


def _find(request: HttpRequest, number: str) -> CommitmentView:
    try:
        return get_commitment(number, seen_of(request))
    except NoSuchCommitment as error:
        raise NotThere from error


def _show(request: HttpRequest, found: CommitmentView, error: EcreditError | None = None) -> HttpResponse:
    frame, catalog = frame_of(request), city().catalog
    entry = find_commitment_entry(found)
    template = catalog.commitments.templates.get(found.template)
    version = (
        None if template is None else next((v for v in template.versions if v.number == found.version), None)
    )
    mine = {seat.organisation for seat in account_of_request(request).seats}
    broken = entry is not None and entry.values.get("fulfilment") == BROKEN
    may_end = (
        not broken
        and stand_of(found) == Stand.IN_FORCE
        and ((found.organisation in mine and frame.may(MAKE)) if found.organisation else frame.may(TAKE))
    )
    return page(
        request,
        "desk/commitment.html",
        status=200 if error is None else 409,
        found=found,
        title=template_title(found.template, frame),
        version=version,
        laws=[] if version is None else law_words(version, frame),
        stand=stand_of(found),
        badge_of=STAND_BADGES[stand_of(found)],
        accepted_by=list_supplier_names(catalog, [found.accepted_by])[found.accepted_by],
        entry=entry,
        fulfilment="" if entry is None else entry.values.get("fulfilment", ""),
        broken=broken,
        record_state=record_state(found),
        case=None if entry is None else list_case_numbers([entry.doc_key]).get(entry.doc_key),
        document=find_document_of(document_key(found.number)),
        sign_badges=STATE_BADGES,
        may_sign=found.organisation in mine and frame.may(SIGN),
        people=list_names([found.by, *(event.by for event in found.events)]),
        may_end=may_end,
        may_open=bool(opens_for(request)),
        done=notice(request),
        typed=request.POST.get("reason", ""),
        wrong="" if error is None else frame.say(error),
    )


urlpatterns = [
    path("commitments/<str:number>", commitment, name="commitment"),
    path("commitments/<str:number>/withdraw", withdraw, name="commitment_withdraw"),
    path("commitments/<str:number>/scan", scan, name="commitment_scan"),
]
