"""`/`: what this is, the search, and what it found."""

from dataclasses import dataclass
from typing import Final, Literal

from django.http import HttpRequest, HttpResponse
from markupsafe import Markup, escape

from ecredit.foundation.kernel.codes import is_person_id, tidy_code
from ecredit.foundation.kernel.text_forms import tidy
from ecredit.service.publicity.errors import SearchTooShort
from ecredit.service.publicity.search import MAX_QUERY
from ecredit.service.publicity.types import SearchHit, SearchResult, Section
from ecredit.surface.portal.answers import page, send_to, show
from ecredit.surface.portal.frame import Frame
from ecredit.surface.portal.reading import public_store

HITS: Final = 20
GRADES: Final = ("A", "B", "C", "D")


@dataclass(frozen=True, slots=True)
class Line:
    """One subject of the results: where its page is, its name and the shop it was found by with the asked part marked, and
    the rest of the hit."""

    address: str
    name: Markup
    hit: SearchHit
    shop: Markup | None


@dataclass(frozen=True, slots=True)
class Found:
    """The outcome of a search as the page tells it. `echo` is the query, empty when it may not be repeated."""

    state: Literal["hits", "none", "person", "short", "long"]
    echo: str = ""
    lines: tuple[Line, ...] = ()
    result: SearchResult | None = None
    sentence: str = ""


def mark_part(name: str, part: str) -> Markup:
    """A name, escaped, with the part that was asked for marked where it stands there letter for letter."""
    before, found, after = name.partition(part)
    if not found:
        return escape(name)
    return Markup(f"{escape(before)}<mark>{escape(found)}</mark>{escape(after)}")  # noqa: S704 - each part is escaped


@page
def home(request: HttpRequest, frame: Frame) -> HttpResponse:
    """The front page; with `?q=` the results. A whole code goes straight to its subject."""
    query = tidy(request.GET.get("q", ""))
    if not query:
        return _front(request, frame)
    found = _search(frame, query, page_number(request))
    only = found.lines[0] if found.result is not None and found.result.count == 1 else None
    if only is not None and tidy_code(query) in (only.hit.code, only.hit.former_code):
        return send_to(frame, only.address)
    if not found.echo:
        frame = frame.without_address()
    english = public_store().english() if frame.lang == "en" and found.lines else {}
    return show(
        request,
        frame,
        "portal/results.html",
        {"found": found, "limit": MAX_QUERY, "query": found.echo, "per_page": HITS, "english": english},
    )


def _front(request: HttpRequest, frame: Frame) -> HttpResponse:
    store = public_store()
    return show(
        request,
        frame,
        "portal/home.html",
        {
            "totals": store.totals(frame.now.date()),
            "as_of": store.freshness().projected_at,
            "sections": tuple(Section),
            "grades": GRADES,
            "limit": MAX_QUERY,
            "query": "",
        },
    )


def page_number(request: HttpRequest) -> int:
    """The page asked for; the first when what was asked for is no number."""
    asked = request.GET.get("page", "1")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1


def _search(frame: Frame, query: str, number: int) -> Found:
    if len(query) > MAX_QUERY:
        return Found("long")
    try:
        result = public_store().search(query, frame.now.date(), number, HITS)
    except SearchTooShort as refusal:
        return Found("short", query, sentence=refusal.zh if frame.lang == "zh" else refusal.en)
    if result.hits:
        lines = tuple(
            Line(
                frame.to_subject(hit.code),
                mark_part(hit.name, query),
                hit,
                None if hit.shop is None else mark_part(hit.shop, query),
            )
            for hit in result.hits
        )
        return Found("hits", query, lines, result)
    # An identity number typed here is nobody's business to repeat, in a page or in its title.
    return Found("person") if is_person_id(tidy_code(query)) else Found("none", query)
