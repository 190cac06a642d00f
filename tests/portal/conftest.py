"""The sample database, the day it is read on, and a client that reads it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.portal.portal_sample import PROJECTED_AT, write_sample

Move = Callable[[timedelta], None]


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    write_sample(home / "public.sqlite3")
    return home


@pytest.fixture
def move_clock(settings: Any) -> Move:
    """The portal's clock, standing at the sample's instant until moved."""
    instant: datetime = PROJECTED_AT

    def move(by: timedelta) -> None:
        nonlocal instant
        instant = instant + by

    settings.ECREDIT_CLOCK = lambda: instant
    return move


@pytest.fixture
def client(sample_home: Path, move_clock: Move, settings: Any) -> Client:
    settings.ECREDIT_HOME = sample_home
    return Client()
