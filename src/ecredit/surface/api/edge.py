"""What every request below `/api/` passes, and what leaves with every answer."""

import secrets
from collections.abc import Callable
from hashlib import blake2b
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags

from ecredit.foundation.kernel.problem_form import KIND
from ecredit.surface.api.language import language_of
from ecredit.surface.api.problems import ApiProblem, not_found, problem_of
from ecredit.surface.api.public_limit import hold_back

PREFIX: Final = "/api/"
Answer = Callable[[HttpRequest], HttpResponseBase]


def at_edge(answer: Answer) -> Answer:
    """Django middleware: headers, the short answer to "has it changed?", and problem documents for what Django refuses."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return answer(request)
        head = request.method == "HEAD"
        if head:
            request.method = "GET"
        try:
            over = hold_back(request)
            response = _as_problem(request, answer(request)) if over is None else problem_of(request, over)
        finally:
            if head:
                request.method = "HEAD"
        for name, value in getattr(request, "api_headers", {}).items():
            response.headers.setdefault(name, value)
        response = _unchanged(request, response)
        response.headers["Content-Language"] = "zh-CN" if language_of(request) == "zh" else "en"
        response.headers["Vary"] = "Accept-Language, Authorization"
        response.headers.setdefault(
            "Cache-Control", "no-store" if response.status_code >= 400 else "private, no-cache"
        )
        return response

    return answered


def _as_problem(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Refusals that are Django's own, in its words and as a page, become ours."""
    if response.status_code < 400 or response.headers.get("Content-Type", "") == KIND:
        return response
    if response.status_code == 405:
        allowed = sorted(
            part.strip() for part in response.headers.get("Allow", "").split(",") if part.strip()
        )
        headers = {"Allow": ", ".join(allowed)}
        return problem_of(request, ApiProblem(405, "method", headers=headers, allowed=headers["Allow"]))
    if response.status_code == 404:
        return problem_of(request, not_found())
    name = {400: "unreadable", 413: "too_large"}.get(response.status_code)
    if name is not None:
        return problem_of(request, ApiProblem(response.status_code, name, most="2.5 MB"))
    if response.status_code >= 500:
        return problem_of(request, ApiProblem(500, "broken", mark=secrets.token_hex(6)))
    return response


def _unchanged(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """With an ETag on everything that is read, and 304 to whoever has it."""
    if (
        request.method not in ("GET", "HEAD")
        or response.status_code != 200
        or not isinstance(response, HttpResponse)
    ):
        return response
    tag = response.headers.get("ETag") or f'"{blake2b(response.content, digest_size=12).hexdigest()}"'
    response.headers["ETag"] = tag
    asked = parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    # A proxy that compresses turns the tag into a weak one; the content is the same (RFC 9110 section 13.1.2).
    if not any(known == "*" or known.removeprefix("W/") == tag for known in asked):
        return response
    short = HttpResponseNotModified()
    for name in (
        "ETag",
        "Cache-Control",
        "RateLimit-Limit",
        "RateLimit-Remaining",
        "RateLimit-Reset",
        "RateLimit-Policy",
    ):
        if name in response.headers:
            short.headers[name] = response.headers[name]
    return short
