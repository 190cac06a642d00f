"""Denouncing a key as one act: published at once, badges signed anew under the same numbers, audited, and undone by nobody."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ecredit.facts.actors.models import JournalEntry
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.signing_keys import denounce_pair, list_city_keys
from ecredit.service.badges.audit_badges import audit_signing_keys
from ecredit.service.operation.platform import Platform
from ecredit.surface.cli import context
from tests.badges.conftest import FIRST, NOON, Badges, badges  # noqa: F401 - a fixture
from tests.cli.conftest import command  # noqa: F401 - a fixture


@pytest.fixture
def say(badges: Badges, command: Any, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: F811
    """A command line, at the instant of `badges.at`."""
    monkeypatch.setattr(context, "check_schema", lambda: None)
    monkeypatch.setattr(Platform, "now", property(lambda _: badges.at))
    return command


def kid_of(say: Any) -> str:
    return next(key["kid"] for key in say("badge", "key", "list").document["keys"] if not key["retired_at"])


def test_denounced_published_and_signed_anew(badges: Badges, say: Any, tmp_path: Path) -> None:  # noqa: F811
    say("badge", "issue", "--all")
    say("badge", "take", FIRST, "--out", str(tmp_path / "before"))
    kid = kid_of(say)
    badges.at += timedelta(days=3)
    done = say("badge", "key", "stolen", kid, "--since", "2026-05-14T00:00", "--reason", "服务器被入侵")
    assert done.code == 0 and done.document["badges"]["redated"] == 2 and done.document["new_kid"] != kid
    (old,) = (tmp_path / "before").glob("badge-*.json")
    keys = json.loads(badges.home.city_keys.read_text())
    assert [key["kid"] for key in keys["keys"] if "revoked" in key] == [kid, f"{kid}-sm2"]
    # The badge carried away before fails, and the one of today, of the same number, holds.
    failed = say("verify", str(old), "--key", str(badges.home.city_keys))
    assert (failed.code, failed.document["failed"]) == (1, ["compromised"])
    say("badge", "take", FIRST, "--out", str(tmp_path / "after"))
    held = say(
        "verify", str(tmp_path / "after" / old.name), "--key", str(badges.home.city_keys),
        "--status", str(tmp_path / "after" / "status-0.json"),
    )  # fmt: skip
    assert held.code == 0, held.lines
    assert list(audit_signing_keys(badges.home)) == []
    # Said again with a later instant nothing changes; with an earlier one that one stands.
    again = say("badge", "key", "stolen", kid, "--since", "2026-05-15T00:00", "--reason", "补充")
    assert again.document["new_kid"] == done.document["new_kid"]
    assert str(again.document["since"]).startswith("2026-05-13 16:00")
    earlier = say("badge", "key", "stolen", kid, "--since", "2026-05-01T00:00", "--reason", "更早")
    assert str(earlier.document["since"]).startswith("2026-04-30 16:00")
    assert list(audit_signing_keys(badges.home)) == []
    assert JournalEntry.objects.filter(verb="signing.denounce").count() == 3


def test_before_any_badge_it_is_published_all_the_same(badges: Badges, say: Any) -> None:  # noqa: F811
    say("badge", "key", "new")
    kid = kid_of(say)
    badges.at += timedelta(hours=1)
    done = say("badge", "key", "stolen", kid, "--since", "2026-05-12T12:00", "--reason", "试")
    assert done.document["badges"] is None
    assert [key.compromised_at is not None for key in list_city_keys(badges.home.keys)] == [False, True]
    assert "revoked" in badges.home.city_keys.read_text()


def test_a_bad_name_taken_away_moved_or_given_by_hand_is_named(badges: Badges, say: Any) -> None:  # noqa: F811
    say("badge", "issue", "--all")
    kid, home = kid_of(say), badges.home
    badges.at += timedelta(days=1)
    say("badge", "key", "stolen", kid, "--since", "2026-05-12T13:00", "--reason", "试")
    path = home.keys / f"signing-{kid}.stolen"
    said = path.read_bytes()
    assert list(audit_signing_keys(home)) == []
    path.unlink()
    assert [kid in finding.en for finding in audit_signing_keys(home)] == [True]
    path.write_bytes(said.replace(b"05-12", b"05-13"))
    path.chmod(0o600)
    assert [kid in finding.en for finding in audit_signing_keys(home)] == [True]
    path.write_bytes(said)
    assert list(audit_signing_keys(home)) == []
    new = kid_of(say)
    denounce_pair(home.keys, new, since=NOON, at=badges.at)
    badges.at += timedelta(days=1)
    say("badge", "key", "new")
    assert [new in finding.en for finding in audit_signing_keys(home)] == [True]


def test_wrong_use_is_said(badges: Badges, say: Any) -> None:  # noqa: F811
    say("badge", "issue", "--all")
    kid = kid_of(say)
    for words in ((kid,), (kid, "--reason", "x"), (kid, "--since", "2026-05-01")):
        with pytest.raises(WrongUse, match="--since"):
            say("badge", "key", "stolen", *words)
    with pytest.raises(WrongUse, match="to come"):
        say("badge", "key", "stolen", kid, "--since", "2030-01-01", "--reason", "x")
    with pytest.raises(WrongUse):
        say("badge", "key", "stolen", "00000000", "--since", "2026-05-01", "--reason", "x")
