"""`/about` and `/robots.txt`: what this is, for people and for machines."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ecredit.surface.portal.answers import page, show
from ecredit.surface.portal.frame import Frame
from ecredit.surface.portal.page_home import GRADES

_ROBOTS: Final = "User-agent: *\nDisallow: /objection\nDisallow: /*?q=\n"


@page
def about(request: HttpRequest, frame: Frame) -> HttpResponse:
    """Sources, grades, terms, personal data. Reads no database."""
    return show(request, frame, "portal/about.html", {"grades": GRADES})


@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    """Search engines may list subjects; searches and objection forms are no pages of their own."""
    return HttpResponse(_ROBOTS, content_type="text/plain; charset=utf-8")
