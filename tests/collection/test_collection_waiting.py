"""What waits goes on waiting until it is itself put right, and waits once."""

from unittest.mock import Mock

import pytest
import xlsxwriter

from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.collection import collect_actions
from ecredit.facts.collection.collect_actions import resume_batches
from ecredit.facts.collection.correct_actions import correct_record
from ecredit.facts.collection.held_actions import clear_held, replace_held
from ecredit.facts.collection.held_cells import held_cells
from ecredit.facts.collection.models import Batch, HeldRow
from ecredit.facts.collection.release_actions import (
    accept_waiting_row,
    reject_waiting_row,
    undo_waiting_row,
)
from ecredit.facts.collection.withdraw_actions import withdraw_batch
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.subjects.models import CreditSubject
from ecredit.facts.subjects.queries import find_subject_id
from ecredit.facts.subjects.review_queries import list_review
from ecredit.facts.subjects.review_types import ReviewState
from ecredit.foundation.kernel.errors import WrongUse
from tests.conftest import NOON
from tests.penalty_rows import code, row, table
from tests.subjects.test_subjects_review_journey import clean, register

PENALTY = "dual_publicity_penalty"


def states() -> list[str]:
    return list(HeldRow.objects.order_by("id").values_list("state", flat=True))


def test_next_month_under_the_same_name_clears_nothing(collect):
    collect(PENALTY, table(row(1, CF_WSH=""), row(2)), name="处罚.csv")
    later = collect(PENALTY, table(row(3), row(4)), name="处罚.csv")
    assert later.accepted == 2 and later.cleared == 0 and states() == ["held"]


@pytest.mark.parametrize("corrects", [None, "said"])
def test_only_the_row_itself_put_right_clears_a_row_without_a_key(collect, corrects):
    sent = collect(PENALTY, table(row(1, CF_WSH=""), row(2, CF_WSH="")), name="处罚.csv")
    said = sent.batch_id if corrects else None
    name = "改.csv" if corrects else "处罚.csv"
    # Line 2 is put right; on line 3 stands another firm's penalty by the same office for the same thing.
    fixed = collect(PENALTY, table(row(1), row(7)), name=name, corrects=said)
    assert fixed.accepted == 2 and fixed.cleared == 1 and states() == ["cleared", "held"]


def test_another_decision_about_the_same_firm_clears_nothing(collect):
    collect(PENALTY, table(row(1, CF_WSH="")), name="处罚.csv")
    other = row(1, CF_WSH="另一份", CF_JDRQ="2026/05/09", CF_YXQ="2027/05/09")
    assert collect(PENALTY, table(other), name="处罚.csv").cleared == 0


def test_a_file_said_to_correct_may_change_more(collect):
    sent = collect(PENALTY, table(row(1, CF_WSH="")), name="处罚.csv")
    fixed = row(1, CF_JDRQ="2026/05/09", CF_YXQ="2027/05/09")
    assert collect(PENALTY, table(fixed), name="改.csv", corrects=sent.batch_id).cleared == 1


def test_a_row_cut_up_wrongly_is_cleared_by_its_right_form(collect):
    right, cut = table(row(1, BZ="备注"), row(2)), table(row(1, BZ="备注"), row(2), row(3))
    collect(PENALTY, cut.replace("并处罚款", "并处,罚款", 1), name="处罚.csv")
    assert HeldRow.objects.get().rules == "wrong_number_of_cells"
    assert collect(PENALTY, table(row(4), row(2)), name="处罚.csv").cleared == 0
    assert collect(PENALTY, right, name="处罚.csv").cleared == 1


def test_a_cell_beyond_the_header_is_never_dropped(collect, collector):
    """All rows are shifted by a comma in their text, and what falls off the end is no column's."""
    text = table(row(1, BZ="甲"), row(2, BZ="乙")).replace("甲", "甲,丙").replace("乙", "乙,丁")
    receipt = collect(PENALTY, text)
    assert (receipt.accepted, receipt.problem_counts) == (0, {"cell_without_header": 2})
    assert held_cells(HeldRow.objects.first(), collector.sealer)["#31"] == "丙"


def test_a_note_beside_a_sheets_table_is_told_and_the_row_taken(collect, tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(row(1)))
        sheet.write_row(1, 0, [*row(1).values(), "", "已复核"])
    receipt = collect(PENALTY, path.read_bytes(), name="a.xlsx")
    assert (receipt.accepted, receipt.warnings) == (1, 1)
    assert receipt.problem_counts == {"cell_without_header": 1}


def test_a_row_sent_again_still_bad_waits_once(collect):
    collect(PENALTY, table(row(1, CF_JDRQ="2026/13/40")), name="a.csv")
    collect(PENALTY, table(row(1, CF_JDRQ="2026/13/41")), name="b.csv")
    assert states() == ["replaced", "held"]
    assert collect(PENALTY, table(row(1)), name="c.csv").cleared == 1
    assert states() == ["replaced", "cleared"]


def test_a_row_without_a_code_sent_again_is_asked_about_once(collect, collector):
    collect("registration", register((row(1)["CF_XDR_MC"], code(1), "常州市新北区通江路1号")))
    collect(PENALTY, table(row(1, CF_XDR_SHXYM="")), name="a.csv")
    (old,) = list_review()
    collect(PENALTY, table(row(1, CF_XDR_SHXYM="", CF_NR_FK="5")), name="b.csv")
    (item,) = list_review()
    assert item.id != old.id and len(list_review(state=ReviewState.GONE)) == 1
    accept_waiting_row(
        collector, item_id=item.id, subject_id=find_subject_id(code(1)), note="", by=OPERATOR, at=NOON
    )
    # The answer holds when the same row comes again.
    again = collect(PENALTY, table(row(1, CF_XDR_SHXYM="", CF_NR_FK="5"), row(2)), name="c.csv")
    assert (again.accepted, again.duplicate, again.quarantined) == (1, 1, 0)
    assert not list_review()


def test_an_item_goes_when_its_supplier_gives_the_code(collect):
    collect(PENALTY, table(row(1, CF_XDR_SHXYM="")), name="a.csv")
    assert len(list_review()) == 1
    assert collect(PENALTY, table(row(1)), name="b.csv").cleared == 1
    assert not list_review() and len(list_review(state=ReviewState.GONE)) == 1


def test_another_firms_code_waits_where_it_would_harm(collect):
    """A right code copied from the line above: the penalty must not stand on that firm's page."""
    collect("registration", register((row(1)["CF_XDR_MC"], code(1), "常州市新北区通江路1号")))
    receipt = collect(PENALTY, table(row(2, CF_XDR_SHXYM=code(1), CF_XDR_MC="常州云帆启航商贸有限公司")))
    assert (receipt.accepted, receipt.quarantined) == (0, 1)
    assert receipt.problem_counts == {"name_of_another": 1}
    assert not CreditRecord.objects.filter(source_id=PENALTY).exists() and len(list_review()) == 1


def test_a_former_name_is_the_firms_own(collect):
    collect(
        "registration",
        register(("常州云帆启航商贸有限公司", code(1), "常州市新北区通江路1号")),
        name="r1.csv",
    )
    collect("registration", register((row(1)["CF_XDR_MC"], code(1), "常州市新北区通江路1号")), name="r2.csv")
    receipt = collect(PENALTY, table(row(2, CF_XDR_SHXYM=code(1), CF_XDR_MC="常州云帆启航商贸有限公司")))
    assert receipt.accepted == 1 and receipt.problem_counts == {"name_differs": 1}


def test_a_registered_name_under_an_unknown_code_waits_where_it_would_harm(collect):
    collect("registration", register((row(1)["CF_XDR_MC"], code(1), "常州市新北区通江路1号")))
    receipt = collect(PENALTY, table(row(1, CF_XDR_SHXYM=code(999))))
    assert receipt.problem_counts == {"name_has_another_code": 1}
    assert CreditSubject.objects.count() == 1
    (item,) = list_review()
    assert item.candidates[0].name == row(1)["CF_XDR_MC"]


def test_a_persons_name_under_a_firms_code_waits_whatever_the_row_says(collect):
    """What everybody reads must not be somebody else's, even if it harms nobody."""
    collect("registration", register((row(1)["CF_XDR_MC"], code(1), "常州市新北区通江路1号")))
    rows = "check_no,authority,subject_name,uscc,product_name,sampled_on,result\r\n"
    rows += "".join(
        f"{n},常州市市场监督管理局,{name},{code(1)},茶杯,2026-05-05,合格\r\n"
        for n, name in ((1, "张三丰"), (2, row(1)["CF_XDR_MC"]))
    )
    receipt = collect("spot_check", rows)
    assert (receipt.accepted, receipt.problem_counts) == (1, {"name_of_another": 1})


@pytest.mark.parametrize(
    ("registered", "written"),
    [
        ("常州市云帆启航电子商务有限公司", "常州云帆启航电子商务有限公司"),
        ("常州云帆启航电子商务有限公司", "江苏省常州市云帆启航电子商务有限责任公司"),
        ("常州云帆启航电子商务有限公司", "云帆启航电子商务有限公司"),
        ("常州市武进区云帆启航电子商务有限公司", "武进云帆启航电子商务有限公司"),
    ],
)
def test_an_adverse_row_under_a_name_registered_in_another_writing_waits(collect, registered, written):
    """Its code is nobody's: most likely it is the registered firm's, miswritten."""
    collect("registration", register((registered, code(1), "常州市新北区通江路1号")))
    receipt = collect(PENALTY, table(row(1, CF_XDR_SHXYM=code(999), CF_XDR_MC=written)))
    assert receipt.problem_counts == {"name_has_another_code": 1}
    assert CreditSubject.objects.count() == 1
    (item,) = list_review()
    assert item.candidates[0].name == registered


@pytest.mark.parametrize(
    "other",
    [
        "常州云帆启航物流有限公司",
        "常州云帆启航电子商务股份有限公司",
        "常州市武进区云帆启航电子商务有限公司",
        "苏州云帆启航电子商务有限公司",
        "常州云帆启航电子商务有限公司武进分公司",
        "常州云帆远航电子商务有限公司",
    ],
)
def test_an_adverse_row_of_another_trade_form_place_or_core_opens_its_subject(collect, other):
    collect("registration", register(("常州云帆启航电子商务有限公司", code(1), "常州市新北区通江路1号")))
    receipt = collect(PENALTY, table(row(1, CF_XDR_SHXYM=code(999), CF_XDR_MC=other)))
    assert (receipt.accepted, CreditSubject.objects.count()) == (1, 2)


@pytest.mark.parametrize("unseen", ["\u200b", "\u3164", "\u2800", "\ufe00", "\u00ad", "\U000e0041"])
def test_a_name_with_characters_nobody_sees_waits(collect, unseen):
    """It would open a subject that looks like the registered one."""
    name = row(1)["CF_XDR_MC"]
    collect("registration", register((name, code(1), "常州市新北区通江路1号")))
    receipt = collect(PENALTY, table(row(1, CF_XDR_SHXYM=code(999), CF_XDR_MC=name[:4] + unseen + name[4:])))
    assert receipt.problem_counts == {"unseen_in_name": 1}
    assert CreditSubject.objects.count() == 1


def test_a_number_of_no_known_kind_opens_no_subject(collect):
    receipt = collect(PENALTY, table(row(1, CF_XDR_SHXYM="", CF_XDR_GSZC="0519-86543210")))
    assert (receipt.accepted, receipt.problem_counts) == (0, {"no_identifier": 1, "required_if": 1})
    assert not CreditSubject.objects.exists()


def test_a_batch_finished_late_clears_nothing_of_later_ones(collect):
    """A row that waits since Tuesday is not put right by Monday's file, however late that is finished."""
    early = collect(PENALTY, table(row(1), row(2)), name="周一.csv")
    collect(PENALTY, table(row(3, CF_JDRQ="2026/13/40")), name="周二.csv")
    batch = Batch.objects.get(id=early.batch_id)
    key = HeldRow.objects.get().doc_key
    assert clear_held(
        batch=batch, source=None, sealer=None, suppliers={batch.supplier}, doc_keys=[key], lines=[2], cells_of=lambda _: {}, names_of=lambda _: []
    ) == []  # fmt: skip
    assert replace_held(
        batch=batch, suppliers={batch.supplier}, doc_keys=[key], lines=[2]
    ) == [] and states() == ["held"]


def test_saying_who_does_not_undo_what_an_officer_did_to_the_document(collect, collector):
    collect("registration", register((row(1)["CF_XDR_MC"], code(1), "常州市新北区通江路1号")))
    collect(PENALTY, table(row(1)), name="a.csv")
    leaf = CreditRecord.objects.get(source_id=PENALTY).leaf
    correct_record(collector, leaf=leaf, changes={"CF_NR_FK": "2"}, reason="笔误", by=OPERATOR, at=NOON)
    collect(PENALTY, table(row(1, CF_XDR_SHXYM="", CF_NR_FK="9")), name="b.csv")
    (item,) = list_review()
    with pytest.raises(WrongUse, match="更正"):
        accept_waiting_row(
            collector, item_id=item.id, subject_id=find_subject_id(code(1)), note="", by=OPERATOR, at=NOON
        )
    assert len(list_review()) == 1 and CreditRecord.objects.filter(source_id=PENALTY).count() == 2


def test_an_answer_that_renewed_a_record_is_not_simply_taken_back(collect, collector):
    """Withdrawing it would take the earlier record from the public as well."""
    collect("registration", register((row(1)["CF_XDR_MC"], code(1), "常州市新北区通江路1号")))
    collect(PENALTY, table(row(1)), name="a.csv")
    collect(PENALTY, table(row(1, CF_XDR_SHXYM="", CF_NR_FK="9")), name="b.csv")
    (item,) = list_review()
    who = find_subject_id(code(1))
    accept_waiting_row(collector, item_id=item.id, subject_id=who, note="", by=OPERATOR, at=NOON)
    with pytest.raises(WrongUse, match="较早的记录"):
        undo_waiting_row(collector, item_id=item.id, note="", by=OPERATOR, at=NOON)


def test_an_answer_about_a_row_that_ended_otherwise_stands(collect, collector):
    collect(PENALTY, table(row(1, CF_XDR_SHXYM="")), name="a.csv")
    (item,) = list_review()
    reject_waiting_row(collector, item_id=item.id, note="", by=OPERATOR, at=NOON)
    assert collect(PENALTY, table(row(1)), name="b.csv").cleared == 1
    with pytest.raises(WrongUse, match="另行结束"):
        undo_waiting_row(collector, item_id=item.id, note="", by=OPERATOR, at=NOON)


def test_a_citizens_number_is_no_organisations_code(collect, home):
    number = "11010519491231002X"
    receipt = collect(PENALTY, table(row(1, CF_XDR_SHXYM="", CF_XDR_GSZC=number)))
    assert receipt.accepted == 0 and receipt.problem_counts["person_id_as_code"] == 1
    shop = (
        "企业名称,注册号,成立日期,住所,法定代表人,登记状态\r\n张三小吃店,"
        + number
        + ",2019-03-01,通江路1号,张三,存续\r\n"
    )
    assert collect("registration", shop, name="r.csv").problem_counts["person_id_as_code"] == 1
    assert not CreditSubject.objects.exists() and not CreditRecord.objects.exists()
    for path in home.root.rglob("*"):
        assert not path.is_file() or number.encode() not in path.read_bytes(), path


def test_a_row_of_a_batch_finished_late_is_cleared_by_the_file_that_put_it_right(
    collect, collector, monkeypatch
):
    """Monday's file was cut off; Tuesday's puts its row right; then Monday's is finished."""
    with monkeypatch.context() as cut:
        cut.setattr(collect_actions, "post_block", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            collect(
                PENALTY, table(row(1, CF_JDRQ="2026/13/40"), row(2, CF_JDRQ="2026/13/40")), name="周一.csv"
            )
    late = collect(PENALTY, table(row(1)), name="周二.csv")
    receipts, failed = resume_batches(collector, by=OPERATOR, at=NOON)
    assert [(r.filename, r.quarantined) for r in receipts] == [("周一.csv", 2)] and not failed
    assert states() == ["cleared", "held"]  # nobody has sent the second again
    assert HeldRow.objects.earliest("id").ended_by_batch == late.batch_id
    assert clean(collector)
    withdraw_batch(collector, batch_id=late.batch_id, reason="误报", by=OPERATOR, at=NOON)
    assert states() == ["held", "held"] and clean(collector)
