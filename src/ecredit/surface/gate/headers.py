"""What leaves with every answer of every door, pages and refusals alike."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing but our own style sheet and pictures; forms lead to us; nobody frames us."""
_NEVER_USED: Final = ", ".join(
    f"{feature}=()"
    for feature in (
        "camera",
        "geolocation",
        "microphone",
        "payment",
        "usb",
        "serial",
        "browsing-topics",
    )
)

Answer = Callable[[HttpRequest], HttpResponseBase]


def with_headers(answer: Answer) -> Answer:
    """Django middleware: the content policy, and no body where only the head was asked for (RFC 9110 section 9.3.2).

    An answer that brings a policy of its own (another door's, with scripts) keeps it. Strict transport, nosniff and the referrer
    policy come from Django's own middleware and the settings.
    """

    def answered(request: HttpRequest) -> HttpResponseBase:
        response = answer(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Permissions-Policy"] = _NEVER_USED
        if request.method == "HEAD" and isinstance(response, HttpResponse):
            response.headers.setdefault("Content-Length", str(len(response.content)))
            response.content = b""
        return response

    return answered
