"""`/report/<code>.pdf` and `/verify/report/<number>`: a credit report to carry away, and whether one was issued so.

The one place where the portal asks more than the public database: the table of issued reports, and the keys that sign.
Where only a copy of the public database is served, reports are neither made nor found, and it says so.
"""

import hashlib
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ecredit.foundation.kernel.errors import EcreditError
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.badge_types import State, Verdict
from ecredit.foundation.proof.city_keys import read_keys
from ecredit.foundation.proof.pdf_check import LONGEST_PDF, PdfAsked, check_pdf
from ecredit.service.credit_reports.errors import NoFont, NoSuchSubject, TooManyReports
from ecredit.service.credit_reports.issue_actions import PUBLIC, Maker, issue_public
from ecredit.service.credit_reports.queries import find_issued
from ecredit.service.credit_reports.report_rows import is_report_number, tidy_number
from ecredit.service.credit_reports.types import IssuedReport, Langs
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.readiness import has_operational_database
from ecredit.surface.portal.answers import page, send_file, send_to, show
from ecredit.surface.portal.frame import Frame, frame_of
from ecredit.surface.portal.page_later import REPORT, brings_nothing, hold_back, show_later

_LATER: Final = 60
_LONGEST_NUMBER: Final = 40


@page
def report_file(request: HttpRequest, frame: Frame, code: str) -> HttpResponse:
    """The public form about a subject, made now or, the same, earlier today; `?lang=` chooses its language, `both` gives two."""
    if request.method == "HEAD":
        raise Http404
    lang = request.GET.get("lang", "")
    langs = Langs(lang) if lang in tuple(Langs) else Langs(frame.lang)
    if not has_operational_database(_home()):
        return _later(request, frame, None)
    platform = Platform()
    maker = Maker(platform.home, platform.sealer, PUBLIC, frame.now)
    try:
        made = issue_public(maker, code, langs, limited=True)
    except NoSuchSubject as error:
        raise Http404 from error
    except (TooManyReports, NoFont) as error:
        return _later(request, frame, error)
    return send_file(request, frame, made.raw, "application/pdf", f"{made.number}.pdf")


@page
def by_code(_request: HttpRequest, frame: Frame, number: str) -> HttpResponse:
    """The address in a report's QR code."""
    return send_to(frame, frame.to(f"/verify/report/{tidy_number(number)[:_LONGEST_NUMBER]}"))


@csrf_exempt  # nothing is kept of what comes, so there is nothing to forge
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, number: str = "") -> HttpResponseBase:
    """Whether a report of a number was issued, when and for whom; with a file, whether it is the very one."""
    if request.method == "POST":
        return _check_file(request, frame_of(request), number)
    return _look(request, number)


@page
def _look(request: HttpRequest, frame: Frame, number: str) -> HttpResponse:
    asked = request.GET.get("q", "").strip()
    if asked:
        return send_to(
            frame, frame.to(f"/verify/report/{tidy_number(asked.rpartition('/')[2])[:_LONGEST_NUMBER]}")
        )
    held = hold_back(request, frame, REPORT) if is_report_number(number) else None
    return _shown(request, frame, number) if held is None else held


def _check_file(request: HttpRequest, frame: Frame, number: str) -> HttpResponse:
    if number and not is_report_number(number):
        return _shown(request, frame, number)
    if brings_nothing(request):
        return _shown(request, frame, "", problem=frame.t.report_no_file)
    if (held := hold_back(request, frame, REPORT)) is not None:
        return held
    raw = _sent(request)
    if raw is None:
        return _shown(request, frame, number, problem=frame.t.report_no_file)
    keys = _home().city_keys
    known = read_keys(keys.read_bytes()) if keys.is_file() else None
    digest = hashlib.sha256(raw).hexdigest()
    issued = find_issued(number) if number and has_operational_database(_home()) else None
    # Of a report issued here it is known when, also when its key was stolen since.
    since = issued.issued_at if issued is not None and issued.digest == digest else None
    verdict = check_pdf(raw, PdfAsked(known, (), frame.now, since))
    return _shown(request, frame, number, verdict=verdict, digest=digest)


def _shown(
    request: HttpRequest,
    frame: Frame,
    number: str,
    *,
    verdict: Verdict | None = None,
    digest: str = "",
    problem: str = "",
) -> HttpResponse:
    here = has_operational_database(_home())
    issued: IssuedReport | None = find_issued(number) if here and is_report_number(number) else None
    context: dict[str, Any] = {
        "number": number[:_LONGEST_NUMBER], "issued": issued, "unknown": bool(number) and issued is None, "made_here": here,
        "verdict": verdict, "digest": digest, "same": issued is not None and issued.digest == digest,
        "states": State, "problem": problem,
    }  # fmt: skip
    answer = show(request, frame, "portal/verify_report.html", context, 404 if context["unknown"] else 200)
    answer["Cache-Control"] = "no-store"
    return answer


def _later(request: HttpRequest, frame: Frame, error: EcreditError | None) -> HttpResponse:
    why = frame.t.report_not_here if error is None else error.zh if frame.lang == "zh" else error.en
    return show_later(request, frame, frame.t.report_later, why, _LATER)


def _sent(request: HttpRequest) -> bytes | None:
    """The file; None when there is none or it is too long. It is held in memory and nowhere else."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LONGEST_PDF:
        return None
    request.upload_handlers = [MemoryFileUploadHandler(request)]
    file = request.FILES.get("file")
    raw = b"" if file is None else file.read()
    return raw or None


def _home() -> Home:
    return Home(settings.ECREDIT_HOME)
