"""`/about`: what this is."""

from django.http import HttpRequest, HttpResponse

from ecredit.surface.portal.answers import page, show
from ecredit.surface.portal.frame import Frame
from ecredit.surface.portal.page_home import GRADES


@page
def about(request: HttpRequest, frame: Frame) -> HttpResponse:
    """Sources, grades, terms, personal data. Reads no database."""
    return show(request, frame, "portal/about.html", {"grades": GRADES})
