"""`/lists`: what is public, to browse: documents by section, subjects by district, shops by platform; a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse

from ecredit.service.publicity.listing import A_PAGE, LISTED, MOST_PAGES, pages_of
from ecredit.service.publicity.types import Section
from ecredit.surface.portal.answers import page, show
from ecredit.surface.portal.frame import Frame
from ecredit.surface.portal.page_home import page_number
from ecredit.surface.portal.reading import public_store


@dataclass(frozen=True, slots=True)
class Paged:
    """A page of a list: its lines, its number, how many there are, and how many lines in all (`cut`: more than are paged)."""

    lines: Sequence[object]
    number: int
    pages: int
    count: int

    @property
    def first(self) -> int:
        """The number of the first line."""
        return (self.number - 1) * A_PAGE + 1

    @property
    def cut(self) -> bool:
        """Whether there are more lines than pages are made for."""
        return self.count > MOST_PAGES * A_PAGE


@page
def lists(request: HttpRequest, frame: Frame) -> HttpResponse:
    """Which lists there are, and how long they are."""
    return show(request, frame, "portal/lists.html", lists_context(frame))


def lists_context(frame: Frame) -> Mapping[str, object]:
    """The lists with their lengths on the frame's day."""
    store = public_store()
    return {
        "figures": store.figures(frame.now.date()),
        "platforms": store.platforms()[: MOST_PAGES * A_PAGE // 10],
        "listed": LISTED,
    }


@page
def section(request: HttpRequest, frame: Frame, section: str) -> HttpResponse:
    """The documents of a section, newest first."""
    if section not in LISTED:
        raise Http404
    return show(
        request, frame, "portal/list.html", section_context(frame, Section(section), page_number(request))
    )


def section_context(frame: Frame, section: Section, number: int) -> Mapping[str, object]:
    """A page of a section's documents."""
    store, on = public_store(), frame.now.date()
    count = store.figures(on).totals.by_section.get(section, 0)
    number = min(max(number, 1), pages_of(count))
    lines = store.list_documents(section, on, number)
    return {
        "kind": "documents",
        "title": frame.t[f"section_{section}"],
        "address": f"/lists/{section}",
        "paged": Paged(lines, number, pages_of(count), count),
        "english": store.english() if frame.lang == "en" else {},
    }


@page
def district(request: HttpRequest, frame: Frame, code: str) -> HttpResponse:
    """The subjects of a district, in the order of their codes."""
    context = district_context(frame, code, page_number(request))
    if context is None:
        raise Http404
    return show(request, frame, "portal/list.html", context)


def district_context(frame: Frame, code: str, number: int) -> Mapping[str, object] | None:
    """A page of a district's subjects; None where there is no such district."""
    store, on = public_store(), frame.now.date()
    found = next((d for d in store.figures(on).districts if d.district and d.district.code == code), None)
    if found is None or found.district is None:
        return None
    number = min(max(number, 1), pages_of(found.subjects))
    return {
        "kind": "subjects",
        "title": found.district.zh if frame.lang == "zh" else found.district.en,
        "address": f"/lists/district/{code}",
        "paged": Paged(
            store.list_subjects(found.district.zh, on, number),
            number,
            pages_of(found.subjects),
            found.subjects,
        ),
        "english": store.english() if frame.lang == "en" else {},
    }


@page
def platform(request: HttpRequest, frame: Frame, key: str) -> HttpResponse:
    """The shops of a platform, in the order they were received."""
    context = platform_context(frame, key, page_number(request))
    if context is None:
        raise Http404
    return show(request, frame, "portal/list.html", context)


def platform_context(frame: Frame, key: str, number: int) -> Mapping[str, object] | None:
    """A page of a platform's shops; None where no shop names such a platform."""
    store = public_store()
    found = next((platform for platform in store.platforms() if platform.key == key), None)
    if found is None:
        return None
    number = min(max(number, 1), pages_of(found.shops))
    return {
        "kind": "shops",
        "title": found.name,
        "address": f"/lists/platform/{key}",
        "paged": Paged(
            store.list_shops(found.name, frame.now.date(), number), number, pages_of(found.shops), found.shops
        ),
        "operator": store.find_code_of_name(found.name),
        "english": {},
    }
