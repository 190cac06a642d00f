"""For whoever watches the process: is it up, and can it do its work?"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from ecredit.foundation.kernel.home import Home
from ecredit.service.operation.readiness import data_as_of, list_hindrances


@csrf_exempt
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 while the process answers."""
    return _said("ok", 200)


@csrf_exempt
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """200 with the instant of the public data when the databases can be read and are this program's, else 503 and why."""
    home = Home(settings.ECREDIT_HOME)
    hindrances = list(list_hindrances(home))
    if hindrances:
        return _said("\n".join(f"{zh} / {en}" for zh, en in hindrances), 503)
    at = data_as_of(home)
    return _said(f"ready; data as of {at}" if at else "ready; nothing projected yet", 200)


def _said(sentence: str, status: int) -> HttpResponse:
    response = HttpResponse(f"{sentence}\n", content_type="text/plain; charset=utf-8", status=status)
    response["Cache-Control"] = "no-store"
    return response
