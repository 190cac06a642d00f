"""The last words of every door: Django's handlers for what no page answered. Plain, in both languages, without a trace.

People get the page of the city (templates `400.html` to `500.html`), programs below `/api/` a problem document (RFC 9457).
"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views import defaults

from ecredit.foundation.catalog.texts import text

_API = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400."""
    return _problem(400) if _for_program(request) else defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """403."""
    return _problem(403) if _for_program(request) else defaults.permission_denied(request, exception)  # type: ignore[arg-type]


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """404."""
    return _problem(404) if _for_program(request) else defaults.page_not_found(request, exception)


def failed(request: HttpRequest) -> HttpResponseBase:
    """500."""
    return _problem(500) if _for_program(request) else defaults.server_error(request)


def _for_program(request: HttpRequest) -> bool:
    return request.path.startswith(_API)


def _problem(status: int) -> HttpResponse:
    key = f"gate.refused_{status}"
    document = {
        "type": "about:blank", "title": text(key, "en"), "title_zh": text(key, "zh"), "status": status,
        "code": f"http.{status}",
    }  # fmt: skip
    return JsonResponse(
        document,
        status=status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )
