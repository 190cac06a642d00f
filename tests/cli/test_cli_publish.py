"""ecredit publish: into a folder, by command and by the schedule."""

from pathlib import Path
from typing import Any

import pytest

from ecredit.facts.actors.types import OPERATOR
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation.job_kinds import KINDS
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.static_site import publish_static, usual_address
from tests.conftest import NOON
from tests.portal.portal_sample import FULL, write_sample


class Told:
    params: dict[str, object] = {}
    by = OPERATOR
    id = 1

    def __init__(self) -> None:
        self.said: list[str] = []

    def tell(self, _done: int, _total: int | None, zh: str, _en: str) -> None:
        self.said.append(zh)


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    settings.ECREDIT_HOME = tmp_path
    write_sample(tmp_path / "public.sqlite3")
    return tmp_path


def test_the_schedule_writes_into_the_folder_of_the_settings(
    home: Path, settings: Any, tmp_path: Path
) -> None:
    job = Told()
    kind = KINDS["publish_static"]
    assert kind.run(Platform(), job) == {"folder": None}  # type: ignore[arg-type]
    assert "ECREDIT_STATIC_SITE" in job.said[0]
    settings.ECREDIT_STATIC_SITE = str(tmp_path / "site")
    result = kind.run(Platform(), job)  # type: ignore[arg-type]
    assert (tmp_path / "site" / f"s/{FULL}.html").is_file()
    assert "个文件" in kind.ending(result)[0]
    assert result["subjects"] == 49


def test_an_address_must_be_one_and_the_default_is_the_portals_own(
    home: Path, settings: Any, tmp_path: Path
) -> None:
    with pytest.raises(WrongUse):
        publish_static(tmp_path / "site", day=NOON.date(), address="credit.example")
    assert not (tmp_path / "site").exists()
    assert usual_address() == ""
    settings.ECREDIT_SITE = "https://credit.example"
    assert usual_address() == "https://credit.example"
