"""The answer to a form that does not carry its token."""

from django.http import HttpRequest, HttpResponse

from ecredit.surface.desk.render import refusal


def refuse(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django gives it; it is nobody's to read
    """Django's CSRF_FAILURE_VIEW."""
    return refusal(request, "forbidden", 403)
