"""The last words of every door: Django's handlers for what no page answered. Plain, in both languages, without a trace.

People get the page of the city (templates `400.html` to `500.html`), programs below `/api/` a problem document (RFC 9457).
"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views import defaults
from structlog.contextvars import get_contextvars

from ecredit.foundation.catalog.texts import text
from ecredit.foundation.kernel.languages import HTML_LANG, preferred_language
from ecredit.foundation.kernel.problem_form import KIND, problem_document

_API = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400."""
    return _problem(request, 400) if _for_program(request) else defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """403."""
    return _problem(request, 403) if _for_program(request) else defaults.permission_denied(request, exception)  # type: ignore[arg-type]


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """404."""
    return _problem(request, 404) if _for_program(request) else defaults.page_not_found(request, exception)


def failed(request: HttpRequest) -> HttpResponseBase:
    """500."""
    return _problem(request, 500) if _for_program(request) else defaults.server_error(request)


def _for_program(request: HttpRequest) -> bool:
    return request.path.startswith(_API)


def _reference(status: int) -> dict[str, str]:
    """By which the operator finds a failure in the log: the number of the request, as its answer's head has it."""
    number = get_contextvars().get("request_id") if status >= 500 else None
    return {} if number is None else {"reference": str(number)}


def _problem(request: HttpRequest, status: int) -> HttpResponse:
    key = f"gate.refused_{status}"
    lang = preferred_language(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
    document = problem_document(
        status=status,
        code=f"http.{status}",
        title=text(f"api.title.{status}", lang),
        zh=text(key, "zh"),
        en=text(key, "en"),
        lang=lang,
        more=_reference(status),
    )
    headers = {"Content-Language": HTML_LANG[lang], "Cache-Control": "no-store"}
    return JsonResponse(
        document,
        status=status,
        content_type=KIND,
        headers=headers,
        json_dumps_params={"ensure_ascii": False},
    )
