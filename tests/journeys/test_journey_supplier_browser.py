"""A clerk's way through the desk in a real browser: signs in, sends the demo city's faulty penalty file, sees what is wrong
with it, takes the marked workbook along, sends the correction and sees what it put right. Served and worked as in a city.

Needs Chromium (Debian's, or the one CHROMIUM names); skipped with that reason where there is none.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.penalty_rows import row, table
from tests.serving import serving

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
PENALTY = "dual_publicity_penalty"
WIDTHS = (1280, 700, 360, 320)
# Where to put what the pages look like; nowhere unless asked.
PICTURES = os.environ.get("ECREDIT_PICTURES")


@dataclass
class City:
    """A home that is served and worked, the demo city's files, and a clerk's first password."""

    address: str
    files: Path
    password: str


def _ecredit(home: Path, *words: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "ecredit.surface.cli.main", *words],
        env={**os.environ, "ECREDIT_HOME": str(home), "ECREDIT_DATABASE_URL": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("city")
    home = folder / "home"
    _ecredit(home, "init")
    _ecredit(home, "demo", "--out", str(folder / "demo"))
    said = _ecredit(
        home, "person", "add", "wang", "--name", "王报送", "--role", "clerk", "--of", "gongshang", "--json"
    )
    # It keeps a worker beside it.
    with serving({**os.environ, "ECREDIT_HOME": str(home), "ECREDIT_DATABASE_URL": ""}) as address:
        yield City(address, folder / "demo", json.loads(said)["password"])


@pytest.fixture(scope="module")
def clerk(browser: Any, city: City) -> Iterator[Any]:
    """A page on which the clerk has signed in and chosen a password."""
    page = browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="zh-CN", accept_downloads=True, base_url=city.address
    ).new_page()
    page.set_default_timeout(20_000)
    page.goto("/desk/")
    page.get_by_label("登录名").fill("wang")
    page.get_by_label("密码").fill(city.password)
    page.get_by_role("button", name="登录").click()
    own = "长江边上的三十三只白鹭与船"
    page.locator("[name=old]").fill(city.password)
    page.locator("[name=new]").fill(own)
    page.locator("[name=again]").fill(own)
    page.get_by_role("button", name="保存").click()
    page.get_by_text("密码已更改").wait_for()
    yield page
    page.context.close()


def _sent(city: City) -> list[Path]:
    """The demo city's penalty file of a week with its mistakes, and the file that corrects it."""
    files = json.loads((city.files / "manifest.json").read_text(encoding="utf-8"))["files"]
    mine = [f for f in files if f["source"] == PENALTY and f["sender"] == "gongshang"]
    names = [Path(f["path"]).name for f in mine]
    twice = [f for f in mine if names.count(Path(f["path"]).name) > 1]
    return [city.files / f["path"] for f in twice[-2:]]


def _picture(page: Any, name: str) -> None:
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def _faults(page: Any, where: str) -> list[str]:
    """What axe finds wrong, and every width at which the page must be moved sideways."""
    found = [
        f"{where}: {broken['id']} {broken['help']} {[node['target'] for node in broken['nodes']][:3]}"
        for broken in axe.Axe().run(page, options=RULES).response["violations"]
    ]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{where}: {wide} px at {width}")
    page.set_viewport_size({"width": 1280, "height": 900})
    return found


def test_from_a_faulty_file_to_what_its_correction_put_right(clerk: Any, city: City, tmp_path: Path) -> None:
    faulty, corrected = _sent(city)
    clerk.get_by_role("link", name="报送首页").first.click()
    assert "行政处罚信息" in clerk.locator("main").inner_text()
    _picture(clerk, "home-first")
    clerk.get_by_role("link", name="报送文件").first.click()
    clerk.get_by_label("数据源").select_option(PENALTY)
    clerk.get_by_label("文件", exact=True).set_input_files(faulty)
    clerk.get_by_role("button", name="只试查").click()
    clerk.get_by_role("heading", name="试查结果").wait_for()
    _picture(clerk, "trial")
    tried = clerk.locator(".fates").inner_text()
    clerk.get_by_role("link", name="报送这个文件").click()
    clerk.get_by_label("文件", exact=True).set_input_files(faulty)
    clerk.get_by_role("button", name="报送", exact=True).click()
    clerk.wait_for_url("**/desk/batches/*")
    assert "文件已收下" in clerk.locator("main").inner_text()
    assert tried.split()[0] == clerk.locator(".fates").inner_text().split()[0]
    _picture(clerk, "batch")
    batch = re.findall(r"/batches/(\d+)", clerk.url)[0]
    rows = clerk.locator("table tbody tr").count()
    assert rows > 0
    rule = clerk.locator(".rules a").first
    rule.click()
    clerk.wait_for_url("**rule=*")
    assert 0 < clerk.locator("table tbody tr").count() <= rows
    with clerk.expect_download() as download:
        clerk.get_by_role("link", name="标注后的表").click()
    marked = tmp_path / "marked.xlsx"
    download.value.save_as(marked)
    assert len(openpyxl.load_workbook(marked).sheetnames) >= 2
    clerk.get_by_role("link", name="看待改的行").click()
    _picture(clerk, "waiting")
    clerk.locator("table tbody a").first.click()
    _picture(clerk, "line")
    clerk.get_by_label("用途").fill("核对原件后更正")
    clerk.get_by_role("button", name="查看").click()
    assert "未遮盖的原文" in clerk.locator("main").inner_text()
    clerk.get_by_role("link", name="更正这一批").click()
    clerk.get_by_label("文件", exact=True).set_input_files(corrected)
    clerk.get_by_role("button", name="报送", exact=True).click()
    clerk.wait_for_url("**/desk/batches/*")
    said = clerk.locator("main").inner_text()
    assert f"批次 {batch}" in said and "行已更正" in said
    _picture(clerk, "corrected")
    clerk.goto(f"/desk/batches/{batch}")
    assert "后来由" in clerk.locator("main").inner_text()


def test_without_scripts_the_plain_form_sends_it(browser: Any, clerk: Any, city: City) -> None:
    page = browser.new_context(
        java_script_enabled=False,
        locale="zh-CN",
        base_url=city.address,
        storage_state=clerk.context.storage_state(),
    ).new_page()
    page.set_default_timeout(20_000)
    files = json.loads((city.files / "manifest.json").read_text(encoding="utf-8"))["files"]
    mine = [f for f in files if f["source"] == "spot_check" and f["sender"] == "gongshang"]
    page.goto("/desk/supply/send?source=spot_check")
    page.get_by_label("文件", exact=True).set_input_files(city.files / mine[0]["path"])
    page.get_by_role("button", name="报送", exact=True).click()
    for _ in range(40):
        if "/batches/" in page.url:
            break
        page.wait_for_timeout(500)
        page.reload()
    assert "每一行的去向" in page.locator("main").inner_text()
    page.context.close()


def test_an_upload_cut_off_goes_on(clerk: Any, city: City, tmp_path: Path) -> None:
    """The network goes away after the first piece; the same file chosen again goes on from there."""
    big = tmp_path / "大文件.csv"
    faulty = _sent(city)[0].read_bytes()
    big.write_bytes(faulty + b"\r\n" * 2_500_000)
    pieces: list[str] = []

    def cut(route: Any) -> None:
        pieces.append(route.request.url)
        if len(pieces) > 1:
            route.abort()
        else:
            route.continue_()

    clerk.route("**/piece?*", cut)
    clerk.goto(f"/desk/supply/send?source={PENALTY}")
    clerk.get_by_label("文件", exact=True).set_input_files(big)
    clerk.get_by_role("button", name="报送", exact=True).click()
    clerk.get_by_text("正在重试").wait_for()
    _picture(clerk, "sending")
    # Left while it is still cut off: as soon as it is not, the page would go on by itself.
    clerk.goto("/desk/supply")
    clerk.unroute("**/piece?*")
    assert "大文件.csv：已收到 2.0 MB" in clerk.locator("main").inner_text()
    sent: list[str] = []
    clerk.on("request", lambda request: sent.append(request.url))
    clerk.goto(f"/desk/supply/send?source={PENALTY}")
    clerk.get_by_label("文件", exact=True).set_input_files(big)
    clerk.get_by_role("button", name="报送", exact=True).click()
    clerk.wait_for_url("**/desk/batches/*", timeout=60_000)
    offsets = [int(url.rpartition("=")[2]) for url in sent if "/piece?" in url]
    assert offsets and min(offsets) == 2 << 20


def test_a_marked_workbook_is_made_in_the_background(
    browser: Any, clerk: Any, city: City, tmp_path: Path
) -> None:
    """An XLSX comes back as one's own workbook, which takes more than a second: with scripts and without."""
    book = openpyxl.Workbook()
    sheet = book.active
    for line in table(row(1), row(2, CF_JDRQ="2026/13/40")).splitlines():
        sheet.append(next(csv.reader([line])))
    book.save(tmp_path / "own.xlsx")
    clerk.goto(f"/desk/supply/send?source={PENALTY}")
    clerk.get_by_label("文件", exact=True).set_input_files(tmp_path / "own.xlsx")
    clerk.get_by_role("button", name="报送", exact=True).click()
    clerk.wait_for_url("**/desk/batches/*", timeout=60_000)
    batch = clerk.url.partition("?")[0]
    clerk.get_by_role("link", name="标注后的表").click()
    clerk.wait_for_url("**/desk/files/*")
    _picture(clerk, "file-making")
    with clerk.expect_download(timeout=60_000) as download:
        clerk.get_by_role("link", name="下载").click(timeout=60_000)
    download.value.save_as(tmp_path / "marked.xlsx")
    assert len(openpyxl.load_workbook(tmp_path / "marked.xlsx").sheetnames) == 2
    _picture(clerk, "file-made")
    place = clerk.url
    found = _faults(clerk, place)
    clerk.get_by_role("link", name="我的文件").first.click()
    assert "-marked.xlsx" in clerk.locator("main").inner_text()
    _picture(clerk, "files")
    found += _faults(clerk, clerk.url)
    clerk.goto(f"{place}?lang=en")
    found += _faults(clerk, clerk.url)
    clerk.goto(f"{place}?lang=zh")
    assert not found, "\n".join(found)
    plain = browser.new_context(
        java_script_enabled=False, accept_downloads=True, storage_state=clerk.context.storage_state()
    ).new_page()
    plain.goto(f"{batch}?lang=zh")
    plain.get_by_role("link", name="标注后的表").click()
    # The page asks again by itself.
    with plain.expect_download(timeout=60_000) as download:
        plain.get_by_role("link", name="下载").click(timeout=60_000)
    assert download.value.suggested_filename.endswith("-marked.xlsx")
    plain.context.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_passes_axe_and_fits_every_width(clerk: Any, city: City, lang: str) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    clerk.on("request", lambda request: asked.append(request.url))
    clerk.on("console", lambda message: complaints.append(message.text))
    clerk.goto(f"/desk/batches?lang={lang}")
    batch = clerk.locator("table tbody a").last.get_attribute("href")
    clerk.goto("/desk/batches/waiting")
    waiting = clerk.locator("tbody th a").first.get_attribute("href")
    clerk.goto(waiting)
    line = clerk.locator("table tbody a").first.get_attribute("href")
    found: list[str] = []
    for path in (
        "/desk/supply", "/desk/supply/send", f"/desk/supply/send?corrects={batch.rpartition('/')[2]}", "/desk/batches",
        batch, "/desk/batches/waiting", waiting, line, "/desk/supply/sources", f"/desk/supply/sources/{PENALTY}",
    ):  # fmt: skip
        clerk.goto(path)
        _picture(clerk, f"{lang}-{path.strip('/').replace('/', '-').replace('?', '-')}")
        found += _faults(clerk, path)
        if PICTURES:
            clerk.set_viewport_size({"width": 360, "height": 800})
            _picture(clerk, f"{lang}-360-{path.strip('/').replace('/', '-').replace('?', '-')}")
            clerk.set_viewport_size({"width": 1280, "height": 900})
    assert not found, "\n".join(found)
    assert [url for url in asked if not url.startswith(city.address)] == []
    assert complaints == []
