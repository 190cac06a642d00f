"""`/verify/signature`: does a signature on a document hold, whose is it, and which of the law's four conditions does it meet?

Nothing that is sent is kept. Where only a copy of the public database is served, nobody is trusted, and it says so.
"""

from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.badge_types import State
from ecredit.foundation.proof.pdf_check import looks_like_pdf
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.readiness import has_operational_database
from ecredit.service.signatures.trust import SigningPlace
from ecredit.service.signatures.verify import check_given
from ecredit.surface.portal.answers import page, show
from ecredit.surface.portal.environment import minute
from ecredit.surface.portal.frame import Frame, frame_of
from ecredit.surface.portal.page_later import SIGNATURE, brings_nothing, hold_back

LONGEST: Final = 10 << 20
"""Of both files together."""
_SAID: Final = ("signer", "issuer", "serial")
_WHEN: Final = ("signed_at", "certificate_from", "certificate_until")
_WORDS: Final = {"signed_at": "says_signed"}
SAID: Final = tuple(_WORDS.get(name, name) for name in (*_SAID, *_WHEN))
"""What of a signature that holds is said; each has a word `said_…`."""


@csrf_exempt  # nothing is kept of what comes, so there is nothing to forge
@require_http_methods(["GET", "HEAD", "POST"])
def signature(request: HttpRequest) -> HttpResponseBase:
    """A form for a document and a signature; what is sent is checked."""
    if request.method == "POST":
        return _checked(request, frame_of(request))
    return _form(request)


@page
def _form(request: HttpRequest, frame: Frame) -> HttpResponse:
    return _shown(request, frame)


def _checked(request: HttpRequest, frame: Frame) -> HttpResponse:
    if brings_nothing(request):
        return _shown(request, frame, problem=frame.t.signature_none)
    if (held := hold_back(request, frame, SIGNATURE)) is not None:
        return held
    if int(request.META.get("CONTENT_LENGTH") or 0) > LONGEST:
        return _shown(request, frame, problem=frame.t.signature_too_long)
    request.upload_handlers = [MemoryFileUploadHandler(request)]
    raw, document = _sent(request, "signature"), _sent(request, "document")
    if not raw:
        return _shown(request, frame, problem=frame.t.signature_none)
    if document is None and not looks_like_pdf(raw):
        return _shown(request, frame, problem=frame.t.signature_no_document)
    if not has_operational_database(Home(settings.ECREDIT_HOME)):
        return _shown(request, frame, problem=frame.t.signature_not_here)
    platform = Platform()
    verdict, conditions = check_given(
        SigningPlace(platform.home, platform.sealer), raw, document, at=frame.now
    )
    said = [(name, str(verdict.said[name])) for name in _SAID if verdict.said.get(name)] + [
        (_WORDS.get(name, name), minute(datetime.fromisoformat(str(verdict.said[name]))))
        for name in _WHEN
        if verdict.said.get(name)
    ]
    return _shown(request, frame, verdict=verdict, conditions=conditions, said=said)


def _shown(request: HttpRequest, frame: Frame, **found: Any) -> HttpResponse:
    context = {"verdict": None, "conditions": (), "said": (), "problem": "", "states": State, **found}
    answer = show(request, frame, "portal/verify_signature.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _sent(request: HttpRequest, name: str) -> bytes | None:
    file = request.FILES.get(name)
    return None if file is None else file.read()
