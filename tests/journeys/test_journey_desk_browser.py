"""The administrators' way through the desk in a real browser: the first sign-in by keyboard and without scripts, the
pages for every width, in both languages, past axe.

Needs Chromium (Debian's, or the one CHROMIUM names); skipped with that reason where there is none.
"""

import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ecredit.facts.actors.key_actions import issue_key
from ecredit.facts.actors.people_actions import choose_password, grant_role, register_person
from ecredit.facts.actors.types import OPERATOR
from ecredit.service.operation.job_actions import start_job
from tests.conftest import NOON, city_catalog

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
)

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium: browser journeys are not run"),
]
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}
CITY = "jingxin_xinyong"
PASSWORD = "a long enough phrase"
# A folder to put pictures of the pages into, for whoever looks at them.
PICTURES = os.environ.get("DESK_PICTURES", "")
PAGES = {
    "system_admin": [
        "/desk/", "/desk/account", "/desk/factors", "/desk/organisations", "/desk/organisations/taogou", "/desk/people",
        "/desk/people/li", "/desk/jobs", "/desk/roles", "/desk/catalog", "/desk/catalog/sources",
        "/desk/catalog/sources/dual_publicity_penalty", "/desk/catalog/laws", "/desk/catalog/departments", "/desk/catalog/codes",
        "/desk/catalog/terms", "/desk/catalog/models", "/desk/catalog/models/platform", "/desk/nowhere", "/desk/journal",
    ],
    "security_admin": ["/desk/people/li", "/desk/keys", "/desk/sessions"],
    "audit_admin": ["/desk/journal", "/desk/journal?who=li&verb=session.open", "/desk/jobs"],
}  # fmt: skip


@pytest.fixture(scope="session")
def static_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the test's server takes style and scripts from: it knows one folder, not every app's."""
    from django.contrib.staticfiles.finders import get_finders

    folder = tmp_path_factory.mktemp("static")
    for finder in get_finders():
        for name, storage in finder.list([]):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(storage.path(name), folder / name)
    return folder


@pytest.fixture
def desk_home(home: Any, settings: Any, static_files: Path) -> Any:
    settings.STATIC_ROOT = str(static_files)
    settings.ECREDIT_HOME = home.root
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return home


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    # Playwright's own loop makes Django take this thread for an asynchronous one.
    with pytest.MonkeyPatch.context() as patch, playwright.sync_playwright() as driver:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chromium = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield chromium
        chromium.close()


def _open(browser: Any, **options: Any) -> Any:
    options = {"viewport": {"width": 1280, "height": 900}, "locale": "zh-CN", **options}
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(10_000)
    return page


def _code(secret: str, steps: int = 0) -> str:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    return format_hotp_value(hotp_value(secret.replace(" ", ""), int(time.time()) // 30 + steps))


def _person(collector: Any, login: str, name: str, *seats: tuple[str, str]) -> str:
    given = {"ring": collector.ring, "by": OPERATOR, "at": NOON}
    _, first = register_person(login=login, name=name, **given)
    for organisation, role in seats:
        grant_role(
            login=login,
            organisation=organisation,
            role=role,
            catalog=collector.catalog,
            on=NOON.date(),
            **given,
        )
    return first


def _enter(page: Any, address: str, login: str, password: str) -> None:
    page.goto(f"{address}/desk/sign-in")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录", exact=True).click()


def _set_factor_up(page: Any) -> str:
    secret = page.locator("#totp-secret").inner_text()
    page.get_by_label("验证码").fill(_code(secret))
    page.get_by_role("button", name="启用动态口令").click()
    page.get_by_role("link", name="已经保存好").click()
    return str(secret)


@pytest.mark.django_db(transaction=True)
def test_the_first_administrator_comes_in_without_scripts_and_registers_somebody(
    browser: Any, desk_home: Any, collector: Any, live_server: Any
) -> None:
    first = _person(collector, "wang", "王建国", (CITY, "system_admin"))
    page = _open(browser, java_script_enabled=False, viewport={"width": 360, "height": 740})
    _enter(page, live_server.url, "wang", first)
    assert page.get_by_role("heading", level=1).inner_text() == "更改密码"
    page.get_by_label("现在的密码").fill(first)
    page.get_by_label("新密码", exact=True).fill(PASSWORD)
    page.get_by_label("再输入一次新密码").fill(PASSWORD)
    page.get_by_role("button", name="保存").click()
    assert page.get_by_role("heading", level=1).inner_text() == "二次验证设置"
    secret = _set_factor_up(page)
    assert "王建国，您好" in page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("navigation", name="菜单").get_by_role("link", name="人员").click()
    page.locator("#f-login").fill("li")
    page.get_by_label("姓名", exact=True).fill("<b>李</b>=1+1")
    page.get_by_role("button", name="登记人员").click()
    assert page.get_by_role("heading", level=1).inner_text() == "<b>李</b>=1+1"
    assert len(page.locator(".secret").inner_text()) >= 12
    page.locator("summary", has_text="王建国").click()
    page.get_by_role("button", name="退出登录").click()
    assert "您已退出登录" in page.locator("main").inner_text()
    # The second sign-in asks for the code; one that was used, or that is wrong, does not do.
    _enter(page, live_server.url, "wang", PASSWORD)
    assert page.get_by_role("heading", level=1).inner_text() == "二次验证"
    page.get_by_label("验证码").fill("000000")
    page.get_by_role("button", name="继续").click()
    assert "没有通过" in page.get_by_role("alert").inner_text()
    page.get_by_label("验证码").fill(_code(secret, 1))
    page.get_by_role("button", name="继续").click()
    assert page.url == f"{live_server.url}/desk/"
    page.get_by_role("link", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"
    page.goto(f"{live_server.url}/desk/people")
    assert page.locator("html").get_attribute("lang") == "en"
    page.context.close()


@pytest.mark.django_db(transaction=True)
def test_a_passkey_is_set_up_and_opens_the_desk(
    browser: Any, desk_home: Any, collector: Any, live_server: Any
) -> None:
    first = _person(collector, "wang", "王建国", (CITY, "system_admin"))
    _choose(collector, "wang", first)
    page = _open(browser)
    address = live_server.url.replace("127.0.0.1", "localhost")
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    tools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": False,
                "isUserVerified": False,
            }
        },
    )  # fmt: skip
    _enter(page, address, "wang", PASSWORD)
    page.get_by_label("名称（如").fill("办公室电脑")
    page.get_by_role("button", name="添加通行密钥").click()
    page.get_by_role("link", name="已经保存好").click()
    page.wait_for_url("**/desk/")
    page.context.clear_cookies()
    _enter(page, address, "wang", PASSWORD)
    page.get_by_role("button", name="使用通行密钥").click()
    page.wait_for_url("**/desk/")
    assert "王建国，您好" in page.get_by_role("heading", level=1).inner_text()
    page.context.close()


def _choose(collector: Any, login: str, first: str) -> None:
    from ecredit.facts.actors.models import Person

    person = Person.objects.get(login=login)
    assert person.check_password(first)
    choose_password(person=person, password=PASSWORD, ring=collector.ring, by=OPERATOR, at=NOON)


@pytest.mark.django_db(transaction=True)
def test_the_administrators_pages_fit_every_width_and_pass_axe(
    browser: Any, desk_home: Any, collector: Any, live_server: Any
) -> None:
    from ecredit.facts.actors.organisation_actions import register_organisation

    given = {"ring": collector.ring, "by": OPERATOR, "at": NOON}
    register_organisation(id="taogou", name="淘购网络科技有限公司", kind="platform", **given)
    _person(collector, "li", "李敏", ("gongshang", "clerk"), ("taogou", "lead"))
    for title in ("平台数据对接（生产）", "试运行"):
        issue_key(
            catalog=city_catalog(),
            organisation="taogou",
            title=title,
            scopes=["batch.submit", "batch.read"],
            days=90,
            **given,
        )
    for kind in ("evaluate", "audit"):
        start_job(kind=kind, params={}, ring=collector.ring, by=OPERATOR, at=NOON)
    found: list[str] = []
    for role, paths in PAGES.items():
        login = role.replace("_", "-")
        _choose(collector, login, _person(collector, login, "王建国", (CITY, role)))
        page = _open(browser)
        complaints: list[str] = []
        page.on("console", lambda message, complaints=complaints: complaints.append(message.text))
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        _look(page, f"{live_server.url}/desk/sign-in", "sign-in", "zh", found)
        _enter(page, live_server.url, login, PASSWORD)
        _look(page, page.url, f"{login}-first", "zh", found)
        _set_factor_up(page)
        for lang in ("zh", "en"):
            for path in paths:
                where = f"{live_server.url}{path}{'&' if '?' in path else '?'}lang={lang}"
                name = re.sub(r"\W+", "-", f"{login}{path}-{lang}")
                _look(page, where, name, lang, found)
        found += [f"{role}: {text}" for text in complaints if "404" not in text and "403" not in text]
        found += [url for url in asked if not url.startswith((live_server.url, "data:"))]
        page.context.close()
    assert found == [], "\n".join(found)


def _look(page: Any, where: str, name: str, lang: str, found: list[str]) -> None:
    """Every width, axe at one of them in either language, and a picture when one is wanted."""
    page.goto(where)
    for width in (1280, 700, 360, 320):
        page.set_viewport_size({"width": width, "height": 800})
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{where}: {wide} px at {width}")
        if PICTURES and width in (1280, 360):
            page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280 if lang == "zh" else 360, "height": 800})
    for broken in axe.Axe().run(page, options=RULES).response["violations"]:
        nodes = [node["target"] for node in broken["nodes"]][:3]
        found.append(f"{where}: {broken['id']} {broken['help']} {nodes}")
    page.set_viewport_size({"width": 1280, "height": 900})
