"""Badges in a real browser: the pages by axe and on a telephone, and the page that checks offline, which asks nobody.

Needs Chromium (Debian's, or the one CHROMIUM names); skipped with that reason where there is none.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from ecredit.service.badges.badge_file import badge_file_of
from ecredit.service.badges.drawing import qr_text_of
from ecredit.service.badges.mark_actions import give_mark
from tests.badges.conftest import FIRST, Badges, badges  # noqa: F401 - a fixture

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
)
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium: browser journeys are not run"),
]
SITE = "https://credit.example"


@pytest.fixture
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield opened
        opened.close()


def answer_from(client: Client):
    """The portal answers what the browser asks of its host; these pages read no operational database."""

    def answer(route: Any) -> None:
        given = client.get(route.request.url.removeprefix(SITE))
        body = given.getvalue() if given.streaming else given.content
        route.fulfill(status=given.status_code, headers=dict(given.items()), body=body)

    return answer


@pytest.fixture
def issued(badges: Badges) -> dict[str, Any]:  # noqa: F811
    """A badge of today's, with its files and a mark: the browser has no other clock than the machine's."""
    badges.at = datetime.now(UTC)
    badges.issue()
    badge = badges.public.find_live(FIRST)
    return {
        "id": badge.claims.id,
        "file": badge_file_of(badge),
        "code": qr_text_of(badge),
        "list": badges.public.status_list(0),
        "mark": give_mark(badges.issuer, badge, page="https://shop.example/7"),
        "offline": Client().get("/verify/offline.html").content.decode(),
    }


@pytest.mark.parametrize("width", [1200, 360])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_is_for_everyone(issued, browser, width: int, lang: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, java_script_enabled=True)
    page.route(f"{SITE}/**", answer_from(Client()))
    for path in (
        "/verify",
        f"/verify/{issued['id']}",
        f"/verify/{issued['id']}?mark={issued['mark']}",
        f"/s/{FIRST}",
    ):
        page.goto(f"{SITE}{path}{'&' if '?' in path else '?'}lang={lang}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        found = axe.Axe().run(page)
        assert found.violations_count == 0, (path, found.generate_report())


def test_the_offline_page_checks_and_asks_nobody(issued, browser, tmp_path: Path) -> None:
    (tmp_path / "offline.html").write_text(issued["offline"], encoding="utf-8")
    (tmp_path / "list.json").write_text(issued["list"])
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.goto((tmp_path / "offline.html").as_uri())
    assert axe.Axe().run(page).violations_count == 0

    def check(text: str, listed: str = "") -> str:
        page.reload()
        page.fill("#text", text)
        if listed:
            (tmp_path / "list.json").write_text(listed)
            page.set_input_files("#list", tmp_path / "list.json")
        page.click("button")
        page.wait_for_selector(".verdict")
        said = page.inner_text("#result")
        assert ("有效 Valid" in said) != ("无效 Not valid" in said)
        return str(said)

    held, code = issued["file"], issued["code"]
    for text in (json.dumps(held), held["credential"], held["selective"], code):
        said = check(text, issued["list"])
        assert "有效 Valid" in said and "没有被撤销" in said and "浏览器没有 SM2" in said
    assert "没有给出状态列表" in check(code)
    head, payload, signature = held["credential"].split(".")
    middle = len(payload) // 2
    for bent in (
        f"{head}.{payload}.{signature[:9]}{'A' if signature[9] != 'A' else 'B'}{signature[10:]}",
        f"{head}.{payload[:middle]}{'A' if payload[middle] != 'A' else 'B'}{payload[middle + 1 :]}.{signature}",
        code[:-1] + ("1" if code[-1] != "1" else "2"),
        json.dumps({**held, "selective": held["selective"].replace("~", "~x", 1)}),
        held["credential"][:-4],
        "<b>nothing</b>",
    ):
        assert "无效 Not valid" in check(bent), bent
    assert {url.partition("?")[0] for url in asked} == {(tmp_path / "offline.html").as_uri()}
    assert problems == []


def test_the_offline_page_tells_another_city(issued, browser, tmp_path: Path) -> None:
    page = browser.new_page()
    (tmp_path / "offline.html").write_text(
        issued["offline"].replace("did:web:credit.example", "did:web:next.example"), encoding="utf-8"
    )
    page.goto((tmp_path / "offline.html").as_uri())
    page.fill("#text", issued["code"])
    page.click("button")
    page.wait_for_selector(".verdict")
    assert "可能属于另一城市" in page.inner_text("#result")


def test_the_offline_page_tells_a_stolen_key(issued, browser, tmp_path: Path) -> None:
    """Whatever form, and whatever day it says it was signed on; a status list by that key tells nothing either."""

    def denounced(found: "re.Match[str]") -> str:
        said = json.loads(found[2])
        for key in said["keys"]:
            key["revoked"] = {"revoked_at": 4_000_000_000, "reason": "compromised"}
        return f"{found[1]}{json.dumps(said)}{found[3]}"

    text, times = re.subn(r'(id="city-keys"[^>]*>)(.*?)(</script>)', denounced, issued["offline"], flags=re.S)
    assert times == 1
    (tmp_path / "offline.html").write_text(text, encoding="utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "offline.html").as_uri())
    held = issued["file"]
    for form in (json.dumps(held), held["credential"], held["selective"], issued["code"]):
        page.reload()
        page.fill("#text", form)
        page.click("button")
        page.wait_for_selector(".verdict")
        said = page.inner_text("#result")
        assert "无效 Not valid" in said and "可能落入他人之手" in said and "换取新的" in said
