"""The operating guide's commands are the program's, and its settings are all the settings there are."""

import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest
from django.urls import resolve

from ecredit.service.operation.backup_keys import SHORTEST
from ecredit.surface.cli.commands import build_parser

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "guides" / "operate.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"^```(?:sh|text)\n(.*?)^```", GUIDE, re.S | re.M)
    for line in block.splitlines()
    if "ecredit " in line
]

pytestmark = pytest.mark.repo


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_is_understood(line):
    words = shlex.split(line.split(" > ")[0])
    start = next(n for n, word in enumerate(words) if word in ("ecredit", "/opt/ecredit/.venv/bin/ecredit"))
    try:
        parsed = build_parser().parse_args(words[start + 1 :])
    except SystemExit as refused:
        raise AssertionError(line) from refused
    assert callable(parsed.run)


def test_every_source_and_column_of_the_examples_is_catalogued(catalog):
    for line in COMMANDS:
        words = shlex.split(line)
        if words[1:2] in (["collect"], ["template"]):
            assert words[2] in catalog.sources, line
    penalty = catalog.sources["dual_publicity_penalty"]
    for code in re.findall(r"--set (\w+)=", GUIDE):
        assert penalty.column(code)


def test_every_setting_is_explained():
    settings = (ROOT / "config" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r"(?:environ\.get|_given)\(\s*\"(ECREDIT_\w+)\"", settings))
    assert read == set(re.findall(r"^\| `(ECREDIT_\w+)` \|", GUIDE, re.M))
    assert read == set(re.findall(r"^(ECREDIT_\w+) ", settings.split('"""')[1], re.M))


def test_every_setting_may_come_from_a_file(tmp_path, monkeypatch):
    given = import_module("config.settings")._given
    (tmp_path / "secret").write_text("from a file\n")
    monkeypatch.setenv("ECREDIT_SECRET_KEY", "from the environment")
    assert given("ECREDIT_SECRET_KEY") == "from the environment"
    monkeypatch.setenv("ECREDIT_SECRET_KEY_FILE", str(tmp_path / "secret"))
    assert given("ECREDIT_SECRET_KEY") == "from a file"
    monkeypatch.setenv("ECREDIT_SECRET_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(SystemExit, match="ECREDIT_SECRET_KEY_FILE"):
        given("ECREDIT_SECRET_KEY")


def test_every_number_of_the_guide_is_the_programs(settings):
    waiting = re.search(r"`ECREDIT_MOST_WAITING` \| .*?默认 (\d+)", GUIDE)
    longest = re.search(r"`ECREDIT_LONGEST_WAIT` \| .*?默认 (\d+)", GUIDE)
    assert waiting and longest
    assert (int(waiting[1]), float(longest[1])) == (
        settings.ECREDIT_MOST_WAITING,
        settings.ECREDIT_LONGEST_WAIT,
    )
    assert f"口令至少 {SHORTEST} 个字符" in GUIDE


def test_every_file_and_address_of_the_guide_is_there():
    for path in re.findall(r"`(deploy/[\w./-]+)`", GUIDE):
        assert (ROOT / path).is_file(), path
    for address in re.findall(r"^\| `/(\w+)` \|", GUIDE, re.M):
        assert resolve(f"/{address}").app_name == "gate"
