"""What leaves with every answer of every door, pages and refusals alike."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

_ALWAYS: Final = (
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' data:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
POLICY: Final = "; ".join(_ALWAYS)
"""Nothing but our own style sheet and pictures; forms lead to us; nobody frames us."""
POLICY_WITH_SCRIPTS: Final = "; ".join(
    (*_ALWAYS, "script-src 'self'", "connect-src 'self'", "font-src 'self'")
)
"""The same for doors that have scripts, from our own files only: nothing inline, nothing evaluated."""
_NEVER_USED: Final = ", ".join(
    f"{feature}=()"
    for feature in (
        "camera",
        "geolocation",
        "microphone",
        "payment",
        "usb",
        "serial",
        "bluetooth",
        "browsing-topics",
    )
)

Answer = Callable[[HttpRequest], HttpResponseBase]


def with_headers(answer: Answer) -> Answer:
    """Django middleware: the content policy, and no body where only the head was asked for (RFC 9110 section 9.3.2).

    A page that has set a policy of its own keeps it. Strict transport, nosniff and the referrer policy come from Django's own
    middleware and the settings.
    """
    scripted = tuple(settings.ECREDIT_SCRIPTED_PATHS)

    def answered(request: HttpRequest) -> HttpResponseBase:
        response = answer(request)
        policy = POLICY_WITH_SCRIPTS if request.path.startswith(scripted) else POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Permissions-Policy"] = _NEVER_USED
        if request.method == "HEAD" and isinstance(response, HttpResponse):
            response.headers.setdefault("Content-Length", str(len(response.content)))
            response.content = b""
        return response

    return answered
