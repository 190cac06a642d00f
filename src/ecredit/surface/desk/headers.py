"""What leaves with every answer of the desk."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Our own files only, nothing inline, nobody frames us."""
ROOT: Final = "/desk/"

Answer = Callable[[HttpRequest], HttpResponseBase]


def with_desk_headers(answer: Answer) -> Answer:
    """Django middleware: the content policy of the desk's pages, and no copy kept by anybody."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        response = answer(request)
        if request.path.startswith(ROOT):
            response.headers["Content-Security-Policy"] = POLICY
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answered
