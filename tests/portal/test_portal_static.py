"""The site as plain files: whole, with links that lead to files, no longer what is taken down, and only what changed rewritten."""

import json
import re
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.publicity.static_export import OWN, ExportSummary, export_site
from ecredit.service.publicity.store import open_writer
from ecredit.surface.portal.static_browse import A_PAGE, index_pages
from ecredit.surface.portal.static_frame import file_code, file_of
from ecredit.surface.portal.static_site import StaticSite
from tests.portal.page_checks import read_page
from tests.portal.portal_sample import (
    ENDED_LEAF,
    FORMER,
    FULL,
    LAST_DAY_LEAF,
    MANY,
    PLAIN,
    TODAY,
    write_sample,
)

ADDRESS = "https://credit.example"


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.found += [said[name] or "" for name in ("href", "src", "action") if name in said]
        self.ids.add(said.get("id") or "")


def links_of(page: Path) -> Links:
    links = Links()
    links.feed(page.read_text(encoding="utf-8"))
    return links


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and OWN not in path.parts
    }


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    settings.ECREDIT_HOME = tmp_path / "home"
    (tmp_path / "home").mkdir()
    write_sample(tmp_path / "home" / "public.sqlite3")
    return tmp_path / "home"


def write(folder: Path, day: date = TODAY, address: str = ADDRESS) -> ExportSummary:
    return export_site(StaticSite(day, address), folder, day=day)


@pytest.fixture
def site(home: Path, tmp_path: Path) -> Path:
    write(tmp_path / "site")
    return tmp_path / "site"


def test_every_link_leads_to_a_file_or_to_another_site(site: Path) -> None:
    wrong: list[str] = []
    pages = [path for path in site.rglob("*.html") if path.name != "404.html"]
    assert len(pages) > 150
    known: dict[Path, Links] = {page: links_of(page) for page in pages}
    for page, links in known.items():
        for link in links.found:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https"):
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if "monitor" in page.parts and target.parent.name == "s":
                continue  # the sample's platforms have reports and no profiles
            if not target.is_file() or not target.is_relative_to(site.resolve()):
                wrong.append(f"{page.relative_to(site)}: {link}")
            elif parts.fragment and target.suffix == ".html" and parts.fragment not in known[target].ids:
                wrong.append(f"{page.relative_to(site)}: no such place {link}")
    assert wrong == []


def test_pages_are_the_portals_own_in_both_languages(site: Path) -> None:
    for lang, folder in (("zh-CN", site), ("en", site / "en")):
        for name in ("index.html", "lists.html", "lists/penalty.html", "lists/penalty-5.html", "rules/laws.html", "data.html", "log.html",
                     f"s/{FULL}.html", f"s/{MANY}/penalty-2.html", "complaints.html", "objection.html", "browse/name.html"):  # fmt: skip
            html = (folder / name).read_text(encoding="utf-8")
            assert f'<html lang="{lang}">' in html, name
            assert [p for p in read_page(html).problems if "leads away" not in p] == [], name
    html = (site / "index.html").read_text(encoding="utf-8")
    assert "<form" not in html and "按 2026-11-25 导出" in html and "内容到 2026-11-25 为止有效" in html
    assert json.loads((site / "data/dictionary.json").read_bytes())["tables"]
    assert len((site / "data/subjects.csv").read_bytes().splitlines()) == 50
    assert "小满的店" in (site / f"s/{FULL}.html").read_text(encoding="utf-8")


def test_only_what_is_public_on_the_day_is_there(site: Path) -> None:
    content = b"".join(files_in(site).values())
    assert "常天市监罚〔2026〕88号".encode() in content
    assert "常天市监罚〔2025〕12号".encode() not in content  # ended today
    assert "常天市监罚〔2026〕301号".encode() not in content  # begins tomorrow
    assert f"r{LAST_DAY_LEAF}".encode() in content and f'r{ENDED_LEAF}"'.encode() not in content


def test_a_second_run_writes_nothing_and_a_later_day_what_changed(home: Path, site: Path) -> None:
    before = files_in(site)
    again = write(site)
    assert (again.written, again.removed, again.changed_meanwhile) == (0, 0, False)
    assert files_in(site) == before
    later = write(site, TODAY + timedelta(days=1))
    assert 0 < later.written < len(before) // 4
    assert f'r{LAST_DAY_LEAF}"' not in (site / f"s/{FULL}.html").read_text(encoding="utf-8")
    assert later.right_until is not None and later.right_until > TODAY + timedelta(days=1)


def test_who_is_taken_down_is_gone_from_every_file(home: Path, site: Path) -> None:
    name = "兰陵"
    assert name.encode() in b"".join(files_in(site).values())
    with open_writer(home / "public.sqlite3") as writer:
        (number,) = writer.connection.execute("SELECT id FROM subject WHERE code = ?", (PLAIN,)).fetchone()
        writer.remove_subjects([number])
        writer.settle()
    summary = write(site)
    assert summary.removed >= 2
    assert not (site / f"s/{PLAIN}.html").exists() and not (site / f"en/s/{PLAIN}.html").exists()
    found = {
        path
        for path, content in files_in(site).items()
        if name.encode() in content or PLAIN.encode() in content
    }
    assert found == set()
    notes = (site / OWN / "files.sqlite3").read_bytes()
    assert PLAIN.encode() not in notes


def test_a_run_cut_off_is_made_good_by_the_next(
    home: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = files_in(site)
    real = StaticSite.subjects

    def cut(self: StaticSite) -> Any:
        yield "x", [("s/left-behind.html", [b"somebody"])]
        yield from list(real(self))[:3]
        raise KeyboardInterrupt

    monkeypatch.setattr(StaticSite, "subjects", cut)
    monkeypatch.setattr("ecredit.service.publicity.static_export._TOGETHER", 1)
    with pytest.raises(KeyboardInterrupt):
        write(site)
    assert (site / "s/left-behind.html").exists()
    monkeypatch.setattr(StaticSite, "subjects", real)
    (site / f"s/{FULL}.html").unlink()
    write(site)
    assert files_in(site) == whole


def test_a_folder_with_anything_else_is_refused(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    with pytest.raises(WrongUse):
        write(other)
    assert [path.name for path in other.iterdir()] == ["mine.txt"]


def test_without_an_address_nothing_names_one(home: Path, tmp_path: Path) -> None:
    write(tmp_path / "bare", address="")
    assert not any(
        (tmp_path / "bare" / name).exists() for name in ("sitemap.xml", "feed.xml", "data/catalogue.jsonld")
    )
    assert "feed.xml" not in (tmp_path / "bare/index.html").read_text(encoding="utf-8")


def test_the_map_names_every_page_and_the_feed_no_one(site: Path) -> None:
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    found = [
        (loc.text or "").removeprefix(f"{ADDRESS}/")
        for loc in ElementTree.fromstring((site / "sitemap-0.xml").read_bytes()).iter(f"{space}loc")  # noqa: S314 - ours
    ]
    pages = {
        path
        for path in files_in(site)
        if path.endswith(".html") and path != "404.html" and "objection" not in path
    }
    assert set(found) == pages
    assert f"{ADDRESS}/sitemap-0.xml" in (site / "sitemap.xml").read_text()
    assert "小满" not in (site / "feed.xml").read_text(encoding="utf-8")


def test_everyone_is_found_by_name_by_code_and_by_a_former_code(site: Path) -> None:
    for kind, wanted in (("name", {FULL, PLAIN, MANY}), ("code", {FULL, PLAIN, MANY})):
        text = "".join(
            p.read_text(encoding="utf-8")
            for p in [site / f"browse/{kind}.html", *(site / f"browse/{kind}").glob("*.html")]
        )
        assert wanted <= set(re.findall(r"s/(\w+)\.html", text))
    assert FORMER in text


@given(st.lists(st.text(alphabet="常州小满ab", max_size=6), max_size=400))
def test_an_index_holds_every_entry_once_on_pages_that_can_be_reached(words: list[str]) -> None:
    entries = sorted((word, str(n), word) for n, word in enumerate(words))
    pages = {page.path: page for page in index_pages("name", entries)}
    seen: list[Any] = []
    waiting = ["/browse/name"]
    while waiting:
        page = pages.pop(waiting.pop())
        seen += page.entries
        assert all(entry[0].startswith(page.start) for entry in page.entries)
        assert len(page.entries) <= A_PAGE or all(entry[0] == page.start for entry in page.entries)
        waiting += [path for _, path, _ in page.onward]
    assert sorted(seen) == entries and pages == {}


def test_paths_are_plain_and_apart() -> None:
    assert file_of("zh", "/", ()) == "index.html"
    assert file_of("en", "/s/X", (("section", "penalty"), ("page", "2"))) == "en/s/X/penalty-2.html"
    assert file_of("zh", "/data/records.csv", ()) == "data/records.csv"
    assert file_of("en", "/monitor/city/2026", (("version", "2"),)) == "en/monitor/city/2026-v2.html"
    assert file_of("zh", "/monitor/city/2026.csv", (("version", "2"),)) == "monitor/city/2026-v2.csv"
    assert re.fullmatch(r"x-[0-9a-f]{24}", file_code("../../etc"))
    assert file_code("../a") != file_code("../b")
