"""`/disclosure`: what each registered platform discloses; one platform's page: itself, its licences, its rules and their changes,
what it did to merchants, major events, what was tested of its goods, what two officers found missing, and where else to look."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.http import HttpRequest, HttpResponse

from ecredit.foundation.catalog.disclosure_types import OfficialSite
from ecredit.foundation.kernel.codes import is_person_id, tidy_code
from ecredit.service.publicity.listing import MOST_PAGES
from ecredit.service.publicity.public_disclosures import (
    A_PAGE,
    DISCLOSURES,
    SANCTIONS,
    SPOT_CHECKS,
    DisclosedPlatform,
    NamedDocument,
    read_day,
)
from ecredit.service.publicity.search import MAX_QUERY
from ecredit.service.publicity.types import PublicItem, PublicSubject, Section
from ecredit.surface.portal.answers import page, show
from ecredit.surface.portal.frame import Frame
from ecredit.surface.portal.page_home import page_number
from ecredit.surface.portal.reading import public_store

ON_PAGE: Final = 10
"""Documents of a part on the page itself; a part with more has pages of its own."""
PARTS: Final = {"sanctions": SANCTIONS, "spot_checks": SPOT_CHECKS}
_RULES, _EVENTS = "平台规则", "重大事件"
# What a licence says of its office and of itself.
_OFFICE, _LICENCE, _NUMBER, _UNTIL = "XK_XKJG", ("XK_XKZS", "XK_XKWS"), ("XK_XKBH", "XK_WSH"), "XK_YXQZI"

Find = Callable[..., OfficialSite | None]
"""How the official page of an office is found: by names of it and of its licences."""


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """A licence, and the office's official page."""

    leaf: int
    name: str
    number: str
    office: str
    until: str
    site: OfficialSite | None


@dataclass(frozen=True, slots=True)
class DisclosureRow:
    """Something the platform disclosed itself; `notice` is how many days a rule was known before it took effect."""

    leaf: int
    kind: str
    title: str
    content: str
    url: str
    happened_on: date | None
    published_on: date | None
    effective_on: date | None

    @property
    def notice(self) -> int | None:
        """Days from becoming known to taking effect; None where one of the two is not said."""
        if self.published_on is None or self.effective_on is None:
            return None
        return (self.effective_on - self.published_on).days


@page
def disclosures(request: HttpRequest, frame: Frame) -> HttpResponse:
    """Every registered platform, and the windows."""
    store = public_store()
    found = store.disclosed_platforms(frame.now.date())
    context = {"platforms": found, "sites": store.official_sites()}
    return show(request, frame, "portal/disclosures.html", context)


@page
def disclosure(request: HttpRequest, frame: Frame, code: str) -> HttpResponse:
    """One platform's; `?section=sanctions` (or spot_checks) `&page=` for a long part whole."""
    store, on = public_store(), frame.now.date()
    found = store.find_disclosed(code, on)
    if found is None:
        return _missing(request, frame, code)
    asked = request.GET.get("section", "")
    shared = {"platform": found, "english": store.english() if frame.lang == "en" else {}}
    if asked in PARTS:
        return _part(request, frame, found, asked, shared)
    subject = store.find_subject(code, on)
    own = disclosure_rows(subject)
    sites = store.official_sites()
    return show(
        request,
        frame,
        "portal/disclosure.html",
        {
            **shared,
            "subject": subject,
            "facts": registered_facts(subject),
            "licences": licence_rows(subject, sites.office_of),
            "own": [row for row in own if row.kind not in (_RULES, _EVENTS)],
            "rules": [row for row in own if row.kind == _RULES],
            "events": [row for row in own if row.kind == _EVENTS],
            "sanctions": _first(found, "sanctions", on),
            "spot_checks": _first(found, "spot_checks", on),
            "gaps": store.public_gaps(code, on),
            "sites": sites,
        },
    )


def _part(
    request: HttpRequest, frame: Frame, found: DisclosedPlatform, part: str, shared: dict[str, object]
) -> HttpResponse:
    count = getattr(found, part)
    pages = max(1, min(MOST_PAGES, -(-count // A_PAGE)))
    number = min(max(page_number(request), 1), pages)
    lines = public_store().named_documents(found.code, PARTS[part], frame.now.date(), number)
    paged = {
        "cut": count > MOST_PAGES * A_PAGE, "part": part, "lines": lines, "number": number, "pages": pages, "count": count, "first": (number - 1) * A_PAGE + 1,
    }  # fmt: skip
    return show(request, frame, "portal/disclosure_part.html", {**shared, **paged})


def _first(found: DisclosedPlatform, part: str, on: date) -> Sequence[NamedDocument]:
    return public_store().named_documents(found.code, PARTS[part], on, 1)[:ON_PAGE]


def registered_facts(subject: PublicSubject | None) -> list[tuple[str, str]]:
    """What the register says of the platform: names of columns and values."""
    items = () if subject is None else subject.items_in(Section.REGISTRATION)
    said = next((item for item in items if item.source == "registration"), items[0] if items else None)
    return [] if said is None else [(field.label, field.value) for field in said.fields]


def licence_rows(subject: PublicSubject | None, office_of: Find) -> list[LicenceRow]:
    """Its licences that are shown, each with the official page of who issued it."""
    rows = []
    for item in () if subject is None else subject.items_in(Section.LICENCE):
        said = {field.code: field.value for field in item.fields}
        name = next((said[code] for code in _LICENCE if said.get(code)), item.title_zh)
        number = next((said[code] for code in _NUMBER if said.get(code)), "")
        office = said.get(_OFFICE, "") or item.supplier
        rows.append(
            LicenceRow(item.leaf, name, number, office, said.get(_UNTIL, ""), office_of(name, office))
        )
    return rows


def disclosure_rows(subject: PublicSubject | None) -> list[DisclosureRow]:
    """What the platform disclosed itself and is shown, newest first."""
    items = () if subject is None else subject.items_in(Section.DISCLOSURE)
    return [_row(item) for item in items if item.source == DISCLOSURES]


def _row(item: PublicItem) -> DisclosureRow:
    said = {field.code: field.value for field in item.fields}
    return DisclosureRow(
        leaf=item.leaf,
        kind=said.get("kind", ""),
        title=said.get("title", ""),
        content=said.get("content", ""),
        url=said.get("url", ""),
        happened_on=read_day(said.get("happened_on")),
        published_on=read_day(said.get("published_on")),
        effective_on=read_day(said.get("effective_on")),
    )


def _missing(request: HttpRequest, frame: Frame, code: str) -> HttpResponse:
    frame = frame.without_address()
    query = "" if len(code) > MAX_QUERY or is_person_id(tidy_code(code)) else code
    return show(request, frame, "portal/missing.html", {"query": query, "limit": MAX_QUERY}, status=404)
