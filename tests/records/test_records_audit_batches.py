"""Batches and the rows that wait: what was changed, moved, added or removed is named, by batch and line."""

import pytest
from django.db import connection

from ecredit.facts.actors.key_actions import issue_key
from ecredit.facts.actors.queries import get_supplier
from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.facts.collection.collect_actions import collect_file
from ecredit.facts.collection.models import Batch, HeldRow
from ecredit.facts.collection.release_actions import (
    accept_waiting_row,
    reject_waiting_row,
    release_held_row,
    undo_waiting_row,
)
from ecredit.facts.subjects.queries import find_subject_id
from ecredit.facts.subjects.review_queries import list_review
from tests.conftest import NOON, city_catalog
from tests.penalty_rows import code, row, table
from tests.records.audited_home import PENALTY, audit, register, tamper

__all__ = ["audit"]

FIRM = "常州市云帆启航电子商务有限公司"


@pytest.fixture
def waiting(collect):
    """Batch 1 is the register; of batch 2, lines 3 and 4 wait for the supplier, lines 5 and 6 for an answer."""
    collect("registration", register((FIRM, code(31), "通江路1号"), (FIRM + "甲", code(32), "通江路3号")))
    nameless = {"CF_XDR_MC": FIRM, "CF_XDR_SHXYM": ""}
    collect(
        PENALTY,
        table(
            row(1), row(2, CF_JDRQ="2026/13/40"), row(3, CF_WSH=""), row(5, **nameless), row(6, **nameless)
        ),
        name="p.csv",
    )
    assert list(HeldRow.objects.order_by("line").values_list("line", "state")) == [
        (3, "held"), (4, "held"), (5, "review"), (6, "review"),
    ]  # fmt: skip


def test_every_honest_way_out_of_waiting_is_clean(waiting, collect, collector, audit):
    assert audit() == []
    first, second = (item.id for item in list_review())
    by = {"by": OPERATOR, "at": NOON}
    firm = find_subject_id(code(31))
    accept_waiting_row(collector, item_id=first, subject_id=firm, note="", **by)
    reject_waiting_row(collector, item_id=second, note="", **by)
    assert audit() == []
    undo_waiting_row(collector, item_id=first, note="", **by)
    undo_waiting_row(collector, item_id=second, note="", **by)
    assert audit() == []
    accept_waiting_row(collector, item_id=first, subject_id=firm, note="", **by)
    # Line 3 is put right, line 4 by its place, line 6 is sent again without a code.
    collect(
        PENALTY, table(row(1), row(2), row(3), row(6, CF_XDR_MC=FIRM, CF_XDR_SHXYM="", BZ="新")), name="p.csv"
    )
    assert audit() == []
    assert set(HeldRow.objects.values_list("state", flat=True)) >= {"cleared", "released", "replaced"}


def test_a_row_let_in_by_itself_is_clean(collect, collector, audit):
    platform = {"by": "wangxin", "on_behalf": True}
    collect(PENALTY, table(row(1)))
    before = HeldRow.objects.count()
    collect(PENALTY, table(row(1, CF_NR_FK="9")), name="b.csv", **platform)
    held = HeldRow.objects.order_by("-id").first()
    assert HeldRow.objects.count() == before + 1
    release_held_row(collector, batch_id=held.batch_id, line=held.line, reason="经核实", by=OPERATOR, at=NOON)
    assert audit() == []
    tamper("UPDATE collection_held_row SET ended_leaf = ended_leaf + 1")
    assert len(audit()) == 1


def test_a_batch_cut_off_is_clean_and_watched(waiting, collect, audit, monkeypatch):
    monkeypatch.setattr("ecredit.facts.collection.collect_actions.open_reviews", _cut)
    with pytest.raises(KeyboardInterrupt):
        collect(PENALTY, table(row(11), row(12, CF_JDRQ="2026/13/40")), name="c.csv")
    assert Batch.objects.get(state="posting") and audit() == []
    tamper("UPDATE collection_batch SET posted_line = 9 WHERE state = 'posting'")
    assert [f.partition(" was")[0] for f in audit()] == ["batch: posted_line of batch 3"]
    tamper("UPDATE collection_batch SET posted_line = 3 WHERE state = 'posting'")
    monkeypatch.undo()
    collect(PENALTY, table(row(11), row(12, CF_JDRQ="2026/13/40")), name="c.csv")
    assert not Batch.objects.filter(state="posting") and audit() == []


def _cut(*_args, **_more):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("source_id", "'honour'"),
        ("supplier", "'x'"),
        ("sent_by", "'x'"),
        ("filename", "'x.csv'"),
        ("digest", "'x'"),
        ("size", "1"),
        ("state", "'posting'"),
        ("received_at", "'2020-01-01 00:00:00+00:00'"),
        ("finished_at", "'2020-01-01 00:00:00+00:00'"),
        ("edition", "'x'"),
        ("corrects_id", "1"),
        ("corrects_guessed", "TRUE"),
        ("posted_line", "1"),
        ("rows = rows + 1, duplicate", "1"),
        ("late", "7"),
        ("cleared", "7"),
        ("problems", "7"),
        ("warnings", "7"),
        ("problem_counts", "'{}'"),
        ("note", "'x'"),
    ],
)
def test_a_changed_batch_is_named(waiting, audit, column, value):
    tamper(f"UPDATE collection_batch SET {column} = {value} WHERE id = 2")
    found = audit()
    assert found and all("of batch 2 was changed" in sentence for sentence in found)
    assert column.split()[0] in found[0]


def test_a_batch_deleted_or_invented_is_named(collect, audit):
    collect(PENALTY, table(row(1, CF_JDRQ="2026/13/40")))
    collect(PENALTY, table(row(2)), name="b.csv")
    tamper("UPDATE collection_batch SET id = 7 WHERE id = 2")
    found = [f for f in audit() if f.startswith("batch")]
    assert any("nobody received batch 7" in f for f in found) and any("batch 2 is gone" in f for f in found)


@pytest.mark.parametrize(
    ("column", "value"),
    [("doc_key", "'x'"), ("rules", "'x'"), ("line", "30"), ("line", "2"), ("batch_id", "1")],
)
def test_a_changed_held_row_is_named(waiting, audit, column, value):
    tamper(f"UPDATE collection_held_row SET {column} = {value} WHERE line = 4")
    found = [f for f in audit() if f.startswith("held")]
    assert found and any("of batch 2" in sentence for sentence in found)


@pytest.mark.parametrize("line", [3, 5, 6])
def test_a_deleted_held_row_is_named(waiting, audit, line):
    tamper("DELETE FROM collection_held_row WHERE line = %s", line)
    assert "lines 1 to 6 of batch 2 do not fit leaf" in audit()[0] and "has 3, the log 4" in audit()[0]


def test_cells_swapped_between_rows_are_named_and_do_not_open(waiting, collector, audit):
    from ecredit.facts.collection.held_cells import held_cells
    from ecredit.foundation.proof.errors import SealBroken

    one, two = HeldRow.objects.filter(line__in=(3, 4)).order_by("line")
    tamper("UPDATE collection_held_row SET cells = %s WHERE id = %s", two.cells, one.id)
    assert [f for f in audit() if "cells of line 3 of batch 2 were not sealed there" in f]
    with pytest.raises(SealBroken):
        held_cells(HeldRow.objects.get(id=one.id), collector.sealer)


@pytest.mark.parametrize(
    ("line", "change"),
    [
        (3, "state = 'dropped'"),
        (3, "state = 'cleared', ended_by_batch = 2"),
        (3, "state = 'review'"),
        (5, "state = 'held'"),
        (5, "state = 'released', ended_leaf = 3"),
    ],
)
def test_a_row_that_waits_no_longer_without_a_reason_is_named(waiting, audit, line, change):
    tamper(f"UPDATE collection_held_row SET {change} WHERE line = %s", line)
    found = audit()
    assert [f"line {line} of batch 2 was changed: it is " in f for f in found] == [True]


def test_a_cleared_row_that_waits_again_is_named(waiting, collect, audit):
    collect(PENALTY, table(row(1), row(2)), name="p.csv")
    assert HeldRow.objects.get(line=3, batch_id=2).state == "cleared"
    tamper("UPDATE collection_held_row SET state = 'held', ended_by_batch = NULL WHERE line = 3")
    assert "by the log cleared" in audit()[0]


def test_a_log_row_that_says_nonsense_stops_nobody(waiting, audit):
    for detail in ("x", "[]", '{"line": [], "review": 3}', '{"line": 3, "cleared_rows": 7}'):
        tamper("UPDATE actors_journal SET detail = %s WHERE verb = 'batch.block'", detail)
        assert any(f.startswith("changed") for f in audit())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE subjects_identity_event SET detail = 'x', kind = 'y'")
    assert audit()


def test_a_batch_from_a_key_or_session_nobody_knows_is_named(collector, catalog, audit, tmp_path, db):
    by = {"ring": collector.ring, "by": OPERATOR, "at": NOON}
    ours = issue_key(
        catalog=city_catalog(), organisation="gongshang", title="t", scopes=["batch.submit"], days=9, **by
    )
    theirs = issue_key(
        catalog=city_catalog(), organisation="youzheng", title="t", scopes=["batch.submit"], days=9, **by
    )
    doors = {
        f"api/k{ours.id}": True, f"api/k{theirs.id}": False, f"api/k{theirs.id + 1}": False, "desk/s999999": False,
    }  # fmt: skip
    supplier = get_supplier(catalog, "gongshang", on=NOON.date())
    for place, door in enumerate(doors):
        path = tmp_path / f"{place}.csv"
        path.write_text(table(row(place + 1)))
        collect_file(
            collector,
            source_id=PENALTY,
            path=path,
            supplier=supplier,
            by=Actor("gongshang", f"batch.submit {door}"),
            at=NOON,
        )
    named = [finding for finding in audit() if "does not know" in finding]
    assert len(named) == 3
    for door, honest in doors.items():
        assert any(f"from {door}, " in finding for finding in named) is not honest
