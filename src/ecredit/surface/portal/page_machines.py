"""`/robots.txt`, `/sitemap.xml`, `/feed.xml`: for machines that look for what is here and what changed."""

from typing import Final
from xml.sax.saxutils import escape

from django.http import Http404, HttpRequest, HttpResponse

from ecredit.service.publicity.listing import LISTED
from ecredit.surface.portal.answers import page, show_text
from ecredit.surface.portal.frame import Frame
from ecredit.surface.portal.page_rules import CHAPTERS
from ecredit.surface.portal.reading import public_store, public_stories
from ecredit.surface.portal.words import words_in

A_MAP: Final = 25_000
"""Subjects in one map; with both languages that is the 50,000 addresses a map may have."""
_TOLD: Final = 1_000
"""Articles in the map of pages; many more than a city writes."""
_FED: Final = 10
_XML: Final = "application/xml"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAPS: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
FIXED: Final = (
    "/", "/lists", "/rules", "/data", "/log", "/ratings", "/disclosure", "/objection", "/complaints", "/developers", "/about", "/accessibility", "/stories", "/stories/calendar",
    *(f"/lists/{section}" for section in LISTED), *(f"/rules/{chapter}" for chapter in CHAPTERS),
)  # fmt: skip
"""Pages that are always there."""


@page
def robots(request: HttpRequest, frame: Frame) -> HttpResponse:
    """Search engines may list subjects; searches and objection forms are no pages of their own."""
    return show_text(request, frame, robots_text(_site(request)))


def robots_text(site: str) -> str:
    """What machines may fetch of a site, and where its map is."""
    return f"User-agent: *\nDisallow: /objection\nDisallow: /report/\nDisallow: /*?q=\nDisallow: /*?page=\nSitemap: {site}/sitemap.xml\n"


@page
def sitemap(request: HttpRequest, frame: Frame) -> HttpResponse:
    """The map of maps: one of the fixed pages, and one for so many subjects."""
    site = _site(request)
    maps = ["sitemap-pages.xml", *(f"sitemap-{n}.xml" for n in range(maps_of(public_store().subject_span())))]
    return show_text(request, frame, index_of([f"{site}/{name}" for name in maps]), _XML)


@page
def sitemap_part(request: HttpRequest, frame: Frame, part: str) -> HttpResponse:
    """One of the maps."""
    site, store = _site(request), public_store()
    if part == "pages":
        told = public_stories().heads(frame.now, limit=_TOLD)
        paths = [
            *FIXED,
            *(f"/lists/district/{d.code}" for d in store.districts()),
            *(f"/stories/{s.number}" for s in told),
        ]
        return show_text(request, frame, map_of([f"{site}{path}" for path in paths]), _XML)
    if not (part.isascii() and part.isdigit() and len(part) < 7) or int(part) >= maps_of(
        store.subject_span()
    ):
        raise Http404
    first = int(part) * A_MAP
    # Whatever numbers are in between: a map holds those of its own span, so that it never shifts.
    codes = [code for number, code in store.subject_codes(first, A_MAP) if number <= first + A_MAP]
    return show_text(request, frame, map_of([f"{site}/s/{code}" for code in codes]), _XML)


@page
def feed(request: HttpRequest, frame: Frame) -> HttpResponse:
    """What became public and ceased to be, by the day and by number alone: copies of a feed are kept by others."""
    return show_text(request, frame, feed_of(frame, _site(request)), "application/atom+xml")


def maps_of(span: int) -> int:
    """How many maps the subjects up to a number fill."""
    return -(-span // A_MAP)


def index_of(addresses: list[str]) -> str:
    """A map of maps."""
    lines = "".join(f"<sitemap><loc>{escape(address)}</loc></sitemap>\n" for address in addresses)
    return f'{_HEAD}<sitemapindex xmlns="{_SITEMAPS}">\n{lines}</sitemapindex>\n'


def map_of(addresses: list[str]) -> str:
    """A map of pages."""
    lines = "".join(f"<url><loc>{escape(address)}</loc></url>\n" for address in addresses)
    return f'{_HEAD}<urlset xmlns="{_SITEMAPS}">\n{lines}</urlset>\n'


def feed_of(frame: Frame, site: str) -> str:
    """The Atom feed of the last movements, in the frame's language."""
    store, t = public_store(), words_in(frame.lang)
    figures, fresh = store.figures(frame.now.date()), store.freshness()
    folder = f"{site}/en" if frame.is_static and frame.lang == "en" else site
    ending = ".html" if frame.is_static else ""
    updated = (fresh.projected_at or frame.now).isoformat()
    entries = "".join(
        f"<entry><id>{escape(site)}/#{m.on.isoformat()}</id><title>{escape(t.feed_title.format(on=m.on, came=m.came, went=m.went))}</title>"
        f'<updated>{m.on.isoformat()}T00:00:00+08:00</updated><link href="{escape(site)}/"/>'
        f"<summary>{escape(t.feed_summary)}</summary></entry>\n"
        for m in figures.movements
    )
    entries += "".join(
        f"<entry><id>{escape(site)}/stories/{s.number}</id><title>{escape(t.story_feed.format(title=s.title(frame.lang)))}</title>"
        f'<updated>{s.shown_at.isoformat()}</updated><link href="{escape(folder)}/stories/{s.number}{ending}"/>'
        f"<summary>{escape(s.summary(frame.lang))}</summary></entry>\n"
        for s in public_stories().heads(frame.now, limit=_FED)
    )
    return (
        f'{_HEAD}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{frame.html_lang}">\n'
        f"<id>{escape(site)}/feed.xml</id>\n<title>{escape(t.site_full)}</title>\n<updated>{updated}</updated>\n"
        f'<author><name>{escape(t.office)}</name></author>\n<link rel="self" href="{escape(site)}/feed.xml"/>\n'
        f'<link href="{escape(site)}/"/>\n{entries}</feed>\n'
    )


def _site(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")
