"""An article in a real browser: written with a fault and mended, a picture taken in and looked at by two, public, printed, taken down.

Needs Chromium (Debian's, or the one CHROMIUM names); skipped with that reason where there is none.
"""

import io
from typing import Any

import pytest
from PIL import Image, ImageDraw

from tests.journeys.desk_browser import MARKS, RULES, DeskHome, enter

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
)
pytestmark = MARKS
MOST_BYTES = 150_000
SHIFT = """() => new Promise(done => { let sum = 0; new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value })
.observe({type: "layout-shift", buffered: true}); setTimeout(() => done(sum), 150) })"""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> DeskHome:
    """An empty city and two officers."""
    city = DeskHome(tmp_path_factory.mktemp("city"))
    city.add("jia", "贾一", "credit_officer")
    city.add("yi", "易二", "credit_officer")
    return city


def poster() -> bytes:
    drawn = Image.effect_noise((2400, 1600), 60).convert("RGB")
    ImageDraw.Draw(drawn).rectangle((300, 300, 1500, 1200), fill="#0d4a84")
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=90)
    return out.getvalue()


def clean(page: Any) -> list[str]:
    return [found["id"] for found in axe.Axe().run(page, options=RULES).response["violations"]]


def test_from_the_desk_to_the_public_and_out_again(browser: Any, city: DeskHome, address: str) -> None:
    jia = enter(browser, city, address, "jia")
    jia.get_by_role("link", name="宣传文章").click()
    assert clean(jia) == []
    jia.get_by_role("link", name="消费提示").click()
    assert clean(jia) == []

    # Written with a fault: told by its place, and what was written is still there.
    jia.get_by_label("标题").first.fill("收到退款短信，先别点链接")
    jia.get_by_label("摘要").first.fill("三步识别冒充客服。")
    body = jia.get_by_label("正文（Markdown）").first
    body.fill("## 三步\n\n[退款](javascript:alert(1)) 电话 13912345678")
    jia.get_by_role("button", name="保存为新的一稿").click()
    alert = jia.get_by_role("alert").inner_text()
    assert "正文第 3 行：链接只能" in alert and "正文第 3 行：写了身份证号" in alert
    assert clean(jia) == [] and "13912345678" in body.input_value()
    body.fill("## 三步\n\n不要点链接。电话 13912345678")
    jia.get_by_role("button", name="预览").click()
    assert jia.locator(".words h2").inner_text() == "三步"
    jia.get_by_role("button", name="遮盖查到的内容后保存").click()
    jia.wait_for_url("**/desk/stories/*?done=story_saved")
    assert "139****5678" in jia.locator(".words").inner_text()

    # A picture, placed in the text; both look at it.
    jia.get_by_label("图片文件").set_input_files(
        {"name": "poster.jpg", "mimeType": "image/jpeg", "buffer": poster()}
    )
    jia.get_by_label("替代文字", exact=True).fill("海报：一个蓝色的方块")
    jia.get_by_role("button", name="上传图片").click()
    jia.get_by_role("link", name="改一稿").click()
    body = jia.get_by_label("正文（Markdown）").first
    body.fill(body.input_value() + "\n\n![](picture:1)")
    assert clean(jia) == []
    jia.get_by_role("button", name="保存为新的一稿").click()
    assert jia.locator(".words img").evaluate("i => i.complete && i.naturalWidth > 0")
    assert clean(jia) == []
    jia.locator("#looked-too").check()
    jia.get_by_label("理由").fill("核对过")
    jia.get_by_role("button", name="提请另一人同意").click()
    jia.get_by_text("等待复核").first.wait_for()
    number = jia.url.split("?")[0].rpartition("/")[2]

    yi = enter(browser, city, address, "yi")
    yi.goto(f"{address}/desk/approvals")
    yi.locator("main a[href*='/desk/approvals/']").first.click()
    approval = yi.url
    yi.locator("button[value=agree]").click()
    assert "逐张看过" in yi.get_by_role("alert").inner_text()
    yi.get_by_role("link", name="收到退款短信，先别点链接").click()
    yi.locator("#looked").check()
    yi.get_by_role("button", name="确认").click()
    yi.goto(approval)
    yi.locator("button[value=agree]").click()
    yi.wait_for_url("**?done=agreed")

    found = [
        problem
        for width, scheme, lang in ((1200, "light", "zh"), (360, "dark", "en"))
        for path in ("/", "/stories", f"/stories/{number}", "/stories/consumer_warning", "/stories/calendar")
        for problem in wrong_with(browser, f"{address}{path}?lang={lang}", width, scheme)
    ]
    assert found == []

    without = browser.new_context(java_script_enabled=False).new_page()
    without.goto(f"{address}/?lang=zh")
    without.get_by_role("link", name="收到退款短信，先别点链接").click()
    assert "不要点链接" in without.locator("article").inner_text()
    without.emulate_media(media="print")
    assert not without.locator(".top nav").is_visible() and without.locator("article img").is_visible()

    jia.goto(f"{address}/desk/stories/{number}")
    jia.locator("#down-reason").fill("说法过时")
    jia.get_by_role("button", name="立即撤下").click()
    jia.get_by_text("已撤下。").wait_for()
    assert without.goto(f"{address}/stories/{number}").status == 410
    assert clean_of(browser, f"{address}/stories/{number}") == []
    assert city.ecredit("log", "audit")["findings"] == []


def clean_of(browser: Any, where: str) -> list[str]:
    page = browser.new_context().new_page()
    page.goto(where)
    return clean(page)


def wrong_with(browser: Any, where: str, width: int, scheme: str) -> list[str]:
    """What a standing rule forbids on a public page."""
    page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
    said: list[str] = []
    weight: list[int] = []
    page.on("console", lambda message: said.append(f"{where}: {message.text}"))
    page.on("response", lambda response: weight.append(len(response.body())))
    page.goto(where)
    page.wait_for_load_state("networkidle")
    said += [f"{where}: {id}" for id in clean(page)]
    if page.evaluate("document.documentElement.scrollWidth") > width:
        said.append(f"{where}: wider than {width}")
    if sum(weight) > MOST_BYTES:
        said.append(f"{where}: {sum(weight)} bytes")
    if (shift := page.evaluate(SHIFT)) > 0:
        said.append(f"{where}: moves by {shift}")
    page.context.close()
    return said
