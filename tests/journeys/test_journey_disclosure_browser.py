"""A citizen looks at what a platform discloses, in a real browser: by day and by night, on a telephone, in both languages, asking nobody else.

Needs Chromium (Debian's, or the one CHROMIUM names); skipped with that reason where there is none.
"""

import threading
from collections.abc import Iterator
from typing import Any
from wsgiref.simple_server import make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

from tests.journeys.test_journey_portal_browser import (
    RULES,
    _in,
    _open,
    _Quiet,
    _Server,
    axe,
    pytestmark,
)
from tests.portal.disclosure_sample import BARE, PLATFORM, SHORT_NOTICE, add_disclosures
from tests.portal.portal_sample import PROJECTED_AT, write_sample

__all__ = ["pytestmark"]
ONE = f"/disclosure/{PLATFORM}"
PATHS = [
    "/disclosure",
    ONE,
    f"{ONE}?section=sanctions&page=2",
    f"{ONE}?section=spot_checks",
    f"/disclosure/{BARE}",
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    write_sample(home / "public.sqlite3")
    add_disclosures(home / "public.sqlite3")
    with override_settings(ECREDIT_HOME=home, ECREDIT_CLOCK=lambda: PROJECTED_AT):
        server = make_server("127.0.0.1", 0, WSGIHandler(), server_class=_Server, handler_class=_Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()


def test_from_the_front_page_to_a_rule_a_sanction_and_back_without_scripts(
    browser: Any, address: str
) -> None:
    page = _open(browser, java_script_enabled=False, viewport={"width": 360, "height": 740})
    page.goto(address)
    page.get_by_role("contentinfo").get_by_role("link", name="平台公示").click()
    page.get_by_role("link", name="常州大卖场").click()
    rules = page.get_by_role("region", name="规则及其修改", exact=True).first
    assert SHORT_NOTICE in rules.inner_text() and "3 日" in rules.inner_text()
    windows = page.get_by_role("region", name="相关公示窗口")
    assert (
        windows.get_by_role("link", name="信用江苏").get_attribute("href") == "https://credit.jiangsu.gov.cn/"
    )
    assert windows.get_by_role("link", name="信用常州").count() == 0 and "信用常州" in windows.inner_text()
    page.get_by_role("link", name="查看全部 63 条").click()
    page.get_by_role("link", name="下一页").click()
    assert "51–63" in page.locator("main").inner_text()
    page.get_by_role("link", name="常州大卖场").click()
    page.get_by_role("link", name="平台的信用档案").click()
    page.get_by_role("link", name="平台公示页").click()
    page.get_by_role("link", name="English").click()
    assert "Rules and their changes" in page.locator("main").inner_text()
    page.context.close()


@pytest.mark.parametrize(
    ("lang", "width", "scheme"),
    [("zh", 1200, "light"), ("en", 360, "dark"), ("zh", 360, "dark"), ("en", 1200, "light")],
)
def test_every_page_passes_axe_fits_asks_nobody_else_and_complains_of_nothing(
    browser: Any, address: str, lang: str, width: int, scheme: str
) -> None:
    page = _open(browser, viewport={"width": width, "height": 800}, color_scheme=scheme)
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    found: list[str] = []
    for path in PATHS:
        page.goto(_in(address, path, lang))
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{path}: {wide} px at {width}")
        for broken in axe.Axe().run(page, options=RULES).response["violations"]:
            nodes = [node["target"] for node in broken["nodes"]][:3]
            found.append(f"{path}: {broken['id']} {broken['help']} {nodes}")
    page.context.close()
    assert found == [] and complaints == []
    assert [url for url in asked if not url.startswith(address)] == []
