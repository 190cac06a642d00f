"""`/desk/subjects/<id>/report` and `/desk/own/report`: the full form of a credit report.

An officer issues it with the subject's consent on record and for a purpose; an organisation takes its own. Nobody else gets one.
"""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse

from ecredit.facts.actors.journal_notes import note_read
from ecredit.facts.actors.queries import get_organisation, is_invented
from ecredit.facts.actors.types import Actor
from ecredit.facts.subjects.queries import canonical_id, find_subject_id
from ecredit.foundation.catalog.texts import text
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import redact
from ecredit.service.credit_reports.issue_actions import Maker, issue_full
from ecredit.service.credit_reports.queries import list_issued_about
from ecredit.service.credit_reports.types import Asked, IssuedReport, Langs
from ecredit.service.operation.full_report import read_full_contents
from ecredit.surface.desk.doors import actor, needs, own_or_not_there
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.page_subject import canonical_or_not_there, subject_name
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.purposes import list_purposes, take_purpose
from ecredit.surface.desk.render import page

_SHORTEST, _LONGEST = 4, 100


@needs("report.issue", methods=("GET", "POST"))
def subject_report(request: HttpRequest, subject_id: int) -> HttpResponse:
    """Ask for purpose and consent; with both, the report as a file. Both are journaled, and so is that the file was read."""
    canonical = canonical_or_not_there(subject_id)
    wrong = ""
    if request.method == "POST":
        try:
            asked = Asked(take_purpose(request), _consent(request))
            by, about = actor(request, "report.issue"), f"subject:{canonical}"
            note_read(ring=city().ring, by=by, about=about, purpose=asked.purpose, at=city().now)
            return _as_file(_issue(canonical, asked, by, request))
        except WrongUse as error:
            wrong = frame_of(request).say(error)
    return page(
        request,
        "desk/officer_report.html",
        status=400 if wrong else 200,
        subject_id=canonical,
        name=subject_name(canonical),
        purposes=list_purposes(frame_of(request).lang),
        langs=tuple(Langs),
        issued=list_issued_about(f"subject:{canonical}"),
        wrong=wrong,
        typed=request.POST,
        onward=reverse("desk:subject", args=[canonical]),
    )


@needs("own.report", methods=("POST",))
def own_report(request: HttpRequest) -> HttpResponse:
    """One's own organisation's, as a file."""
    organisation = get_organisation(request.POST.get("organisation", ""))
    if organisation is None:
        raise NotThere
    by = own_or_not_there(request, "own.report", of=organisation.id)
    found = find_subject_id(organisation.uscc) if organisation.uscc else None
    if found is None:
        raise NotThere
    asked = Asked(text("credit_report.own_purpose"))
    return _as_file(_issue(canonical_id(found), asked, by, request))


def _issue(subject_id: int, asked: Asked, by: Actor, request: HttpRequest) -> IssuedReport:
    platform = city()
    lang = request.POST.get("report_lang", "")
    langs = Langs(lang) if lang in tuple(Langs) else Langs(frame_of(request).lang)
    contents = read_full_contents(platform, subject_id, asked, langs, invented=is_invented())
    maker = Maker(platform.home, platform.sealer, by, platform.now)
    return issue_full(maker, contents, f"subject:{subject_id}", asked)


def _consent(request: HttpRequest) -> str:
    """Where the subject's consent is kept: a reference, not the consent itself. Raises WrongUse for none."""
    said = redact(request.POST.get("consent", "").replace("\0", "").strip()[:_LONGEST])
    if len(said) < _SHORTEST:
        raise WrongUse(
            "请填写主体同意书的编号（至少 4 个字）",
            "give the reference of the subject's consent (at least 4 characters)",
        )
    return said


def _as_file(made: IssuedReport) -> HttpResponse:
    answer = HttpResponse(made.raw, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{made.number}.pdf"'
    answer["Cache-Control"] = "no-store"
    return answer


MENU: Final = ()
urlpatterns = [
    path("subjects/<int:subject_id>/report", subject_report, name="subject_report"),
    path("own/report", own_report, name="own_report"),
]
