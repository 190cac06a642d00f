"""Published heads are dated by an authority outside: asked for, checked, kept, given out; and publishing goes on without it."""

# ruff: noqa: F811

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from ecredit.facts.actors.types import OPERATOR
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.errors import StampBroken
from ecredit.service.operation.evaluate_all import evaluate_everything
from ecredit.service.operation.log_stamps import (
    AuthorityUnreachable,
    audit_stamps,
    stamp_path,
    stamp_published_head,
)
from ecredit.service.operation.platform import Platform
from ecredit.service.publicity.public_log import PublicLog
from ecredit.surface.cli import context
from ecredit.surface.cli.command_evaluate import evaluation_lines
from tests.cli.conftest import command  # noqa: F401 - a fixture
from tests.conftest import NOON
from tests.operation.stamp_authority import Authority
from tests.penalty_rows import row, table


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "one")


@pytest.fixture
def city(
    settings: Any, collector: Any, collect: Any, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Platform]:
    """A city with an authority, and something to publish."""
    settings.ECREDIT_HOME = collector.home.root
    monkeypatch.setattr(Platform, "now", property(lambda _: NOON))
    monkeypatch.setattr(context, "check_schema", lambda: None)
    collect("dual_publicity_penalty", table(row(1)))
    settings.ECREDIT_STAMP_ROOTS = str(authority.root)
    authority.refuses = False
    with authority.served() as address:
        settings.ECREDIT_STAMP_URL = address
        yield Platform()


def publish(city: Platform) -> dict[str, Any]:
    return evaluate_everything(city, by=OPERATOR, as_of=NOON.date())


def test_a_publication_is_dated_and_anybody_can_check_it(
    city: Platform,
    authority: Authority,
    command: Any,
    tmp_path: Path,
) -> None:
    done = publish(city)
    head = PublicLog(city.home.public_log_db).head()
    assert head is not None
    assert done["stamp"]["size"] == head.size and done["stamp"]["authority"] == "Test time stamps"
    token = Client().get(f"/log/stamp/{head.size}.tst").content
    assert token == stamp_path(city.home, head.size).read_bytes() and authority.agrees(
        token, head.text.encode()
    )
    assert f"/log/stamp/{head.size}.tst" in Client().get("/log").content.decode()
    assert dict(PublicLog(city.home.public_log_db).files())[f"stamp/{head.size}.tst"] == token
    assert list(audit_stamps(city.home)) == []
    for name, content in (("head.txt", head.text.encode()), ("key.txt", head.key.encode()), ("s.tst", token)):
        (tmp_path / name).write_bytes(content)
    words = (
        "verify",
        str(tmp_path / "head.txt"),
        "--key",
        str(tmp_path / "key.txt"),
        "--stamp",
        str(tmp_path / "s.tst"),
    )
    said = command(*words, "--stamp-roots", str(authority.root))
    assert said.code == 0 and said.document["size"] == head.size and "Test time stamps" in said.lines[-1]
    (tmp_path / "head.txt").write_bytes(head.text.encode().replace(b"\n\n", b"\nmore\n\n"))
    with pytest.raises(Exception, match="does not hold"):
        command(*words)
    # Said again nothing is asked for; a copy made anew gets its stamps back.
    again = command("log", "stamp")
    assert again.document["fresh"] is False
    city.home.public_log_db.unlink()
    publish(city)
    assert PublicLog(city.home.public_log_db).stamp(head.size) == token


def test_without_an_answer_publishing_goes_on_and_it_is_said(
    city: Platform,
    authority: Authority,
    command: Any,
    settings: Any,
) -> None:
    authority.refuses = True
    done = publish(city)
    assert "HTTP 503" in done["stamp"]["failed"] and done["publicity"]["items"] == 1
    assert any("ecredit log stamp" in line for line in evaluation_lines(done))
    with pytest.raises(AuthorityUnreachable):
        command("log", "stamp")
    authority.refuses = False
    assert command("log", "stamp").document["fresh"] is True
    settings.ECREDIT_STAMP_URL = "http://127.0.0.1:1/"
    city.home.public_log_db.unlink()
    assert "failed" in publish(city)["stamp"] or PublicLog(city.home.public_log_db).head() is not None


def test_a_stranger_is_not_believed_and_nothing_is_kept(
    city: Platform,
    settings: Any,
    tmp_path: Path,
    command: Any,
) -> None:
    stranger = Authority(tmp_path / "stranger", name="Somebody")
    settings.ECREDIT_STAMP_ROOTS = str(stranger.root)
    assert "Test time stamps" in publish(city)["stamp"]["failed"]
    assert not list((city.home.log / "stamps").glob("*.tst"))
    with pytest.raises(StampBroken):
        command("log", "stamp")
    settings.ECREDIT_STAMP_URL = ""
    assert publish(city)["stamp"] == {}
    with pytest.raises(WrongUse, match="ECREDIT_STAMP_URL"):
        command("log", "stamp")


def test_an_authority_that_was_taken_back_is_named_and_no_longer_asked(
    city: Platform, authority: Authority, settings: Any, tmp_path: Path
) -> None:
    assert "at" in publish(city)["stamp"] and list(audit_stamps(city.home)) == []
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "tsa.crl").write_bytes(authority.revoked())
    settings.ECREDIT_SIGNING_LISTS = str(lists)
    (found,) = audit_stamps(city.home)
    assert "taken back" in found.en
    with pytest.raises(StampBroken, match="taken back"):
        stamp_published_head(city.home)
    # A file there that is none of the kinds is named, and the audit goes on without what it would have told.
    (lists / "junk").write_bytes(b"junk")
    (found,) = audit_stamps(city.home)
    assert "no revocation list" in found.en


def test_a_stamp_altered_moved_or_added_is_named(city: Platform) -> None:
    publish(city)
    (path,) = (city.home.log / "stamps").glob("*.tst")
    token = path.read_bytes()
    for bad in (token[:-1], b"", token[:-40] + bytes(40)):
        path.write_bytes(bad)
        assert [f.code for f in audit_stamps(city.home)] == ["stamp"]
    path.write_bytes(token)
    (path.parent / "3.tst").write_bytes(token)
    assert len(list(audit_stamps(city.home))) == 1
