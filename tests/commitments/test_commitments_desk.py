"""A commitment from the desk to the ledger and its end; a case from its opening to a decision by two people, and back."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import localdate as today

from ecredit.facts.actors.approval_queries import list_approvals
from ecredit.facts.actors.models import JournalEntry, JournalNote
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.subjects.queries import get_subject
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer
from ecredit.service.commitments.models import BreachCase, BreachEvent, Commitment, CommitmentEvent
from ecredit.service.operation.approved import correction
from ecredit.service.operation.commitment_records import document_key
from ecredit.service.operation.platform import Platform
from ecredit.service.signatures.queries import find_document_of, read_content
from tests.commitments.commitments_world import FILLED, FIRM, OTHER, PNG, World
from tests.desk.test_desk_officer import text_of
from tests.penalty_rows import code
from tests.records.audited_home import audit as audit_whole
from tests.records.audited_home import tamper

pytestmark = pytest.mark.django_db
MAKE = "/desk/commitments/make/firm-1/merchant"
__all__ = ["audit_whole"]


@pytest.fixture
def audit(audit_whole):
    """The whole audit, but for the people these tests make without the journal."""

    def run():
        return [line for line in audit_whole() if not line.startswith(("people:", "rights:", "right:"))]

    return run


@pytest.fixture
def world(desk, collect):
    return World(desk, collect)


def scan(content: bytes = PNG, name: str = "scan.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/png")


def promised(world, client=None) -> Commitment:
    """A commitment made by the firm's person and taken in."""
    client = client or world.person("agent")
    answer = client.post(MAKE, FILLED)
    assert answer.status_code == 302, text_of(answer)
    world.take_in()
    return Commitment.objects.order_by("-id").first()


def test_a_firms_own_person_reads_fills_in_and_confirms(world, audit, desk):
    agent = world.person("agent")
    page = text_of(agent.get("/desk/commitments"))
    assert MAKE in page and FIRM in page and "登记纸质承诺" not in page
    form = text_of(agent.get(MAKE))
    assert "遵纪守法" in form and "不虚构原价" in form and FIRM in form and "24 个月" in form
    assert "文字为本平台拟定" in form and "电子商务法 第 17 条" in form.replace("中华人民共和国", "")
    unconfirmed = agent.post(MAKE, {**FILLED, "confirmed": ""})
    assert unconfirmed.status_code == 400 and "勾选确认" in text_of(unconfirmed)
    old = agent.post(MAKE, {**FILLED, "version": "0"})
    assert old.status_code == 400 and "新版本" in text_of(old)
    empty = agent.post(MAKE, {**FILLED, "scope": ""})
    assert empty.status_code == 400 and "请填写“经营的主要商品或服务”" in text_of(empty)
    personal = agent.post(MAKE, {**FILLED, "extra": "联系 11010519491231002X"})
    assert personal.status_code == 400 and "个人信息" in text_of(personal)
    assert not Commitment.objects.exists()
    made = promised(world, agent)
    (entry,) = world.entries()
    assert (
        made.number in entry.content
        and "日用百货" in entry.content
        and "常州市发展和改革委员会" in entry.content
    )
    assert entry.valid_to is not None and made.valid_until > today() + timedelta(days=700)
    shown = text_of(agent.get(f"/desk/commitments/{made.number}"))
    assert f"#{entry.leaf}" in shown and "有效" in shown and "撤回承诺" in shown
    # It may be signed with a certificate, by its own people.
    document = find_document_of(document_key(made.number))
    assert document is not None and document.organisation == "firm-1" and document.edition == "merchant/1"
    text = read_content(Sealer(KeyRing.load(desk.keys)), document.number).decode()
    assert made.number in text and FIRM in text and "3. 明码标价" in text and "日用百货" in text
    assert f"/desk/sign/{document.number}" in shown and "待签署" in shown
    assert agent.get(f"/desk/sign/{document.number}").status_code == 200
    assert (
        JournalEntry.objects.filter(verb="commitment.make", object=f"commitment:{made.number}").count() == 1
    )
    assert audit() == []


def test_anothers_commitment_is_not_there_and_cannot_be_made(world):
    made = promised(world)
    other = world.person("other", "firm-2")
    assert other.get(f"/desk/commitments/{made.number}").status_code == 404
    assert other.post(f"/desk/commitments/{made.number}/withdraw", {"reason": "x"}).status_code == 404
    assert other.post(MAKE, FILLED).status_code == 404
    assert FIRM not in text_of(other.get("/desk/commitments"))
    assert other.get("/desk/commitments/make/firm-2/platform").status_code == 404
    officer = world.officer("jia")
    assert FIRM in text_of(officer.get("/desk/commitments"))
    assert officer.post(f"/desk/commitments/{made.number}/withdraw", {"reason": "x"}).status_code == 403


def test_a_new_one_takes_the_place_of_the_old_and_both_stay(world, audit):
    agent = world.person("agent")
    first = promised(world, agent)
    assert "仍然有效" in text_of(agent.get(MAKE))
    second = promised(world, agent)
    first.refresh_from_db()
    assert (first.stand, second.replaces) == ("replaced", first.number)
    posted, ended, new = world.entries()
    assert (posted.verb, ended.verb, new.verb) == ("post", "correct", "post")
    assert ended.doc_key == posted.doc_key and f"由 {second.number} 代替" in ended.content
    assert audit() == []


def test_it_is_withdrawn_by_its_own_people_from_today_on(world, audit):
    agent = world.person("agent")
    answer = agent.post(MAKE, FILLED)
    made = Commitment.objects.get()
    address = f"/desk/commitments/{made.number}"
    early = agent.post(f"{address}/withdraw", {"reason": "停业"})
    assert early.status_code == 409 and "正在入账" in text_of(early) and answer.status_code == 302
    world.take_in()
    assert agent.post(f"{address}/withdraw", {"reason": " "}).status_code == 409
    assert agent.post(f"{address}/withdraw", {"reason": "停业"}).status_code == 302
    assert "已撤回" in text_of(agent.get(address)) and "停业" in text_of(agent.get(address))
    _, ended = world.entries()
    assert find_document_of(document_key(made.number)).state == "withdrawn"
    assert f'"valid_until":"{made.committed_on}"' in ended.content
    again = agent.post(f"{address}/withdraw", {"reason": "停业"})
    assert again.status_code == 409 and "已经撤回" in text_of(again)
    assert CommitmentEvent.objects.count() == 1 and audit() == []


def test_an_officer_takes_in_a_paper_with_its_scan(world, audit, desk):
    officer = world.officer("jia")
    address = "/desk/commitments/paper/new"
    day = today().isoformat()
    filled = {k: v for k, v in FILLED.items() if k != "confirmed"}
    given = {"template": "merchant", "uscc": code(2), "committed_on": day, **filled}
    assert officer.post(address, given).status_code == 400
    assert "PDF、JPEG、PNG" in text_of(officer.post(address, {**given, "scan": scan(b"MZ....")}))
    unknown = officer.post(address, {**given, "uscc": code(77), "scan": scan()})
    assert unknown.status_code == 400 and "没有这个统一社会信用代码" in text_of(unknown)
    tomorrow = (today() + timedelta(days=1)).isoformat()
    assert officer.post(address, {**given, "committed_on": tomorrow, "scan": scan()}).status_code == 400
    assert officer.post(address, {**given, "scan": scan()}).status_code == 302
    world.take_in()
    made = Commitment.objects.get()
    assert (made.name, made.way) == (OTHER, "paper") and len(world.entries(2)) == 1
    opened = officer.get(f"/desk/commitments/{made.number}/scan")
    assert opened.status_code == 200 and PNG not in opened.content
    taken = officer.post(f"/desk/commitments/{made.number}/scan", {"purpose": "complaint", "words": "1"})
    assert taken.content == PNG and "attachment" in taken["Content-Disposition"]
    assert PNG not in b"".join(p.read_bytes() for p in (desk.root / "commitments").iterdir())
    assert audit() == []
    (desk.root / "commitments" / f"{made.scan}.sealed").unlink()
    assert any("is lost or altered" in line for line in audit())


def test_a_persons_paper_goes_into_the_ledger_and_nowhere_else_in_clear(world, audit):
    officer = world.officer("jia")
    given = {
        "template": "person_seller", "version": "1", "name": "王小明", "number": "11010519491231002X", "scope": "手工饰品",
        "committed_on": today().isoformat(), "scan": scan(),
    }  # fmt: skip
    assert officer.post("/desk/commitments/paper/new", given).status_code == 302
    world.take_in()
    made = Commitment.objects.get()
    assert made.is_person and made.name == "王**"
    (leaf,) = CreditRecord.objects.filter(source_id="commitment").values_list("leaf", flat=True)
    opening = text_of(officer.get(f"/desk/breaches/open/new?leaf={leaf}"))
    assert "王**" in opening and "王小明" not in opening
    about = f"subject:{made.subject_id}"
    assert JournalNote.objects.filter(verb="subject.read", object=about).count() == 1
    # Whose it is is known once its record is collected.
    assert made.subject_id is not None and get_subject(made.subject_id).is_person
    page = text_of(officer.get(f"/desk/commitments/{made.number}"))
    assert "王**" in page and "王小明" not in page and "11010519491231002X" not in page
    assert audit() == []


def opened(world, officer, **more: object):
    """A case about the firm's commitment."""
    made = promised(world)
    (entry,) = world.entries()
    given = {
        "leaf": str(entry.leaf), "ground": "complaint", "topic": "service", "words": "三起投诉查实未按约定退货",
        "records": f"#{entry.leaf}", **more,
    }  # fmt: skip
    return made, officer.post("/desk/breaches/open/new", given)


def test_a_case_goes_from_grounds_to_a_decision_by_two_and_back_by_a_new_entry(world, audit):
    first, second = world.officer("jia"), world.officer("yi")
    made, answer = opened(world, first)
    assert answer.status_code == 302, text_of(answer)
    case = BreachCase.objects.get()
    address = f"/desk/breaches/{case.pk}"
    assert case.state == "told" and case.answer_until > today()
    page = text_of(first.get(address))
    assert "三起投诉" in page and "提请认定" not in page and FIRM in page
    agent = sign_in_again(world)
    assert "三起投诉" in text_of(agent.get(address))
    assert agent.post(f"{address}/decide", {"outcome": "breach"}).status_code == 403
    too_early = first.post(f"{address}/decide", decision(case, "breach"))
    assert too_early.status_code == 409 and "答复期限" in text_of(too_early)
    assert agent.post(f"{address}/answer", {"words": " "}).status_code == 409
    assert agent.post(f"{address}/answer", {"words": "已全部退货", "file": scan()}).status_code == 302
    evidence = text_of(first.get(address)).partition(f"{address}/files/")[2].partition('"')[0]
    asked = first.get(f"{address}/files/{evidence}")
    assert asked.status_code == 200 and PNG not in asked.content
    assert not JournalNote.objects.filter(verb="subject.read").exists()
    assert first.post(f"{address}/files/{evidence}", {"purpose": ""}).status_code == 400
    taken = first.post(f"{address}/files/{evidence}", {"purpose": "complaint", "words": "核对"})
    assert taken.content == PNG and agent.get(f"{address}/files/{evidence}").content == PNG
    noted = JournalNote.objects.filter(verb="subject.read", object=f"subject:{case.subject_id}").order_by(
        "id"
    )
    assert ["核对" in one.detail for one in noted] == [True, False] and first.get(
        f"{address}/files/0"
    ).status_code == 404
    blocked = agent.post(f"/desk/commitments/{made.number}/withdraw", {"reason": "停业"})
    assert blocked.status_code == 409 and "违诺案件在办" in text_of(blocked)
    assert world.person("other", "firm-2").get(address).status_code == 404
    case.refresh_from_db()
    stale = first.post(f"{address}/decide", {**decision(case, "breach"), "digest": "0"})
    assert stale.status_code == 409 and "新的情况" in text_of(stale)
    assert first.post(f"{address}/decide", decision(case, "breach")).status_code == 302
    (asked,) = list_approvals()
    assert "认定违诺" in text_of(second.get(f"/desk/approvals/{asked.id}"))
    assert first.post(f"/desk/approvals/{asked.id}/decide", {"answer": "agree"}).status_code == 403
    assert len(world.entries()) == 1
    assert second.post(f"/desk/approvals/{asked.id}/decide", {"answer": "agree"}).status_code == 302
    broken = world.entries()[-1]
    assert '"fulfilment":"未履行"' in broken.content and f"违诺案件第 {case.pk} 号" in broken.content
    case.refresh_from_db()
    assert case.state == "breached" and audit() == []
    # Nobody takes a found breach out of sight by withdrawing, or by promising anew.
    hidden = agent.post(f"/desk/commitments/{made.number}/withdraw", {"reason": "停业"})
    assert hidden.status_code == 409 and "已认定违诺" in text_of(hidden)
    assert "未履行" in text_of(agent.get(f"/desk/commitments/{made.number}"))
    assert promised(world, agent).replaces == "" and Commitment.objects.get(pk=made.pk).stand == "in_force"
    assert first.post(f"{address}/undo", {**decision(case, ""), "words": "复查属误"}).status_code == 302
    (asked,) = list_approvals()
    assert second.post(f"/desk/approvals/{asked.id}/decide", {"answer": "agree"}).status_code == 302
    posted, _, _, back = world.entries()
    assert "未履行" not in back.content and "breach_on" not in back.content.replace('"breach_on":""', "")
    case.refresh_from_db()
    assert case.state == "undone" and case.breach_on is None and posted.leaf < back.leaf
    assert audit() == []


def sign_in_again(world):
    from ecredit.facts.actors.models import Person
    from tests.desk.conftest import sign_in

    _ = world
    return sign_in(Person.objects.get(login="agent"))


def decision(case: BreachCase, outcome: str) -> dict[str, str]:
    from ecredit.service.commitments.queries import get_case

    return {
        "outcome": outcome, "breach_on": today().isoformat(), "words": "投诉查实",
        "digest": get_case(case.pk).digest,
    }  # fmt: skip


def test_a_case_needs_grounds_words_and_evidence_and_only_one_is_open(world):
    officer = world.officer("jia")
    promised(world)
    (entry,) = world.entries()
    whole = {
        "leaf": str(entry.leaf),
        "ground": "complaint",
        "topic": "service",
        "words": "查实",
        "records": str(entry.leaf),
    }
    for missing in ("ground", "topic", "words", "records"):
        answer = officer.post("/desk/breaches/open/new", {**whole, missing: ""})
        assert answer.status_code == 400, missing
    assert "没有第 99999 条" in text_of(
        officer.post("/desk/breaches/open/new", {**whole, "records": "99999"})
    )
    assert officer.post("/desk/breaches/open/new", whole).status_code == 302
    again = officer.post("/desk/breaches/open/new", whole)
    assert again.status_code == 400 and "在办" in text_of(again)
    case = BreachCase.objects.get()
    assert officer.post(f"/desk/breaches/{case.pk}/drop", {"words": "查无实据"}).status_code == 302
    assert officer.post("/desk/breaches/open/new", whole).status_code == 302
    assert len(world.entries()) == 1


def test_a_department_opens_by_number_and_a_platform_may_not(world):
    made = promised(world)
    given = {
        "code": code(1),
        "commitment_no": made.number,
        "ground": "inspection",
        "topic": "truth",
        "words": "检查发现",
        "records": str(world.entries()[0].leaf),
    }
    platform = world.person("ping", "plat-1", "lead")
    # Who is no department sees nobody's commitment by the number of its record, nor whether there is one.
    for leaf in (given["records"], "99999", ""):
        assert platform.get(f"/desk/breaches/open/new?leaf={leaf}").status_code == 404
        assert platform.post("/desk/breaches/open/new", {**given, "leaf": leaf}).status_code == 404
    assert "立违诺案件" not in text_of(platform.get("/desk/breaches"))
    assert not JournalEntry.objects.filter(verb="breach.open").exists()
    lead = world.person("shi", "gongshang", "lead")
    assert made.number in text_of(lead.get(f"/desk/breaches/open/new?leaf={given['records']}"))
    assert "没有这个主体的这份承诺" in text_of(
        lead.post("/desk/breaches/open/new", {**given, "commitment_no": "x"})
    )
    assert lead.post("/desk/breaches/open/new", given).status_code == 302
    case = BreachCase.objects.get()
    assert case.opened_for == "gongshang"
    another = world.person("shui", "shuiwu", "lead")
    assert another.get(f"/desk/breaches/{case.pk}").status_code == 404
    assert lead.post(f"/desk/breaches/{case.pk}/decide", {"outcome": "breach"}).status_code == 403


def test_what_an_officer_puts_down_of_an_answer_does_not_end_the_subjects_time(world, audit):
    officer = world.officer("jia")
    _, answer = opened(world, officer)
    case = BreachCase.objects.get()
    address = f"/desk/breaches/{case.pk}"
    assert (
        officer.post(f"{address}/answer", {"words": "当面承认"}).status_code == 302
        and answer.status_code == 302
    )
    case.refresh_from_db()
    assert case.state == "told" and case.answer_until > today()
    page = text_of(officer.get(address))
    assert "当面承认" in page and "登记当事人答复" in page and "提请认定" not in page
    too_early = officer.post(f"{address}/decide", decision(case, "breach"))
    assert too_early.status_code == 409 and "答复期限" in text_of(too_early) and not list_approvals()
    assert [*BreachEvent.objects.order_by("id").values_list("act", flat=True)] == ["open", "tell", "hear"]
    assert JournalEntry.objects.filter(verb="breach.hear", object=f"breach:{case.pk}").count() == 1
    # Its own people's answer does; and what is put down after that changes nothing of it.
    assert world.person("agent2").post(f"{address}/answer", {"words": "已退货"}).status_code == 302
    assert officer.post(f"{address}/answer", {"words": "又来电"}).status_code == 302
    case.refresh_from_db()
    assert case.state == "answered" and "提请认定" in text_of(officer.get(address)) and audit() == []


def test_a_subject_without_people_here_is_told_otherwise_and_its_time_begins_then(world):
    officer = world.officer("jia")
    given = {
        "template": "merchant",
        "uscc": code(2),
        "committed_on": today().isoformat(),
        **FILLED,
        "scan": scan(),
    }
    from ecredit.facts.actors.models import Organisation

    Organisation.objects.filter(id="firm-2").update(uscc="")
    assert officer.post("/desk/commitments/paper/new", given).status_code == 302
    world.take_in()
    (entry,) = world.entries(2)
    opening = {
        "leaf": str(entry.leaf),
        "ground": "penalty",
        "topic": "law",
        "words": "受处罚",
        "records": str(entry.leaf),
    }
    assert officer.post("/desk/breaches/open/new", opening).status_code == 302
    case = BreachCase.objects.get()
    assert (case.state, case.answer_until) == ("opened", None)
    address = f"/desk/breaches/{case.pk}"
    later = (today() + timedelta(days=1)).isoformat()
    assert officer.post(f"{address}/tell", {"told_on": later, "words": "EMS 1"}).status_code == 409
    assert (
        officer.post(f"{address}/tell", {"told_on": today().isoformat(), "words": "EMS 1"}).status_code == 302
    )
    case.refresh_from_db()
    workdays = Platform().catalog.commitments.breach.answer_workdays
    assert case.answer_until == Platform().calendar.add_workdays(today(), workdays).on


def test_a_breach_is_not_written_by_hand(world):
    officer = world.officer("jia")
    promised(world)
    (entry,) = world.entries()
    from ecredit.facts.actors.types import Actor
    from ecredit.foundation.kernel.errors import WrongUse
    from ecredit.service.operation.approved import ask

    _ = officer
    platform = Platform()
    wanted = correction(
        platform, leaf=entry.leaf, changes={"fulfilment": "未履行", "breach_on": "2026-05-01"}
    )
    with pytest.raises(WrongUse, match="立违诺案件"):
        ask(platform, wanted, reason="x", by=Actor("p1", "record.correct desk/s"), at=platform.now)


def test_the_audit_sees_a_commitment_said_to_be_anothers_or_another_record(world, audit):
    made = promised(world)
    officer = world.officer("jia")
    given = {
        "template": "person_seller", "version": "1", "name": "王小明", "number": "11010519491231002X", "scope": "手工饰品",
        "committed_on": today().isoformat(), "scan": scan(),
    }  # fmt: skip
    assert officer.post("/desk/commitments/paper/new", given).status_code == 302
    world.take_in()
    person = Commitment.objects.exclude(pk=made.pk).get()
    assert audit() == [] and person.subject_id is not None
    for row, changed in (
        (made, {"subject_id": person.subject_id}), (made, {"record": person.record}), (made, {"subject_id": None}),
        (person, {"subject_id": made.subject_id}), (person, {"record": made.record}),
    ):  # fmt: skip
        Commitment.objects.filter(pk=row.pk).update(**changed)
        assert any(f"{row.number} is not the journal's" in said for said in audit()), (row.way, changed)
        Commitment.objects.filter(pk=row.pk).update(subject_id=row.subject_id, record=row.record)
    assert audit() == []


def test_the_audit_sees_what_is_changed_behind_the_log(world, audit):
    officer = world.officer("jia")
    _, answer = opened(world, officer)
    assert answer.status_code == 302 and audit() == []
    tamper("UPDATE commitments_commitment SET content = 'x'")
    assert any("is not the journal's" in line for line in audit())
    Commitment.objects.update(stand="withdrawn")
    assert any("which nobody did" in line for line in audit())
    case = BreachCase.objects.get()
    BreachCase.objects.update(state="breached")
    assert any(f"case {case.pk} does not stand" in line for line in audit())
    BreachCase.objects.update(state=case.state)
    event = BreachEvent.objects.order_by("-id").first()
    BreachEvent.objects.filter(pk=event.pk).update(words="别的")
    assert any(f"an act of case {case.pk} (tell)" in line for line in audit())
    BreachEvent.objects.filter(pk=event.pk).delete()
    assert any(f"an act of case {case.pk} is gone" in line for line in audit())
