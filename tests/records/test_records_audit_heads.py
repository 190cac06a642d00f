"""The heads file outside the database: a rolled-back, thinned-out or re-signed log no longer fits it."""

import json
import shutil

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from ecredit.facts.actors.heads_file import keep_head
from ecredit.facts.actors.models import JournalEntry, LogHead, LogState, LogTile
from ecredit.facts.actors.queries import latest_head, log_origin
from ecredit.facts.records.audit_heads import audit_heads_file
from ecredit.foundation.proof.checkpoint import sign_checkpoint, verifier_key
from tests.penalty_rows import row, table
from tests.records.audited_home import PENALTY, audit, tamper

__all__ = ["audit"]


@pytest.fixture
def heads(collect, collector):
    """A log of several heads; gives the file's path."""
    collect(PENALTY, table(row(1)))
    collect(PENALTY, table(row(2)), name="b.csv")
    keep_head(collector.ring, latest_head().checkpoint)
    return collector.home.heads


def lines(path) -> list[str]:
    return path.read_text().splitlines()


def test_every_head_is_in_the_file_and_the_newest_may_be_missing(heads, audit):
    assert [json.loads(line) for line in lines(heads)] == list(
        LogHead.objects.order_by("size").values_list("checkpoint", flat=True)
    )
    assert audit() == []
    heads.write_text("".join(f"{line}\n" for line in lines(heads)[:-1]))
    assert audit() == []


def test_a_torn_line_is_written_anew(heads, collector, audit):
    whole = heads.read_text()
    heads.write_text(whole[:-40])
    assert audit() == []
    keep_head(collector.ring, latest_head().checkpoint)
    keep_head(collector.ring, latest_head().checkpoint)
    assert heads.read_text() == whole


@pytest.mark.django_db(transaction=True)
def test_a_head_is_in_the_file_after_its_commit_and_not_when_there_is_none(collect, collector):
    from ecredit.facts.actors.journal_actions import post_journal
    from ecredit.facts.actors.log_actions import OpenLog
    from ecredit.facts.actors.types import OPERATOR
    from tests.conftest import NOON

    collect(PENALTY, table(row(1)))
    before = lines(collector.home.heads)
    assert json.loads(before[-1]) == latest_head().checkpoint
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        log = OpenLog(collector.ring, NOON)
        post_journal(log, by=OPERATOR, verb="test", about="x", detail={})
        log.seal()
        raise ZeroDivisionError
    assert lines(collector.home.heads) == before


def test_a_database_put_back_to_an_older_copy_is_named(heads, collect, collector, audit):
    older = LogHead.objects.order_by("size")[2].size
    LogHead.objects.filter(size__gt=older).delete()
    JournalEntry.objects.filter(leaf__gte=older).delete()
    LogState.objects.update(size=older)
    verifier = verifier_key(log_origin(), collector.ring.log_key)
    found = [f.en for f in audit_heads_file(collector.home, verifier) if "public key" not in f.en]
    assert found and all("put back to an older copy" in sentence for sentence in found)


def test_heads_deleted_but_the_last_are_named(heads, audit):
    deleted = LogHead.objects.count() - 1
    LogHead.objects.exclude(size=latest_head().size).delete()
    found = audit()
    assert len(found) == deleted and all("the database does not have this head" in f for f in found)


@pytest.mark.parametrize("damage", ["gone", "cut", "word"])
def test_a_heads_file_deleted_or_changed_is_named(heads, audit, damage):
    if damage == "gone":
        heads.unlink()
    elif damage == "cut":
        heads.write_text("".join(f"{line}\n" for line in lines(heads)[1:]))
    else:
        heads.write_text("x\n" + heads.read_text())
    assert any("heads.jsonl" in f for f in audit())


def test_a_log_signed_anew_with_another_key_is_named(heads, collector, audit):
    """Key, heads in the database and the file of the public key are all replaced; the heads file still tells."""
    audit()
    key = Ed25519PrivateKey.generate()
    for head in LogHead.objects.all():
        text = sign_checkpoint(log_origin(), head.size, bytes(head.root), key)
        LogHead.objects.filter(size=head.size).update(checkpoint=text)
    other = verifier_key(log_origin(), key)
    found = [f.en for f in audit_heads_file(collector.home, other)]
    assert any("one of them was replaced" in f for f in found)
    collector.home.public_key.write_text(other)
    found = [f.en for f in audit_heads_file(collector.home, other)]
    assert not any("one of them was replaced" in f for f in found) and len(found) > 2


def test_a_missing_public_key_is_named(heads, collector, audit):
    audit()
    collector.home.public_key.unlink()
    found = audit_heads_file(collector.home, verifier_key(log_origin(), collector.ring.log_key))
    assert ["public-key.txt" in f.en for f in found] == [True]


def test_init_publishes_no_other_key(tmp_path, settings, db):
    from ecredit.foundation.kernel.errors import EcreditError
    from ecredit.foundation.proof.keys import KeyRing
    from ecredit.surface.cli.command_home import make_home
    from ecredit.surface.cli.context import Context

    settings.ECREDIT_HOME = tmp_path / "h"
    home = make_home(Context())
    published = home.public_key.read_text()
    make_home(Context())
    shutil.rmtree(home.keys)
    KeyRing.create(home.keys)
    with pytest.raises(EcreditError):
        make_home(Context())
    assert home.public_key.read_text() == published


def test_a_tile_lost_is_named_and_stops_nobody(heads, audit):
    tamper("DELETE FROM actors_log_tile")
    assert audit() and not LogTile.objects.exists()
