"""A firm's own person makes a credit commitment in a real browser, by keyboard; a case about it is opened, answered and decided by two.

Needs Chromium (Debian's, or the one CHROMIUM names); skipped with that reason where there is none.
"""

import time
from typing import Any

import pytest

from tests.journeys.desk_browser import MARKS, RULES, DeskHome, enter
from tests.penalty_rows import code
from tests.subjects.test_subjects_review_journey import register

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
)
pytestmark = MARKS
FIRM = "常州承诺网络有限公司"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> DeskHome:
    """A small home with one firm; its person and two officers."""
    city = DeskHome(tmp_path_factory.mktemp("promises") / "home")
    rows = city.home.parent / "register.csv"
    rows.write_text(register((FIRM, code(1), "常州市新北区通江路1号")), encoding="gb18030")
    city.ecredit("collect", "registration", str(rows), "--by", "gongshang")
    city.ecredit("organisation", "firm-1", FIRM, "--kind", "firm", "--uscc", code(1))
    city.ecredit("evaluate")
    city.add("agent", "经办甲", "firm_agent", "firm-1")
    city.add("jia", "贾一", "credit_officer", "jingxin_xinyong")
    city.add("yi", "易二", "credit_officer", "jingxin_xinyong")
    return city


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
    browser: Any, city: DeskHome, address: str
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
