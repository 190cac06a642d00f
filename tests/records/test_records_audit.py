"""The audit names what was changed, deleted or added behind the log, and what a forged head would hide."""

import pytest
from django.db import connection

from ecredit.facts.actors.models import JournalEntry, LogHead, LogTile
from ecredit.facts.actors.queries import latest_head, log_origin
from ecredit.facts.records.audit import audit_ledger
from ecredit.facts.records.entry_leaf import entry_leaf
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.records.prove import prove_consistency, prove_leaf
from ecredit.facts.subjects.models import CreditSubject, Identifier, IdentityEvent
from ecredit.foundation.proof.checkpoint import sign_checkpoint, verifier_key
from ecredit.foundation.proof.proofs import verify_proof
from tests.penalty_rows import row, table

PENALTY = "dual_publicity_penalty"


@pytest.fixture
def ledger(collect, collector):
    """A ledger of a few hundred entries; gives the audit."""
    collect(PENALTY, table(*(row(n) for n in range(300))))
    collect(PENALTY, table(*(row(n, CF_NR_FK="4") for n in range(30))), name="b.csv")
    return lambda against=None: audit_ledger(
        verifier_key(log_origin(), collector.ring.log_key), ring=collector.ring, against=against
    )


def test_an_untouched_ledger_is_clean(ledger):
    report = ledger()
    assert report.ok and report.entries == 330
    assert report.size == report.entries + report.journal + report.identity


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("content", "{}"),
        ("subject_id", 2),
        ("valid_from", "2020-01-01"),
        ("supplier", "x"),
        ("known_at", "2020-01-01 00:00:00+00:00"),
    ],
)
def test_a_changed_entry_is_named(ledger, column, value):
    leaf = CreditRecord.objects.order_by("leaf").first().leaf
    CreditRecord.objects.filter(leaf=leaf).update(**{column: value})
    assert [(f.code, f.leaf) for f in ledger().findings] == [("changed", leaf)]


@pytest.mark.parametrize("model", [CreditRecord, JournalEntry, IdentityEvent])
@pytest.mark.parametrize("which", ["first", "last"])
def test_a_deleted_row_is_named(ledger, model, which):
    leaf = getattr(model.objects.order_by("leaf"), which)().leaf
    model.objects.filter(leaf=leaf).delete()
    found = [(f.code, f.leaf) for f in ledger().findings if f.code != "identity"]
    assert found == [("missing", leaf)]


def test_a_changed_journal_row_and_identity_event_are_named(ledger):
    JournalEntry.objects.filter(verb="batch.close").update(who="nobody")
    event = IdentityEvent.objects.order_by("leaf").first()
    IdentityEvent.objects.filter(leaf=event.leaf).update(value="91000000000000000X")
    codes = [f.code for f in ledger().findings]
    assert codes.count("changed") == 3 and set(codes) == {"changed", "identity"}


def test_who_is_who_must_follow_from_the_events(ledger):
    first, second = Identifier.objects.filter(derived=False).order_by("id")[:2]
    Identifier.objects.filter(id=first.id).update(value="91000000000000000X")
    Identifier.objects.filter(id=second.id).delete()
    CreditSubject.objects.filter(id=5).update(merged_into_id=6)
    found = ledger().findings
    assert {f.code for f in found} == {"identity"}
    assert len(found) == 4  # a code without history, two codes gone, a merge nobody made


def test_an_added_row_is_named(ledger):
    last = CreditRecord.objects.order_by("-leaf").first()
    last.pk = latest_head().size + 5
    last.save(force_insert=True)
    assert [f.code for f in ledger().findings] == ["added"]


def test_a_changed_tile_is_named(ledger):
    tile = LogTile.objects.get(level=0, index=0)
    LogTile.objects.filter(id=tile.id).update(hashes=b"\0" * 32 + bytes(tile.hashes)[32:])
    assert {f.code for f in ledger().findings} >= {"changed", "tile"}


def test_a_log_rewritten_with_the_city_key_does_not_fit_a_head_kept_elsewhere(ledger, collector):
    kept = latest_head().checkpoint
    assert ledger(kept).ok
    forged = sign_checkpoint(log_origin(), 10, b"\1" * 32, collector.ring.log_key)
    assert [f.code for f in ledger(forged).findings] == ["head"]
    assert [f.code for f in ledger("not a head").findings] == ["head"]


def test_a_head_signed_by_another_is_named(ledger):
    head = LogHead.objects.order_by("size").first()
    LogHead.objects.filter(size=head.size).update(checkpoint=head.checkpoint.replace("\n\n", "\nx\n\n", 1))
    assert [f.code for f in ledger().findings] == ["head"]


def test_every_kind_of_leaf_has_a_proof_that_anybody_can_check(ledger, collector):
    ring = collector.ring
    key = verifier_key(log_origin(), ring.log_key)
    for model in (CreditRecord, JournalEntry, IdentityEvent):
        leaf = model.objects.order_by("leaf").first().leaf
        by_hash, whole = prove_leaf(leaf, ring=ring), prove_leaf(leaf, ring=ring, whole=True)
        assert verify_proof(by_hash, key).ok and "entry" not in by_hash
        assert verify_proof(whole, key).ok and "entry" in whole and whole["leaf"] == by_hash["leaf"]
        # Nobody can try out what the entry says: without the token its bytes do not lead to the leaf.
        assert not verify_proof({**whole, "blind": ""}, key).ok
    sizes = list(LogHead.objects.order_by("size").values_list("size", flat=True))
    assert verify_proof(prove_consistency(sizes[0]), key).ok


def test_the_fast_leaf_bytes_are_the_canonical_ones(ledger):
    from ecredit.facts.actors.canonical import leaf_lines

    fields = (
        7,
        "post",
        "s",
        "k" * 32,
        3,
        "2026-05-08",
        "",
        "2026-05-08T00:00:00.000000Z",
        "g",
        1,
        2,
        "e",
        "{}",
        "{}",
    )
    assert entry_leaf(*fields) == leaf_lines("entry", *fields)


def test_contents_are_kept_as_text(ledger):
    with connection.cursor() as cursor:
        kind = "pg_typeof" if connection.vendor == "postgresql" else "typeof"
        cursor.execute(f"SELECT DISTINCT {kind}(content), {kind}(original) FROM records_entry")
        assert [(str(a), str(b)) for a, b in cursor.fetchall()] == [("text", "text")]


def test_the_database_itself_keeps_a_leaf_number_once(ledger):
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*), COUNT(DISTINCT leaf) FROM records_entry")
        total, distinct = cursor.fetchone()
    assert total == distinct == 330
