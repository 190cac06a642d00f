"""Chromium, and a home behind a real server, for the journeys that ask for them."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.desk_browser import CHROMIUM, DeskHome
from tests.serving import serving


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def address(city: DeskHome) -> Iterator[str]:
    """Where the module's `city` is served."""
    with serving({**os.environ, "ECREDIT_HOME": str(city.home)}, "--workers", "1") as where:
        yield where
