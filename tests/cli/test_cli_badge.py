"""`ecredit badge` and `ecredit verify` as an operator and a stranger type them; every command of the guide is understood."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from ecredit.facts.actors.models import JournalEntry
from ecredit.foundation.kernel.errors import InputRefused, WrongUse
from ecredit.foundation.proof.errors import KeySetUnusable
from ecredit.surface.cli.commands import build_parser
from tests.badges.conftest import FIRST, SECOND, Badges, badges  # noqa: F401 - a fixture

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "badges.md").read_text(encoding="utf-8")
COMMANDS = [
    line for block in re.findall(r"^```sh\n(.*?)^```", GUIDE, re.S | re.M) for line in block.splitlines()
]


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_guide_is_understood(line: str) -> None:
    assert callable(build_parser().parse_args(shlex.split(line)[1:]).run)


@pytest.fixture
def taken(badges: Badges, command, tmp_path: Path) -> dict[str, Path]:  # noqa: F811
    """The files of a badge, as somebody carries them away."""
    issued = command("badge", "issue", "--all")
    assert issued.document["issued"] == 2 and issued.code == 0
    out = tmp_path / "taken"
    command("badge", "take", FIRST, "--out", str(out))
    return {path.name.partition("-")[0]: path for path in out.iterdir()}


def test_a_stranger_checks_with_three_files_and_no_home(taken, command, settings, tmp_path: Path) -> None:
    settings.ECREDIT_HOME = tmp_path / "nowhere"

    def verify(path: Path, *more: str):
        return command("verify", str(path), "--key", str(taken["city"]), *more)

    good = verify(taken["badge"], "--status", str(taken["status"]))
    assert (good.code, good.document["ok"], good.document["kind"]) == (0, True, "badge")
    assert any("有效 valid" in line for line in good.lines) and any(
        "常州示例1有限公司" in line for line in good.lines
    )
    assert verify(taken["status"]).code == 0
    raw = bytearray(taken["badge"].read_bytes())
    raw[700] ^= 1
    bent = tmp_path / "bent.json"
    bent.write_bytes(bytes(raw))
    bad = verify(bent)
    assert bad.code == 1 and any("✗" in line for line in bad.lines)
    assert not any("常州示例1有限公司" in line for line in bad.lines)
    late = verify(taken["badge"], "--at", "2040-01-01")
    assert (late.code, late.document["failed"]) == (1, ["expired"])
    with pytest.raises(WrongUse, match="--key"):
        command("verify", str(taken["badge"]))
    with pytest.raises(KeySetUnusable):
        command("verify", str(taken["badge"]), "--key", str(taken["badge"]))
    with pytest.raises(InputRefused):
        verify(tmp_path / "missing.json")


def test_revoked_by_command_and_seen_with_the_new_list(taken, command, tmp_path: Path) -> None:
    revoked = command("badge", "revoke", FIRST, "--reason", "投诉属实")
    assert revoked.code == 0
    home_keys = str(taken["city"])
    old = command("verify", str(taken["badge"]), "--key", home_keys, "--status", str(taken["status"]))
    assert old.code == 0  # the list of before knows nothing of it, and says of which day it is
    assert any("的状态列表" in line for line in old.lines)
    command("badge", "take", SECOND, "--out", str(tmp_path / "new"))
    new = command(
        "verify", str(taken["badge"]), "--key", home_keys, "--status", str(tmp_path / "new" / "status-0.json")
    )
    assert (new.code, new.document["failed"]) == (1, ["revoked"])
    status = command("badge", "status")
    assert status.document["ended"] == {"officer": 1} and status.document["live"] == 1
    assert command("badge", "status", SECOND).document["code"] == SECOND
    with pytest.raises(WrongUse, match=FIRST):
        command("badge", "status", FIRST)


def test_marks_in_two_sizes_and_languages_and_one_for_a_page(taken, command, tmp_path: Path) -> None:
    plain = command("badge", "mark", FIRST, "--out", str(tmp_path / "plain"))
    assert len(plain.document["files"]) == 8 and "mark=" not in plain.document["address"]
    assert all("script" not in Path(name).read_text() for name in plain.document["files"])
    bound = command(
        "badge", "mark", FIRST, "--page", "https://shop.example/7/", "--out", str(tmp_path / "bound")
    )
    assert bound.document["page"] == "https://shop.example/7"
    assert JournalEntry.objects.filter(verb="badge.mark").count() == 1
    picture = str(tmp_path / "bound" / "mark-zh-large.svg")

    def verify(*more: str):
        return command("verify", picture, "--key", str(taken["city"]), *more)

    for page in ("https://shop.example/7", "http://SHOP.example/7/goods?id=1"):
        assert verify("--page", page).code == 0
    for page in ("https://thief.example/7", "https://shop.example/8", "https://shop.example/77"):
        answer = verify("--page", page)
        assert (answer.code, answer.document["failed"]) == (1, ["place"])
    unsaid = verify()
    assert unsaid.code == 0 and any("请与您看到标识的网页地址核对" in line for line in unsaid.lines)
    with pytest.raises(WrongUse, match="web address"):
        command("badge", "mark", FIRST, "--page", "javascript:alert(1)", "--out", str(tmp_path / "x"))


def test_keys_are_listed_made_and_retired(taken, command) -> None:
    (old,) = command("badge", "key", "list").document["keys"]
    new = command("badge", "key", "new").document["kid"]
    assert new != old["kid"]
    with pytest.raises(WrongUse, match="--reason"):
        command("badge", "key", "retire", old["kid"])
    command("badge", "key", "retire", old["kid"], "--reason", "轮换")
    listed = {key["kid"]: key["retired_at"] for key in command("badge", "key", "list").document["keys"]}
    assert listed[old["kid"]] and not listed[new]
    again = command("badge", "issue", "--all", "--redate")
    assert again.document["redated"] == 2
    published = json.loads(Path(taken["city"]).read_text())
    assert {key["kid"] for key in published["keys"]} == {old["kid"], f"{old['kid']}-sm2"}
    assert (
        command("verify", str(taken["badge"])).code == 0
    )  # by the home's own file of keys, signed before it was retired


def test_wrong_use_is_said(badges: Badges, command) -> None:  # noqa: F811
    for words in (("issue",), ("issue", FIRST, "--all")):
        with pytest.raises(WrongUse, match="--all"):
            command("badge", *words)
    badges.home.public_db.unlink()
    with pytest.raises(WrongUse, match="ecredit evaluate"):
        command("badge", "issue", "--all")


def test_checking_loads_neither_tables_nor_engine(taken, tmp_path: Path) -> None:
    """Most of a short command's time is loading; who checks a badge needs none of it, and no home."""
    said = (
        "import sys; from ecredit.surface.cli.main import main; code = main(sys.argv[1:]); "
        "print(code, sorted({'duckdb', 'numpy', 'django.db.models', 'structlog', 'pyhanko'} & set(sys.modules)))"
    )
    words = ["verify", str(taken["badge"]), "--key", str(taken["city"])]
    done = subprocess.run(
        [sys.executable, "-c", said, *words],
        capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "ECREDIT_HOME": str(tmp_path / "none")},
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "0 []", done.stderr
