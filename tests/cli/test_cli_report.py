"""ecredit report and ecredit verify over a PDF, as an operator types them."""

import pytest

from ecredit.facts.actors.models import LogState
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.surface.cli import context
from tests.portal.portal_sample import PLAIN, write_sample


@pytest.fixture
def made(command, home, settings, tmp_path, monkeypatch):
    """A report in a file, and its answer."""
    settings.ECREDIT_SITE = "https://credit.example"
    monkeypatch.setattr(context, "check_schema", lambda: None)
    LogState.objects.get_or_create(id=1, defaults={"origin": "credit.example/log"})
    write_sample(home.public_db)
    path = tmp_path / "a.pdf"
    return path, command("report", PLAIN, "--out", str(path))


def test_made_found_and_verified(command, made):
    path, answer = made
    number = answer.document["number"]
    assert number in answer.lines[0] and path.read_bytes().startswith(b"%PDF")
    assert command("report", number).document["sha256"] == answer.document["sha256"]
    said = command("verify", str(path))
    assert said.code == 0 and said.document["ok"] and said.document["sha256"] == answer.document["sha256"]


def test_a_byte_changed_is_exit_code_1(command, made):
    path, _ = made
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    said = command("verify", str(path))
    assert said.code == 1 and said.document["said"] == {} and "✗" in said.lines[1]


def test_what_cannot_be_meant(command, made):
    for words in (("report", "R20261128-0000000000"), ("report", "91320400MA00000000")):
        with pytest.raises(WrongUse):
            command(*words)


def test_without_keys_it_says_what_to_give(command, made, home):
    path, _ = made
    home.city_keys.unlink()
    with pytest.raises(WrongUse, match="--roots"):
        command("verify", str(path))
