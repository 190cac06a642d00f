"""`/desk/commitments/paper/new`: an officer takes in a commitment that was signed on paper, with its scan."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path

from ecredit.facts.subjects.queries import find_subject_id, get_subject
from ecredit.foundation.catalog.commitment_types import CommitmentTemplate, TemplateVersion
from ecredit.foundation.kernel.codes import tidy_code
from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.service.commitments.content_rules import read_answers
from ecredit.service.commitments.kept_files import MOST_BYTES, keep_file
from ecredit.service.commitments.types import Draft, Way
from ecredit.service.operation.commitment_records import (
    PersonNumber,
    accepting_body,
    make_commitment,
    masked,
)
from ecredit.surface.desk.doors import actor, needs
from ecredit.surface.desk.forms import posted, posted_day
from ecredit.surface.desk.frame import frame_of
from ecredit.surface.desk.notices import done
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.render import page

TAKE: Final = "commitment.take"
_SELLER: Final = "person_seller"


@needs(TAKE, methods=("GET", "POST"))
def paper(request: HttpRequest) -> HttpResponse:
    """Which template; then whose, when, what was filled in, and the scan."""
    frame, wrong = frame_of(request), ""
    templates = city().catalog.commitments.templates
    chosen = templates.get(request.POST.get("template", "") or request.GET.get("template", ""))
    version = None if chosen is None else chosen.find_version(city().today)
    if request.method == "POST":
        try:
            number = _take(request, chosen)
            return done(request, "commitment_taken", "desk:commitment", number=number)
        except EcreditError as error:
            wrong = frame.say(error)
    return page(
        request,
        "desk/commitment_paper.html",
        status=400 if wrong else 200,
        templates=[
            (id, one.title_zh if frame.lang == "zh" else one.title_en) for id, one in templates.items()
        ],
        chosen=chosen,
        version=version,
        person=chosen is not None and chosen.audience == _SELLER,
        most=MOST_BYTES >> 20,
        typed=request.POST,
        wrong=wrong,
    )


def _take(request: HttpRequest, template: CommitmentTemplate | None) -> str:
    """The number it was given. Raises EcreditError for whatever is missing or wrong."""
    by, platform = actor(request, TAKE), city()
    if template is None:
        raise WrongUse("请选择承诺书", "choose the commitment")
    signed_on = posted_day(request, "committed_on")
    if signed_on is None or signed_on > platform.today:
        raise WrongUse("请填写签署日期，不晚于今天", "say when it was signed; not after today")
    version = _version(template, request.POST.get("version", ""))
    person, code, subject_id, name = _whose(request, template)
    answers = read_answers(version, request.POST)
    given = request.FILES.get("scan")
    if given is None or (given.size or 0) > MOST_BYTES:
        raise WrongUse(
            f"请附上签署件的扫描件（PDF、JPEG 或 PNG，不超过 {MOST_BYTES >> 20} MB）",
            f"add the scan of the signed paper (PDF, JPEG or PNG, at most {MOST_BYTES >> 20} MB)",
        )
    draft = Draft(
        template=template,
        version=version,
        answers=answers,
        way=Way.PAPER,
        name=name,
        uscc=code,
        is_person=person is not None,
        subject_id=subject_id,
        organisation="",
        committed_on=signed_on,
        accepted_by=accepting_body(platform).id,
        scan=keep_file(platform.home, platform.sealer, given.read()),
    )
    return make_commitment(platform, masked(draft, person), by=by, person=person)


def _version(template: CommitmentTemplate, named: str) -> TemplateVersion:
    """The version the paper was printed by."""
    found = next((version for version in template.versions if str(version.number) == named), None)
    if found is None:
        raise WrongUse("请选择承诺书的版本", "choose the version of the commitment")
    return found


def _whose(
    request: HttpRequest, template: CommitmentTemplate
) -> tuple[PersonNumber | None, str, int | None, str]:
    """Whose it is: a person by name and number, or a subject known here by its unified code."""
    platform = city()
    if template.audience == _SELLER:
        name, number = posted(request, "name"), tidy_code(posted(request, "number"))
        if not name or not number:
            raise WrongUse("请填写姓名和身份证号码", "give the name and the identity number")
        person = PersonNumber(name, number)
        return person, "", find_subject_id(number, platform.sealer), name
    code = tidy_code(posted(request, "uscc"))
    subject_id = find_subject_id(code) if code else None
    if subject_id is None:
        raise WrongUse(
            "没有这个统一社会信用代码的主体；请核对，或先归集它的登记信息",
            "no subject has this unified code; check it, or have its registration collected first",
        )
    subject = get_subject(subject_id)
    if subject.is_person:
        raise WrongUse("这个代码是自然人的", "this code is a natural person's")
    return None, code, subject_id, subject.name


urlpatterns = [path("commitments/paper/new", paper, name="commitment_paper")]
