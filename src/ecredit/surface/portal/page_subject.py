"""`/s/<code>`: everything the public may see about one subject today."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Final

from django.http import HttpRequest, HttpResponse

from ecredit.foundation.kernel.codes import is_person_id, is_uscc, tidy_code
from ecredit.service.publicity.search import MAX_QUERY
from ecredit.service.publicity.types import PublicChange, PublicItem, PublicReason, PublicSubject, Section
from ecredit.surface.portal.answers import page, send_to, show
from ecredit.surface.portal.frame import Frame
from ecredit.surface.portal.grade_parts import (
    ReasonView,
    RecordLink,
    group_reasons,
    sector_of,
    view_history,
    view_outlook,
)
from ecredit.surface.portal.page_home import GRADES, page_number
from ecredit.surface.portal.page_ratings import rating_views
from ecredit.surface.portal.reading import public_badges, public_log, public_store

ON_PROFILE: Final = 20
"""Documents of a section on the profile itself; a section with more has pages of its own."""
ON_SECTION_PAGE: Final = 100
LINKS_PER_REASON: Final = 6


@dataclass(frozen=True, slots=True)
class Part:
    """One section as the profile shows it: the newest documents and how many there are in all."""

    id: Section
    count: int
    items: tuple[PublicItem, ...]


@dataclass(frozen=True, slots=True)
class ChangeView:
    """The last change of the grade: `fell` or rose, and the reasons that changed, as `ReasonView`s."""

    change: PublicChange
    fell: bool
    entered: tuple[ReasonView, ...]
    left: tuple[ReasonView, ...]


@page
def subject(request: HttpRequest, frame: Frame, code: str) -> HttpResponse:
    """The profile; `?section=…&page=…` for one section whole. Any other spelling or former code is sent on."""
    store = public_store()
    found = store.find_subject(code, frame.now.date())
    if found is None:
        return _missing(request, frame, code)
    if found.code != code:
        return send_to(frame, frame.to_subject(found.code))
    by_section: dict[Section, list[PublicItem]] = defaultdict(list)
    for item in found.items:
        by_section[item.section].append(item)
    shown = {
        "subject": found,
        # A page written into a folder must not change with every run that changed nothing of it; the front page tells the day.
        "as_of": None if frame.is_static else store.freshness().projected_at,
        "own": (found.name, found.code),
        "english": store.english() if frame.lang == "en" else {},
        "objection": frame.to("/objection", code=code, leaf=""),
        "provable": 0 if (head := public_log().head()) is None else head.size,
    }
    asked = request.GET.get("section")
    if asked in by_section:
        return _section(request, frame, Section(asked), by_section[Section(asked)], shown)
    reasons = _reasons(frame, found, found.reasons, by_section)
    address = _addresses(frame, found, by_section)

    def link(leaves: tuple[int, ...]) -> tuple[RecordLink, ...]:
        return tuple(RecordLink(leaf, address(leaf), None) for leaf in leaves[:LINKS_PER_REASON])

    return show(
        request,
        frame,
        "portal/subject.html",
        {
            **shown,
            "parts": [Part(s, len(of), tuple(of[:ON_PROFILE])) for s in Section if (of := by_section.get(s))],
            "empty": [s for s in Section if s not in by_section],
            "facts": [fact for fact in found.facts if fact.leaf is None],
            "groups": group_reasons(found, reasons),
            "sector": sector_of(found),
            "outlook": view_outlook(found, link, frame.now.date()),
            "history": view_history(found, frame.now.date()),
            "change": _change(frame, found, by_section),
            "rated": rating_views(frame.lang, found.ratings, store.rating_rules() if found.ratings else {}),
            "grades": GRADES,
            "code_is_uscc": is_uscc(found.code),
            # A badge is checked by a program, and its page is another every day.
            "badge": "" if frame.is_static else _badge(frame, found),
        },
    )


def _badge(frame: Frame, found: PublicSubject) -> str:
    """The number of the subject's badge when it is in force and says the grade that is shown; "" otherwise."""
    badge = public_badges().find_live(found.code)
    if badge is None or not badge.claims.valid_from <= frame.now < badge.claims.valid_until:
        return ""
    return badge.claims.id if badge.claims.grade == found.grade else ""


def _section(
    request: HttpRequest, frame: Frame, section: Section, items: list[PublicItem], shown: Mapping[str, object]
) -> HttpResponse:
    pages = -(-len(items) // ON_SECTION_PAGE)
    number = min(max(page_number(request), 1), pages)
    first = (number - 1) * ON_SECTION_PAGE
    part = Part(section, len(items), tuple(items[first : first + ON_SECTION_PAGE]))
    paged = {"part": part, "first": first + 1, "number": number, "pages": pages}
    return show(request, frame, "portal/section.html", {**shown, **paged})


def _change(
    frame: Frame, found: PublicSubject, by_section: Mapping[Section, list[PublicItem]]
) -> ChangeView | None:
    change = found.change
    if change is None or found.grade is None:
        return None
    entered, left = (_reasons(frame, found, part, by_section) for part in (change.entered, change.left))
    order = [step.grade for step in found.model.scale] if found.model else list(GRADES)
    before, after = (order.index(g) if g in order else -1 for g in (change.before, change.after))
    return ChangeView(change, after > before, entered, left)


def _reasons(
    frame: Frame,
    found: PublicSubject,
    reasons: Sequence[PublicReason],
    by_section: Mapping[Section, list[PublicItem]],
) -> tuple[ReasonView, ...]:
    if not reasons:
        return ()
    address = _addresses(frame, found, by_section)
    views = []
    for reason in reasons:
        counted = zip_longest(reason.item_leaves, reason.counts_until)
        linked = tuple(
            RecordLink(leaf, address(leaf), ends) for leaf, ends in islice(counted, LINKS_PER_REASON)
        )
        views.append(ReasonView(reason, linked, len(reason.item_leaves) - len(linked)))
    return tuple(views)


def _addresses(
    frame: Frame, found: PublicSubject, by_section: Mapping[Section, list[PublicItem]]
) -> Callable[[int], str]:
    """Where each document of the profile is shown: on it, or on a page of its section."""
    place = {item.leaf: (s, number) for s, items in by_section.items() for number, item in enumerate(items)}

    def address(leaf: int) -> str:
        section, number = place[leaf]
        if number < ON_PROFILE:
            return f"#r{leaf}"
        return f"{frame.to_subject(found.code, section=section, page=number // ON_SECTION_PAGE + 1)}#r{leaf}"

    return address


def _missing(request: HttpRequest, frame: Frame, code: str) -> HttpResponse:
    if len(code) > MAX_QUERY or is_person_id(tidy_code(code)):
        frame, code = frame.without_address(), ""
    return show(request, frame, "portal/missing.html", {"query": code, "limit": MAX_QUERY}, status=404)
