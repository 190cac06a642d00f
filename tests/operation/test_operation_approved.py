"""Four eyes from asking to doing: tried first, done once, by another, in one transaction, and readable in the log."""

import json
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from ecredit.facts.actors.approval_queries import get_approval, list_approvals
from ecredit.facts.actors.audit_approvals import audit_approvals
from ecredit.facts.actors.errors import ApprovalChanged, AskerWithoutRight, FourEyes, NotAllowed
from ecredit.facts.actors.models import Approval, JournalEntry, LogHead, Membership, Person
from ecredit.facts.actors.queries import account_of
from ecredit.facts.actors.rights import Account
from ecredit.facts.actors.types import Actor, Seat
from ecredit.facts.collection.models import HeldRow
from ecredit.facts.records.audit import audit_ledger
from ecredit.facts.records.audit_heads import audit_heads_file
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.subjects.models import CreditSubject
from ecredit.facts.subjects.queries import canonical_id, find_subject_id
from ecredit.foundation.catalog.load_roles import CAN_WAIT
from ecredit.foundation.kernel.errors import InputRefused, WrongUse
from ecredit.service.operation import approved
from ecredit.service.operation.approved import (
    ask,
    carry_out,
    correction,
    decide,
    merger,
    read_changes,
    release,
    splitting,
    withdrawal,
)
from ecredit.service.operation.platform import Platform
from tests.conftest import NOON
from tests.desk.conftest import make_person
from tests.penalty_rows import code, row, table
from tests.subjects.test_subjects_review_journey import register

PENALTY = "dual_publicity_penalty"
CITY = "jingxin_xinyong"
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def platform(home, settings, db) -> Platform:
    settings.ECREDIT_HOME = home.root
    for login in ("first", "second", "third"):
        make_person(login, (CITY, "credit_officer"))
    return Platform()


def officer(login: str) -> Account:
    return account_of(Person.objects.get(login=login), where=f"desk/{login}", on=NOON.date())


def asker(verb: str) -> Actor:
    return allowed(officer("first"), verb)


def allowed(account: Account, verb: str) -> Actor:
    return Actor(account.who, f"{verb} {account.where}")


def ask_for(platform, request, reason="决定书原件"):
    return ask(platform, request, reason=reason, by=asker(request.verb), at=NOON)


def agree(platform, number, account=None):
    account = account or officer("second")
    return decide(platform, approval_id=number, agree=True, note="已核对", account=account, at=LATER)


def first() -> CreditRecord:
    return CreditRecord.objects.filter(source_id=PENALTY).order_by("leaf").first()


def clean(platform: Platform) -> bool:
    """The ledger and the heads file; what a test's transaction has not committed is in no heads file yet."""
    platform.home.public_key.write_text(platform.verifier + "\n")
    further = (partial(audit_heads_file, platform.home, platform.verifier),)
    report = audit_ledger(
        platform.verifier, ring=platform.ring, further=further if transaction.get_autocommit() else ()
    )
    assert report.findings == ()
    return report.ok


def test_a_correction_waits_for_another_and_is_then_in_the_ledger(collect, platform):
    collect(PENALTY, table(row(1)))
    number = ask_for(platform, correction(platform, leaf=first().leaf, changes={"CF_NR_FK": "2"}))
    assert CreditRecord.objects.count() == 1
    with pytest.raises(FourEyes):
        agree(platform, number, officer("first"))
    outcome = agree(platform, number)
    entry = CreditRecord.objects.order_by("leaf").last()
    assert outcome == f"entry:{entry.leaf}" and entry.verb == "correct"
    assert json.loads(entry.content)["CF_NR_FK"].startswith("2")
    act = JournalEntry.objects.get(verb="record.correct")
    assert (act.who, act.right) == (officer("first").who, f"record.correct desk/first approval/{number}")
    assert JournalEntry.objects.get(verb="approval.agree").who == officer("second").who
    assert get_approval(number).state == "agreed" and clean(platform)


def test_new_values_are_in_no_journal_row(collect, platform):
    collect(PENALTY, table(row(1)))
    number = ask_for(platform, correction(platform, leaf=first().leaf, changes={"CF_FRDB": "欧阳无名"}))
    assert read_changes(platform, number) == {"CF_FRDB": "欧阳无名"}
    assert not any("欧阳" in text for text in JournalEntry.objects.values_list("detail", flat=True))
    assert "欧阳" not in json.dumps(get_approval(number).params, ensure_ascii=False)


def test_what_cannot_be_done_is_told_to_who_asks_and_leaves_nothing(collect, platform):
    collect(PENALTY, table(row(1)))
    before = LogHead.objects.count(), JournalEntry.objects.count()
    with pytest.raises(InputRefused):
        ask_for(platform, correction(platform, leaf=first().leaf, changes={"CF_JDRQ": "没有这一天"}))
    with pytest.raises(WrongUse, match="决定是哪份文书"):
        ask_for(platform, correction(platform, leaf=first().leaf, changes={"CF_WSH": "另一份"}))
    with pytest.raises(WrongUse, match="理由"):
        ask_for(platform, withdrawal(leaf=first().leaf), reason=" ")
    assert (LogHead.objects.count(), JournalEntry.objects.count()) == before and not Approval.objects.exists()


def test_the_same_is_asked_once(collect, platform):
    collect(PENALTY, table(row(1)))
    number = ask_for(platform, withdrawal(leaf=first().leaf))
    with pytest.raises(WrongUse, match=f"第 {number} 号"):
        ask_for(platform, withdrawal(leaf=first().leaf))


def test_two_who_agree_at_once_do_it_once(collect, platform):
    collect(PENALTY, table(row(1)))
    number = ask_for(platform, withdrawal(leaf=first().leaf))
    agree(platform, number)
    with pytest.raises(WrongUse, match="已经处理过"):
        agree(platform, number, officer("third"))
    assert CreditRecord.objects.filter(verb="withdraw").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_record_changed_since_is_not_touched_and_no_head_runs_ahead(collect, platform):
    """The agreement fails whole: no decision, no head in the file that the log does not have."""
    collect(PENALTY, table(row(1)))
    number = ask_for(platform, withdrawal(leaf=first().leaf))
    collect(PENALTY, table(row(1, CF_NR_FK="5", CF_NR="罚款人民币五万元")), name="b.csv")
    with pytest.raises(WrongUse, match="取代"):
        agree(platform, number)
    assert get_approval(number).state == "asked" and clean(platform)
    decide(platform, approval_id=number, agree=False, note="已更新", account=officer("second"), at=LATER)
    assert not list_approvals() and list_approvals(waiting=False)[0].state == "refused"


def test_who_may_not_do_it_may_not_agree_to_it(collect, platform):
    collect(PENALTY, table(row(1)))
    number = ask_for(platform, withdrawal(leaf=first().leaf))
    for role in ("privacy_officer", "system_admin", "security_admin", "audit_admin"):
        with pytest.raises(NotAllowed):
            agree(platform, number, Account("p4", "丁", "desk/s4", (Seat(CITY, role),)))
    assert get_approval(number).state == "asked"


def test_a_row_of_a_withdrawn_document_is_let_in_by_two(collect, platform):
    collect(PENALTY, table(row(1)))
    agree(platform, ask_for(platform, withdrawal(leaf=first().leaf)))
    collect(PENALTY, table(row(1, CF_NR_FK="5", CF_NR="罚款人民币五万元")), name="b.csv")
    held = HeldRow.objects.get()
    agree(platform, ask_for(platform, release(batch_id=held.batch_id, line=held.line)))
    held.refresh_from_db()
    assert held.state == "released" and held.ended_leaf == CreditRecord.objects.order_by("leaf").last().leaf
    assert clean(platform)


def test_two_subjects_become_one_when_two_agree(collect, platform):
    firms = [
        ("常州市云帆电子商务有限公司", code(1), "通江路1号"),
        ("常州云帆电子商务有限公司", code(2), "通江路1号"),
    ]
    collect("registration", register(*firms))
    one, other = find_subject_id(code(1)), find_subject_id(code(2))
    with pytest.raises(WrongUse):
        ask_for(platform, merger(subject_id=one, other_id=other))
    number = ask_for(platform, merger(subject_id=other, other_id=one, despite_codes=True))
    assert CreditSubject.objects.filter(merged_into=None).count() == 2
    agree(platform, number)
    assert canonical_id(other) == one and clean(platform)


@pytest.mark.parametrize("column", ["asked_by", "params", "verb", "about", "reason", "asked_right"])
def test_a_request_changed_by_hand_is_not_agreed_to_and_named(collect, platform, column):
    """Who writes the table cannot ask in another's name, nor have another agree to something else."""
    collect(
        PENALTY,
        table(row(1)),
    )
    collect(PENALTY, table(row(2)), name="b.csv")
    other = CreditRecord.objects.order_by("leaf").last().leaf
    number = ask_for(platform, withdrawal(leaf=first().leaf))
    assert list(audit_approvals()) == []
    value = {
        "asked_by": officer("third").who, "params": {"leaf": other}, "verb": "held.release", "about": f"entry:{other}",
        "reason": "别的理由", "asked_right": "record.withdraw desk/other",
    }[column]  # fmt: skip
    Approval.objects.filter(id=number).update(**{column: value})
    with pytest.raises(ApprovalChanged, match=column):
        agree(platform, number)
    assert not CreditRecord.objects.filter(verb="withdraw").exists()
    assert [f.en for f in audit_approvals()] == [f"{column} of request {number} is not what was asked"]


def test_a_request_decided_anew_by_hand_is_not_done_twice(collect, platform):
    collect(PENALTY, table(row(1)))
    number = ask_for(platform, withdrawal(leaf=first().leaf))
    decide(platform, approval_id=number, agree=False, note="不妥", account=officer("second"), at=LATER)
    assert list(audit_approvals()) == []
    Approval.objects.filter(id=number).update(state="asked", decided_by="")
    with pytest.raises(ApprovalChanged, match="state"):
        agree(platform, number)
    assert [f.en for f in audit_approvals()] == [f"request {number} was not decided so"]
    Approval.objects.filter(id=number).delete()
    assert [f.en for f in audit_approvals()] == [f"request {number} is gone"]


def test_a_request_nobody_asked_for_is_not_agreed_to(collect, platform):
    collect(PENALTY, table(row(1)))
    made = Approval.objects.create(
        verb="record.withdraw", about=f"entry:{first().leaf}", params={"leaf": first().leaf}, reason="x", state="asked",
        asked_by=officer("first").who, asked_right="record.withdraw desk/first", asked_at=NOON,
    )  # fmt: skip
    with pytest.raises(ApprovalChanged):
        agree(platform, made.pk)
    assert [f.en for f in audit_approvals()] == [f"nobody asked for request {made.pk}"]


@pytest.mark.parametrize("lost", ["role", "account"])
def test_who_asked_must_still_have_the_right(collect, platform, lost):
    collect(PENALTY, table(row(1)))
    number = ask_for(platform, withdrawal(leaf=first().leaf))
    if lost == "role":
        Membership.objects.filter(person__login="first").update(valid_to=NOON.date())
    else:
        Person.objects.filter(login="first").update(is_active=False)
    with pytest.raises(AskerWithoutRight):
        agree(platform, number)
    assert get_approval(number).state == "asked"
    decide(platform, approval_id=number, agree=False, note="已离岗", account=officer("second"), at=LATER)


def test_what_can_wait_is_what_can_be_done_on_agreement(catalog):
    assert set(approved._ACTS) == CAN_WAIT <= set(catalog.permissions)


def with_flag(platform, verb, four_eyes):
    changed = replace(platform.catalog.permissions[verb], four_eyes=four_eyes)
    catalog = replace(platform.catalog, permissions={**platform.catalog.permissions, verb: changed})
    platform.__dict__["catalog"] = catalog
    return platform


def test_the_catalogues_word_decides_whether_another_must_agree(collect, platform):
    firms = [
        ("常州市云帆电子商务有限公司", code(1), "通江路1号"),
        ("常州云帆电子商务有限公司", code(2), "通江路1号"),
    ]
    collect("registration", register(*firms))
    one, other = find_subject_id(code(1)), find_subject_id(code(2))

    def wish(request):
        return carry_out(platform, request, reason="核对登记档案", by=asker(request.verb), at=NOON)

    joined = merger(subject_id=one, other_id=other, despite_codes=True)
    with_flag(platform, "subject.merge", False)
    done = wish(joined)
    assert done.asked is None and done.outcome == f"subject:{one}" and canonical_id(other) == one
    with_flag(platform, "subject.split", True)
    waiting = wish(splitting(subject_id=other))
    assert waiting.asked is not None and canonical_id(other) == one
    agree(platform, waiting.asked)
    assert canonical_id(other) == other
    with_flag(platform, "subject.merge", True)
    assert wish(joined).asked is not None and canonical_id(other) == other and clean(platform)
