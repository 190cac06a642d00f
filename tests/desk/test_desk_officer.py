"""The credit officer at the desk: quality, waiting rows, matches, files, corrections by two, merges and back."""

import csv
import io
import re
from datetime import timedelta
from itertools import islice

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ecredit.facts.actors.approval_actions import ask_approval
from ecredit.facts.actors.models import Approval, JournalNote
from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.facts.collection.models import HeldRow
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.subjects.models import CreditSubject, ReviewItem
from ecredit.facts.subjects.queries import canonical_id, find_subject_id
from ecredit.foundation.kernel.periods import add_months
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.evaluation.evaluate_actions import evaluate
from tests.conftest import NOON
from tests.desk.conftest import CITY, make_person, sign_in
from tests.desk.test_desk_second_factor import set_up
from tests.penalty_rows import code, row, table
from tests.subjects.test_subjects_review_journey import NAME, TWIN, register

PENALTY = "dual_publicity_penalty"
REGISTRATION = "registration"
PERSON = {
    "CF_XDR_MC": "欧阳三丰", "CF_XDR_LB": "自然人", "CF_XDR_SHXYM": "", "CF_XDR_ZJLX": "身份证",
    "CF_XDR_ZJHM": "11010519491231002X", "CF_FRDB": "",
}  # fmt: skip
HOSTILE = "<script>alert(1)</script>'\"{{7*7}}"


def last_asked() -> int:
    """The agreement asked for last."""
    return Approval.objects.latest("id").id


@pytest.fixture
def enter(desk):
    """enter("jia") → a client of a credit officer called so, signed in with two factors."""

    def run(login: str, role: str = "credit_officer", of: str = CITY, *, asked: bool = True) -> Client:
        client = sign_in(make_person(login, (of, role)))
        if client.get("/desk/").status_code == 302:
            set_up(client)
        for work in ("review", "quarantine") if asked else ():
            client.post("/desk/purpose", {"work": work, "purpose": "identify"})
        return client

    return run


@pytest.fixture
def twins(collect):
    """Two twins are registered, and three penalty rows name one of them without a code."""
    collect(
        REGISTRATION,
        register((NAME, code(1), "常州市新北区通江路1号"), (TWIN, code(2), "常州市新北区通江路3号")),
    )
    rows = [row(n, CF_XDR_MC=NAME, CF_XDR_SHXYM="", CF_WSH=f"甲{n}") for n in (1, 2, 3)]
    collect(PENALTY, table(*rows), name="处罚.csv")


def text_of(answer) -> str:
    return answer.content.decode()


def open_file(client: Client, subject_id: int, **more: str):
    given = {"purpose": "complaint", "words": "12345 号件", **more}
    return client.post(f"/desk/subjects/{subject_id}/purpose", given)


def reads(about: str, verb: str = "subject.read") -> list[str]:
    return [note.detail for note in JournalNote.objects.filter(object=about, verb=verb)]


# quality -----------------------------------------------------------------------------------------------


def test_the_board_names_who_sends_late_and_badly_and_goes_along_as_a_file(enter, collect):
    collect(PENALTY, table(row(1), row(2, CF_JDRQ="?")))
    client = enter("jia")
    page = text_of(client.get("/desk/quality?months=12"))
    assert "常州市市场监督管理局" in page and "<svg" in page and "50.0%" in page
    export = b"".join(client.get("/desk/quality?export=csv&months=12").streaming_content).decode()
    assert "常州市市场监督管理局" in export and "50.0%" in export
    detail = text_of(client.get("/desk/quality/gongshang?months=12"))
    assert "行政处罚信息" in detail and "2026-05" in detail


def test_a_department_sees_its_own_quality_and_no_other(enter, collect):
    collect(PENALTY, table(row(1)))
    clerk = enter("li", "clerk", "youzheng")
    assert "常州市市场监督管理局" not in text_of(clerk.get("/desk/quality"))
    assert clerk.get("/desk/quality/gongshang").status_code == 404


def test_a_view_of_the_board_is_kept(enter, collect):
    client = enter("jia")
    view = {"table": "quality", "title": "漏报的", "query": "trouble=missed", "back": "/desk/quality"}
    assert client.post("/desk/views", view)["Location"] == "/desk/quality?trouble=missed"
    page = text_of(client.get("/desk/quality?months=12"))
    assert 'href="/desk/quality?trouble=missed">漏报的</a>' in page and 'value="months=12"' in page


def test_the_queue_is_searched_by_name_and_by_supplier(enter, collect, twins):
    collect(
        PENALTY,
        table(row(9, CF_XDR_MC="新北区明月商行", CF_XDR_SHXYM="", CF_WSH="乙9")),
        by="gongan",
        name="b.csv",
        on_behalf=True,
    )
    client = enter("jia")
    whole = text_of(client.get("/desk/review"))
    assert "共 4 条" in whole and "市场监督管理局 (3)" in whole
    found = text_of(client.get("/desk/review?q=明月"))
    assert "共 1 条" in found and "新北区明月商行" in found
    theirs = text_of(client.get("/desk/review?supplier=gongan"))
    assert "共 1 条" in theirs and "新北区明月商行" in theirs
    assert "没有符合条件" in text_of(client.get("/desk/review?supplier=nobody"))


def test_every_request_is_reached_page_by_page(enter, collector):
    by = Actor("p999", "record.withdraw desk/s")
    for n in range(60):
        ask_approval(
            verb="record.withdraw",
            about=f"entry:{n}",
            params={"leaf": n},
            reason=f"理由{n}。",
            ring=collector.ring,
            by=by,
            at=NOON,
        )
    client = enter("jia")
    first = text_of(client.get("/desk/approvals"))
    assert (
        "共 60 条" in first
        and "理由49。" in first
        and "理由50。" not in first
        and 'href="/desk/approvals?at=50"' in first
    )
    second = text_of(client.get("/desk/approvals?at=50"))
    assert "理由59。" in second and "理由49。" not in second and 'href="/desk/approvals" rel="prev"' in second


def test_the_board_asks_as_much_of_the_database_however_much_was_sent(enter, collect):
    client = enter("jia")
    counts = []
    for n in (1, 4):
        for part in range(n):
            collect(PENALTY, table(row(10 * n + part)), name=f"{n}-{part}.csv")
        counts.append(queries(client, "/desk/quality"))
    assert counts[0] == counts[1] < 15


# waiting rows ------------------------------------------------------------------------------------------


def test_waiting_rows_are_found_by_rule_and_read_masked(enter, collect):
    collect(PENALTY, table(row(1, **PERSON, CF_JDRQ="?", BZ=HOSTILE), row(2, CF_WSH="")), name="a.csv")
    client = enter("jia")
    page = text_of(client.get("/desk/quarantine?rule=date_unreadable"))
    assert "第 2 行" in page and "第 3 行" not in page
    held = HeldRow.objects.get(line=2)
    detail = text_of(client.get(f"/desk/quarantine/{held.id}"))
    assert "欧阳**" in detail and "欧阳三丰" not in detail and "11010519491231002X" not in detail
    assert "<script>alert" not in detail and "&lt;script&gt;" in detail
    assert len(reads(f"held:{held.batch_id}:2", "held.read")) == 1


def test_what_waiting_rows_are_read_for_is_asked_once_a_session_and_work(enter, collect, twins):
    collect(PENALTY, table(row(9, **PERSON, CF_JDRQ="?")), name="a.csv")
    held, item = HeldRow.objects.get(state="held"), ReviewItem.objects.earliest("id")
    client = enter("jia", asked=False)
    for work, address, prepared in (
        ("quarantine", f"/desk/quarantine/{held.id}", "handle"),
        ("quarantine", f"/desk/batches/{held.batch_id}/waiting", "handle"),
        ("quarantine", f"/desk/batches/{held.batch_id}/waiting/{held.line}", "handle"),
        ("review", f"/desk/review/{item.id}", "identify"),
    ):
        page = text_of(client.get(address))
        assert f'value="{prepared}" required checked' in page and f'value="{work}"' in page
        assert "欧阳" not in page and NAME not in page
    assert not JournalNote.objects.filter(verb="held.read").exists()
    other = {"work": "review", "purpose": "other", "words": " "}
    assert client.post("/desk/purpose", other).status_code == 400
    for onward in (
        f"/desk/review/{item.id}",
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/desk/../x",
    ):
        went = client.post("/desk/purpose", other | {"words": "督办 3 号", "onward": onward})["Location"]
        assert went.startswith("/desk/")
    assert NAME in text_of(client.get(f"/desk/review/{item.id}"))
    assert "督办 3 号" in reads(f"held:{item.batch_id}:{item.line}", "held.read")[0]
    assert "查阅目的" in text_of(client.get(f"/desk/quarantine/{held.id}"))  # another kind of work
    client.post("/desk/purpose", {"work": "quarantine", "purpose": "handle"})
    assert "欧阳**" in text_of(client.get(f"/desk/quarantine/{held.id}"))
    assert "处理待改的行" in reads(f"held:{held.batch_id}:{held.line}", "held.read")[0]


def test_who_sent_a_row_reads_it_to_put_it_right(enter, collect):
    collect(PENALTY, table(row(1, CF_JDRQ="?")))
    held = HeldRow.objects.get()
    clerk = enter("li", "clerk", "gongshang", asked=False)
    for address in (f"/desk/quarantine/{held.id}", f"/desk/batches/{held.batch_id}/waiting/{held.line}"):
        assert "查阅目的" not in text_of(clerk.get(address))
    assert all("更正本单位报送" in said for said in reads(f"held:{held.batch_id}:{held.line}", "held.read"))
    assert len(reads(f"held:{held.batch_id}:{held.line}", "held.read")) == 2


def test_a_row_is_dropped_with_a_reason_only(enter, collect):
    collect(PENALTY, table(row(1, CF_JDRQ="?")))
    client, held = enter("jia"), HeldRow.objects.get()
    refused = client.post(f"/desk/quarantine/{held.id}/drop", {"reason": " "})
    assert refused.status_code == 409 and "请写明理由" in text_of(refused)
    assert client.post(f"/desk/quarantine/{held.id}/drop", {"reason": "合计行"}).status_code == 302
    held.refresh_from_db()
    assert held.state == "dropped"
    assert "已作废" in text_of(client.get(f"/desk/quarantine/{held.id}?done=dropped"))
    again = client.post(f"/desk/quarantine/{held.id}/drop", {"reason": "合计行"})
    assert again.status_code == 409 and "没有在等待" in text_of(again)


def test_a_row_with_faults_is_not_let_in_and_anothers_is_not_there(enter, collect):
    collect(PENALTY, table(row(1, CF_JDRQ="?")))
    held = HeldRow.objects.get()
    answer = enter("jia").post(f"/desk/quarantine/{held.id}/release", {"reason": "看过"})
    assert answer.status_code == 409 and "须由报送单位更正" in text_of(answer)
    clerk = enter("li", "clerk", "youzheng")
    assert clerk.get(f"/desk/quarantine/{held.id}").status_code == 404
    assert clerk.post(f"/desk/quarantine/{held.id}/drop", {"reason": "x"}).status_code == 403


# matches -----------------------------------------------------------------------------------------------


def test_a_match_is_judged_side_by_side_and_the_next_one_follows(enter, twins):
    client = enter("jia")
    first, second, _ = ReviewItem.objects.order_by("id")
    page = text_of(client.get(f"/desk/review/{first.id}"))
    assert NAME in page and code(1) in page and "字号" in page
    assert 'data-key="1"' in page and 'accesskey="1"' in page and 'accesskey="0"' in page
    answer = client.post(f"/desk/review/{first.id}/accept", {"subject": find_subject_id(code(1))})
    assert answer["Location"] == f"/desk/review/{second.id}?did=accepted&last={first.id}"
    assert CreditRecord.objects.filter(source_id=PENALTY).count() == 1
    after = text_of(client.get(answer["Location"]))
    assert f"第 {first.id} 号已认定" in after and f"/desk/review/{first.id}/undo" in after
    undone = client.post(f"/desk/review/{first.id}/undo", {})
    assert undone["Location"].startswith(f"/desk/review/{first.id}?")
    first.refresh_from_db()
    assert first.state == "open"


@pytest.mark.parametrize("own", [True, False], ids=["own, but long ago", "another's, just now"])
def test_an_answer_that_posted_a_penalty_is_taken_back_by_two(enter, twins, own):
    jia, yi = enter("jia"), enter("yi")
    item = ReviewItem.objects.order_by("id").first()
    jia.post(f"/desk/review/{item.id}/accept", {"subject": find_subject_id(code(1))})
    asker, other = (jia, yi) if own else (yi, jia)
    if own:
        ReviewItem.objects.filter(id=item.id).update(decided_at=timezone.now() - timedelta(minutes=11))
    assert "请写明理由" in text_of(asker.post(f"/desk/review/{item.id}/undo", {}))
    asked = asker.post(f"/desk/review/{item.id}/undo", {"note": "认错了"})
    place = f"/desk/approvals/{last_asked()}"
    assert asked["Location"] == f"{place}?done=asked"
    item.refresh_from_db()
    assert (
        item.state == "accepted"
        and CreditRecord.objects.filter(source_id=PENALTY, verb="withdraw").count() == 0
    )
    assert asker.post(f"{place}/decide", {"answer": "agree"}).status_code == 403
    assert "认错了" in text_of(other.get(place))
    assert other.post(f"{place}/decide", {"answer": "agree"})["Location"] == f"{place}?done=agreed"
    item.refresh_from_db()
    assert (
        item.state == "open" and CreditRecord.objects.filter(source_id=PENALTY, verb="withdraw").count() == 1
    )


def test_a_match_shows_the_whole_row_masked_and_what_each_answer_does(enter, collect, twins):
    collect(
        PENALTY,
        table(row(9, CF_XDR_MC=NAME, CF_XDR_SHXYM="", CF_WSH="丙9", BZ=f"电话13900001239{HOSTILE}")),
        name="九.csv",
    )
    client, item = enter("jia"), ReviewItem.objects.latest("id")
    listed = text_of(client.get("/desk/review"))
    assert "九.csv · 第 2 行" in listed and "没有可认定主体的代码" in listed
    page = text_of(client.get(f"/desk/review/{item.id}"))
    assert "丙9" in page and "13900001239" not in page and "<script>alert" not in page
    assert "没有可用的主体代码" in page and "可能降低其等级" in page and "退回待改" in page
    assert code(1) in page and "通江路1号" in page
    assert len(reads(f"held:{item.batch_id}:2", "held.read")) == 1


def test_who_comes_second_is_told_who_was_first(enter, twins):
    jia, yi = enter("jia"), enter("yi")
    item = ReviewItem.objects.order_by("id").first()
    jia.post(f"/desk/review/{item.id}/accept", {"subject": find_subject_id(code(1))})
    late = yi.post(f"/desk/review/{item.id}/accept", {"subject": find_subject_id(code(2))})
    assert late.status_code == 409 and "人员jia已先一步处理了这一项" in text_of(late)
    assert yi.post(f"/desk/review/{item.id}/reject", {}).status_code == 409
    entry = CreditRecord.objects.get(source_id=PENALTY)
    assert entry.subject_id == find_subject_id(code(1))


def test_none_of_them_and_another_by_its_code(enter, twins):
    client = enter("jia")
    first, second, third = ReviewItem.objects.order_by("id")
    assert "did=rejected" in client.post(f"/desk/review/{first.id}/reject", {"note": HOSTILE})["Location"]
    shown = text_of(client.get(f"/desk/review/{first.id}"))
    assert "都不是" in shown and "<script>alert" not in shown
    assert "did=accepted" in client.post(f"/desk/review/{second.id}/accept", {"code": code(2)})["Location"]
    unknown = client.post(f"/desk/review/{third.id}/accept", {"code": code(99)})
    assert unknown.status_code == 409 and "没有这个代码的主体" in text_of(unknown)
    assert client.post(f"/desk/review/{third.id}/accept", {"subject": "x"}).status_code == 409
    assert client.get("/desk/review/9999").status_code == 404


def test_the_queue_takes_as_many_queries_for_ten_as_for_three(enter, twins, collect):
    client = enter("jia")
    three = queries(client, "/desk/review")
    more = [row(n, CF_XDR_MC=NAME, CF_XDR_SHXYM="", CF_WSH=f"乙{n}") for n in range(10, 20)]
    collect(PENALTY, table(*more), name="又.csv")
    assert queries(client, "/desk/review") == three < 20
    assert queries(client, f"/desk/review/{ReviewItem.objects.first().id}") < 20


def test_the_whole_queue_goes_along_as_a_file_and_every_row_once(enter):
    ReviewItem.objects.bulk_create(
        ReviewItem(
            source_id=PENALTY, batch_id=n, line=n, held_row_id=n, name=f"某{n}公司", name_form="", compared={},
            state="open", opened_at=NOON,
        )
        for n in range(1, 1_102)
    )  # fmt: skip
    file = b"".join(islice(enter("jia").get("/desk/review?export=csv&at=50"), 100)).decode("utf-8-sig")
    numbers = [line["编号"] for line in csv.DictReader(io.StringIO(file))]
    assert sorted(map(int, numbers)) == sorted(ReviewItem.objects.values_list("id", flat=True))


# files -------------------------------------------------------------------------------------------------


def test_a_file_opens_for_a_purpose_and_every_reading_is_noted(enter, collect):
    collect(PENALTY, table(row(1)), name="处罚.csv")
    client, number = enter("jia"), find_subject_id(code(1))
    asked = text_of(client.get(f"/desk/subjects/{number}"))
    assert "查阅目的" in asked and "网络科技" not in asked and not reads(f"subject:{number}")
    assert open_file(client, number, purpose="").status_code == 400
    assert open_file(client, number, purpose="other", words="").status_code == 400
    assert open_file(client, number)["Location"] == f"/desk/subjects/{number}"
    page = text_of(client.get(f"/desk/subjects/{number}"))
    assert "常州测试1号网络科技有限公司" in page and "处罚.csv 第 2 行" in page and "已被查阅 1 次" in page
    (note,) = reads(f"subject:{number}")
    assert "核查投诉举报：12345 号件" in note
    assert "查阅目的" in text_of(enter("yi").get(f"/desk/subjects/{number}"))


def test_a_grade_stands_under_headings_with_what_would_lift_it(enter, collect):
    collect(PENALTY, table(row(1, CF_CFLB="罚款")), name="处罚.csv")
    client, number = enter("jia"), find_subject_id(code(1))
    open_file(client, number)
    decided = CreditRecord.objects.get(source_id=PENALTY).valid_from
    page = text_of(client.get(f"/desk/subjects/{number}?as_of={decided}"))
    assert "<b>守法</b>" in page and "起点和总分的上下限" in page and "电子商务信用等级" in page
    told = page.split('id="lift"')[1].split("</ul>")[0]
    assert "申请信用修复" in told and f"{add_months(decided, 3)} 起可以申请" in told
    assert f"什么都不做，{add_months(decided, 12)} 起" in told
    # What has not happened yet counts for nothing, and nothing is no grade.
    before = text_of(client.get(f"/desk/subjects/{number}?as_of={decided - timedelta(days=1)}"))
    assert "不评级" in before and 'id="lift"' not in before


def test_the_grades_a_subject_had_are_drawn_beside_their_table(enter, collect, home, catalog):
    ring = KeyRing.load(home.keys)
    collect(PENALTY, table(row(1, CF_CFLB="罚款")), name="处罚.csv")
    client, number = enter("jia"), find_subject_id(code(1))
    decided = CreditRecord.objects.get(source_id=PENALTY).valid_from
    open_file(client, number)
    same = {"CF_XDR_SHXYM": row(1)["CF_XDR_SHXYM"], "CF_XDR_MC": row(1)["CF_XDR_MC"]}
    for later in (0, 1):
        day = decided + timedelta(days=later)
        evaluate(home=home, catalog=catalog, ring=ring, as_of=day, by=OPERATOR, at=NOON)
        page = text_of(client.get(f"/desk/subjects/{number}"))
        collect(PENALTY, table(row(2, CF_CFLB="罚款", **same)), name="又一件.csv")
        # One grade is no history.
        assert ("<svg" in page) == bool(later)
    told = page.split('id="history"')[1].split("</table>")[0]
    assert told.count("<circle") == 2 and told.split("<tbody>")[1].count("<tr>") == 2
    assert "下表为各次的数字" in told and "<rect" in told


def test_the_way_on_is_inside_the_file(enter, collect):
    collect(PENALTY, table(row(1)))
    client, number = enter("jia"), find_subject_id(code(1))
    for elsewhere in ("https://evil.example/", "//evil.example", "/desk/people", f"/desk/subjects/{number}0"):
        assert open_file(client, number, onward=elsewhere)["Location"] == f"/desk/subjects/{number}"
    wanted = f"/desk/subjects/{number}/records/5"
    assert open_file(client, number, onward=wanted)["Location"] == wanted


def test_a_natural_person_is_masked_everywhere(enter, collect):
    collect(PENALTY, table(row(1, **PERSON)))
    client, person = enter("jia"), CreditSubject.objects.get(is_person=True)
    open_file(client, person.id)
    entry = CreditRecord.objects.get(source_id=PENALTY)
    for address in (
        f"/desk/subjects/{person.id}",
        f"/desk/subjects/{person.id}/records/{entry.leaf}",
        f"/desk/subjects/{person.id}/records/{entry.leaf}/correct",
    ):
        page = text_of(client.get(address))
        assert "欧阳**" in page and "欧阳三丰" not in page and "11010519491231002X" not in page, address
    read = JournalNote.objects.filter(object=f"subject:{person.id}")
    before = read.count()
    assert (
        client.post("/desk/subjects", {"q": "11010519491231002X"})["Location"]
        == f"/desk/subjects/{person.id}"
    )
    assert read.count() == before + 1 and "证件号码检索" in read.latest("id").detail
    assert "11010519491231002X" not in read.latest("id").detail
    assert "没有找到" in text_of(client.post("/desk/subjects", {"q": "欧阳三丰"}))


def test_names_are_found_by_their_beginning(enter, twins):
    client = enter("jia")
    page = text_of(client.post("/desk/subjects", {"q": "常州市云帆"}))
    assert "云帆" in text_of(client.post("/desk/subjects", {"q": "云帆"}))
    assert NAME in page and TWIN in page
    assert client.post("/desk/subjects", {"q": code(2)})["Location"].endswith(str(find_subject_id(code(2))))
    assert "至少输入两个字" in text_of(client.post("/desk/subjects", {"q": "常"}))
    assert client.get("/desk/subjects/99999").status_code == 404


def test_a_file_as_it_was(enter, collect):
    collect(PENALTY, table(row(1, CF_WSH="早", CF_JDRQ="2026/03/01"), row(1, CF_WSH="晚")))
    client, number = enter("jia"), find_subject_id(code(1))
    open_file(client, number)
    page = text_of(client.get(f"/desk/subjects/{number}?as_of=2026-04-01"))
    assert "记录（1 条）" in page and "按所选日期重新计算" in page
    before = text_of(client.get(f"/desk/subjects/{number}?known_at={(NOON - timedelta(days=2)).date()}"))
    assert "记录（0 条）" in before
    assert "认不出" in text_of(client.get(f"/desk/subjects/{number}?as_of=2026-99-99"))


def test_a_long_file_takes_as_many_queries_as_a_short_one(enter, collect):
    client = enter("jia")
    counts = []
    for firm, records in ((1, 2), (2, 60)):
        rows = [row(firm, CF_WSH=f"{firm}-{n}号") for n in range(records)]
        collect(PENALTY, table(*rows), name=f"{firm}.csv")
        open_file(client, find_subject_id(code(firm)))
        counts.append(queries(client, f"/desk/subjects/{find_subject_id(code(firm))}"))
    assert counts[0] == counts[1] < 35
    page = text_of(client.get(f"/desk/subjects/{find_subject_id(code(2))}"))
    assert page.count('<li class="entry') == 50 and "at=50" in page


# a record ----------------------------------------------------------------------------------------------


def test_every_value_says_where_it_comes_from(enter, collect):
    collect(PENALTY, table(row(1, CF_JDRQ="2026年5月8日")), name="处罚.csv")
    collect(PENALTY, table(row(3), row(1, CF_NR="罚款人民币五万元", CF_NR_FK="5")), name="更新.csv")
    client, number = enter("jia"), find_subject_id(code(1))
    open_file(client, number)
    entry = CreditRecord.objects.filter(source_id=PENALTY, subject_id=number).order_by("leaf").last()
    page = text_of(client.get(f"/desk/subjects/{number}/records/{entry.leaf}"))
    assert "更新.csv · 第 3 行" in field(page, "CF_NR_FK") and "处罚.csv · 第 2 行" in field(page, "CF_WSH")
    assert "<s>责令改正，并处罚款</s>" in field(page, "CF_NR") and entry.edition in field(page, "CF_NR")
    first = CreditRecord.objects.filter(doc_key=entry.doc_key).order_by("leaf").first()
    before = text_of(client.get(f"/desk/subjects/{number}/records/{first.leaf}"))
    assert "2026年5月8日" in field(before, "CF_JDRQ") and "已被取代" in before


def test_a_record_is_corrected_by_two(enter, collect):
    collect(PENALTY, table(row(1)), name="处罚.csv")
    jia, yi, number = enter("jia"), enter("yi"), find_subject_id(code(1))
    open_file(jia, number)
    old = CreditRecord.objects.get(source_id=PENALTY)
    address = f"/desk/subjects/{number}/records/{old.leaf}"
    unchanged = jia.post(f"{address}/correct", {"new-CF_NR_FK": "3", "new-CF_FRDB": "王*", "reason": "原件"})
    assert unchanged.status_code == 400 and "没有改动任何一项" in text_of(unchanged)
    wrong = jia.post(f"{address}/correct", {"new-CF_JDRQ": "没有这一天", "reason": HOSTILE})
    assert (
        wrong.status_code == 400 and "没有这一天" in text_of(wrong) and "<script>alert" not in text_of(wrong)
    )
    asked = jia.post(
        f"{address}/correct",
        {"new-CF_NR_FK": "2", "new-BZ": "补记", "new-CF_WSH": "别的", "reason": "原件为二万"},
    )
    assert asked.status_code == 302
    assert "等待另一人复核" in text_of(jia.get(address)) and CreditRecord.objects.count() == 1
    own = jia.post(f"/desk/approvals/{last_asked()}/decide", {"answer": "agree"})
    assert own.status_code == 403 and "须由他人复核" in text_of(own)
    shown = text_of(yi.get(f"/desk/approvals/{last_asked()}"))
    assert (
        "<b>补记</b>" in shown
        and "罚款金额" in shown
        and "<b>2</b>" in shown
        and "原件为二万" in shown
        and "行政处罚决定书文号" not in shown
    )
    assert yi.post(f"/desk/approvals/{last_asked()}/decide", {"answer": "refuse"}).status_code == 409
    assert (
        yi.post(f"/desk/approvals/{last_asked()}/decide", {"answer": "agree"})["Location"]
        == f"/desk/approvals/{last_asked()}?done=agreed"
    )
    new = CreditRecord.objects.order_by("leaf").last()
    page = text_of(jia.get(f"/desk/subjects/{number}/records/{new.leaf}"))
    assert new.verb == "correct" and "人员jia" in field(page, "CF_NR_FK") and "原件为二万" in page
    late = yi.post(f"/desk/approvals/{last_asked()}/decide", {"answer": "agree"})
    assert late.status_code == 409 and "已经处理过" in text_of(late)


def test_notices_about_a_correction_are_read_before_it_is_asked_for_and_by_who_agrees(enter, collect):
    collect(PENALTY, table(row(1)), name="处罚.csv")
    jia, yi, number = enter("jia"), enter("yi"), find_subject_id(code(1))
    open_file(jia, number)
    address = f"/desk/subjects/{number}/records/{CreditRecord.objects.get(source_id=PENALTY).leaf}/correct"
    sent = {"new-CF_CFLB": "罚款;没收违法所得", "reason": "笔误"}
    page = jia.post(address, sent)
    assert page.status_code == 200 and "请先核对下列提示" in text_of(page) and not Approval.objects.exists()
    heeded = re.search(r'name="heeded" value="(\w+)"', text_of(page))[1]
    # What was read about one value says nothing of another.
    other = jia.post(address, {**sent, "new-BZ": "补记", "heeded": heeded})
    assert other.status_code == 200 and not Approval.objects.exists()
    assert jia.post(address, {**sent, "heeded": heeded}).status_code == 302
    shown = text_of(yi.get(f"/desk/approvals/{last_asked()}"))
    assert "系统对新值的提示" in shown and "没收违法所得" in shown
    yi.post(f"/desk/approvals/{last_asked()}/decide", {"answer": "agree"})
    assert "系统对新值的提示" not in text_of(yi.get(f"/desk/approvals/{last_asked()}"))


def test_a_line_end_that_a_form_rewrites_is_no_change(enter, collect):
    collect(PENALTY, table(row(1, CF_SY="一、虚构交易。\n二、编造评价。")))
    client, number = enter("jia"), find_subject_id(code(1))
    open_file(client, number)
    address = f"/desk/subjects/{number}/records/{CreditRecord.objects.get(source_id=PENALTY).leaf}/correct"
    assert '<textarea id="new-CF_SY"' in text_of(client.get(address))
    sent = {"new-CF_SY": "一、虚构交易。\r\n二、编造评价。", "reason": "原件"}
    assert "没有改动任何一项" in text_of(client.post(address, sent))


def test_a_withdrawal_can_be_taken_back_before_anybody_agrees(enter, collect):
    collect(PENALTY, table(row(1)))
    jia, yi, number = enter("jia"), enter("yi"), find_subject_id(code(1))
    open_file(jia, number)
    leaf = CreditRecord.objects.get(source_id=PENALTY).leaf
    assert jia.post(f"/desk/subjects/{number}/records/{leaf}/withdraw", {"reason": "重复"}).status_code == 302
    assert yi.post(f"/desk/approvals/{last_asked()}/withdraw").status_code == 404
    assert jia.post(f"/desk/approvals/{last_asked()}/withdraw").status_code == 302
    assert yi.post(f"/desk/approvals/{last_asked()}/decide", {"answer": "agree"}).status_code == 409
    assert not CreditRecord.objects.filter(verb="withdraw").exists()


def test_sealed_values_open_to_the_privacy_officer_for_a_purpose_each_time(enter, collect):
    collect(PENALTY, table(row(1, **PERSON)))
    person, entry = CreditSubject.objects.get(is_person=True), CreditRecord.objects.get(source_id=PENALTY)
    address = f"/desk/subjects/{person.id}/records/{entry.leaf}/reveal"
    assert enter("jia").get(address).status_code == 403
    privacy = enter("hu", "privacy_officer")
    assert "11010519491231002X" not in text_of(privacy.get(address))
    assert privacy.post(address, {}).status_code == 400
    shown = privacy.post(address, {"purpose": "subject", "words": "本人查询"})
    assert "11010519491231002X" in text_of(shown) and shown["Cache-Control"] == "no-store"
    assert "11010519491231002X" not in text_of(privacy.get(address))
    (note,) = reads(f"subject:{person.id}", "subject.reveal")
    assert "应主体本人要求：本人查询" in note and f"#{entry.leaf}" in note


def test_a_record_is_read_in_its_own_subjects_file_only(enter, collect):
    collect(PENALTY, table(row(1), row(2)))
    client, one, other = enter("jia"), find_subject_id(code(1)), find_subject_id(code(2))
    open_file(client, one)
    leaf = CreditRecord.objects.get(subject_id=other, source_id=PENALTY).leaf
    assert client.get(f"/desk/subjects/{one}/records/{leaf}").status_code == 404
    assert "查阅目的" in text_of(client.get(f"/desk/subjects/{other}/records/{leaf}"))


# merges ------------------------------------------------------------------------------------------------


def test_two_become_one_when_two_agree_and_are_parted_again(enter, twins):
    jia, yi = enter("jia"), enter("yi")
    one, other = find_subject_id(code(1)), find_subject_id(code(2))
    pair = text_of(jia.get(f"/desk/merges/compare?one={code(1)}&other=S{other}"))
    assert NAME in pair and TWIN in pair and "despite_codes" in pair
    given = {"one": f"S{one}", "other": f"S{other}", "reason": "同一营业执照"}
    assert jia.post("/desk/merges/ask", given).status_code == 409
    assert jia.post("/desk/merges/ask", given | {"despite_codes": "1"}).status_code == 302
    assert canonical_id(other) == other
    assert "同一营业执照" in text_of(yi.get("/desk/approvals"))
    yi.post(f"/desk/approvals/{last_asked()}/decide", {"answer": "agree"})
    assert canonical_id(other) == one
    assert jia.get(f"/desk/subjects/{other}")["Location"] == f"/desk/subjects/{one}?from={other}"
    listed = text_of(yi.get("/desk/merges"))
    assert "人员jia" in listed and f"/desk/merges/{other}/split" in listed
    assert yi.post(f"/desk/merges/{other}/split", {"reason": ""}).status_code == 400
    assert yi.post(f"/desk/merges/{other}/split", {"reason": "不是同一家"}).status_code == 302
    assert canonical_id(other) == other
    assert f"/desk/merges/{other}/split" not in text_of(yi.get("/desk/merges"))


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as counted:
        assert client.get(address).status_code == 200
    return len(counted)


def field(page: str, name: str) -> str:
    """The line of a record's page about one field."""
    found = re.search(
        rf'<tr[^>]*><th scope="row">[^<]*<br><span class="code soft">{name}</span>.*?</tr>', page, re.S
    )
    assert found is not None, name
    return found[0]


def test_a_batch_is_taken_back_by_two(enter, collect):
    sent = collect(PENALTY, table(row(1), row(2, CF_JDRQ="?")))
    held = HeldRow.objects.get()
    client, address = enter("jia"), f"/desk/batches/{sent.batch_id}"
    assert "提请复核整批撤回" in text_of(client.get(address))
    refused = client.post(f"{address}/withdraw", {"reason": " "})
    assert refused.status_code == 409 and "请写明理由" in text_of(refused)
    asked = client.post(f"{address}/withdraw", {"reason": "报错了数据源"})
    assert asked.status_code == 302 and "等待另一人复核" in text_of(client.get(asked["Location"]))
    assert not CreditRecord.objects.filter(verb="withdraw").exists()  # tried, and rolled back
    other, request = enter("yi"), f"/desk/approvals/{last_asked()}"
    assert address in text_of(other.get(request))
    assert other.post(f"{request}/decide", {"answer": "agree"}).status_code == 302
    assert CreditRecord.objects.filter(verb="withdraw").count() == 1
    page = text_of(client.get(address))
    assert "这个批次已整批撤回" in page and "提请复核整批撤回" not in page
    assert "随批次撤回" in text_of(client.get(f"/desk/quarantine/{held.id}"))
    clerk = enter("li", "clerk", "gongshang")
    assert "提请复核整批撤回" not in text_of(clerk.get(address))
    assert clerk.post(f"{address}/withdraw", {"reason": "x"}).status_code == 403


# what is on file ---------------------------------------------------------------------------------------


def test_a_waiting_row_stands_beside_what_is_on_file(enter, collect):
    collect(PENALTY, table(row(1)))
    leaf = CreditRecord.objects.get(source_id=PENALTY).leaf
    collect(PENALTY, table(row(1, CF_NR_FK="9")), by="youzheng", on_behalf=True, name="b.csv")
    held = HeldRow.objects.get()
    page = text_of(enter("jia").get(f"/desk/quarantine/{held.id}"))
    assert f"第 {leaf} 条，常州市市场监督管理局报送" in page
    assert "<td>3</td><td>9</td>" in page and page.count("<td>3</td>") == 1
    (note,) = reads(f"held:{held.batch_id}:{held.line}", "held.read")
    assert f"#{leaf}" in note


@pytest.fixture
def on_file(collect):
    """A penalty is on file of a registered firm; it comes again without a code and with another amount."""
    collect(REGISTRATION, register((NAME, code(1), "常州市新北区通江路1号")))
    collect(PENALTY, table(row(1, CF_XDR_MC=NAME, CF_XDR_SHXYM=code(1))))
    leaf = CreditRecord.objects.get(source_id=PENALTY).leaf
    collect(PENALTY, table(row(1, CF_XDR_MC=NAME, CF_XDR_SHXYM="", CF_NR_FK="9")), name="b.csv")
    return leaf


def test_a_match_tells_that_the_document_is_on_file_and_offers_no_undo_it_would_refuse(enter, on_file):
    client, item = enter("jia"), ReviewItem.objects.get()
    page = text_of(client.get(f"/desk/review/{item.id}"))
    assert f"同一文书已在账，第 {on_file} 条" in page and "将取代该条；此后认定不能撤销" in page
    assert "<td>3</td><td>9</td>" in page
    answer = client.post(f"/desk/review/{item.id}/accept", {"subject": find_subject_id(code(1))})
    assert answer.status_code == 302 and CreditRecord.objects.filter(source_id=PENALTY).count() == 2
    page = text_of(client.get(f"/desk/review/{item.id}?did=accepted&last={item.id}"))
    assert "不能撤销：" in page and "更新了同一文书较早的记录" in page
    assert f"/desk/review/{item.id}/undo" not in page
    refused = client.post(f"/desk/review/{item.id}/undo", {"note": "误判"})
    assert refused.status_code == 409


def test_a_match_whose_document_is_new_may_be_undone(enter, twins):
    client, item = enter("jia"), ReviewItem.objects.earliest("id")
    assert "同一文书已在账" not in text_of(client.get(f"/desk/review/{item.id}"))
    client.post(f"/desk/review/{item.id}/accept", {"subject": find_subject_id(code(1))})
    page = text_of(client.get(f"/desk/review/{item.id}?did=accepted&last={item.id}"))
    assert f"/desk/review/{item.id}/undo" in page and "不能撤销：" not in page
