"""A citizen's way through the portal in a real browser: without scripts, by keyboard, on a telephone, on paper.

Needs Chromium (Debian's, or the one CHROMIUM names); skipped with that reason where there is none.
"""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

from ecredit.service.publicity.listing import platform_key
from tests.portal.portal_sample import (
    FULL,
    MANY,
    PENALTY_LEAF,
    PLAIN,
    PLATFORM,
    PROJECTED_AT,
    STALE,
    UNGRADED,
    write_sample,
)
from tests.portal.report_sample import MONTH, A, B

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
)

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium: browser journeys are not run"),
]
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}
PATHS = [
    "/", "/?q=小满", "/?q=批量", "/?q=北京", "/?q=常", f"/s/{FULL}", f"/s/{PLAIN}", f"/s/{STALE}", f"/s/{UNGRADED}", f"/s/{MANY}",
    f"/s/{MANY}?section=penalty&page=2", "/s/1234", "/nowhere", "/objection", f"/objection?code={FULL}&leaf={PENALTY_LEAF}",
    "/about", "/ratings", "/verify", "/verify/AAAAAAAAAAAA", "/lists", "/lists/penalty", "/lists/penalty?page=5", "/lists/honour", "/lists/district/320413",
    f"/lists/platform/{platform_key(PLATFORM)}", "/rules", "/rules/terms", "/rules/sources", "/rules/grades", "/rules/signs", "/rules/laws",
    "/log", "/complaints", "/developers", "/accessibility", "/data",
    "/monitor", f"/monitor/city/{MONTH}", f"/monitor/{A}/{MONTH}", f"/monitor/{A}/{MONTH}?version=1", f"/monitor/{B}/{MONTH}",
]  # fmt: skip


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    write_sample(home / "public.sqlite3")
    with override_settings(ECREDIT_HOME=home, ECREDIT_CLOCK=lambda: PROJECTED_AT):
        server = make_server("127.0.0.1", 0, WSGIHandler(), server_class=_Server, handler_class=_Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()


def _open(browser: Any, **options: Any) -> Any:
    options = {"viewport": {"width": 1280, "height": 900}, "locale": "zh-CN", **options}
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(10_000)
    return page


def _in(address: str, path: str, lang: str) -> str:
    return f"{address}{path}{'&' if '?' in path else '?'}lang={lang}"


def test_from_a_name_to_the_record_to_the_objection_without_scripts(browser: Any, address: str) -> None:
    page = _open(browser, java_script_enabled=False, viewport={"width": 360, "height": 740})
    page.goto(address)
    page.get_by_label("名称、统一社会信用代码或注册号").fill("小满")
    page.get_by_role("button", name="查询").click()
    page.get_by_role("link", name="常州小满电子商务有限公司").click()
    assert page.get_by_role("heading", level=1).inner_text() == "常州小满电子商务有限公司"
    assert "信用有欠缺" in page.get_by_role("region", name="信用等级").inner_text()
    page.get_by_role("link", name=f"记录 {PENALTY_LEAF}").first.click()
    assert page.url.endswith(f"#r{PENALTY_LEAF}")
    record = page.locator(f"#r{PENALTY_LEAF}")
    assert record.is_visible()
    assert "2026-05-08 至 2027-05-07" in record.inner_text()
    record.get_by_role("link", name="对此有异议").click()
    assert "本平台目前不受理网上异议申请" in page.locator("main").inner_text()
    page.get_by_role("link", name="返回这条记录").click()
    assert page.url == f"{address}/s/{FULL}#r{PENALTY_LEAF}"
    page.get_by_role("link", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"
    assert "Lacking" in page.get_by_role("region", name="Credit grade").inner_text()
    page.get_by_role("banner").get_by_role("link", name="About").click()
    assert page.locator("html").get_attribute("lang") == "en"
    page.context.close()


def test_with_the_keyboard_alone(browser: Any, address: str) -> None:
    page = _open(browser)
    page.goto(address)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="跳到正文")
    assert skip.evaluate("e => e === document.activeElement")
    assert skip.bounding_box()["y"] >= 0  # out of sight until it has the focus
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("小满")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=*")
    link = page.get_by_role("link", name="常州小满电子商务有限公司")
    for _ in range(40):
        page.keyboard.press("Tab")
        if link.evaluate("e => e === document.activeElement"):
            break
    outline = link.evaluate("e => getComputedStyle(e).outlineStyle + getComputedStyle(e).outlineWidth")
    assert outline == "solid3px"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/s/{FULL}")
    page.context.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_fits_every_width_and_asks_nobody_else(browser: Any, address: str, lang: str) -> None:
    page = _open(browser)
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    found: list[str] = []
    for path in PATHS:
        page.goto(_in(address, path, lang))
        for width in (1280, 700, 360, 320):  # 320: a screen of 1280 enlarged to 400 %
            page.set_viewport_size({"width": width, "height": 800})
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                found.append(f"{path}: {wide} px at {width}")
    page.context.close()
    assert found == []
    assert [url for url in asked if not url.startswith(address)] == []
    assert [text for text in complaints if "404" not in text] == []


# One page of each kind, by day and by night: axe takes a second or more for each.
KINDS = [
    "/", "/?q=批量", "/?q=北京", f"/s/{FULL}", f"/s/{STALE}", "/s/1234", f"/objection?code={FULL}&leaf={PENALTY_LEAF}", "/about", "/ratings",
    "/lists", "/lists/penalty", "/lists/district/320413", "/rules", "/rules/terms", "/rules/sources", "/rules/grades", "/rules/signs",
    "/rules/laws", "/log", "/complaints", "/developers", "/accessibility", "/data",
]  # fmt: skip


# Whole in Chinese by day and in English by night; of the other two combinations every third kind, each its own.
@pytest.mark.parametrize(
    ("lang", "width", "scheme", "kinds"),
    [
        ("zh", 1200, "light", KINDS),
        ("en", 360, "dark", KINDS),
        ("zh", 360, "dark", KINDS[::3]),
        ("en", 1200, "light", KINDS[1::3]),
    ],
)
def test_pages_pass_axe(
    browser: Any, address: str, lang: str, width: int, scheme: str, kinds: list[str]
) -> None:
    page = _open(browser, viewport={"width": width, "height": 800}, color_scheme=scheme)
    found: list[str] = []
    for path in kinds:
        page.goto(_in(address, path, lang))
        for broken in axe.Axe().run(page, options=RULES).response["violations"]:
            nodes = [node["target"] for node in broken["nodes"]][:3]
            found.append(f"{path}: {broken['id']} {broken['help']} {nodes}")
    page.context.close()
    assert found == []


MOST_BYTES = 150_000
SHIFT = """new Promise(done => { let sum = 0; new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value })
.observe({type: "layout-shift", buffered: true}); setTimeout(() => done(sum), 150) })"""


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (360, "dark")])
def test_every_kind_of_page_is_light_and_stands_still(
    browser: Any, address: str, width: int, scheme: str
) -> None:
    found: list[str] = []
    for path in KINDS:
        page = _open(browser, viewport={"width": width, "height": 800}, color_scheme=scheme)
        weight: list[int] = []
        page.on("response", lambda response, weight=weight: weight.append(len(response.body())))
        page.goto(_in(address, path, "zh"), wait_until="load")
        shift = page.evaluate(SHIFT)
        if sum(weight) > MOST_BYTES:
            found.append(f"{path}: {sum(weight)} bytes")
        if shift > 0:
            found.append(f"{path}: shifted by {shift}")
        page.context.close()
    assert found == []


def test_on_paper(browser: Any, address: str) -> None:
    page = _open(browser)
    page.goto(f"{address}/s/{FULL}")
    assert page.get_by_text("公示内容随时变化").is_hidden()
    page.emulate_media(media="print")
    assert page.get_by_text("公示内容随时变化").is_visible()
    assert page.get_by_role("link", name="English").is_hidden()
    assert page.locator(f"#r{PENALTY_LEAF}").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.context.close()


def test_without_any_scripts_cookies_or_storage(browser: Any, address: str) -> None:
    page = _open(browser)
    page.goto(f"{address}/s/{FULL}")
    assert page.evaluate("document.scripts.length") == 0
    assert page.context.cookies() == []
    assert page.context.storage_state()["origins"] == []
    page.context.close()
