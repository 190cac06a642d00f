"""`/complaints`, `/developers`, `/accessibility`: where to turn with a dispute, how machines reach it, and for whom it works."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from ecredit.service.publicity.rule_book import LAWS
from ecredit.surface.portal.answers import page, show
from ecredit.surface.portal.frame import Frame
from ecredit.surface.portal.reading import public_store

ARTICLES: Final = (
    ("e_commerce_law", "59"),
    ("consumer_law", "46"),
    ("consumer_regulation", "46"),
    ("complaint_rules_121", "14"),
    ("complaint_rules_121", "23"),
)
"""What the page of complaints rests on: law and article, told as the rules have them and with their mark."""


@page
def complaints(request: HttpRequest, frame: Frame) -> HttpResponse:
    """Nothing is taken here: the page says so, and where the law sends people."""
    return show(request, frame, "portal/complaints.html", complaints_context(frame))


def complaints_context(frame: Frame) -> Mapping[str, object]:
    """The articles it rests on, out of the published rules."""
    _ = frame
    laws: dict[str, Any] = {law["id"]: law for law in public_store().chapter(LAWS) or ()}
    cited = [
        (law["title"], law["en"], number, summary, verified)
        for name, wanted in ARTICLES
        if (law := laws.get(name)) is not None
        for number, summary, verified in law["articles"]
        if number == wanted
    ]
    return {"cited": cited}


@page
def developers(request: HttpRequest, frame: Frame) -> HttpResponse:
    """The addresses that need no key, and where the rest is described."""
    return show(request, frame, "portal/developers.html", {})


@page
def accessibility(request: HttpRequest, frame: Frame) -> HttpResponse:
    """What is promised, what is tested, what is not."""
    return show(request, frame, "portal/accessibility.html", {})
