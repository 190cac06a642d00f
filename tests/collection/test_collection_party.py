"""A document is one whatever its party is called: by its code where the row gives one, else by its name."""

import pytest
from django.db import transaction

from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.collection.models import HeldRow
from ecredit.facts.collection.release_actions import accept_waiting_row, undo_waiting_row
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.records.post_actions import withdraw_document
from ecredit.facts.subjects.models import Identifier
from ecredit.facts.subjects.queries import find_subject_id
from ecredit.facts.subjects.review_queries import list_review
from ecredit.foundation.kernel.errors import WrongUse
from tests.conftest import NOON
from tests.penalty_rows import code, row, table
from tests.subjects.test_subjects_review_journey import register

PENALTY = "dual_publicity_penalty"
NAME = row(1)["CF_XDR_MC"]
ANOTHER = "常州云帆启航商贸有限公司"
NO_CODE = {"CF_XDR_SHXYM": ""}
MANAGER = {
    "CF_XDR_MC": "张三丰",
    "CF_XDR_LB": "自然人",
    "CF_XDR_ZJLX": "身份证",
    "CF_XDR_ZJHM": "11010519491231002X",
}
CASHIER = {**MANAGER, "CF_XDR_MC": "李四光", "CF_XDR_ZJHM": "110105194912310038"}


def penalties() -> list[str]:
    return list(
        CreditRecord.objects.filter(source_id=PENALTY).order_by("leaf").values_list("doc_key", flat=True)
    )


def states() -> list[str]:
    return list(HeldRow.objects.order_by("id").values_list("state", flat=True))


def accept(collector, item, n=1):
    return accept_waiting_row(
        collector, item_id=item.id, subject_id=find_subject_id(code(n)), note="", by=OPERATOR, at=NOON
    )


def test_a_name_put_right_is_the_same_penalty(collect):
    collect(PENALTY, table(row(1, CF_XDR_MC="常州测试1号网洛科技有限公司")))
    fixed = collect(PENALTY, table(row(1)), name="b.csv")
    assert (fixed.accepted, fixed.superseded) == (0, 1)
    assert len(set(penalties())) == 1


@pytest.mark.parametrize("codes", [{"CF_XDR_GSZC": "320400000012342"}, {"CF_XDR_ZZJG": "71526726-X"}])
def test_so_it_is_under_an_older_code(collect, codes):
    collect(PENALTY, table(row(1, **NO_CODE, **codes, CF_XDR_MC="常州测试1号网洛科技有限公司")))
    assert collect(PENALTY, table(row(1, **NO_CODE, **codes)), name="b.csv").superseded == 1


def test_several_parties_of_one_document_stay_several(collect):
    same = {"CF_WSH": "常市监处罚〔2026〕1号"}
    firms = [row(n, **same) for n in (1, 2)]
    people = [row(1, **same, **who) for who in (MANAGER, CASHIER)]  # with the firm's code, as they are sent
    receipt = collect(PENALTY, table(*firms, *people))
    assert (receipt.accepted, receipt.quarantined) == (4, 0) and len(set(penalties())) == 4


def test_words_in_a_code_column_do_not_make_two_parties_one(collect, catalog):
    same = {**NO_CODE, "CF_WSH": "同一份", "CF_XDR_GSZC": "不详"}
    assert collect(PENALTY, table(row(1, **same), row(2, **same))).quarantined == 2
    assert len({held.doc_key for held in HeldRow.objects.all()}) == 2


@pytest.mark.parametrize("said", ["无", "/", "待补", "不详", "0", "000000000000", "999999"])
@pytest.mark.parametrize("column", ["CF_XDR_GSZC", "CF_XDR_SWDJ", "CF_XDR_SYDW", "CF_XDR_SHZZ"])
def test_words_in_a_code_column_are_nobodys_code(collect, column, said):
    """They would make one subject of all for whom they were written."""
    receipt = collect(PENALTY, table(*(row(n, **NO_CODE, **{column: said}) for n in (1, 2))))
    assert (receipt.accepted, receipt.quarantined, receipt.problem_counts["no_identifier"]) == (0, 2, 2)
    assert not Identifier.objects.exists() and len({held.doc_key for held in HeldRow.objects.all()}) == 2


@pytest.mark.parametrize("column", ["CF_XDR_GSZC", "CF_XDR_SWDJ", "CF_XDR_SYDW", "CF_XDR_SHZZ"])
def test_a_number_a_spreadsheet_made_of_a_code_is_nobodys_code(collect, column):
    receipt = collect(PENALTY, table(row(1, **NO_CODE, **{column: "3.20411E+14"}), row(2)))
    assert (receipt.accepted, receipt.quarantined) == (1, 1)
    assert receipt.problem_counts["identifier_as_number"] == 1


@pytest.mark.parametrize("number", ["3.20411E+14", "3.2e14", "无", "0000"])
def test_firms_of_a_register_are_not_made_one_by_what_is_no_number(collect, number):
    header = "企业名称,统一社会信用代码,注册号,成立日期,登记状态\n"
    rows = "".join(f"{name},,{number},2019-03-01,存续\n" for name in ("常州甲商贸有限公司", "天宁区乙烟酒店"))
    receipt = collect("registration", (header + rows).encode())
    assert (receipt.accepted, receipt.superseded, receipt.quarantined) == (0, 0, 2)
    assert not Identifier.objects.exists()


def test_an_older_number_of_any_form_is_kept_as_it_is(collect):
    header = "企业名称,统一社会信用代码,注册号,成立日期,登记状态\n"
    numbers = ("企合苏常字第000123号", "3204112301234", "320400000012349")
    rows = "".join(f"常州{n}号老厂,,{number},1993-03-01,存续\n" for n, number in enumerate(numbers))
    assert collect("registration", (header + rows).encode()).accepted == 3
    assert set(Identifier.objects.values_list("value", flat=True)) == set(numbers)


def test_one_firm_twice_under_two_names_in_a_file_is_told(collect):
    receipt = collect(PENALTY, table(row(1), row(1, CF_XDR_MC="常州测试一号网络科技有限公司")))
    assert (receipt.accepted, receipt.problem_counts["unique_in_file"]) == (1, 1)


@pytest.mark.parametrize("number", ["常市监处罚〔2026〕1号", "无编号决定"])
def test_the_code_given_later_ends_the_row_that_waits_without(collect, collector, number):
    collect(PENALTY, table(row(1, CF_WSH=number, **NO_CODE)))
    (item,) = list_review()
    assert collect(PENALTY, table(row(1, CF_WSH=number)), name="b.csv").cleared == 1
    assert states() == ["cleared"] and not list_review()
    with pytest.raises(WrongUse):
        accept(collector, item)
    assert len(penalties()) == 1


def test_a_right_code_ends_the_row_that_waits_with_anothers(collect, collector):
    collect("registration", register((NAME, code(1), "通江路1号"), (ANOTHER, code(2), "通江路2号")))
    collect(PENALTY, table(row(1, CF_XDR_MC=ANOTHER, CF_XDR_SHXYM=code(1))))
    assert states() == ["review"]
    fixed = collect(PENALTY, table(row(1, CF_XDR_MC=ANOTHER, CF_XDR_SHXYM=code(2)), row(3)), name="b.csv")
    assert (fixed.accepted, fixed.cleared) == (2, 1) and not list_review()


def test_another_party_of_the_same_document_ends_nothing(collect):
    same = {"CF_WSH": "常市监处罚〔2026〕1号"}
    collect(PENALTY, table(row(1, **same, **NO_CODE)))
    assert collect(PENALTY, table(row(2, **same)), name="b.csv").cleared == 0 and states() == ["review"]


def test_an_accepted_row_is_the_document_under_its_subjects_code(collect, collector):
    collect("registration", register((NAME, code(1), "通江路1号")))
    collect(PENALTY, table(row(1, **NO_CODE)))
    (item,) = list_review()
    accept(collector, item)
    again = collect(PENALTY, table(row(1, **NO_CODE), row(2)), name="b.csv")
    assert (again.accepted, again.duplicate, again.quarantined) == (1, 1, 0)  # the answer holds
    coded = collect(PENALTY, table(row(1)), name="c.csv")
    assert (coded.accepted, coded.superseded) == (0, 1)


def test_what_came_since_is_not_taken_twice(collect, collector):
    """The same document with the code and another name: nothing in the waiting row says so, until it is told who it is."""
    collect("registration", register((NAME, code(1), "通江路1号")))
    collect(PENALTY, table(row(1, **NO_CODE, CF_XDR_MC="常州测试1号网络科技有限公")))
    (item,) = list_review()
    collect(PENALTY, table(row(1)), name="b.csv")
    leaf = CreditRecord.objects.get(source_id=PENALTY).leaf
    with pytest.raises(WrongUse, match=f"已有第 {leaf} 条记录"):
        accept(collector, item)
    assert len(penalties()) == 1 and states() == ["review"]


def test_what_came_before_is_renewed_and_not_doubled(collect, collector):
    collect("registration", register((NAME, code(1), "通江路1号")))
    collect(PENALTY, table(row(1)))
    collect(PENALTY, table(row(1, **NO_CODE, CF_NR_FK="9")), name="b.csv")
    (item,) = list_review()
    accept(collector, item)
    assert len(penalties()) == 2 and len(set(penalties())) == 1


def test_an_answer_taken_back_leaves_the_document_free(collect, collector):
    collect("registration", register((NAME, code(1), "通江路1号")))
    collect(PENALTY, table(row(1, **NO_CODE)))
    (item,) = list_review()
    accept(collector, item)
    undo_waiting_row(collector, item_id=item.id, note="", by=OPERATOR, at=NOON)
    accept(collector, list_review()[0])
    assert states() == ["released"] and len(set(penalties())) == 1


def test_a_code_put_right_moves_the_penalty(collect):
    collect(PENALTY, table(row(1)))
    fixed = collect(PENALTY, table(row(1, CF_XDR_SHXYM=code(2))), name="b.csv")
    again = collect(PENALTY, table(row(1, CF_XDR_SHXYM=code(2)), row(3)), name="c.csv")
    back = collect(PENALTY, table(row(1)), name="d.csv")
    assert (fixed.accepted, fixed.superseded) == (0, 1)
    assert (again.accepted, again.duplicate) == (1, 1)
    assert back.digest != fixed.digest and len(set(penalties())) == 2


def test_two_parties_of_one_document_stay_two(collect):
    both = row(1), row(1, CF_XDR_MC=ANOTHER, CF_XDR_SHXYM=code(2))
    collect(PENALTY, table(both[0]))
    second = collect(PENALTY, table(both[1]), name="b.csv")
    assert (second.accepted, second.superseded) == (1, 0)


def test_two_of_one_name_in_one_file_stay_two(collect):
    collect(PENALTY, table(row(1)))
    both = collect(PENALTY, table(row(1, CF_NR_FK="4"), row(1, CF_XDR_SHXYM=code(2))), name="b.csv")
    assert (both.accepted, both.superseded) == (1, 1)


def test_another_number_of_the_same_party_is_another_document(collect):
    collect(PENALTY, table(row(1)))
    other = collect(
        PENALTY, table(row(1, CF_WSH="常市监罚告〔2026〕1号", CF_XDR_SHXYM=code(2))), name="b.csv"
    )
    assert (other.accepted, other.superseded) == (1, 0)


def test_a_withdrawn_document_is_not_moved(collect, collector, catalog):
    collect(PENALTY, table(row(1)))
    with transaction.atomic():
        log = OpenLog(collector.ring, NOON)
        leaf = CreditRecord.objects.get(source_id=PENALTY).leaf
        withdraw_document(leaf=leaf, reason="代码有误", log=log, by=OPERATOR, edition=catalog.edition)
        log.seal()
    sent = collect(PENALTY, table(row(1, CF_XDR_SHXYM=code(2))), name="b.csv")
    assert (sent.accepted, sent.superseded, sent.quarantined) == (1, 0, 0)


def test_a_penalty_that_waited_under_a_registered_code_moves_when_accepted(collect, collector):
    collect("registration", register((ANOTHER, code(2), "常州市新北区通江路1号")))
    collect(PENALTY, table(row(1)))
    waits = collect(PENALTY, table(row(1, CF_XDR_SHXYM=code(2))), name="b.csv")
    assert waits.quarantined == 1
    (item,) = list_review()
    accept(collector, item, 2)
    assert len(set(penalties())) == 1
