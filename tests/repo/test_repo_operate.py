"""The operating guide's commands are the program's, and its settings are all the settings there are."""

import re
import shlex
from pathlib import Path

import pytest

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
    read = set(re.findall(r"environ\.get\(\s*\"(ECREDIT_\w+)\"", settings))
    assert read == set(re.findall(r"^\| `(ECREDIT_\w+)` \|", GUIDE, re.M))
    assert read == set(re.findall(r"^(ECREDIT_\w+) ", settings, re.M))
