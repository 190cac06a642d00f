"""`/`: what this is, the search, the city in figures, and what a search found."""

import sqlite3
from dataclasses import dataclass
from typing import Final, Literal

from django.http import HttpRequest, HttpResponse
from markupsafe import Markup, escape

from ecredit.foundation.kernel.codes import is_person_id, tidy_code
from ecredit.foundation.kernel.text_forms import tidy
from ecredit.service.publicity.errors import SearchTooShort
from ecredit.service.publicity.figures import CityFigures, DistrictFigures
from ecredit.service.publicity.listing import LISTED
from ecredit.service.publicity.search import MAX_QUERY
from ecredit.service.publicity.types import SearchHit, SearchResult, Section
from ecredit.surface.portal.answers import page, send_to, show
from ecredit.surface.portal.drawing_figures import Piece, draw_bars, draw_stack
from ecredit.surface.portal.frame import Frame
from ecredit.surface.portal.reading import last_head, next_ending, public_store, public_stories
from ecredit.surface.portal.teasers import teasers
from ecredit.surface.portal.values import English

HITS: Final = 20
MOVEMENTS: Final = 7
KINDS: Final = 6
LATEST: Final = 3
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
class Tile:
    """A district on the schematic map: its figures, and its subjects by grade as a stack."""

    figure: DistrictFigures
    stack: tuple[Piece, ...]


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
    return show(request, frame, "portal/home.html", front_context(frame))


def front_context(frame: Frame) -> dict[str, object]:
    """What the front page tells: the search, and the city in figures on the frame's day."""
    store = public_store()
    figures = store.figures(frame.now.date())
    english = store.english() if frame.lang == "en" else {}
    return {
        "totals": figures.totals,
        "as_of": store.freshness().projected_at,
        "head": last_head(),
        "grades_drawn": draw_bars(_grade_rows(frame, figures)),
        "kinds_drawn": draw_bars(_kind_rows(frame, figures, english)),
        "districts": [_tile(figure) for figure in figures.districts],
        "rest": figures.elsewhere,
        "right_until": next_ending(frame.now) if frame.is_static else None,
        **told(frame),
        "movements": figures.movements[:MOVEMENTS],
        "sections": tuple(Section),
        "listed": LISTED,
        "grades": GRADES,
        "windows": store.official_sites().windows,
        "limit": MAX_QUERY,
        "query": "",
    }


def told(frame: Frame) -> dict[str, object]:
    """The articles of the front page: warnings in force on top, the newest others, and what is coming. None of it keeps the page from
    being shown."""
    try:
        stories = public_stories()
        alerts, today = stories.on_top(frame.now), frame.now.date()
        newest = [h for h in stories.heads(frame.now, limit=LATEST + len(alerts)) if h not in alerts]
        coming = [h for h in stories.calendar(frame.now) if h.ends_on is not None and h.ends_on >= today]
    except sqlite3.Error:
        return {"alerts": [], "latest": [], "coming": []}
    return {
        "alerts": teasers(frame, alerts),
        "latest": teasers(frame, [h for h in newest if h.starts_on is None][:LATEST]),
        "coming": teasers(frame, coming[:LATEST]),
    }


def _grade_rows(frame: Frame, figures: CityFigures) -> list[tuple[str, str, int]]:
    by_grade = figures.totals.by_grade
    rows = [
        (grade, grade, by_grade.get(grade, 0)) for grade in (*GRADES, *sorted(by_grade.keys() - set(GRADES)))
    ]
    return [*rows, (frame.t.grade_none, "none", figures.ungraded)]


def _kind_rows(frame: Frame, figures: CityFigures, english: English) -> list[tuple[str, str, int]]:
    kinds = list(figures.by_kind.items())
    rows = [
        (kind if frame.lang == "zh" else english.get("subject_kind", {}).get(kind, kind), "plain", number)
        for kind, number in kinds[:KINDS]
    ]
    rest = sum(number for _, number in kinds[KINDS:])
    return [*rows, (frame.t.figures_other_kinds, "plain", rest)] if rest else rows


def _tile(figure: DistrictFigures) -> Tile:
    counts = {grade: figure.by_grade.get(grade, 0) for grade in GRADES}
    return Tile(figure, draw_stack({**counts, "none": figure.ungraded}))


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
