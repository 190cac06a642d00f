"""Two credit officers and the demo city in a real browser: sign in, decide a match by keyboard, open a file, correct it.

Needs Chromium (Debian's, or the one CHROMIUM names); skipped with that reason where there is none.
"""

import time
from typing import Any

import pytest

from tests.journeys.desk_browser import MARKS, RULES, DeskHome, enter

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
)
pytestmark = MARKS


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> DeskHome:
    """The demo city and two officers."""
    city = DeskHome(tmp_path_factory.mktemp("city"))
    city.ecredit("demo", "--size", "small")
    city.ecredit("evaluate")
    city.add("jia", "贾一", "credit_officer")
    city.add("yi", "易二", "credit_officer")
    return city


def test_a_match_by_keyboard_and_a_record_put_right_by_two(
    browser: Any, city: DeskHome, address: str
) -> None:
    jia = enter(browser, city, address, "jia")

    # A match, by keyboard alone: 1 is the first candidate, U takes it back, 1 again.
    jia.goto(f"{address}/desk/review")
    jia.get_by_role("link", name="开始逐条认定").click()
    # Why rows are read is asked once, with the answer prepared.
    jia.keyboard.press("Enter")
    jia.wait_for_selector("table.side")
    item = jia.url.rpartition("/")[2]
    assert jia.locator("table.side thead th").count() >= 3
    jia.keyboard.press("1")
    jia.wait_for_url("**did=accepted**")
    assert f"第 {item} 号已认定" in jia.get_by_role("status").inner_text()
    jia.keyboard.press("u")
    jia.wait_for_url(f"**/desk/review/{item}?did=undone")
    jia.keyboard.press("1")
    jia.wait_for_url("**did=accepted**")

    # The file of that subject, for a purpose; down to the line of the file.
    jia.goto(f"{address}/desk/review/{item}")
    jia.locator("main a[href*='/desk/subjects/']").first.click()
    jia.get_by_label("核查投诉举报").check()
    jia.get_by_label("补充说明").fill("第 7 号件")
    jia.get_by_role("button", name="查阅").click()
    assert "本次目的：核查投诉举报：第 7 号件" in jia.locator("main").inner_text()
    jia.locator(".timeline .entry.bad a").first.click()
    fields = jia.locator("table.fields").inner_text()
    assert "行 " not in fields and ".csv · 第 " in fields.replace(".xlsx", ".csv")
    record = jia.url

    # A correction is asked for, and waits.
    jia.locator("main .acts a", has_text="更正").click()
    amount = jia.get_by_label("罚款金额(万元)")
    before = amount.input_value()
    amount.fill("2.75")
    jia.get_by_label("处罚内容").fill("责令改正，罚款2.75万元")
    jia.get_by_label("理由").fill("以决定书原件为准")
    jia.get_by_role("button", name="提请复核", exact=True).click()
    # What the checks notice of it is read first; then it is asked for all the same.
    assert "请先核对下列提示" in jia.locator("main").inner_text()
    jia.get_by_role("button", name="已核对，仍然提请复核").click()
    assert "等待另一人复核" in jia.locator("main").inner_text()
    jia.goto(f"{address}/desk/approvals")
    jia.locator("main tbody a").first.click()
    assert jia.get_by_role("button", name="同意并执行").count() == 0
    request = jia.url

    # Another agrees, and it is done.
    yi = enter(browser, city, address, "yi")
    yi.goto(request)
    assert "2.75" in yi.locator("main").inner_text() and "以决定书原件为准" in yi.locator("main").inner_text()
    yi.get_by_role("button", name="同意并执行").click()
    assert "已同意" in yi.get_by_role("status").inner_text()
    jia.goto(record)
    assert "已被取代" in jia.locator("main").inner_text()
    jia.locator(".lines .leaf").first.click()
    line = jia.locator("tr.corrected", has_text="罚款金额").inner_text()
    assert "2.75" in line and "贾一" in line and (before or "（空）") in line
    yi.context.close()
    jia.context.close()


def test_every_page_is_clean_in_both_languages_and_on_a_telephone(
    browser: Any, city: DeskHome, address: str
) -> None:
    city.first["yi"] = city.ecredit("person", "password", "yi")["password"]
    city.ecredit("person", "add", "bing", "--name", "丙三", "--role", "credit_officer")
    city.first["bing"] = city.ecredit("person", "password", "bing")["password"]
    page = enter(browser, city, address, "bing", viewport={"width": 360, "height": 740})
    page.goto(f"{address}/desk/review")
    item = page.locator("main tbody a").first.get_attribute("href")
    page.goto(f"{address}/desk/quarantine")
    row = page.locator("main tbody a").first.get_attribute("href")
    page.goto(f"{address}/desk/subjects/1")
    page.locator("input[name=purpose]").first.check()
    page.get_by_role("button", name="查阅").click()
    record = page.locator(".timeline .entry a").first.get_attribute("href")
    monitored = city.ecredit("monitor", "make")["reports"]
    paths = [
        "/desk/monitor", "/desk/monitor/definitions", "/desk/monitor/platform/city",
        *(f"/desk/monitor/report/{number}" for number in monitored[:2]),
        "/desk/quality", "/desk/quality/gongshang", "/desk/quarantine", row, "/desk/review", item, "/desk/subjects",
        "/desk/subjects/1", "/desk/subjects/2", record, f"{record}/correct", "/desk/merges",
        "/desk/merges/compare?one=S1&other=S2", "/desk/approvals",
    ]  # fmt: skip
    wrong = []
    for lang in ("zh", "en"):
        for path in paths:
            answer = page.goto(f"{address}{path}{'&' if '?' in path else '?'}lang={lang}")
            wide = page.evaluate("document.documentElement.scrollWidth")
            found = [v["id"] for v in axe.Axe().run(page, options=RULES).response["violations"]]
            if answer.status != 200 or wide > 360 or found:
                wrong.append((lang, path, answer.status, wide, found))
    assert wrong == []
    page.context.close()


def test_a_finding_is_confirmed_by_two_and_another_dismissed(
    browser: Any, city: DeskHome, address: str
) -> None:
    for login, name in (("ding", "丁四"), ("wu", "吴五")):
        added = city.ecredit("person", "add", login, "--name", name, "--role", "credit_officer")
        city.first[login] = added["password"]
    ding = enter(browser, city, address, "ding")
    ding.goto(f"{address}/desk/")
    ding.get_by_role("link", name="虚假交易线索").first.click()
    lines = ding.locator("#table-findings tbody tr")
    assert lines.count() > 2
    known = lines.filter(has_not_text="未对应到主体")
    shop, other = (known.nth(place).locator("a").first.inner_text() for place in (0, 1))

    # Opened for a purpose, by keyboard; the evidence adds up, the pictures have their tables.
    known.nth(0).locator("a").first.focus()
    ding.keyboard.press("Enter")
    ding.get_by_label("核查虚假交易线索").check()
    ding.get_by_role("button", name="查阅").press("Enter")
    ding.locator("#evidence-h").wait_for()
    finding = ding.url
    main = ding.locator("main")
    assert shop in ding.locator("h1").inner_text() and "最可能的无辜解释" in main.inner_text()
    pieces = [
        float(cell.split()[-1]) for cell in ding.locator(".evidence tbody td:nth-child(5)").all_inner_texts()
    ]
    total = float(ding.locator(".evidence tfoot b").inner_text())
    assert abs(sum(pieces) - total) < 0.006 * (len(pieces) + 1)
    assert ding.locator("svg.bars rect.suspect").count() > 0
    ding.get_by_role("link", name="订单", exact=False).last.click()
    assert ding.locator("main tbody tr").count() > 0
    wrong = []
    for lang in ("zh", "en"):
        for path in (
            "/desk/findings",
            finding.removeprefix(address),
            ding.url.removeprefix(address).split("?")[0],
        ):
            ding.set_viewport_size({"width": 360, "height": 740})
            ding.goto(f"{address}{path}?lang={lang}")
            wide = ding.evaluate("document.documentElement.scrollWidth")
            found = [v["id"] for v in axe.Axe().run(ding, options=RULES).response["violations"]]
            if wide > 360 or found:
                wrong.append((lang, path, wide, found))
    assert wrong == []
    ding.set_viewport_size({"width": 1280, "height": 900})

    # Asked for by one, agreed to by another.
    ding.goto(f"{finding}?lang=zh")
    confirming = ding.locator("section", has=ding.locator("#confirm-h"))
    confirming.get_by_label("寄递企业底单").check()
    confirming.get_by_label("情况说明").fill("底单为空，寄件网点已说明")
    confirming.get_by_role("button", name="提请确认").click()
    assert "等待另一人复核" in main.inner_text()
    wu = enter(browser, city, address, "wu")
    wu.goto(f"{address}/desk/approvals")
    wu.locator("main tbody a").first.click()
    assert shop in wu.locator("main").inner_text() and "底单为空" in wu.locator("main").inner_text()
    # Nobody agrees without having had the evidence on the own screen.
    request = wu.url
    wu.get_by_role("button", name="同意并执行").click()
    assert "还没有打开过" in wu.locator("main").inner_text()
    wu.goto(request)
    wu.locator(f"main a[href*='{finding.rpartition('/')[2]}']").first.click()
    wu.get_by_label("核查虚假交易线索").check()
    wu.get_by_role("button", name="查阅").click()
    wu.locator("#evidence-h").wait_for()
    wu.goto(request)
    wu.get_by_role("button", name="同意并执行").click()
    assert "已同意" in wu.get_by_role("status").inner_text()

    # Within the minute it is a record in the file of the shop's operator.
    record = ding.get_by_role("link", name="查看记录")
    for _ in range(60):
        ding.goto(finding)
        if record.count():
            break
        time.sleep(2)
    record.click()
    ding.get_by_label("协助监管执法").check()
    ding.get_by_role("button", name="查阅").click()
    assert "经核实的虚假交易线索" in main.inner_text() and "底单为空" in main.inner_text()
    assert finding.rpartition("/")[2] in main.inner_text()

    # Another is honest trade: dismissed, with its reason, and no record of it.
    wu.goto(f"{address}/desk/findings")
    wu.get_by_role("link", name=other).first.click()
    wu.get_by_label("核查虚假交易线索").check()
    wu.get_by_role("button", name="查阅").click()
    dismissing = wu.locator("section", has=wu.locator("#dismiss-h"))
    dismissing.get_by_label("促销活动").check()
    dismissing.get_by_role("button", name="排除").click()
    assert "已排除这条线索" in wu.get_by_role("status").first.inner_text()
    wu.goto(f"{address}/desk/findings?state=dismissed")
    assert other in wu.locator("#table-findings tbody").inner_text()
    wu.context.close()
    ding.context.close()
