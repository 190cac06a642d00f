"""A firm's own person makes a credit commitment in a real browser, by keyboard; a case about it is opened, answered and decided by two.

Needs Chromium (Debian's, or the one CHROMIUM names); skipped with that reason where there is none.
"""

import base64
import hmac
import json
import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.penalty_rows import code
from tests.serving import serving
from tests.subjects.test_subjects_review_journey import register

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
)

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
ECREDIT = Path(sys.executable).with_name("ecredit")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium: browser journeys are not run"),
    pytest.mark.skipif(not ECREDIT.exists(), reason="the command is not installed in this environment"),
]
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}
OWN = "一句只有我自己知道的话 2026"
FIRM = "常州承诺网络有限公司"


class Desk:
    """A small home with one firm, and the first passwords of its people and of two officers."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.secrets: dict[str, str] = {}
        self.ecredit("init")
        rows = home.parent / "register.csv"
        rows.write_text(register((FIRM, code(1), "常州市新北区通江路1号")), encoding="gb18030")
        self.ecredit("collect", "registration", str(rows), "--by", "gongshang")
        self.ecredit("organisation", "firm-1", FIRM, "--kind", "firm", "--uscc", code(1))
        self.ecredit("evaluate")
        self.first = {
            login: self.ecredit("person", "add", login, "--name", name, "--role", role, "--of", of)[
                "password"
            ]
            for login, name, role, of in (
                ("agent", "经办甲", "firm_agent", "firm-1"),
                ("jia", "贾一", "credit_officer", "jingxin_xinyong"),
                ("yi", "易二", "credit_officer", "jingxin_xinyong"),
            )
        }

    def ecredit(self, *words: str) -> Any:
        done = subprocess.run(
            [ECREDIT, "--home", self.home, *words, "--json"], capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)

    def code(self, login: str) -> str:
        key = base64.b32decode(self.secrets[login])
        digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), "sha1")
        place = digest[-1] & 15
        (number,) = struct.unpack(">I", digest[place : place + 4])
        return f"{(number & 0x7FFFFFFF) % 10**6:06d}"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("promises") / "home")


@pytest.fixture(scope="module")
def address(city: Desk) -> Iterator[str]:
    with serving({**os.environ, "ECREDIT_HOME": str(city.home)}, "--workers", "1") as where:
        yield where


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield chromium
        chromium.close()


def enter(browser: Any, city: Desk, address: str, login: str, *, factor: bool) -> Any:
    page = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN").new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{address}/desk/sign-in")
    page.locator("[name=login]").fill(login)
    page.locator("[name=password]").fill(city.first[login])
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/password")
    for field, given in zip(
        page.locator("main input[type=password]").all(), (city.first[login], OWN, OWN), strict=True
    ):
        field.fill(given)
    page.keyboard.press("Enter")
    if not factor:
        page.wait_for_url("**/desk/?**")
        return page
    page.wait_for_url("**/desk/factors*")
    city.secrets[login] = page.locator("#totp-secret").inner_text().replace(" ", "")
    page.locator("main [name=code]").fill(city.code(login))
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/factors/recovery-codes")
    return page


def problems(page: Any, address: str, *paths: str) -> list[tuple[Any, ...]]:
    """What is wrong with these pages on a telephone, in both languages."""
    page.set_viewport_size({"width": 360, "height": 740})
    wrong: list[tuple[Any, ...]] = []
    for lang in ("en", "zh"):
        for path in paths:
            answer = page.goto(f"{address}{path}{'&' if '?' in path else '?'}lang={lang}")
            wide = page.evaluate("document.documentElement.scrollWidth")
            found = [v["id"] for v in axe.Axe().run(page, options=RULES).response["violations"]]
            if answer.status != 200 or wide > 360 or found:
                wrong.append((lang, path, answer.status, wide, found))
    page.set_viewport_size({"width": 1280, "height": 900})
    return wrong


def test_a_commitment_is_made_by_keyboard_and_found_broken_by_two(
    browser: Any, city: Desk, address: str
) -> None:
    agent = enter(browser, city, address, "agent", factor=False)
    agent.goto(f"{address}/desk/commitments")
    agent.get_by_role("link", name="作出承诺").press("Enter")
    agent.get_by_label("经营的主要商品或服务").fill("日用百货")
    agent.get_by_label("受理投诉的渠道").fill("店铺首页客服入口")
    agent.get_by_label("我已阅读全文").press("Space")
    make = agent.url.removeprefix(address)
    agent.get_by_role("button", name="作出承诺").press("Enter")
    assert "承诺已作出" in agent.get_by_role("status").inner_text()
    number, one = agent.locator(".head .code").inner_text(), agent.url.split("?")[0]
    assert "文件签署" in agent.locator("nav").first.inner_text()
    agent.get_by_role("link", name="用数字证书签署").click()
    assert number in agent.locator("main").inner_text()
    # The job of every minute takes it into the ledger.
    until = time.monotonic() + 90
    while "正在入账" in agent.locator("main").inner_text() or agent.url != one:
        assert time.monotonic() < until
        time.sleep(2)
        agent.goto(one)
    jia = enter(browser, city, address, "jia", factor=True)
    jia.goto(one)
    jia.get_by_role("link", name="立违诺案件").click()
    jia.get_by_label("消费投诉经查属实").check()
    jia.get_by_label("情况说明").fill("三起投诉查实")
    leaf = jia.locator("input[name=leaf]").input_value()
    jia.get_by_label("作为证据的账本记录").fill(f"#{leaf}")
    jia.get_by_role("button", name="立违诺案件").press("Enter")
    assert "已立案" in jia.get_by_role("status").inner_text()
    case = jia.url.split("?")[0]
    assert jia.get_by_role("button", name="提请另一人同意").count() == 0
    agent.goto(f"{address}/desk/")
    agent.locator("main").get_by_role("link", name="待答复的违诺案件").click()
    agent.locator("#table-breaches tbody a").first.click()
    agent.get_by_label("答复内容").fill("已全部退货")
    agent.get_by_role("button", name="答复").press("Enter")
    assert "答复已提交" in agent.get_by_role("status").inner_text()
    jia.goto(case)
    jia.get_by_label("认定违诺", exact=True).check()
    jia.locator("#decide-words").fill("投诉查实，未按承诺退货")
    jia.get_by_role("button", name="提请另一人同意").press("Enter")
    assert "等待另一人复核" in jia.locator("main").inner_text()
    yi = enter(browser, city, address, "yi", factor=True)
    yi.goto(f"{address}/desk/approvals")
    yi.locator("main tbody a").first.click()
    assert "认定违诺" in yi.locator("main").inner_text()
    yi.get_by_role("button", name="同意并执行").click()
    agent.goto(one)
    assert "未履行" in agent.locator(".head").inner_text()
    assert agent.get_by_role("button", name="撤回承诺").count() == 0
    city.ecredit("evaluate")
    agent.goto(f"{address}/commitments")
    assert FIRM in agent.locator("main").inner_text() and "未履行" in agent.locator("main").inner_text()
    short = (one, case)
    wrong = problems(
        agent, address, "/desk/commitments", make, *(path.removeprefix(address) for path in short), "/desk/breaches",
        "/desk/commitment-figures", "/commitments",
    )  # fmt: skip
    wrong += problems(
        jia, address, *(path.removeprefix(address) for path in short), "/desk/commitments/paper/new",
        "/desk/commitments/paper/new?template=person_seller", "/desk/breaches/open/new",
    )  # fmt: skip
    assert wrong == []
