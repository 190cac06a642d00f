"""From a lake to what the public may see, whole and step by step."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from ecredit.facts.records.types import CORRECTED_BY
from ecredit.foundation.catalog.folder import catalog_folder
from ecredit.foundation.catalog.load import load_catalog
from ecredit.foundation.catalog.types import LawRef
from ecredit.foundation.kernel.codes import is_person_id
from ecredit.judgement.evaluation.types import Reason
from ecredit.service.publicity.open_data import RECORDS
from ecredit.service.publicity.queries import PublicStore
from ecredit.service.publicity.reveal import may_show_code, public_columns, revealed
from ecredit.service.publicity.store import open_writer
from ecredit.service.publicity.types import LAWS, PublicSubject, Section
from tests.publicity.publicity_lake import FakeCity

CATALOG = load_catalog(catalog_folder())
TODAY = date(2026, 11, 25)
A, B, C = "91320411MA1MT9XK5A", "91320400137168123Y", "320400000012347"
ID, PHONE = "320402198001010011", "13812345678"


@pytest.fixture
def city(tmp_path: Path) -> Any:
    city = FakeCity(tmp_path, CATALOG)
    city.subject(1, A, "常州小米电子商务有限公司")
    city.subject(2, B, "武进某某贸易有限公司")
    city.subject(3, C, "常州老字号商店")
    city.subject(9, None, "李四", is_person=True, kind="自然人")
    return city


def seen(city: Any, code: str = A, on: date = TODAY) -> PublicSubject:
    store = PublicStore(city.public)
    found = store.find_subject(code, on)
    store.close()
    assert found is not None, code
    return found


def leaves(city: Any, code: str = A, on: date = TODAY) -> list[int]:
    return sorted(item.leaf for item in seen(city, code, on).items)


def everything(city: Any) -> Iterator[Any]:
    """All rows of the public database but the instants of the run."""
    connection = sqlite3.connect(city.public)
    for table in ("subject", "item", "old_code"):
        yield sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=str)
    yield [
        row
        for row in connection.execute("SELECT * FROM meta ORDER BY key")
        if row[0] in ("sections", "grades")
    ]
    connection.close()


def reason(*leaves: int, records: int | None = None, zh: str = "理由", **more: Any) -> Reason:
    count = len(leaves) if records is None else records
    return Reason(
        more.get("indicator", "i"), Decimal("-5.5"), leaves, count, zh, "a reason", more.get("clause"), "bad"
    )


# What goes out --------------------------------------------------------------------------------------------------


def test_a_penalty_comes_out_with_names_days_and_clause(city: Any) -> None:
    leaf = city.penalty(1, "1", CF_NR_FK="3")
    summary = city.project(TODAY)
    found = seen(city)
    (item,) = found.items
    assert (found.name, found.kind, found.area, found.status) == (
        "常州小米电子商务有限公司", "法人及非法人组织", "新北区", "存续",
    )  # fmt: skip
    assert (item.leaf, item.section, item.supplier) == (leaf, Section.PENALTY, "常州市公安局")
    assert (item.shown_from, item.shown_until) == (date(2026, 5, 12), date(2027, 5, 8))
    assert item.clause.startswith("《信用修复管理办法》")
    fields = {field.code: field.value for field in item.fields}
    assert fields["CF_NR_FK"] == "3" and fields["CF_YXQ"] == "长期" and fields["CF_SY"] == "虚构交易"
    assert (summary.full, summary.why_full, summary.subjects, summary.items) == (True, "first", 3, 1)


def test_the_day_of_receipt_is_the_citys_day(city: Any) -> None:
    city.penalty(1, "1", known_at=datetime(2026, 5, 12, 16, 30, tzinfo=UTC))
    city.project(TODAY)
    assert seen(city).items[0].shown_from == date(2026, 5, 13)


def test_minor_ended_and_withdrawn_documents_are_not_in_the_bytes(city: Any) -> None:
    city.penalty(1, "1", "警告", CF_SY="轻微事项之内容" * 30)
    city.penalty(1, "2", CF_JDRQ="2025-01-01", CF_SY="已届满之内容" * 30)
    city.penalty(1, "3", CF_SY="被撤销之内容" * 30)
    city.penalty(1, "3", verb="withdraw", CF_SY="被撤销之内容" * 30)
    summary = city.project(TODAY)
    assert leaves(city) == [] and summary.withheld == 2
    content = city.public.read_bytes()
    assert all(word.encode() not in content for word in ("轻微事项之", "已届满之", "被撤销之"))


def test_no_identity_number_or_telephone_gets_out(city: Any) -> None:
    city.subject(1, A, f"常州小米商店{PHONE}")
    city.penalty(
        1, "1", CF_SY=f"当事人张三（{ID}，电话１３８１２３４５６７８）虚构交易", CF_XDR_MC=f"小米 {ID[:6]} {ID[6:14]} {ID[14:]}",
        CF_CFJGDM=ID, CF_NR=f"联系0519-8888{PHONE[-4:]}", CF_WSH=ID, CF_FRDB="张三",
    )  # fmt: skip
    city.post(
        "registration",
        1,
        "r",
        ESTDATE="2019-01-01",
        LEREP="欧阳小明",
        OPSCOPE=f"销售。电话{PHONE}",
        UNISCID=A,
    )
    city.subject(4, ID, "个体户王五")
    city.codes += [(1, "other_reg_no", ID), (1, "tax_no", f"{ID}00")]
    city.project(TODAY)
    content = b"".join(file.read_bytes() for file in city.public.parent.glob("public.sqlite3*")).decode(
        errors="replace"
    )
    for secret in (ID, ID[6:14], PHONE, "１３８１２３４５６７８", "0519-88885678", "张三", "欧阳小明"):
        assert secret not in content, secret
    fields = {field.code: field.value for item in seen(city).items for field in item.fields}
    assert fields["LEREP"] == "欧阳**"
    assert "CF_CFJGDM" not in fields and "CF_FRDB" not in fields


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["320402", "110101", "913204", "000000"]),
    st.dates(date(1850, 1, 1), date(2039, 12, 31)),
    st.integers(1, 999),
)
def test_no_identity_number_may_be_shown_as_a_code(place: str, born: date, order: int) -> None:
    body = f"{place}{born:%Y%m%d}{order:03d}"
    code = body + ric.calc_check_digit(body + "0")
    assert is_person_id(code) and not may_show_code(code)


@pytest.mark.parametrize(
    ("code", "shown"),
    [(A, True), (B, True), (C, True), ("137168123", True), ("企合苏常字第000123号", True),
     (PHONE, False), ("", False), (ID[:17] + "X", False)],
)  # fmt: skip
def test_which_codes_may_be_shown(code: str, shown: bool) -> None:
    assert may_show_code(code) is shown


def test_only_columns_marked_public_go_out(city: Any) -> None:
    city.penalty(1, "1", BZ="内部备注", CF_XDR_SWDJ="320400123456789")
    city.project(TODAY)
    public = {column.code for column in CATALOG.sources["dual_publicity_penalty"].columns if column.public}
    codes = {field.code for field in seen(city).items[0].fields}
    assert codes and codes <= public


def test_persons_and_their_documents_stay_out(city: Any) -> None:
    city.penalty(9, "1")
    city.grades.grade(9, "C")
    summary = city.project(TODAY)
    assert (summary.subjects, summary.items) == (3, 0)
    assert "李四".encode() not in city.public.read_bytes()


def test_a_source_that_is_not_public_stays_out(city: Any) -> None:
    sources = dict(CATALOG.sources)
    sources["dual_publicity_penalty"] = replace(sources["dual_publicity_penalty"], publicity="none")
    city.catalog = replace(CATALOG, sources=sources)
    city.penalty(1, "1")
    assert city.project(TODAY).items == 0


def test_suppliers_are_named(city: Any) -> None:
    city.penalty(1, "1", supplier="org:platform")
    city.penalty(1, "2", supplier="somebody")
    city.project(TODAY)
    assert sorted(item.supplier for item in seen(city).items) == ["somebody", "某平台"]


def test_a_field_comes_with_its_unit_and_its_code_table_and_tables_with_their_english(city: Any) -> None:
    city.penalty(1, "1", CF_NR_FK="3.000000")
    city.subjects[2]["area"] = "000000"
    city.project(TODAY)
    fields = {field.code: field for field in seen(city).items[0].fields}
    assert (fields["CF_NR_FK"].unit, fields["CF_NR_FK"].table) == ("万元", "")
    assert (fields["CF_CFLB"].unit, fields["CF_CFLB"].table) == ("", "penalty_kind")
    store = PublicStore(city.public)
    assert store.english()["penalty_kind"]["罚款"] == "Fine"
    assert store.english()[LAWS]["中华人民共和国电子商务法"] == "E-commerce Law"
    assert {"area", "subject_kind", "registration_state", "yes_no"} <= store.english().keys()
    store.close()
    assert (seen(city).area, seen(city, B).area) == ("新北区", "")


# Grades and reasons -----------------------------------------------------------------------------------------------


def test_a_reason_is_public_only_while_everything_behind_it_is(city: Any) -> None:
    fine = city.penalty(1, "1")
    warning = city.penalty(1, "2", "警告")
    city.grades.grade(
        1, "C", reason(fine, zh="罚款", clause=LawRef("penalty_law", "9")), reason(warning, zh="警告"),
        reason(fine, warning, zh="两次处罚"), reason(zh=f"一般 {PHONE}"), reason(4711, zh="他人"),
    )  # fmt: skip
    city.project(TODAY)
    found = seen(city)
    assert (found.grade, found.graded_on, found.grade_until) == ("C", date(2026, 11, 24), date(2027, 5, 8))
    assert [r.zh for r in found.reasons] == ["罚款", "一般 138****5678"]
    first = found.reasons[0]
    assert (first.points, first.item_leaves, first.shown_until) == (-5.5, (fine,), date(2027, 5, 8))
    assert first.clause == "《中华人民共和国行政处罚法》第九条"
    assert "两次处罚".encode() not in city.public.read_bytes()


def test_a_reason_that_counts_more_than_it_names_needs_all_of_them_shown(city: Any) -> None:
    fine = city.penalty(1, "1")
    city.penalty(1, "2", CF_GSJZQ="2026-12-31")
    city.grades.grade(1, "C", reason(fine, records=2, zh="多次"))
    city.project(TODAY)
    assert [r.shown_until for r in seen(city).reasons] == [date(2027, 1, 1)]
    city.penalty(1, "3", "警告")
    city.project(TODAY)
    assert seen(city).reasons == ()


def test_operators_are_found_by_the_public_names_of_their_shops(city: Any) -> None:
    def shop(number: int, subject: int, name: str, **values: str) -> int:
        return city.post(
            "shops", subject, f"f{number}", subject_name="x", subject_kind="法人及非法人组织", platform_name="某平台",
            shop_name=name, shop_url=f"https://shop.example/{number}", opened_on="2026-01-05", **values,
        )  # fmt: skip

    shop(1, 1, "江边白鹭渔具")
    shop(2, 2, f"电话{PHONE}的店")
    city.project(TODAY)
    store = PublicStore(city.public)
    assert [(hit.code, hit.shop) for hit in store.search("白鹭渔", TODAY).hits] == [(A, "江边白鹭渔具")]
    # A number somebody wrote into it is masked where it is shown and cannot be searched for.
    assert store.search(PHONE[3:9], TODAY).hits == ()
    # Renamed, it is found by the new name alone; a projection of what changed is enough.
    city.post(
        "shops", 1, "f1", subject_name="x", subject_kind="法人及非法人组织", platform_name="某平台", shop_name="长江钓具",
        shop_url="https://shop.example/1", opened_on="2026-01-05",
    )  # fmt: skip
    assert not city.project(TODAY).full
    assert store.search("白鹭渔", TODAY).hits == ()
    assert [hit.shop for hit in store.search("长江钓具", TODAY).hits] == ["长江钓具"]
    store.close()
    assert "白鹭".encode() not in city.public.read_bytes()


def test_the_last_change_of_a_grade_says_when_and_for_which_reasons(city: Any) -> None:
    promise, fine = city.penalty(1, "1"), city.penalty(1, "2")
    base = reason(zh="基础分", indicator="base")
    old = date(2026, 6, 1)
    city.grades.grade(1, "B", base, reason(promise, zh="甲", indicator="x"), as_of=old)
    city.grades.grade(1, "C", base, reason(fine, zh="罚款", indicator="y"), as_of=date(2026, 7, 1))
    # The same grade with other reasons is no change of grade.
    city.grades.grade(1, "C", base, reason(fine, zh="罚款", indicator="y"), reason(zh="乙", indicator="z"))
    city.project(TODAY)
    change = seen(city).change
    assert (change.on, change.before, change.after) == (date(2026, 7, 1), "B", "C")
    assert [(r.zh, r.item_leaves) for r in change.entered] == [("罚款", (fine,))]
    assert [(r.zh, r.item_leaves) for r in change.left] == [("甲", (promise,))]
    # From the day on which what it rests on is shown no longer, nobody reads of it, whether a projection ran or not.
    ends = date(2027, 5, 8)
    store = PublicStore(city.public)
    assert store.find_subject(A, ends - timedelta(days=1)).change == change
    assert store.find_subject(A, ends).change is None
    store.close()


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_change_that_may_not_be_told_whole_is_not_told(city: Any, side: str) -> None:
    fine, warning = city.penalty(1, "1"), city.penalty(1, "2", "警告")
    kept = {"before": [reason(warning, zh="受到一次警告", indicator="w")], "after": []}
    kept["after"] = [reason(fine, zh="罚款", indicator="y")]
    if side == "after":
        kept = {"before": [], "after": [*kept["after"], reason(warning, zh="受到一次警告", indicator="w")]}
    city.grades.grade(1, "B", *kept["before"])
    city.grades.grade(1, "C", *kept["after"])
    city.project(TODAY)
    found = seen(city)
    assert found.grade == "C" and found.change is None
    assert "受到一次警告".encode() not in city.public.read_bytes()


def test_a_change_of_a_grade_that_was_not_public_or_counted_more_than_it_named_is_not_told(city: Any) -> None:
    fine = city.penalty(1, "1")
    city.grades.grade(1, "B", public=False)
    city.grades.grade(1, "C", reason(fine, zh="罚款"))
    other = city.penalty(2, "2")
    city.grades.grade(2, "C", reason(other, records=3, zh="多次"))
    city.grades.grade(2, "B", reason(zh="无"))
    city.project(TODAY)
    assert seen(city).change is None and seen(city, B).change is None


def test_the_score_is_public_only_when_every_reason_of_it_is(city: Any) -> None:
    fine = city.penalty(1, "1")
    city.grades.grade(
        1, "C", reason(zh="基础分", indicator="base"), reason(fine, zh="罚款", indicator="penalty_general")
    )
    warning = city.penalty(2, "2", "警告")
    city.grades.grade(
        2, "B", reason(zh="基础分"), reason(warning, zh="警告"), reason(zh="限于百分", indicator="limit")
    )
    city.project(TODAY)
    found = seen(city)
    assert found.score == 70.0
    assert found.model is not None
    assert (found.model.title_zh, found.model.version, found.model.since) == (
        "企业信用评价模型",
        "1",
        date(2026, 11, 2),
    )
    assert [(step.grade, step.at_least) for step in found.model.scale] == [
        ("A", 90),
        ("B", 70),
        ("C", 50),
        ("D", None),
    ]
    assert not found.model.verified
    fined = found.reasons[1]
    assert (fined.record_zh, fined.counts_until) == ("行政处罚信息(双公示)", (date(2027, 5, 8),))
    # Its score would say how many points the warning cost, and so would what held the total within bounds.
    hidden = seen(city, B)
    assert (hidden.grade, hidden.score, [r.indicator for r in hidden.reasons]) == ("B", None, ["i"])


def test_why_there_is_no_grade(city: Any) -> None:
    city.grades.grade(1, None, reason(zh="已注销", indicator="status"))
    city.grades.grade(2, None, reason(zh="无模型"), model_id="", edition="", public=False)
    city.project(TODAY)
    ended, unfit, waiting = seen(city), seen(city, B), seen(city, C)
    assert (ended.ungraded, ended.ungraded_zh, ended.grade, ended.score) == ("state", "已注销", None, None)
    assert (unfit.ungraded, unfit.reasons) == ("no_model", ())
    assert waiting.ungraded == "waiting"
    city.grades.grade(3, "A", public=False)
    city.project(TODAY)
    assert (seen(city, C).ungraded, seen(city, C).model) == ("not_public", None)


@pytest.mark.parametrize("public", [True, False])
def test_only_a_public_grade_is_shown(city: Any, public: bool) -> None:
    city.grades.grade(1, "C", reason(zh="理由甲"), public=public)
    city.grades.grade(2, None, reason(zh="注销"))
    city.project(TODAY)
    assert (seen(city).grade, len(seen(city).reasons)) == (("C", 1) if public else (None, 0))
    assert seen(city, B).grade is None and not seen(city, B).grade_stale


# Codes and merged subjects ------------------------------------------------------------------------------------------


def test_a_merged_subject_brings_its_documents_and_codes(city: Any) -> None:
    first, second = city.penalty(1, "1"), city.penalty(3, "2")
    city.project(TODAY)
    assert (leaves(city, A), leaves(city, C)) == ([first], [second])
    city.subjects[3]["canonical_id"] = 1
    summary = city.project(TODAY)
    assert not summary.full and summary.touched == 2
    assert leaves(city, A) == [first, second]
    assert seen(city, C).code == A
    city.subjects[1]["canonical_id"] = 2  # a chain: 3 → 1 → 2
    city.project(TODAY)
    assert (seen(city, C).code, seen(city, A).code, leaves(city, B)) == (B, B, [first, second])
    city.subjects[3]["canonical_id"] = 3  # and a split
    city.subjects[1]["canonical_id"] = 1
    city.project(TODAY)
    assert (leaves(city, A), leaves(city, B), leaves(city, C)) == ([first], [], [second])


def test_the_better_code_of_a_merged_pair_is_the_public_one(city: Any) -> None:
    city.codes = [(1, "uscc", A), (3, "reg_no", C)]
    city.subjects[1]["canonical_id"] = 3
    city.project(TODAY)
    assert (seen(city, A).code, seen(city, C).code) == (A, A)


def test_two_subjects_with_one_code_do_not_break_the_run(city: Any) -> None:
    city.subject(5, C, "另一家")
    city.codes.append((5, "reg_no", C))
    summary = city.project(TODAY)
    assert summary.subjects == 3 and seen(city, C).name == "常州老字号商店"


# Step by step -------------------------------------------------------------------------------------------------------


def test_an_idle_run_touches_nothing(city: Any) -> None:
    city.penalty(1, "1")
    city.subject(5, C, "另一家")
    city.subject(6, ID, "用身份证号登记的")
    city.subject(7, None, "没有代码的公司")
    city.grades.grade(1, "B")
    city.project(TODAY)
    before = list(everything(city))
    summary = city.project(TODAY)
    assert (summary.full, summary.touched, summary.added, summary.removed) == (False, 0, 0, 0)
    assert list(everything(city)) == before


def test_a_new_entry_touches_only_its_subject(city: Any) -> None:
    city.penalty(1, "1")
    city.penalty(2, "2")
    city.project(TODAY)
    leaf = city.penalty(1, "3")
    summary = city.project(TODAY)
    assert (summary.full, summary.touched, summary.added, summary.removed) == (False, 1, 1, 0)
    assert leaf in leaves(city) and summary.items == 3


def test_a_correction_replaces_and_a_withdrawal_removes(city: Any) -> None:
    first = city.penalty(1, "1", CF_SY="更正前的内容" * 40)
    city.project(TODAY)
    reader = PublicStore(city.public)  # keeps the write-ahead log from vanishing by itself
    assert reader.find_subject(A, TODAY)
    second = city.penalty(1, "1", verb="correct", CF_SY="更正后", known_at=datetime(2026, 11, 1, tzinfo=UTC))
    summary = city.project(TODAY)
    assert leaves(city) == [second] and (summary.added, summary.removed) == (1, 1)
    assert seen(city).items[0].shown_from == date(2026, 5, 12)  # it was public before it was corrected
    city.penalty(1, "1", verb="withdraw")
    summary = city.project(TODAY)
    assert (leaves(city), summary.removed) == ([], 1)
    for file in city.public.parent.glob("public.sqlite3*"):
        content = file.read_bytes()
        assert "更正前的内容".encode() not in content and "更正后".encode() not in content
    assert first != second
    reader.close()


def test_a_corrected_document_says_when_and_by_whom_until_its_supplier_sends_a_new_version(city: Any) -> None:
    city.penalty(1, "1", CF_NR_FK="3")
    later = datetime(2026, 6, 1, 20, 0, tzinfo=UTC)  # the next day in the city
    act = {"verb": "correct", "known_at": later, CORRECTED_BY: "jingxin_xinyong"}
    city.penalty(1, "1", CF_NR_FK="5", **act)
    city.penalty(1, "2")
    city.project(TODAY)
    told = {item.leaf: (item.corrected_on, item.corrected_by) for item in seen(city).items}
    name = CATALOG.departments["jingxin_xinyong"].name
    assert told == {1: (date(2026, 6, 2), name), 2: (None, "")}
    assert {item.supplier for item in seen(city).items} == {CATALOG.departments["gongan"].name}
    city.penalty(1, "1", CF_NR_FK="5", BZ="又报", known_at=later + timedelta(days=1))
    city.project(TODAY)
    assert [item.corrected_on for item in seen(city).items] == [None, None]


def test_a_document_that_moves_to_another_subject_leaves_the_first(city: Any) -> None:
    city.penalty(1, "1")
    city.project(TODAY)
    leaf = city.penalty(2, "1", verb="correct")
    summary = city.project(TODAY)
    assert (leaves(city, A), leaves(city, B), summary.touched) == ([], [leaf], 2)


def test_what_ends_is_gone_on_its_day_without_anybody_acting(city: Any) -> None:
    city.penalty(1, "1", CF_SY="到期即删之内容" * 40)
    city.penalty(2, "2", "吊销许可证件")
    city.project(TODAY)
    assert leaves(city, on=date(2027, 5, 7)) != [] and leaves(city, on=date(2027, 5, 8)) == []
    assert "到期即删".encode() in city.public.read_bytes()
    assert city.project(date(2027, 5, 7)).touched == 0
    summary = city.project(date(2027, 5, 8))
    assert (summary.full, summary.touched, summary.removed) == (False, 1, 1)
    for file in city.public.parent.glob("public.sqlite3*"):
        assert "到期即删".encode() not in file.read_bytes()


def test_what_may_not_be_shown_yet_comes_on_its_day(city: Any) -> None:
    leaf = city.penalty(1, "1")
    city.project(date(2026, 5, 11))
    assert leaves(city, on=date(2026, 5, 20)) == []
    summary = city.project(date(2026, 5, 12))
    assert (summary.why_full, leaves(city, on=date(2026, 5, 12))) == ("begins", [leaf])


def test_a_new_grade_touches_only_its_subject(city: Any) -> None:
    city.grades.grade(1, "B")
    city.project(TODAY)
    city.grades.grade(1, "C")
    city.grades.grade(9, "D")
    summary = city.project(TODAY)
    assert (summary.touched, seen(city).grade) == (1, "C")


def test_a_changed_name_is_found_by_its_new_words_only(city: Any) -> None:
    city.project(TODAY)
    city.subject(1, A, "常州大麦电子商务有限公司")
    assert city.project(TODAY).touched == 1
    store = PublicStore(city.public)
    assert store.search("小米", TODAY).hits == ()
    assert [hit.code for hit in store.search("大麦", TODAY).hits] == [A]
    assert [hit.code for hit in store.search("电子商务", TODAY).hits] == [A]  # the words both names have
    store.close()
    assert "小米".encode() not in city.public.read_bytes()


def test_a_document_is_shown_under_its_subjects_name_not_the_rows(city: Any) -> None:
    """A person's name typed under a firm's code is still a person's."""
    city.penalty(1, "1", CF_XDR_MC="张三丰")
    city.project(TODAY)
    assert {field.value for field in seen(city).items[0].fields if field.code == "CF_XDR_MC"} == {
        "常州小米电子商务有限公司"
    }
    assert "张三丰".encode() not in city.public.read_bytes()


def test_of_whom_nothing_is_public_and_no_register_speaks_nobody_is_told(city: Any) -> None:
    """A platform's list of merchants is never published: it must not publish who is on it either."""
    unknown, older = "91320402MA1XYZ9K7T", "320400000099999"
    city.subject(4, unknown, "常州假想人物商贸有限公司", registered=False)
    city.codes.append((4, "reg_no", older))
    city.grades.grade(4, "A")
    first = city.project(TODAY)
    assert first.subjects == 3 and city.project(TODAY).touched == 0
    store = PublicStore(city.public)
    assert store.find_subject(unknown, TODAY) is store.find_subject(older, TODAY) is None
    store.close()
    assert "假想人物".encode() not in city.public.read_bytes()
    city.penalty(4, "1")
    assert city.project(TODAY).subjects == 4
    assert seen(city, unknown).grade is not None and seen(city, older).code == unknown
    city.penalty(4, "1", verb="withdraw")
    assert city.project(TODAY).subjects == 3
    assert "假想人物".encode() not in city.public.read_bytes()
    city.subjects[4] |= {"registered": True, "changed_leaf": 1}
    assert city.project(TODAY).subjects == 4 and seen(city, unknown).items == ()


def test_a_subject_that_is_gone_or_turns_out_a_person_is_taken_out(city: Any) -> None:
    city.penalty(1, "1")
    city.penalty(2, "2")
    city.project(TODAY)
    city.subjects[1]["is_person"] = True
    del city.subjects[2]
    summary = city.project(TODAY)
    assert (summary.touched, summary.subjects, summary.items) == (2, 1, 0)


@pytest.mark.parametrize("why", ["other_catalogue", "other_program", "earlier_day", "other_ledger", "asked"])
def test_everything_is_built_anew_when_it_must_be(city: Any, why: str) -> None:
    city.penalty(1, "1")
    city.project(TODAY)
    at, full = TODAY, False
    if why == "other_catalogue":
        city.catalog = replace(CATALOG, edition="another")
    elif why == "other_program":
        with open_writer(city.public) as writer:
            writer.put_meta({"form": "other"})
    elif why == "earlier_day":
        at = date(2026, 11, 24)
    elif why == "other_ledger":
        city.entries["dual_publicity_penalty"] = []
        city.next_leaf = 0
        city.penalty(1, "8")
        with open_writer(city.public) as writer:
            writer.put_meta({"through_leaf": "17"})
    else:
        full = True
    summary = city.project(at, full=full)
    assert (summary.full, summary.why_full, summary.items) == (True, why, 1)


def test_a_reader_with_an_open_connection_sees_the_new_state(city: Any) -> None:
    city.penalty(1, "1")
    city.project(TODAY)
    store = PublicStore(city.public)
    first = store.find_subject(A, TODAY)
    city.penalty(1, "2")
    city.project(TODAY, full=True)
    second = store.find_subject(A, TODAY)
    city.penalty(1, "3")
    city.project(TODAY)
    third = store.find_subject(A, TODAY)
    assert [len(found.items) for found in (first, second, third) if found] == [1, 2, 3]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("penalty"), st.sampled_from([1, 2, 3]), st.sampled_from("abcd"),
                  st.sampled_from(["罚款", "警告", "吊销许可证件"]), st.dates(date(2025, 1, 1), date(2026, 11, 1))),
        st.tuples(st.just("withdraw"), st.sampled_from([1, 2, 3]), st.sampled_from("abcd")),
        st.tuples(st.just("merge"), st.sampled_from([(1, 2), (2, 3), (3, 1), (1, 1), (2, 2), (3, 3)])),
        st.tuples(st.just("grade"), st.sampled_from([1, 2, 3]), st.sampled_from("ABCD")),
        st.tuples(st.just("rename"), st.sampled_from([1, 2, 3]), st.sampled_from(["甲乙丙丁", "甲乙戊己", "庚辛壬癸"])),
        st.tuples(st.just("days"), st.integers(1, 200)),
        st.tuples(st.just("run")),
    ),
    min_size=3,
    max_size=12,
)  # fmt: skip


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_step_by_step_gives_the_same_as_everything_at_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Any]
) -> None:
    city = FakeCity(tmp_path_factory.mktemp("steps"), CATALOG)
    for number, code in ((1, A), (2, B), (3, C)):
        city.subject(number, code, f"公司{number}号")
    city.penalty(1, "first")
    at = date(2026, 11, 1)
    city.project(at)
    for step in steps:
        if step[0] == "penalty":
            _, subject, key, kinds, decided = step
            leaf = city.penalty(subject, key, kinds, CF_JDRQ=decided.isoformat())
            city.grades.grade(subject, "C", reason(leaf))
        elif step[0] == "withdraw":
            city.penalty(step[1], step[2], verb="withdraw")
        elif step[0] == "merge":
            low, high = step[1]
            if city.subjects[high]["canonical_id"] == high and (low == high or 0 not in (low, high)):
                city.subjects[low]["canonical_id"] = high if high > low or low == high else low
        elif step[0] == "grade":
            city.grades.grade(step[1], step[2])
        elif step[0] == "rename":
            city.subjects[step[1]]["name"] = step[2]
        elif step[0] == "days":
            at = date.fromordinal(at.toordinal() + step[1])
        else:
            city.project(at)
    assert not city.project(at).full
    stepwise = list(everything(city))
    city.project(at, full=True)
    assert stepwise == list(everything(city))


@pytest.mark.parametrize("number", ["13812345678", "110105194912310003"])
def test_a_personal_number_in_an_amount_is_masked(number: str) -> None:
    source = CATALOG.sources["dual_publicity_penalty"]
    columns = public_columns(source, CATALOG)
    shown = revealed(columns, source, {"CF_NR_FK": number, "CF_NR_WFFF": "12345.5"})
    assert number not in shown["CF_NR_FK"] and "*" in shown["CF_NR_FK"]
    assert shown["CF_NR_WFFF"] == "12345.5"


def test_a_breach_found_after_the_commitments_last_day_is_public_at_every_door(city: Any) -> None:
    promised = {
        "subject_name": "常州小米电子商务有限公司", "uscc": A, "commitment_no": "C1", "commitment_kind": "信用承诺",
        "content": "守法经营", "committed_on": "2024-07-01", "valid_until": "2026-06-30", "accepted_by": "常州市商务局",
    }  # fmt: skip
    city.penalty(1, "1")
    city.post("commitment", 1, "c", **promised)
    city.project(TODAY)
    assert not [item for item in seen(city).items if item.source == "commitment"]
    found = {"fulfilment": "未履行", "breach_on": "2026-11-20", "breach_document": "违诺案件第 1 号"}
    leaf = city.post("commitment", 1, "c", verb="correct", **promised, **found)
    city.project(TODAY)
    store = PublicStore(city.public)
    (line,), count = store.list_commitments(TODAY, 1)
    assert (count, line.fulfilment, line.last_day, line.shown_until) == (
        1, "未履行", date(2026, 6, 30), date(2027, 11, 20),
    )  # fmt: skip
    (row,) = [r for block in store.open_blocks(RECORDS, TODAY) for r in block if r[0] == leaf]
    assert row[7:9] == ("2026-11-20", "2027-11-20") and "未履行" in row[11]
    store.close()
    assert leaf in leaves(city) and leaf not in leaves(city, on=date(2027, 11, 20))
    city.project(date(2027, 11, 20))
    store = PublicStore(city.public)
    assert store.list_commitments(TODAY, 1) == ([], 0)
    store.close()
