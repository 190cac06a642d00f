"""Every page of the portal leaves with its headers, and needs nothing its content policy forbids."""

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from tests.gate.served_city import Served, serve
from tests.portal.portal_sample import FULL, write_sample

PAGES = (
    "/",
    "/?q=常州",
    f"/s/{FULL}",
    "/objection",
    "/about",
    "/no/such/page",
    "/s/1",
    "/broken/x",
    "/forbidden/x",
)


class Inline(HTMLParser):
    """Collects what `default-src 'none'; style-src 'self'` would not let work."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.links = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self.links += tag == "a"
        if tag in ("script", "style", "iframe", "object", "embed", "base"):
            self.found.append(tag)
        self.found += [name for name in held if name == "style" or name.startswith("on")]
        for name in ("href", "src", "action"):
            value = held.get(name) or ""
            if value.startswith("javascript:") or (tag != "a" and "//" in value):
                self.found.append(value)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("home")
    write_sample(home / "public.sqlite3")
    with serve(home, application="tests.gate.failing_city:application", ECREDIT_HTTPS="1") as city:
        yield city


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_inline_and_every_header(served: Served, lang: str) -> None:
    for path in PAGES:
        address = path.encode().decode("latin-1") if path.isascii() else "/?q=%E5%B8%B8%E5%B7%9E"
        _, headers, content = served.ask(
            address, headers={"Accept-Language": lang, "X-Forwarded-Proto": "https"}
        )
        page = Inline()
        page.feed(content.decode())
        assert page.found == [] and page.links, path
        policy = headers["Content-Security-Policy"]
        assert (
            "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        )
        assert headers["X-Frame-Options"] == "DENY" and headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin" and "camera=()" in headers["Permissions-Policy"]
        assert headers["Strict-Transport-Security"] == "max-age=31536000"


def test_strict_transport_only_where_there_is_tls(served: Served) -> None:
    assert "Strict-Transport-Security" not in served.ask("/about")[1]


def test_a_static_file_and_a_watchers_answer_have_them_too(served: Served) -> None:
    for path in ("/static/portal/portal.css", "/healthz", "/metrics", "/api/v1/none"):
        headers = served.ask(path)[1]
        assert headers["Content-Security-Policy"] and headers["X-Content-Type-Options"] == "nosniff", path
