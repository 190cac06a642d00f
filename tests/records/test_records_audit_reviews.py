"""The review queue and the organisations: what the log did not say of them is named."""

import pytest

from ecredit.facts.actors.organisation_actions import register_organisation
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.collection.release_actions import accept_waiting_row, reject_waiting_row, undo_waiting_row
from ecredit.facts.subjects.models import ReviewCandidate
from ecredit.facts.subjects.queries import find_subject_id
from ecredit.facts.subjects.review_actions import refresh_review_items
from ecredit.facts.subjects.review_queries import list_review
from ecredit.facts.subjects.review_types import ReviewState
from tests.conftest import NOON
from tests.penalty_rows import code, row, table
from tests.records.audited_home import PENALTY, audit, register, tamper

__all__ = ["audit"]

FIRM = "常州市云帆启航电子商务有限公司"
TWIN = "常州市云帆起航电子商务有限公司"
BY = {"by": OPERATOR, "at": NOON, "note": "核对"}


@pytest.fixture
def queue(collect):
    """Two rows without a code wait, with candidates; gives their ids."""
    collect("registration", register((FIRM, code(31), "通江路1号"), (TWIN, code(32), "通江路3号")))
    nameless = {"CF_XDR_MC": FIRM, "CF_XDR_SHXYM": ""}
    collect(PENALTY, table(row(5, **nameless), row(6, **nameless)), name="p.csv")
    assert ReviewCandidate.objects.exists()
    return [item.id for item in list_review()]


def test_every_honest_answer_is_clean(queue, collect, collector, audit):
    first, second = queue
    accept_waiting_row(collector, item_id=first, subject_id=find_subject_id(code(31)), **BY)
    reject_waiting_row(collector, item_id=second, **BY)
    undo_waiting_row(collector, item_id=first, **BY)
    collect("registration", register((FIRM + "甲", code(33), "通江路5号")), name="r.csv")
    refresh_review_items(home=collector.home, ring=collector.ring, by=OPERATOR, at=NOON)
    assert audit() == []
    right = {"CF_XDR_MC": FIRM, "CF_XDR_SHXYM": code(31)}
    collect(PENALTY, table(row(5, **right), row(6, **right)), name="p.csv")
    assert list_review(state=ReviewState.GONE) and audit() == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name", "'x'"),
        ("name_form", "'x'"),
        ("compared", """'{"address": "x"}'"""),
        ("line", "9"),
        ("held_row_id", "99"),
        ("source_id", "'honour'"),
    ],
)
def test_a_changed_item_is_named(queue, audit, column, value):
    tamper(f"UPDATE subjects_review_item SET {column} = {value} WHERE id = %s", queue[0])
    (found,) = audit()
    assert f"review item {queue[0]} (" in found and "does not fit leaf" in found


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE subjects_review_candidate SET probability = 0.01 WHERE item_id = %s",
        "UPDATE subjects_review_candidate SET compared = '[]' WHERE item_id = %s",
        "DELETE FROM subjects_review_candidate WHERE item_id = %s",
    ],
)
def test_changed_candidates_are_named(queue, audit, sql):
    tamper(sql, queue[0])
    (found,) = audit()
    assert f"review item {queue[0]} (" in found and "candidates were changed" in found


def test_an_item_deleted_or_invented_is_named(queue, audit):
    tamper("DELETE FROM subjects_review_candidate WHERE item_id = %s", queue[1])
    tamper("UPDATE subjects_review_item SET id = 77 WHERE id = %s", queue[1])
    found = audit()
    assert any("nothing opened review item 77" in f for f in found)
    assert any(f"review item {queue[1]} is gone" in f for f in found)


@pytest.mark.parametrize(
    "change",
    [
        "state = 'rejected', decided_by = 'x', decided_at = '2026-05-12 04:00:00'",
        "state = 'accepted', subject_id = 1, decided_by = 'operator', decided_at = '2026-05-12 04:00:00'",
        "decision_note = '已核对'",
    ],
)
def test_an_answer_nobody_gave_is_named(queue, audit, change):
    tamper(f"UPDATE subjects_review_item SET {change} WHERE id = %s", queue[0])
    assert ["the answer to review item" in f for f in audit()] == [True]


def test_an_answer_changed_is_named(queue, collector, audit):
    accept_waiting_row(collector, item_id=queue[0], subject_id=find_subject_id(code(31)), **BY)
    for change in ("subject_id = 2", "decided_by = 'x'", "decision_note = ''"):
        tamper(f"UPDATE subjects_review_item SET {change} WHERE id = %s", queue[0])
        assert ["by the log accepted" in f for f in audit()] == [True]


@pytest.fixture
def platform(collect, collector):
    """A platform registered, its code added later."""
    common = {
        "id": "p7",
        "name": "常州示例平台有限公司",
        "kind": "platform",
        "ring": collector.ring,
        "by": OPERATOR,
    }
    register_organisation(**common, at=NOON)
    register_organisation(**common, uscc="91000000000000019G", at=NOON)


def test_an_organisation_registered_twice_is_clean(platform, audit):
    assert audit() == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name", "别的平台"),
        ("kind", "courier"),
        ("uscc", "91000000000000027B"),
        ("registered_by", "x"),
        ("registered_at", "2020-01-01 00:00:00"),
    ],
)
def test_a_changed_organisation_is_named(platform, audit, column, value):
    tamper(f"UPDATE actors_organisation SET {column} = %s", value)
    (found,) = audit()
    assert found.startswith(f"organisation: {column} of organisation p7 is ")


def test_an_organisation_deleted_or_invented_is_named(platform, audit):
    tamper("UPDATE actors_organisation SET id = 'p8'")
    assert [f[:30] for f in audit()] == ["organisation: nobody registere", "organisation: organisation p7 "]
