"""A city whose signing key lies in a PKCS#11 token: badges, heads of the log, retirement, by nothing but settings."""

import json
from pathlib import Path
from typing import Any

import pytest

from ecredit.facts.actors.queries import latest_head
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.cosigning import check_cosigned
from ecredit.foundation.proof.errors import KeysUnusable
from ecredit.service.badges.signing_actions import city_keys
from ecredit.surface.cli import context
from tests.badges.conftest import FIRST, Badges, badges  # noqa: F401 - a fixture
from tests.cli.conftest import command  # noqa: F401 - a fixture
from tests.proof.soft_token import soft_tokens

# ruff: noqa: F811


@pytest.fixture
def say(badges: Badges, command: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    token = soft_tokens()[0]
    settings.ECREDIT_PKCS11_MODULE, settings.ECREDIT_PKCS11_TOKEN = str(token.module), token.label
    settings.ECREDIT_PKCS11_PIN = token.pin
    monkeypatch.setattr(context, "check_schema", lambda: None)
    return command


def test_badges_and_heads_are_signed_in_the_token(
    badges: Badges, say: Any, settings: Any, tmp_path: Path
) -> None:
    assert say("badge", "issue", "--all").document["issued"] == 2
    (kid,) = [key["kid"] for key in say("badge", "key", "list").document["keys"]]
    token = soft_tokens()[0]
    assert token.has(f"ecredit-{kid}")
    say("badge", "take", FIRST, "--out", str(tmp_path))
    (file,) = tmp_path.glob("badge-*.json")
    assert say("verify", str(file), "--key", str(badges.home.city_keys)).code == 0
    head = latest_head()
    assert head is not None
    found = check_cosigned(
        head.checkpoint, "credit.example/log", city_keys(badges.home, badges.issuer.sealer)
    )
    assert [(one.code, one.state.value) for one in found] == [("es256", "holds"), ("sm2", "holds")]
    (tmp_path / "head.txt").write_text(head.checkpoint)
    said = say("verify", str(tmp_path / "head.txt"), "--key", str(badges.home.city_keys))
    assert said.code == 0 and sum("✓" in line for line in said.lines) == 3
    # Without the token nothing is signed by that key, and the log goes on under its own.
    settings.ECREDIT_PKCS11_MODULE = ""
    with pytest.raises(KeysUnusable, match="ECREDIT_PKCS11_MODULE"):
        say("badge", "issue", "--all", "--redate")
    settings.ECREDIT_PKCS11_MODULE = str(token.module)
    say("badge", "key", "retire", kid, "--reason", "轮换")
    assert not token.has(f"ecredit-{kid}")
    assert "token" not in json.dumps(json.loads(badges.home.city_keys.read_text()))


def test_a_module_without_a_token_is_wrong_use(say: Any, settings: Any) -> None:
    settings.ECREDIT_PKCS11_TOKEN = ""
    with pytest.raises(WrongUse, match="ECREDIT_PKCS11_SLOT"):
        say("badge", "key", "new")
    settings.ECREDIT_PKCS11_SLOT = "one"
    with pytest.raises(WrongUse, match="ECREDIT_PKCS11_SLOT"):
        say("badge", "key", "new")
