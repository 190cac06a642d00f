"""`/stories…`: cases, models, warnings and campaigns, the calendar, and their pictures."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from markupsafe import Markup

from ecredit.service.publicity.search import MAX_QUERY
from ecredit.service.telling.calendar_file import MEDIA, calendar_file
from ecredit.service.telling.markdown_rules import render_html
from ecredit.service.telling.public_stories import PublicKind, PublicStory, StoryHead
from ecredit.surface.portal.answers import page, send_file, show, show_bytes
from ecredit.surface.portal.frame import Frame
from ecredit.surface.portal.page_home import page_number
from ecredit.surface.portal.reading import public_store, public_stories
from ecredit.surface.portal.teasers import Teaser, teasers
from ecredit.surface.portal.words import words_in

A_PAGE: Final = 20
_OF_EACH: Final = 4


@page
def stories(request: HttpRequest, frame: Frame) -> HttpResponse:
    """What there is, the newest of each kind."""
    kinds = [
        (kind, _kind_address(frame, kind.id), teasers(frame, _newest(frame, kind)))
        for kind in public_stories().kinds(frame.now)
        if kind.count
    ]
    return show(request, frame, "portal/stories.html", {"kinds": kinds, "of_each": _OF_EACH})


@page
def of_kind(request: HttpRequest, frame: Frame, kind: str) -> HttpResponse:
    """All articles of a kind, in pages."""
    found = next((one for one in public_stories().kinds(frame.now) if one.id == kind), None)
    number = page_number(request)
    if found is None or (number - 1) * A_PAGE >= max(found.count, 1):
        return _missing(request, frame)
    heads = public_stories().heads(frame.now, kind=kind, limit=A_PAGE, offset=(number - 1) * A_PAGE)
    more = number * A_PAGE < found.count
    return show(
        request,
        frame,
        "portal/story_list.html",
        {
            "kind": found,
            "lines": teasers(frame, heads),
            "before": _kind_address(frame, kind, number - 1) if number > 1 else "",
            "after": _kind_address(frame, kind, number + 1) if more else "",
        },
    )


@page
def story(request: HttpRequest, frame: Frame, number: int) -> HttpResponse:
    """One article; of one that was shown once, that it no longer is."""
    found = public_stories().find(number, frame.now)
    if found is None:
        gone = public_stories().find_gone(number, frame.now)
        if gone is None:
            return _missing(request, frame)
        return show(request, frame, "portal/story_gone.html", {"gone": gone}, status=410)
    head = found.head
    kind = next(one for one in public_stories().kinds(frame.now) if one.id == head.kind)
    return show(
        request,
        frame,
        "portal/story.html",
        {
            "story": found,
            "head": head,
            "kind": kind,
            "kind_address": _kind_address(frame, kind.id),
            "html": _html(found, frame),
            "subjects": _subjects(found, frame),
            "calendar": frame.to_file(f"/stories/{number}.ics") if kind.dated else "",
        },
    )


@page
def calendar(request: HttpRequest, frame: Frame) -> HttpResponse:
    """Campaigns by month, those that are over apart."""
    heads, today = public_stories().calendar(frame.now), frame.now.date()
    coming = [head for head in heads if head.ends_on is not None and head.ends_on >= today]
    over = [head for head in heads if head.ends_on is not None and head.ends_on < today]
    months: dict[tuple[int, int], list[Teaser]] = {}
    for teaser in teasers(frame, coming):
        first = teaser.head.starts_on
        assert first is not None  # noqa: S101 - the query asks for those that have days
        # What runs already stands in this month.
        first = max(first, today)
        months.setdefault((first.year, first.month), []).append(teaser)
    return show(
        request,
        frame,
        "portal/story_calendar.html",
        {
            "months": sorted(months.items()),
            "over": teasers(frame, over[::-1]),
            "today": today,
            "file": frame.to_file("/stories/calendar.ics"),
        },
    )


@page
def calendar_ics(request: HttpRequest, frame: Frame) -> HttpResponse:
    """All campaigns, for a calendar to follow."""
    return _ics(request, frame, public_stories().calendar(frame.now), "calendar.ics")


@page
def story_ics(request: HttpRequest, frame: Frame, number: int) -> HttpResponse:
    """One campaign, for a calendar."""
    found = public_stories().find(number, frame.now)
    if found is None or found.head.starts_on is None:
        return _missing(request, frame)
    return _ics(request, frame, [found.head], f"story-{number}.ics")


@page
def picture(request: HttpRequest, frame: Frame, digest: str) -> HttpResponse:
    """A picture of an article that is shown; `…-small` for lists."""
    found = public_stories().picture(digest.removesuffix("-small"), small=digest.endswith("-small"))
    if found is None:
        return _missing(request, frame)
    media, body = found
    return show_bytes(request, frame, body, media)


def _newest(frame: Frame, kind: PublicKind) -> list[StoryHead]:
    return public_stories().heads(frame.now, kind=kind.id, limit=_OF_EACH)


def _html(story: PublicStory, frame: Frame) -> Markup:
    lang = frame.lang if frame.lang in story.bodies else "zh"

    def shown(place: int) -> tuple[str, str, int, int]:
        if place > len(story.pictures):
            return "", "", 0, 0
        of = story.pictures[place - 1]
        return frame.to_file(f"/stories/pictures/{of.digest}.webp"), of.alt(lang), of.width, of.height

    return Markup(render_html(story.bodies[lang], shown, frame.to))  # noqa: S704 - made and cleaned by the room's rules


def _subjects(story: PublicStory, frame: Frame) -> list[tuple[str, str, str]]:
    """Code, name and page of those it is openly about, as far as they have a page."""
    found = []
    for code in story.subjects:
        subject = public_store().find_subject(code, frame.now.date())
        if subject is not None:
            found.append((subject.code, subject.name, frame.to_subject(subject.code)))
    return found


def _ics(request: HttpRequest, frame: Frame, heads: Sequence[StoryHead], name: str) -> HttpResponse:
    site = "" if frame.is_static else request.build_absolute_uri("/").rstrip("/")
    host = urlsplit(str(settings.ECREDIT_SITE)).hostname or "localhost"
    title = words_in(frame.lang).story_calendar
    body = calendar_file(heads, lang=frame.lang, host=host, site=site, name=title)
    return send_file(request, frame, body, MEDIA, name)


def _kind_address(frame: Frame, kind: str, number: int = 1) -> str:
    more: dict[str, Any] = {"page": number} if number > 1 else {}
    return frame.to(f"/stories/{kind}", **more)


def _missing(request: HttpRequest, frame: Frame) -> HttpResponse:
    frame = frame.without_address()
    return show(request, frame, "portal/missing.html", {"query": "", "limit": MAX_QUERY}, status=404)
