"""`/rules`: the rules in force, as the catalogue has them and everyone may read them; `/rules/<chapter>` one of them whole."""

from collections.abc import Mapping
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse

from ecredit.service.publicity import rule_book
from ecredit.surface.portal.answers import page, show
from ecredit.surface.portal.frame import Frame
from ecredit.surface.portal.reading import public_store

CHAPTERS: Final = {
    "terms": rule_book.TERMS,
    "sources": rule_book.SOURCES,
    "grades": rule_book.GRADES,
    "signs": rule_book.SIGNS,
    "laws": rule_book.LAWS,
}
"""The name of a page below `/rules` and the chapter it shows."""


@page
def rules(request: HttpRequest, frame: Frame) -> HttpResponse:
    """What the rules are about, and of which edition they are."""
    return show(request, frame, "portal/rules.html", rules_context(frame))


def rules_context(frame: Frame) -> Mapping[str, object]:
    """The chapters with how many rules each has and how many of them were seen in a text."""
    store = public_store()
    counted = [(name, *_seen(store.chapter(CHAPTERS[name]))) for name in CHAPTERS]
    return {"counted": counted, "edition": store.freshness().catalogue_edition, "as_of": frame.now.date()}


@page
def chapter(request: HttpRequest, frame: Frame, chapter: str) -> HttpResponse:
    """One chapter of the rules."""
    if chapter not in CHAPTERS:
        raise Http404
    return show(request, frame, f"portal/rules_{chapter}.html", chapter_context(frame, chapter))


def chapter_context(frame: Frame, chapter: str) -> Mapping[str, object]:
    """A chapter as it is written, and what English there is for it."""
    store = public_store()
    return {
        "chapter": store.chapter(CHAPTERS[chapter]) or (),
        "name": chapter,
        "english": store.english() if frame.lang == "en" else {},
        "today": frame.now.date().isoformat(),
    }


def _seen(chapter: object) -> tuple[int, int | None]:
    """How many rules a chapter has, and how many of them are marked as seen in a text; None where that is not asked."""
    if isinstance(chapter, Mapping):
        parts = [*chapter["classes"], *(kind for rule in chapter["kinds"] for kind in rule["kinds"])]
        marks = [part["verified"] if isinstance(part, Mapping) else part[2] for part in parts]
    elif isinstance(chapter, list):
        marks = [part.get("verified") for part in chapter]
    else:
        return 0, None
    return len(marks), None if None in marks else sum(map(bool, marks))
