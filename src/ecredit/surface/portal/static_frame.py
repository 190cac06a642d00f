"""A page that is written into a folder: its links lead to files beside it, wherever the folder is put."""

import re
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.urls import Resolver404, ResolverMatch, resolve

from ecredit.surface.portal.frame import Frame
from ecredit.surface.portal.language import Lang
from ecredit.surface.portal.site_map import Place, find_place, footer_places, header_places

Asked = tuple[str, tuple[tuple[str, str], ...]]
"""An address on this site: path, and what stands behind the question mark, the language apart."""
_BY_ADDRESS: Final = frozenset(("feed", "sitemap", "catalogue"))
"""What names the site's own address, and is left out where that is not known."""
_ANSWERED: Final = frozenset(("verify",))
"""What a program has to answer."""
_PLAIN: Final = re.compile(r"[0-9A-Za-z-]{1,64}")


@dataclass(frozen=True, slots=True)
class StaticFrame(Frame):
    """`file` is the page's own path below the folder; `asked` collects what its links ask for (`links`)."""

    file: str = "index.html"
    has_address: bool = False
    links: set[tuple[Lang, Asked]] = field(default_factory=set, compare=False)

    @property
    def is_static(self) -> bool:
        """It is."""
        return True

    def _leads(self, place: Place | None) -> bool:
        if place is None or place.name in _ANSWERED:
            return False
        return self.has_address or place.name not in _BY_ADDRESS

    def header(self) -> tuple[Place, ...]:
        """Without what no file can answer."""
        return tuple(place for place in header_places() if self._leads(place))

    def footer(self) -> tuple[tuple[str, tuple[Place, ...]], ...]:
        """Without what no file can answer."""
        kept = ((name, tuple(p for p in places if self._leads(p))) for name, places in footer_places())
        return tuple((name, places) for name, places in kept if places)

    def place(self, name: str) -> Place | None:
        """Without what no file can answer."""
        found = find_place(name)
        return found if self._leads(found) else None

    def asset(self, address: str) -> str:
        """The file beside the pages, its mark of content kept."""
        return self._from_here(f"static/{address.removeprefix(settings.STATIC_URL)}")

    def in_language(self, lang: Lang) -> str:
        """This very page in a given language."""
        asked = (self.path, self.carried)
        self.links.add((lang, asked))
        return self._from_here(file_of(lang, *asked))

    def to(self, path: str, **query: str | int) -> str:
        """The file of a page in this page's language."""
        # One page of objections serves for all records: which one it is about cannot be asked of a file.
        carried = () if path == "/objection" else tuple((name, str(value)) for name, value in query.items())
        self.links.add((self.lang, (path, carried)))
        return self._from_here(file_of(self.lang, path, carried))

    def to_file(self, path: str, **query: str | int) -> str:
        """A file that is the same in every language."""
        carried = tuple((name, str(value)) for name, value in query.items())
        self.links.add(("zh", (path, carried)))
        return self._from_here(file_of("zh", path, carried))

    def to_subject(self, code: str, **query: str | int) -> str:
        """The file of a subject's page."""
        return self.to(f"/s/{file_code(code)}", **query)

    def _from_here(self, file: str) -> str:
        return "../" * self.file.count("/") + file


def file_of(lang: Lang, path: str, carried: tuple[tuple[str, str], ...]) -> str:
    """Where the page of an address lies below the folder: Chinese at the top, English below `en/`."""
    asked = dict(carried)
    folder, slash, name = (path.strip("/") or "index").rpartition("/")
    stem, dot, ending = name.partition(".")
    if "section" in asked:
        folder, slash, stem = f"{folder}{slash}{stem}", "/", asked["section"]
    if "version" in asked:
        stem += f"-v{asked['version']}"
    if asked.get("page", "1") != "1":
        stem += f"-{asked['page']}"
    return f"{'' if lang == 'zh' else 'en/'}{folder}{slash}{stem}{dot or '.'}{ending or 'html'}"


def file_code(code: str) -> str:
    """A code as the name of a file: itself, unless it holds what a path may not."""
    return code if _PLAIN.fullmatch(code) else f"x-{blake2b(code.encode(), digest_size=12).hexdigest()}"


def find_view(path: str) -> ResolverMatch | None:
    """What answers an address, if it is one of the public's pages."""
    try:
        match = resolve(path)
    except Resolver404:
        return None
    return match if match.app_name == "portal" else None


def asking(frame: StaticFrame, asked: Asked) -> HttpRequest:
    """The request a page is made for."""
    request = HttpRequest()
    request.method, request.path = "GET", asked[0]
    request.GET = QueryDict(urlencode(asked[1]))
    request.META = {"SERVER_NAME": "localhost", "SERVER_PORT": "80", "QUERY_STRING": "&" if asked[1] else ""}
    request.fixed_frame = frame  # type: ignore[attr-defined]
    return request
