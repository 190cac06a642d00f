"""The public copy of the log: brought up by every publication, provable from outside, audited."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ecredit.facts.actors.models import JournalEntry, LogHead
from ecredit.facts.actors.queries import latest_head, log_origin
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.collection.withdraw_actions import withdraw_batch
from ecredit.facts.records.models import CreditRecord
from ecredit.foundation.proof.checkpoint import verifier_key
from ecredit.foundation.proof.proofs import verify_proof
from ecredit.foundation.proof.shown import verify_shown
from ecredit.judgement.evaluation.evaluate_actions import evaluate
from ecredit.service.operation.witness import follow_log
from ecredit.service.operation.witness_memory import WitnessMemory
from ecredit.service.publicity.project_actions import project
from ecredit.service.publicity.public_log import PublicLog
from ecredit.service.publicity.publish_log_actions import LogNotPublished, audit_public_log, publish_log
from ecredit.service.publicity.published import PUBLISHED, TAKEN_DOWN
from ecredit.service.publicity.queries import PublicStore
from ecredit.service.publicity.take_down_actions import take_down
from tests.penalty_rows import row, table

PENALTY = "dual_publicity_penalty"
EVENING = datetime(2026, 5, 12, 20, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def publish(collector: Any, db: None) -> Callable[[datetime], None]:
    """publish(at): evaluate and project."""

    def run(at: datetime) -> None:
        common = {"home": collector.home, "catalog": collector.catalog, "ring": collector.ring}
        evaluate(**common, as_of=at.date(), by=OPERATOR, at=at)
        project(**common, as_of=at.date(), by=OPERATOR, at=at)

    return run


class Copy:
    """The copy as a witness reads it."""

    name = "copy"

    def __init__(self, log: PublicLog) -> None:
        self._log = log

    def get(self, name: str) -> bytes | None:
        head = self._log.head()
        assert head is not None
        files = {"key.txt": head.key.encode(), **dict(self._log.files())}
        return files.get(name)


def faults(collector: Any) -> list[str]:
    return [finding.en for finding in audit_public_log(collector.home, collector.ring)]


def test_every_publication_and_removal_is_in_it_and_can_be_proved(
    collect: Any, collector: Any, publish: Any, tmp_path: Any
) -> None:
    assert publish_log(home=collector.home, ring=collector.ring, at=EVENING) == 0
    receipt = collect(PENALTY, table(row(1)))
    collect(PENALTY, table(*(row(n) for n in range(2, 300))), name="b.csv")
    publish(EVENING)
    log = PublicLog(collector.home.public_log_db)
    key = verifier_key(log_origin(), collector.ring.log_key)
    head, newest = log.head(), latest_head()
    assert head is not None and newest is not None
    # The head covers the very publication it goes out with.
    assert head.text == newest.checkpoint and head.key == key
    (act,) = log.acts(10)
    assert (act.verb, act.leaf) == (PUBLISHED, JournalEntry.objects.get(verb=PUBLISHED).leaf)
    shown = verify_proof(json.dumps(log.proof(act.leaf)), key)
    assert shown.ok and shown.entry is not None and act.detail["digest"].encode() in shown.entry

    store = PublicStore(collector.home.public_db)
    for entry in CreditRecord.objects.order_by("leaf")[:5]:
        found = store.find_record(entry.leaf, EVENING.date())
        assert found is not None
        document = log.shown_proof(*found)
        assert document is not None
        verdict = verify_shown(document, key)
        assert verdict.ok and verdict.at == EVENING and verdict.record == found[0], verdict.reasons
        # Not another record, not another place, not under another act, not a word of it changed.
        for change in (
            {"record": found[0].replace("罚款", "警告", 1)},
            {"rank": found[1] + 1},
            {"size": 1},
            {"path": document["path"][1:]},  # type: ignore[index]
            {"act": log.proof(entry.leaf)},
            {"act": {**document["act"], "blind": ""}},  # type: ignore[dict-item]
            {"record": None},
        ):
            assert not verify_shown({**document, **change}, key).ok, change
        assert log.shown_proof(found[0] + " ", found[1]) is None

    first = CreditRecord.objects.order_by("leaf").first()
    assert first is not None
    before = log.proof(first.leaf)
    with WitnessMemory(tmp_path / "witness.sqlite3") as memory:
        assert follow_log(Copy(log), memory, at=EVENING).ok
        withdraw_batch(collector, batch_id=receipt.batch_id, reason="报送错误", by=OPERATOR, at=EVENING)
        later = EVENING + timedelta(minutes=1)
        assert take_down(home=collector.home, ring=collector.ring, by=OPERATOR, at=later) == [first.leaf]
        # The content is gone; that it was there, and that it was taken down, stays provable.
        assert follow_log(Copy(log), memory, at=EVENING, elsewhere=[head.text]).ok
    taken = log.acts(1)[0]
    assert store.find_record(first.leaf, EVENING.date()) is None
    second = CreditRecord.objects.exclude(leaf=first.leaf).order_by("leaf").first()
    assert second is not None
    found = store.find_record(second.leaf, EVENING.date())
    assert found is not None
    again = log.shown_proof(*found)
    assert (
        again is not None
        and verify_shown(again, key).at == later
        and again["size"] == taken.detail["shown"][0]
    )
    assert taken.verb == TAKEN_DOWN and taken.detail["leaves"] == [first.leaf]
    assert verify_proof(json.dumps(log.proof(taken.leaf)), key).ok
    assert (
        verify_proof(json.dumps(before), key).ok and verify_proof(json.dumps(log.proof(first.leaf)), key).ok
    )
    assert faults(collector) == []


def test_said_again_it_changes_nothing_and_deleted_it_comes_back(
    collect: Any, collector: Any, publish: Any
) -> None:
    collect(PENALTY, table(row(1)))
    publish(EVENING)
    home, ring, path = collector.home, collector.ring, collector.home.public_log_db
    log = PublicLog(path)
    files = list(log.files())
    publish_log(home=home, ring=ring, at=EVENING + timedelta(hours=1))
    assert list(log.files()) == files and len(log.acts(9)) == 1
    path.unlink()
    assert faults(collector) == [] and list(log.files()) == []
    publish_log(home=home, ring=ring, at=EVENING)
    # Who had the old file open reads the new one.
    assert [name for name, _ in log.files()] == [name for name, _ in files]
    entry = CreditRecord.objects.get()
    found = PublicStore(home.public_db).find_record(entry.leaf, EVENING.date())
    assert found is not None and log.shown_proof(*found) is not None
    # Of a public database that is not what was published nothing is proved.
    with closing(sqlite3.connect(home.public_db)) as public, public:
        public.execute("UPDATE item SET code = code || 'X'")
    path.unlink()
    publish_log(home=home, ring=ring, at=EVENING)
    altered = PublicStore(home.public_db).find_record(entry.leaf, EVENING.date())
    assert altered is not None and altered != found
    assert log.shown_proof(*found) is None and log.shown_proof(*altered) is None


def test_a_copy_that_was_altered_is_named(collect: Any, collector: Any, publish: Any) -> None:
    collect(PENALTY, table(*(row(n) for n in range(1, 300))))
    publish(EVENING)
    path = collector.home.public_log_db
    whole = path.read_bytes()
    for statement in (
        "UPDATE tile SET hashes = zeroblob(length(hashes)) WHERE level = 0 AND place = 0",
        "DELETE FROM tile WHERE level = 1",
        "INSERT INTO tile VALUES (0, 99, zeroblob(32))",
        "UPDATE head SET text = replace(text, 'log', 'logg')",
        "UPDATE meta SET value = 'other' WHERE key = 'key'",
        "UPDATE act SET detail = '{}'",
        "UPDATE act SET entry = x'00'",
        "DELETE FROM act",
        "INSERT INTO act SELECT leaf + 1, at, verb, detail, entry, token FROM act",
    ):
        with closing(sqlite3.connect(path)) as copy, copy:
            assert copy.execute(statement).rowcount, statement
        assert len(faults(collector)) == 1, statement
        path.write_bytes(whole)
    assert faults(collector) == []
    path.write_bytes(b"no database at all, but long enough to be read as one" * 99)
    assert len(faults(collector)) == 1
    with pytest.raises(LogNotPublished):
        publish_log(home=collector.home, ring=collector.ring, at=EVENING)


def test_a_restored_database_makes_the_copy_anew(collect: Any, collector: Any, publish: Any) -> None:
    collect(PENALTY, table(row(1)))
    publish(EVENING)
    path = collector.home.public_log_db
    last = latest_head()
    assert last is not None
    with closing(sqlite3.connect(path)) as copy, copy:
        copy.execute(
            "INSERT INTO head VALUES (?, ?, ?)", (last.size + 5, last.checkpoint, EVENING.isoformat())
        )
    publish_log(home=collector.home, ring=collector.ring, at=EVENING)
    head = PublicLog(path).head()
    assert head is not None and head.size == last.size and faults(collector) == []
    assert LogHead.objects.filter(size=last.size).exists()
