"""An installation that is no checkout has all a home needs: templates, styles and the city's rules."""

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.repo


def _tracked(folder: str) -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", folder], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    return {name for name in listed.stdout.split("\0") if name}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built from a copy: building leaves folders behind."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "checkout"
    for name in _tracked("."):
        if (CHECKOUT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(CHECKOUT / name, copy / name)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        ".",
    ]
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INDEX": "1"}
    subprocess.run(command, cwd=copy, env=environment, check=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_code_templates_styles_and_the_catalogue(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    wanted = {
        name.removeprefix("src/") for name in _tracked("src") | _tracked("config") if not name.endswith(".md")
    }
    data = f"ecredit-{_version()}.data/data/share/ecredit/"
    wanted |= {f"{data}{name}" for name in _tracked("catalog")}
    assert sorted(wanted - held) == []


def test_it_works_without_a_checkout(wheel: Path, tmp_path: Path) -> None:
    """Unpacked where no `catalog/` stands beside it, it finds that of its own prefix."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    shared = tmp_path / "site" / f"ecredit-{_version()}.data" / "data"
    program = (
        f"import sys; sys.prefix = {str(shared)!r}\n"
        "import django; django.setup()\n"
        "import ecredit; print(ecredit.__file__)\n"
        "from django.test import Client\n"
        "answer = Client().get('/about')\n"
        "print(answer.status_code, len(answer.content) > 3000)\n"
        "from django.conf import settings\n"
        "from ecredit.foundation.catalog.load import load_catalog\n"
        "print(len(load_catalog(settings.ECREDIT_CATALOG).sources) > 20)\n"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ECREDIT_") and k != "PYTHONPATH"}
    environment |= {"PYTHONPATH": str(tmp_path / "site"), "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    place, page, sources = done.stdout.splitlines()
    assert place.startswith(str(tmp_path))
    assert (page, sources) == ("200 True", "True")


def _version() -> str:
    held = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(held["project"]["version"])
