"""Leads at the desk: the queue, one finding behind its purpose, its rows, dismissing, and confirming by two into the ledger."""

import json
from collections.abc import Callable

import pytest
from django.test import Client

from ecredit.facts.actors.models import Approval, JournalEntry, JournalNote
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.subjects.queries import find_subject_id
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.triage.detect_actions import look_for_forged_trade
from ecredit.judgement.triage.keep_findings import tie_subjects
from ecredit.judgement.triage.models import DetectionRun, Finding, FindingDecision
from ecredit.judgement.triage.teach_actions import weights_in_force
from ecredit.service.operation.finding_records import post_waiting_records
from ecredit.service.operation.job_actions import start_job
from ecredit.service.operation.models import SingleRecord
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.single_records import COLLECT_RECORDS
from ecredit.service.operation.worker import Worker
from tests.conftest import NOON
from tests.desk.conftest import CITY, make_person, sign_in
from tests.desk.test_desk_officer import text_of
from tests.desk.test_desk_second_factor import set_up
from tests.penalty_rows import code
from tests.subjects.test_subjects_review_journey import register
from tests.triage.triage_world import lead, run_with, send_trade, write_trade

pytestmark = pytest.mark.django_db
Enter = Callable[..., Client]
FIRM = "常州示范网络有限公司"


@pytest.fixture
def enter(desk) -> Enter:
    """enter("jia") → a client of a credit officer called so, signed in with two factors."""

    def run(login: str) -> Client:
        client = sign_in(make_person(login, (CITY, "credit_officer")))
        set_up(client)
        return client

    return run


@pytest.fixture
def leads(catalog, collect) -> list[Finding]:
    """Two findings about shops, one of them of a registered firm, and one about a victim."""
    collect("registration", register((FIRM, code(1), "常州市新北区通江路1号")))
    run_with(
        catalog,
        lead("s1", 6, score=0.9995, log_odds=7.6),
        lead("s2", 4, kind="sybil"),
        lead("s3", 5, kind="malicious_review", victim=True),
        codes={"s1": code(1)},
    )
    firm = find_subject_id(code(1))
    tie_subjects({"s1": firm, "s3": firm})
    return list(Finding.objects.order_by("shop_id"))


def open_finding(client: Client, row: Finding) -> str:
    """The finding's page, after its purpose was given."""
    given = {"purpose": "finding", "words": ""}
    assert client.post(f"/desk/findings/{row.pk}/purpose", given).status_code == 302
    answer = client.get(f"/desk/findings/{row.pk}")
    assert answer.status_code == 200
    return text_of(answer)


def collect_now() -> None:
    """What the schedule does every minute."""
    platform = Platform()
    start_job(kind=COLLECT_RECORDS, params={}, ring=platform.ring, by=OPERATOR, at=NOON)
    assert Worker(platform).run_next()


def posted_now() -> tuple[int, tuple[str, ...]]:
    """What an evaluation puts down: how many, and which it could not."""
    done = post_waiting_records(Platform(), by=OPERATOR)
    return done.posted, done.faulty


def test_the_queue_lists_filters_and_goes_along(enter: Enter, leads):
    client = enter("jia")
    page = text_of(client.get("/desk/findings"))
    assert page.index("店s1") < page.index("店s2") and FIRM in page and "未对应到主体" in page
    assert "99.9" in page and "（受害）" in page
    assert "店s1" not in text_of(client.get("/desk/findings?kind=sybil"))
    assert "店s2" not in text_of(client.get("/desk/findings?strength=strong"))
    assert "店s3" not in text_of(client.get("/desk/findings?q=s1"))
    export = b"".join(client.get("/desk/findings?export=csv&kind=sybil").streaming_content).decode()
    assert leads[1].pk in export and "马甲刷单" in export and "店s1" not in export
    assert 'href="/desk/findings"' in text_of(client.get("/desk/"))


def test_a_finding_is_read_for_a_purpose_which_is_journaled(enter: Enter, leads):
    client, row = enter("jia"), leads[0]
    asked = text_of(client.get(f"/desk/findings/{row.pk}"))
    assert "查阅目的" in asked and "句子" not in asked
    assert "查阅目的" in text_of(client.get(f"/desk/findings/{row.pk}/rows/orders"))
    assert not JournalNote.objects.filter(verb="finding.read").exists()
    page = open_finding(client, row)
    note = JournalNote.objects.get(verb="finding.read")
    assert note.object == f"finding:{row.pk}" and "核查虚假交易线索" in note.detail
    # Evidence that adds up, the honest explanation, what could not be judged and for want of what.
    assert (
        "重量过轻" in page
        and "+2.00" in page
        and "+7.60" in page
        and "赠品" in page
        and "reviews.score" in page
    )
    assert "网店“店s1”有 6 笔订单疑似刷单" in page
    english = text_of(client.get(f"/desk/findings/{row.pk}?lang=en"))
    assert "6 orders of the shop 店s1 look forged" in english and "samples" in english
    assert client.get("/desk/findings/F-nowhere").status_code == 404


def test_a_dismissal_needs_a_reason_and_makes_no_record(enter: Enter, leads):
    client, row = enter("jia"), leads[0]
    given = {"evidence": row.digest, "reason": "promotion", "words": ""}
    client.post(f"/desk/findings/{row.pk}/dismiss", given)  # asks what for
    client.post(f"/desk/findings/{row.pk}/purpose", {"purpose": "finding", "words": ""})
    client.get(f"/desk/findings/{row.pk}/rows/orders")  # its rows are not its evidence
    assert client.post(f"/desk/findings/{row.pk}/dismiss", given).status_code == 409
    assert not FindingDecision.objects.exists()
    open_finding(client, row)
    wrong = client.post(f"/desk/findings/{row.pk}/dismiss", {"evidence": row.digest, "reason": "other"})
    assert wrong.status_code == 409 and "请写明情况" in text_of(wrong)
    stale = client.post(f"/desk/findings/{row.pk}/dismiss", {"evidence": "x", "reason": "promotion"})
    assert stale.status_code == 409 and "有变化" in text_of(stale)
    given = {"evidence": row.digest, "reason": "promotion", "words": "双十一"}
    assert client.post(f"/desk/findings/{row.pk}/dismiss", given).status_code == 302
    page = text_of(client.get(f"/desk/findings/{row.pk}?done=dismissed"))
    assert "已排除" in page and "促销活动：双十一" in page and "提请确认" not in page
    assert JournalEntry.objects.filter(verb="finding.dismiss").count() == 1
    assert posted_now() == (0, ())
    assert not SingleRecord.objects.exists()
    assert not CreditRecord.objects.filter(source_id="detected_forged_trade").exists()


def confirm(jia: Client, yi: Client, row: Finding) -> None:
    """One asks, another agrees."""
    open_finding(jia, row)
    given = {"evidence": row.digest, "reason": "courier_records", "words": "底单为空"}
    answer = jia.post(f"/desk/findings/{row.pk}/confirm", given)
    assert answer.status_code == 302 and "done=asked" in answer["Location"], text_of(answer)
    row.refresh_from_db()
    assert row.state == "waiting"
    assert "待复核" in text_of(jia.get("/desk/findings?state=asked"))
    number = Approval.objects.latest("id").pk
    own = jia.post(f"/desk/approvals/{number}/decide", {"answer": "agree"})
    assert own.status_code == 403
    asked = text_of(yi.get(f"/desk/approvals/{number}"))
    assert row.shop_name in asked and "底单为空" in asked
    blind = yi.post(f"/desk/approvals/{number}/decide", {"answer": "agree"})
    assert blind.status_code == 409 and "还没有打开过" in text_of(blind)
    open_finding(yi, row)
    agreed = yi.post(f"/desk/approvals/{number}/decide", {"answer": "agree"})
    assert agreed.status_code == 302, text_of(agreed)
    row.refresh_from_db()
    assert row.state == "confirmed"


def test_two_confirm_and_the_record_stands_in_the_file_of_its_subject(enter: Enter, leads):
    jia, yi, row = enter("jia"), enter("yi"), leads[0]
    confirm(jia, yi, row)
    assert "正在入账" in text_of(jia.get(f"/desk/findings/{row.pk}"))
    collect_now()
    entry = CreditRecord.objects.get(source_id="detected_forged_trade")
    said = json.loads(entry.content)
    assert entry.subject_id == find_subject_id(code(1)) and entry.supplier == "gongshang"
    assert (said["finding_no"], said["kind"], said["orders"]) == (row.pk, "刷单", "6")
    assert "底单为空" in said["ground"]
    page = text_of(jia.get(f"/desk/findings/{row.pk}"))
    assert f"/desk/subjects/{entry.subject_id}/records/{entry.leaf}" in page or f"#{entry.leaf}" in page
    verbs = set(JournalEntry.objects.filter(object=f"finding:{row.pk}").values_list("verb", flat=True))
    assert {"finding.confirm", "finding.post"} <= verbs


def test_a_confirmed_one_without_a_subject_waits_and_one_about_a_victim_makes_none(
    enter: Enter, leads, collect
):
    jia, yi = enter("jia"), enter("yi")
    confirm(jia, yi, leads[1])
    assert "暂不能入账" in text_of(jia.get(f"/desk/findings/{leads[1].pk}"))
    confirm(jia, yi, leads[2])
    assert "受害者" in text_of(jia.get(f"/desk/findings/{leads[2].pk}"))
    assert not SingleRecord.objects.exists()
    assert posted_now() == (0, ())
    collect(
        "registration", register(("常州另一网络有限公司", code(2), "常州市新北区通江路2号")), name="b.csv"
    )
    tie_subjects(
        {"s1": find_subject_id(code(1)), "s2": find_subject_id(code(2)), "s3": find_subject_id(code(1))}
    )
    assert posted_now() == (1, ())
    assert posted_now() == (0, ())
    collect_now()
    entry = CreditRecord.objects.get(source_id="detected_forged_trade")
    assert entry.subject_id == find_subject_id(code(2))


def test_a_record_put_down_later_says_what_was_confirmed(enter: Enter, leads, catalog, collect):
    jia, yi, row = enter("jia"), enter("yi"), leads[1]
    confirm(jia, yi, row)
    # Not enough more to be looked at again, but of another kind and over a longer time.
    longer = ["2026-01-05T10:00:00+08:00", "2026-04-20T10:00:00+08:00"]
    run_with(catalog, lead("s2", 6, kind="empty_parcel", window=longer))
    row.refresh_from_db()
    assert (row.state, row.kind, row.row_count) == ("confirmed", "empty_parcel", 6)
    collect(
        "registration", register(("常州另一网络有限公司", code(2), "常州市新北区通江路2号")), name="b.csv"
    )
    tie_subjects({"s2": find_subject_id(code(2))})
    assert posted_now() == (1, ())
    collect_now()
    said = json.loads(CreditRecord.objects.get(source_id="detected_forged_trade").content)
    assert (said["kind"], said["orders"]) == ("马甲账户刷单", "4")
    assert (said["first_on"], said["last_on"]) == ("2026-03-01", "2026-03-09")


def test_one_that_grew_before_its_subject_was_known_still_gets_its_record(
    enter: Enter, leads, catalog, collect
):
    jia, yi, row = enter("jia"), enter("yi"), leads[1]
    confirm(jia, yi, row)
    run_with(catalog, lead("s2", 30, kind="sybil"))
    row.refresh_from_db()
    assert (row.state, row.returned) == ("waiting", True)
    assert "暂不能入账" in text_of(jia.get(f"/desk/findings/{row.pk}"))
    collect(
        "registration", register(("常州另一网络有限公司", code(2), "常州市新北区通江路2号")), name="b.csv"
    )
    tie_subjects({"s2": find_subject_id(code(2))})
    assert posted_now() == (1, ())
    assert posted_now() == (0, ())
    collect_now()
    assert json.loads(CreditRecord.objects.get(source_id="detected_forged_trade").content)["orders"] == "4"
    # Confirmed again, the document has a next version.
    confirm(jia, yi, row)
    collect_now()
    last = CreditRecord.objects.filter(source_id="detected_forged_trade").order_by("leaf").last()
    assert json.loads(last.content)["orders"] == "30"


def test_a_faulty_finding_keeps_neither_the_others_nor_the_evaluation(enter: Enter, leads, catalog):
    jia, yi = enter("jia"), enter("yi")
    long = "s" * 190
    run_with(catalog, lead("s2", 4, kind="sybil"), lead("s4", 4), lead(long, 4))
    Finding.objects.filter(shop_id=long).update(shop_name="店" * 300)
    good, odd, wide = (Finding.objects.get(shop_id=shop) for shop in ("s2", "s4", long))
    for row in (good, odd, wide):
        confirm(jia, yi, row)
    FindingDecision.objects.filter(finding=odd).update(kind="nonsense")
    tie_subjects(dict.fromkeys(("s2", "s4", long), find_subject_id(code(1))))
    assert posted_now() == (2, (odd.pk,))
    odd.refresh_from_db()
    assert odd.record is None
    assert posted_now() == (0, (odd.pk,))
    collect_now()
    said = [json.loads(e.content) for e in CreditRecord.objects.filter(source_id="detected_forged_trade")]
    assert {each["finding_no"] for each in said} == {good.pk, wide.pk}
    cut = next(each for each in said if each["finding_no"] == wide.pk)
    lengths = {column.code: column.max_length for column in catalog.sources["detected_forged_trade"].columns}
    assert len(cut["shop_name"]) == lengths["shop_name"] and len(cut["shop_id"]) == lengths["shop_id"]
    FindingDecision.objects.filter(finding=odd).update(kind="brushing")
    assert posted_now() == (1, ())


def test_what_changed_after_it_was_asked_is_not_confirmed(enter: Enter, leads, catalog):
    jia, yi, row = enter("jia"), enter("yi"), leads[0]
    open_finding(jia, row)
    given = {"evidence": row.digest, "reason": "admitted", "words": ""}
    assert jia.post(f"/desk/findings/{row.pk}/confirm", given).status_code == 302
    run_with(catalog, lead("s1", 9))
    number = Approval.objects.latest("id").pk
    open_finding(yi, row)
    answer = yi.post(f"/desk/approvals/{number}/decide", {"answer": "agree"})
    assert answer.status_code == 409 and "有变化" in text_of(answer)


def test_rows_days_and_ties_of_real_trade_are_shown_by_token(enter: Enter, home, catalog, tmp_path):
    send_trade(home, catalog, write_trade(tmp_path / "year"))
    ring = KeyRing.load(home.keys)
    look_for_forged_trade(home=home, catalog=catalog, ring=ring, as_of=NOON.date(), by=OPERATOR, at=NOON)
    row = Finding.objects.order_by("-row_count").first()
    client = enter("jia")
    page = open_finding(client, row)
    assert page.count("<svg") >= 2 and 'class="suspect"' in page
    orders = json.loads(row.rows)
    shown = text_of(client.get(f"/desk/findings/{row.pk}/rows/orders"))
    assert sum(order in shown for order in orders) == min(len(orders), 25)
    assert "export=" not in shown
    assert "揽收" in text_of(client.get(f"/desk/findings/{row.pk}/rows/parcels"))
    for table in ("payments", "reviews"):
        assert client.get(f"/desk/findings/{row.pk}/rows/{table}").status_code == 200
    assert client.get(f"/desk/findings/{row.pk}/rows/shops").status_code == 404
    assert DetectionRun.objects.count() == 1


def test_what_decisions_teach_is_adopted_by_two(enter: Enter, leads, catalog):
    jia, yi = enter("jia"), enter("yi")
    run_with(catalog, *[lead(f"t{n}", 4) for n in range(12)])
    for row in Finding.objects.filter(shop_id__startswith="t"):
        given = {"evidence": row.digest, "reason": "light_goods", "words": ""}
        open_finding(jia, row)
        assert jia.post(f"/desk/findings/{row.pk}/dismiss", given).status_code == 302
    page = text_of(jia.get("/desk/finding-weights"))
    assert "重量过轻" in page and "没有采用过权重" in page
    assert jia.post("/desk/finding-weights/adopt", {"what": "estimate", "reason": " "}).status_code == 400
    answer = jia.post("/desk/finding-weights/adopt", {"what": "estimate", "reason": "多为轻小商品"})
    assert answer.status_code == 302 and weights_in_force() == (0, {})
    number = Approval.objects.latest("id").pk
    asked = text_of(yi.get(f"/desk/approvals/{number}"))
    assert "weight_low" in asked and "多为轻小商品" in asked
    assert jia.post(f"/desk/approvals/{number}/decide", {"answer": "agree"}).status_code == 403
    assert yi.post(f"/desk/approvals/{number}/decide", {"answer": "agree"}).status_code == 302
    version, factors = weights_in_force()
    assert version == 1 and factors["weight_low"] < 1
    assert "第 1 版" in text_of(jia.get("/desk/finding-weights"))
    assert jia.post("/desk/finding-weights/adopt", {"what": "none", "reason": "重来"}).status_code == 302
    number = Approval.objects.latest("id").pk
    assert yi.post(f"/desk/approvals/{number}/decide", {"answer": "agree"}).status_code == 302
    assert weights_in_force() == (2, {})
