"""The whole public site as files: every page reached by a link from the front page, every subject, in both languages.

Each page is made by its own view, for a fixed day and with links that lead to files. What only a program can answer (search,
verifying) is left out; an index by first characters stands in for the search.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Final

from django.http import Http404, HttpResponse

from ecredit.service.publicity.open_data import TABLES
from ecredit.service.publicity.static_export import SiteFile
from ecredit.surface.portal.clock import ZONE
from ecredit.surface.portal.language import LANGUAGES, Lang
from ecredit.surface.portal.page_data import dcat, table_bytes
from ecredit.surface.portal.page_machines import feed_of, index_of, map_of
from ecredit.surface.portal.reading import is_invented, next_ending, public_log, public_store, public_stories
from ecredit.surface.portal.rendering import render_page
from ecredit.surface.portal.static_browse import Kind, index_pages
from ecredit.surface.portal.static_frame import Asked, StaticFrame, asking, file_code, file_of, find_view
from ecredit.surface.portal.words import words_in

_STATIC: Final = Path(__file__).parent / "static"
_BLOCK: Final = 1_000
_A_MAP: Final = 50_000
_ANSWERED: Final = ("/verify", "/report/", "/r/", "/R/", "/V/", "/.well-known/")
"""What only a program can answer."""
Found = tuple[Lang, Asked]


@dataclass(frozen=True, slots=True)
class StaticSite:
    """The site for a day; `address` is where it will be found (https://…, no slash at the end), "" when that is not known."""

    day: date
    address: str = ""

    def state(self) -> str:
        """What changes whenever the content does."""
        return f"{public_store().open_state(self.day)} {public_stories().state()}"

    def right_until(self) -> date | None:
        """The first day on which something here must no longer be shown."""
        return next_ending(datetime.combine(self.day, time(12), ZONE))

    def fixed(self) -> Iterator[SiteFile]:
        """Style, pages, data files, the index."""
        for path in sorted(_STATIC.rglob("*")):
            if path.is_file():
                yield f"static/{path.relative_to(_STATIC).as_posix()}", [path.read_bytes()]
        yield from self._linked()
        for lang in LANGUAGES:
            yield from self._index(lang, "name")
            yield from self._index(lang, "code")
        for name, content in public_log().files():
            yield f"log/{name}", [content]
        yield "404.html", [self._render("zh", "portal/missing.html", "404.html", {"query": "", "limit": 0})]

    def subjects(self) -> Iterator[tuple[str, list[SiteFile]]]:
        """Every subject's page in both languages, with the pages of its long sections."""
        store, after = public_store(), -1
        while block := store.subject_codes(after, _BLOCK):
            after = block[-1][0]
            for _, code in block:
                yield code, [file for lang in LANGUAGES for file in self._subject(lang, code)]

    def closing_files(self, paths: Iterable[str]) -> Iterator[SiteFile]:
        """Until when it is right, and where the site has an address, its map, feed and catalogue."""
        until = self.right_until()
        yield (
            "right-until.json",
            [_json({"day": self.day, "right_until": until, "address": self.address or None})],
        )
        if not self.address:
            yield "robots.txt", [b"User-agent: *\nDisallow: /.ecredit/\n"]
            return
        yield (
            "robots.txt",
            [f"User-agent: *\nDisallow: /.ecredit/\nSitemap: {self.address}/sitemap.xml\n".encode()],
        )
        maps, waiting = 0, list[str]()
        for path in paths:
            if path.endswith(".html") and path != "404.html" and "objection" not in path:
                waiting.append(f"{self.address}/{path}")
            if len(waiting) == _A_MAP:
                yield f"sitemap-{maps}.xml", [map_of(waiting).encode()]
                maps, waiting = maps + 1, []
        if waiting:
            yield f"sitemap-{maps}.xml", [map_of(waiting).encode()]
            maps += 1
        names = [f"{self.address}/sitemap-{n}.xml" for n in range(maps)]
        yield "sitemap.xml", [index_of(names).encode()]
        for lang in LANGUAGES:
            file = file_of(lang, "/feed.xml", ())
            yield file, [feed_of(self._frame(lang, "/", file), self.address).encode()]
        yield "data/catalogue.jsonld", [dcat(self.address, "/data.html").encode()]

    def _linked(self) -> Iterator[SiteFile]:
        """Everything a link leads to from the front page, subjects apart."""
        done: set[str] = set()
        waiting: list[Found] = [(lang, ("/", ())) for lang in LANGUAGES]
        while waiting:
            lang, asked = waiting.pop()
            file = file_of(lang, *asked)
            if file in done or asked[0].startswith("/s/"):
                continue
            done.add(file)
            made = self._page(lang, asked, file)
            if made is not None:
                yield made[0]
                waiting += sorted(made[1], reverse=True)

    def _subject(self, lang: Lang, code: str) -> Iterator[SiteFile]:
        path = f"/s/{file_code(code)}"
        done: set[Asked] = set()
        waiting: list[Asked] = [(path, ())]
        while waiting:
            asked = waiting.pop()
            if asked in done:
                continue
            done.add(asked)
            made = self._page(lang, asked, file_of(lang, *asked), f"/s/{code}")
            if made is not None:
                yield made[0]
                waiting += [link for to, link in made[1] if to == lang and link[0] == path]

    def _page(
        self, lang: Lang, asked: Asked, file: str, answered_at: str | None = None
    ) -> tuple[SiteFile, set[Found]] | None:
        """A page and what its links ask for; None for what is none of ours, or is not there."""
        match = find_view(answered_at or asked[0])
        if match is None or match.url_name in (
            "feed",
            "sitemap",
            "sitemap_part",
            "robots",
            "catalogue",
            "verify",
        ):
            return None
        frame = self._frame(lang, asked[0], file, asked[1])
        if match.url_name == "data_file":
            table = TABLES.get(match.kwargs["table"])
            return (
                None
                if table is None
                else ((file, table_bytes(table, match.kwargs["form"], frame)), frame.links)
            )
        try:
            response: HttpResponse = match.func(asking(frame, asked), *match.args, **match.kwargs)
        except Http404:
            return None
        if response.status_code != 200:
            return None
        return (file, [response.content]), frame.links

    def _index(self, lang: Lang, kind: Kind) -> Iterator[SiteFile]:
        store = public_store()
        entries = list(store.names_in_order() if kind == "name" else store.codes_in_order())
        for page in index_pages(kind, entries):
            file = file_of(lang, page.path, ())
            yield (
                file,
                [self._render(lang, "portal/browse.html", file, {"page": page, "kind": kind}, page.path)],
            )

    def _render(
        self, lang: Lang, template: str, file: str, context: dict[str, object], path: str = "/"
    ) -> bytes:
        return render_page(template, self._frame(lang, path, file), context).encode()

    def _frame(
        self, lang: Lang, path: str, file: str, carried: tuple[tuple[str, str], ...] = ()
    ) -> StaticFrame:
        noon = datetime.combine(self.day, time(12), ZONE)
        return StaticFrame(
            lang,
            None,
            words_in(lang),
            noon,
            path,
            carried,
            is_invented(),
            file=file,
            has_address=bool(self.address),
        )


def _json(said: dict[str, object]) -> bytes:
    plain = {key: value.isoformat() if isinstance(value, date) else value for key, value in said.items()}
    return (json.dumps(plain, ensure_ascii=False, indent=1) + "\n").encode()
