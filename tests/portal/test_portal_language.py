"""Chinese unless asked otherwise; English pages mark what is Chinese in them."""

import re

import pytest
from django.test import Client

from ecredit.surface.portal.language import preferred_language
from tests.portal.portal_sample import FULL


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("zh;q=0.2, en;q=0.9", "en"),
        ("fr, de;q=0.9, en;q=0.1", "en"),
        ("fr", "zh"),
        ("*", "zh"),
        ("en;q=0", "zh"),
        ("EN-us", "en"),
        ("en;q=nan, zh", "zh"),
        ("en;q=x;;;,,,", "zh"),
        ("en;level=1", "en"),
        ("zh-TW", "zh"),
        ("english", "zh"),
    ],
)
def test_the_browsers_preference(header: str, language: str) -> None:
    assert preferred_language(header) == language


def test_the_address_wins_over_the_browser(client: Client) -> None:
    english = {"HTTP_ACCEPT_LANGUAGE": "en"}
    assert client.get("/").headers["Content-Language"] == "zh-CN"
    assert client.get("/", **english).headers["Content-Language"] == "en"
    assert client.get("/", {"lang": "zh"}, **english).headers["Content-Language"] == "zh-CN"
    assert client.get("/", {"lang": "en"}).headers["Content-Language"] == "en"
    assert client.get("/", {"lang": "xx"}, **english).headers["Content-Language"] == "en"


@pytest.mark.parametrize(
    "path", ["/", "/?q=x", "/about", "/objection", f"/s/{FULL}", "/s/none", "/s/320411000098761"]
)
def test_caches_are_told_that_language_matters(client: Client, path: str) -> None:
    assert "Accept-Language" in client.get(path).headers["Vary"]


def test_a_language_in_the_address_stays_in_the_links(client: Client) -> None:
    html = client.get(f"/s/{FULL}?lang=en").content.decode()
    inside = [link for link in re.findall(r'href="(/[^"]*)"', html) if not link.startswith("/static/")]
    assert inside
    assert all("lang=" in link for link in inside)
    assert f'href="/objection?lang=en&amp;code={FULL}&amp;leaf=21"' in html
    by_browser = client.get(f"/s/{FULL}", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    # A file to take along is in the language of the page it is taken from; no other link says one.
    said = [link for link in re.findall(r'href="(/[^"]*)"', by_browser) if "lang=en" in link]
    assert all(link.startswith("/report/") for link in said)


def test_the_switch_keeps_page_and_query(client: Client) -> None:
    html = client.get("/", {"q": "小满", "junk": "1"}).content.decode()
    assert (
        '<a class="tongue" href="/?q=%E5%B0%8F%E6%BB%A1&amp;lang=en" lang="en" hreflang="en">English</a>'
        in html
    )
    english = client.get(f"/s/{FULL}?lang=en").content.decode()
    assert f'<a class="tongue" href="/s/{FULL}?lang=zh" lang="zh-CN" hreflang="zh-CN">中文</a>' in english


def test_chinese_inside_an_english_page_is_marked(client: Client) -> None:
    html = client.get(f"/s/{FULL}?lang=en").content.decode()
    assert '<html lang="en">' in html
    bare = re.sub(r'<(\w+)[^>]*lang="zh-CN"[^>]*>.*?</\1>', "", html, flags=re.DOTALL)
    bare = re.sub(r"<title>.*?</title>", "", bare)
    assert re.findall(r"[\u4e00-\u9fff]+", bare) == []


def test_a_chinese_page_needs_no_marks(client: Client) -> None:
    html = client.get(f"/s/{FULL}").content.decode()
    assert html.count('lang="zh-CN"') == 1
