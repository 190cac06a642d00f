"""What journeys at the desk have in common: a home behind a real server, people who sign in for the first time, and Chromium."""

import base64
import hmac
import json
import os
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
ECREDIT = Path(sys.executable).with_name("ecredit")
MARKS = [
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


class DeskHome:
    """A new home, its people's first passwords, and their second factors once set up."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.first: dict[str, str] = {}
        self.secrets: dict[str, str] = {}
        self.ecredit("init")

    def add(self, login: str, name: str, role: str, *of: str) -> None:
        """A person, of an organisation or of the city."""
        words = ["person", "add", login, "--name", name, "--role", role, *(("--of", *of) if of else ())]
        self.first[login] = self.ecredit(*words)["password"]

    def ecredit(self, *words: str) -> Any:
        """A command's document."""
        done = subprocess.run(
            [ECREDIT, "--home", self.home, *words, "--json"], capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)

    def code(self, login: str) -> str:
        """The number of the second factor at this moment."""
        key = base64.b32decode(self.secrets[login])
        digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), "sha1")
        place = digest[-1] & 15
        (number,) = struct.unpack(">I", digest[place : place + 4])
        return f"{(number & 0x7FFFFFFF) % 10**6:06d}"


def enter(
    browser: Any, city: DeskHome, address: str, login: str, *, factor: bool = True, **options: Any
) -> Any:
    """The first time: the password handed over, one's own, a second factor; the page of one who is in."""
    options = {"viewport": {"width": 1280, "height": 900}, "locale": "zh-CN", **options}
    page = browser.new_context(**options).new_page()
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
