"""What an officer sees of collecting: rows that wait, by whom and for what; the quality board month by month."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.collection.held_queries import WaitingFilter, count_waiting, get_waiting, list_waiting
from ecredit.facts.collection.on_file import find_on_file
from ecredit.facts.collection.quality import quality_register
from ecredit.facts.collection.quality_board import quality_board
from ecredit.facts.collection.release_actions import drop_held_row
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.records.post_actions import withdraw_document
from ecredit.foundation.kernel.errors import InputRefused, WrongUse
from tests.conftest import NOON
from tests.penalty_rows import code, row, table
from tests.subjects.test_subjects_review_journey import register

PENALTY = "dual_publicity_penalty"
PERSON = {
    "CF_XDR_MC": "欧阳三丰", "CF_XDR_LB": "自然人", "CF_XDR_SHXYM": "", "CF_XDR_ZJLX": "身份证",
    "CF_XDR_ZJHM": "11010519491231002X", "CF_FRDB": "",
}  # fmt: skip


@pytest.fixture
def waiting(collect):
    collect(PENALTY, table(row(1, CF_JDRQ="?"), row(2), row(3, CF_JDRQ="?", CF_WSH="")), name="a.csv")
    collect(PENALTY, table(row(4, CF_XDR_SHXYM=""), row(5, CF_JDRQ="?")), name="b.csv")


def test_rows_wait_newest_batch_first_and_are_counted(waiting):
    page = list_waiting(WaitingFilter())
    assert [(r.filename, r.line) for r in page.rows] == [
        ("b.csv", 2), ("b.csv", 3), ("a.csv", 2), ("a.csv", 4),
    ]  # fmt: skip
    assert page.found == 4 == count_waiting() and page.by_source == ((PENALTY, 4),)
    assert dict(page.by_rule) == {"date_unreadable": 3, "required": 1, "no_identifier": 1}
    assert not any(r.releasable for r in page.rows)


def test_pages_and_filters_agree(waiting):
    whole = list_waiting(WaitingFilter()).rows
    assert tuple(list_waiting(WaitingFilter(), limit=1, offset=n).rows[0] for n in range(4)) == whole
    dates = list_waiting(WaitingFilter(rule="date_unreadable"))
    assert dates.found == 3 == len(dates.rows) and [r.line for r in dates.rows] == [3, 2, 4]
    assert list_waiting(WaitingFilter(state="review")).found == 1
    assert list_waiting(WaitingFilter(supplier="youzheng")).rows == ()
    assert list_waiting(WaitingFilter(suppliers={"youzheng"})).by_source == ()


def test_a_page_takes_four_queries_and_two_while_nothing_is_written(waiting, django_assert_num_queries):
    with django_assert_num_queries(4):
        list_waiting(WaitingFilter(source=PENALTY))
    with django_assert_num_queries(2):
        assert list_waiting(WaitingFilter(state="review")).found == 1


def test_what_is_kept_is_forgotten_when_something_is_written(waiting, collect, collector):
    assert list_waiting(WaitingFilter()).found == 4
    row_here = list_waiting(WaitingFilter()).rows[0]
    place = {"batch_id": row_here.batch_id, "line": row_here.line}
    drop_held_row(collector, **place, reason="合计", by=OPERATOR, at=NOON)
    assert list_waiting(WaitingFilter()).found == 3
    rows = sum(s.rows for s in quality_board(collector.catalog, collector.calendar, until=NOON.date()))
    collect(PENALTY, table(row(9)), name="c.csv")
    again = quality_board(collector.catalog, collector.calendar, until=NOON.date())
    assert sum(s.rows for s in again) == rows + 1


def test_cells_are_shown_masked(collect, collector):
    collect(PENALTY, table(row(1, **PERSON, CF_JDRQ="?", BZ="联系13812345678")))
    found = get_waiting(
        list_waiting(WaitingFilter()).rows[0].id, catalog=collector.catalog, sealer=collector.sealer
    )
    cells = {cell.code: cell.value for cell in found.cells}
    assert cells["CF_XDR_MC"] == "欧阳**" and cells["CF_XDR_ZJHM"] == "11***************X"
    assert "13812345678" not in cells["BZ"] and cells["CF_WSH"] == "常市监处罚〔2026〕1号"


def test_anothers_row_is_not_there(waiting, collector):
    row_id = list_waiting(WaitingFilter()).rows[0].id
    with pytest.raises(WrongUse, match="没有编号"):
        get_waiting(row_id, catalog=collector.catalog, sealer=collector.sealer, suppliers={"youzheng"})


def test_the_board_goes_month_by_month(collect, collector, tmp_path):
    march = datetime(2026, 3, 10, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    collect(PENALTY, table(row(1, CF_JDRQ="2026/03/09"), row(2, CF_JDRQ="?")), name="a.csv", at=march)
    collect(PENALTY, table(row(3), row(4)), name="b.csv")
    with pytest.raises(InputRefused):
        collect(PENALTY, b"\x00\x01nothing", name="c.csv")
    board = quality_board(collector.catalog, collector.calendar, until=NOON.date(), months=6)
    (mine,) = [s for s in board if s.supplier == "gongshang"]
    (penalties,) = [s for s in mine.sendings if s.total.source == PENALTY]
    assert [p.month for p in penalties.months] == [
        f"202{y}" for y in ("5-12", "6-01", "6-02", "6-03", "6-04", "6-05")
    ]
    assert [p.rows for p in penalties.months] == [0, 0, 0, 2, 0, 2]
    assert penalties.months[3].error_rate == 0.5 and penalties.months[5].error_rate == 0.0
    assert penalties.months[0].error_rate is None
    assert penalties.total.refused_files == 1 and mine.rows == 4 and mine.error_rate == 0.25
    register = quality_register(
        collector.catalog, collector.calendar, start=date(2025, 12, 1), end=date(2026, 5, 13)
    )
    assert penalties.total in register


def test_months_add_up_to_what_was_due(collect, collector):
    collect(PENALTY, table(row(1)))
    board = quality_board(collector.catalog, collector.calendar, until=NOON.date(), months=12)
    for supplier in board:
        for name in ("on_time", "late", "missed"):
            assert getattr(supplier, name) == sum(getattr(month, name) for month in supplier.months)
        assert supplier.windows == sum(m.on_time + m.late + m.missed for m in supplier.months)
        assert supplier.missed <= supplier.windows
    assert any(supplier.missed for supplier in board)


def test_the_board_takes_three_queries_and_one_while_nothing_is_written(
    collect, collector, django_assert_num_queries
):
    collect(PENALTY, table(row(1)))
    for queries in (3, 1):
        with django_assert_num_queries(queries):
            quality_board(collector.catalog, collector.calendar, until=NOON.date())


def test_a_file_sent_before_the_period_meets_the_window_that_closes_in_it(collect, collector):
    """Sent in April for April, due in May: the register of May knows that it came."""
    april = datetime(2026, 4, 20, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    collect("registration", register(("常州市云帆电子商务有限公司", code(1), "通江路1号")), at=april)
    rows = quality_register(
        collector.catalog, collector.calendar, start=date(2026, 5, 1), end=date(2026, 6, 1)
    )
    (mine,) = [r for r in rows if r.source == "registration" and r.supplier == "gongshang"]
    assert (mine.windows, mine.on_time, mine.missed, mine.batches) == (1, 1, 0, 0)


def test_what_is_on_file_is_told_beside_a_waiting_row(collect, collector):
    collect(PENALTY, table(row(1, **PERSON, CF_NR_FK="3")))
    first = CreditRecord.objects.get()
    collect(PENALTY, table(row(1, **PERSON, CF_NR_FK="9", CF_JDRQ="?", BZ="补")), name="b.csv")
    found = find_on_file(collector, list_waiting(WaitingFilter()).rows[0].id)
    assert (found.leaf, found.known_at, found.withdrawn_at) == (first.leaf, first.known_at, None)
    told = {each.code: (each.standing, each.row) for each in found.differences}
    # The days shown are as read; a person's name and number are the same, and not among what differs.
    assert told == {"CF_NR_FK": ("3", "9"), "CF_JDRQ": ("2026-05-08", "?"), "BZ": ("", "补")}


def test_what_differs_is_masked(collect, collector):
    collect(PENALTY, table(row(1, **PERSON, BZ="联系13812345678")))
    collect(PENALTY, table(row(1, **PERSON, CF_JDRQ="?", BZ="联系13912345678")), name="b.csv")
    found = find_on_file(collector, list_waiting(WaitingFilter()).rows[0].id)
    (note,) = [each for each in found.differences if each.code == "BZ"]
    assert note.standing and note.row and "13812345678" not in note.standing and "13912345678" not in note.row


def test_a_document_that_was_withdrawn_is_told_with_what_last_stood(collect, collector):
    collect(PENALTY, table(row(1)))
    leaf = CreditRecord.objects.get().leaf
    with transaction.atomic():
        log = OpenLog(collector.ring, NOON)
        edition = collector.catalog.edition
        withdraw_document(leaf=leaf, reason="依法撤回", log=log, by=OPERATOR, edition=edition)
        log.seal()
    collect(PENALTY, table(row(1, CF_NR_FK="9")), name="b.csv")
    found = find_on_file(collector, list_waiting(WaitingFilter()).rows[0].id)
    assert found.leaf == leaf and found.withdrawn_at is not None
    assert [each.code for each in found.differences] == ["CF_NR_FK"]


def test_nothing_is_on_file_for_a_new_document(collect, collector):
    collect(PENALTY, table(row(1, CF_JDRQ="?"), row(2, CF_WSH="")))
    assert [find_on_file(collector, each.id) for each in list_waiting(WaitingFilter()).rows] == [None, None]
