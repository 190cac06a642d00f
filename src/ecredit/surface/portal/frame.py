"""What every page needs to know about the request: language, day, and the addresses of the other pages."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

from django.http import HttpRequest

from ecredit.surface.portal.clock import ZONE, public_now
from ecredit.surface.portal.language import DEFAULT, HTML_LANG, Lang, asked_language, preferred_language
from ecredit.surface.portal.reading import is_invented
from ecredit.surface.portal.site_map import Place, find_place, footer_places, header_places
from ecredit.surface.portal.words import Words, words_in

# Only what pages understand is carried into the address of the other language.
_CARRIED: Final = ("q", "code", "leaf", "section", "page", "version", "mark")


@dataclass(frozen=True, slots=True)
class Frame:
    """One request's language, instant and addresses. Links keep `lang` only when the address named it.

    `invented` says that all data of this home are made up, so that every page must tell.
    """

    lang: Lang
    asked: Lang | None
    t: Words
    now: datetime
    path: str
    carried: tuple[tuple[str, str], ...]
    invented: bool = False

    @property
    def html_lang(self) -> str:
        """The value of the page's `lang` attribute."""
        return HTML_LANG[self.lang]

    @property
    def other(self) -> Lang:
        """The language the switch leads to."""
        return "en" if self.lang == "zh" else "zh"

    @property
    def other_html_lang(self) -> str:
        """The language tag of the switch."""
        return HTML_LANG[self.other]

    def in_language(self, lang: Lang) -> str:
        """This very page in a given language."""
        return f"{self.path}?{urlencode((*self.carried, ('lang', lang)))}"

    def without_address(self) -> "Frame":
        """The same frame for a page that must not repeat what stood in the address (an identity number, say)."""
        return replace(self, path="/", carried=())

    def header(self) -> tuple[Place, ...]:
        """What the head of every page leads to."""
        return header_places()

    def footer(self) -> tuple[tuple[str, tuple[Place, ...]], ...]:
        """What the foot of every page leads to, by heading."""
        return footer_places()

    def place(self, name: str) -> Place | None:
        """A page of this site by its name; None where there is none."""
        return find_place(name)

    def to(self, path: str, **query: str | int) -> str:
        """An address on this site with a query, in the language the visitor asked for."""
        pairs: list[tuple[str, str | int]] = [("lang", self.asked)] if self.asked is not None else []
        pairs += query.items()
        return f"{path}?{urlencode(pairs)}" if pairs else path

    @property
    def is_static(self) -> bool:
        """Whether the page is written into a folder, where no program answers."""
        return False

    def asset(self, address: str) -> str:
        """The address of the style sheet or a picture of ours."""
        return address

    def to_file(self, path: str, **query: str | int) -> str:
        """The address of a file of this site, the same in every language."""
        return f"{path}?{urlencode(query)}" if query else path

    def to_subject(self, code: str, **query: str | int) -> str:
        """The address of a subject's page."""
        path = f"/s/{code}" if code.isascii() and code.isalnum() else f"/s/{quote(code, safe='')}"
        return self.to(path, **query) if query or self.asked is not None else path


def frame_of(request: HttpRequest | None = None) -> Frame:
    """Read a request; without one (Django's last-resort error pages) the frame of the front page in Chinese.

    A last-resort page shows no day, so it asks no clock: the clock may be what failed.
    """
    fixed: Frame | None = getattr(request, "fixed_frame", None)
    if fixed is not None:
        return fixed
    if request is None:
        return Frame(DEFAULT, None, words_in(DEFAULT), datetime.fromtimestamp(0, ZONE), "/", ())
    asked = asked_language(request)
    lang = asked or preferred_language(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
    given = request.GET if request.META.get("QUERY_STRING") else {}
    carried = tuple((name, given[name]) for name in _CARRIED if name in given)
    return Frame(lang, asked, words_in(lang), public_now(), _own_path(request.path), carried, is_invented())


def _own_path(path: str) -> str:
    """The path as an address on this site: one that begins with two slashes would lead to another."""
    return "/" + quote(path).lstrip("/")
