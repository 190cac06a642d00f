"""A note that waits to be sealed is this home's own, or it never gets into the log."""

import json
from datetime import timedelta

import pytest

from ecredit.facts.actors.journal_notes import (
    NOTED,
    audit_notes,
    count_strange_notes,
    note,
    note_read,
    seal_notes,
)
from ecredit.facts.actors.models import JournalEntry, JournalNote
from ecredit.facts.actors.types import Actor
from ecredit.foundation.proof.binding import bind, is_bound
from ecredit.foundation.proof.keys import KeyRing
from tests.conftest import NOON

READER = Actor("p1", "subject.read desk/s1")


@pytest.fixture
def ring(home, db) -> KeyRing:
    return KeyRing.load(home.keys)


def read(ring, about="subject:7"):
    note_read(ring=ring, by=READER, about=about, purpose="核对投诉", at=NOON)


@pytest.mark.parametrize(
    "change",
    [
        {"who": "p2"}, {"right": "subject.read desk/s2"}, {"object": "subject:8"}, {"detail": json.dumps({"purpose": "x"})},
        {"verb": "held.read"}, {"at": NOON - timedelta(days=1)}, {"mark": "0" * 16}, {"binding": "0" * 64}, {"binding": "封"},
    ],
    ids=lambda change: "-".join(change),
)  # fmt: skip
def test_a_changed_note_is_not_sealed_and_is_named(ring, change):
    read(ring)
    read(ring, "subject:9")
    changed = JournalNote.objects.get(object="subject:7")
    JournalNote.objects.filter(id=changed.pk).update(**change)
    assert seal_notes(ring=ring, at=NOON) == 1 and seal_notes(ring=ring, at=NOON) == 0
    assert JournalEntry.objects.get().object == "subject:9"
    assert JournalNote.objects.get().pk == changed.pk and count_strange_notes(ring) == 1
    (finding,) = audit_notes(ring)
    assert finding.code == "note" and str(changed.pk) in finding.en


def test_a_role_written_as_a_note_by_hand_is_not_given(ring):
    detail = json.dumps({"organisation": "jingxin_xinyong", "role": "credit_officer", "from": "2026-05-12"})
    forged = {
        "at": NOON,
        "who": "p9",
        "right": "role.grant desk/s7",
        "verb": "role.grant",
        "object": "person:p1",
    }
    JournalNote.objects.create(**forged, detail=detail, mark="0" * 16, binding="0" * 64)
    assert seal_notes(ring=ring, at=NOON) == 0 and not JournalEntry.objects.exists()
    with pytest.raises(ValueError, match="posted, not noted"):
        note(ring=ring, by=READER, verb="role.grant", about="person:p1", detail={}, at=NOON)


def test_strange_notes_do_not_keep_the_others_out(ring, monkeypatch):
    monkeypatch.setattr("ecredit.facts.actors.journal_notes._AT_ONCE", 2)
    for number in range(9):
        read(ring, f"subject:{number}")
    JournalNote.objects.filter(object__in=[f"subject:{number}" for number in range(5)]).update(who="p2")
    assert seal_notes(ring=ring, at=NOON) == 4 and JournalNote.objects.count() == 5


def test_a_note_put_back_after_it_was_sealed_says_nothing_twice(ring):
    read(ring)
    kept = JournalNote.objects.values().get()
    assert seal_notes(ring=ring, at=NOON) == 1
    JournalNote.objects.create(**kept)
    JournalNote.objects.create(**(kept | {"id": kept["id"] + 1}))
    assert seal_notes(ring=ring, at=NOON + timedelta(days=9)) == 0
    assert JournalEntry.objects.count() == 1 and not JournalNote.objects.exists()


def test_nothing_that_gives_a_right_or_decides_may_be_noted():
    deciding = (
        "role.",
        "person.",
        "apikey.",
        "approval.",
        "batch.",
        "review.",
        "record.",
        "organisation.",
        "catalog.",
    )
    assert [verb for verb in NOTED if verb.startswith(deciding)] == ["person.tie_sign_on"]


def test_a_mark_is_of_its_fields_its_purpose_and_its_keys(ring, tmp_path):
    mark = bind(ring, "a", "1", "23", {"x": [1, None]})
    assert is_bound(ring, mark, "a", "1", "23", {"x": [1, None]})
    assert not is_bound(ring, mark, "a", "12", "3", {"x": [1, None]})
    assert not is_bound(ring, mark, "b", "1", "23", {"x": [1, None]})
    assert not is_bound(KeyRing.create(tmp_path / "other"), mark, "a", "1", "23", {"x": [1, None]})
