"""While a case is open, and once a breach was found, no other act takes the commitment out of its reach; what ended is signed by nobody."""

from datetime import date, timedelta

import pytest
from django.utils.timezone import localdate as today
from django.utils.timezone import now

from ecredit.facts.actors.models import Person
from ecredit.facts.actors.queries import account_of
from ecredit.facts.actors.rights import allow
from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.facts.collection.models import HeldRow
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.records.queries import find_latest
from ecredit.facts.subjects.models import ReviewItem
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer
from ecredit.service.commitments.models import BreachCase
from ecredit.service.commitments.queries import get_case
from ecredit.service.operation.approved import (
    ask,
    batch_withdrawal,
    breach_decision,
    correction,
    decide,
    release,
    withdrawal,
)
from ecredit.service.operation.commitment_records import document_key
from ecredit.service.operation.platform import Platform
from ecredit.service.signatures.audit_signatures import audit_signatures
from ecredit.service.signatures.certificate_actions import Wanted, issue_test_certificate
from ecredit.service.signatures.errors import NotToBeSigned
from ecredit.service.signatures.name_rules import Signatory
from ecredit.service.signatures.queries import find_document_of
from ecredit.service.signatures.sign_actions import Signing, sign_by_key_file
from ecredit.service.signatures.trust import SigningPlace
from ecredit.surface.cli.commands import build_parser
from ecredit.surface.cli.context import Context
from tests.commitments.commitments_world import FIRM, OTHER, World
from tests.commitments.test_commitments_bulk import HEAD, line
from tests.commitments.test_commitments_desk import promised
from tests.desk.conftest import CITY, make_person
from tests.desk.test_desk_officer import text_of
from tests.penalty_rows import code

pytestmark = pytest.mark.django_db
ASKER = Actor("p1", "record.correct desk/s")


@pytest.fixture
def world(desk, collect):
    return World(desk, collect)


@pytest.fixture
def case(world, collect) -> BreachCase:
    """A case about what a platform brought of the firm, open."""
    collect("commitment", HEAD + line(FIRM, code(1), "P1"), by="plat-1", at=now())
    (entry,) = world.entries()
    given = {
        "leaf": str(entry.leaf), "ground": "spot_check", "topic": "quality", "words": "抽检不合格", "records": str(entry.leaf),
    }  # fmt: skip
    answer = world.officer("jia").post("/desk/breaches/open/new", given)
    assert answer.status_code == 302, text_of(answer)
    return BreachCase.objects.get()


def refused(wanted, says: str = "违诺案件") -> None:
    before = CreditRecord.objects.count()
    with pytest.raises(WrongUse, match=says):
        ask(Platform(), wanted, reason="x", by=ASKER, at=now())
    assert CreditRecord.objects.count() == before


def sign_as(place: SigningPlace, login: str, number: str) -> str:
    """A person of the firm signs a document with a test certificate; gives the signature's number."""
    who = Person.objects.get(login=login)
    signatory = Signatory(who.name, FIRM)
    wanted, at = Wanted(who.who, "firm-1", signatory), now()
    made = issue_test_certificate(place, wanted, passphrase="x", by=OPERATOR, at=at)
    by = Actor(who.who, "document.sign desk/s")
    (one,) = sign_by_key_file(place, Signing(number, who.who, signatory, by, now()), made.raw, "x")
    return one.number


def find_broken(case: BreachCase) -> None:
    """Two people find it broken once the subject's own people have answered."""
    BreachCase.objects.filter(pk=case.pk).update(answer_until=today() - timedelta(days=1))
    first, second = (make_person(login, (CITY, "credit_officer")) for login in ("bing", "ding"))
    platform = Platform()
    accounts = [account_of(p, where=f"desk/{p.login}", on=today()) for p in (first, second)]
    wanted = breach_decision(
        case=case.pk, digest=get_case(case.pk).digest, outcome="breach", breach_on=today()
    )
    by = allow(platform.catalog, accounts[0], "breach.decide")
    asked = ask(platform, wanted, reason="查实", by=by, at=now())
    decide(platform, approval_id=asked, agree=True, note="", account=accounts[1], at=now())


@pytest.mark.parametrize("found", [False, True])
def test_no_other_act_takes_a_commitment_out_of_a_case(world, case, collect, found):
    if found:
        find_broken(case)
    latest = find_latest(case.doc_key)
    refused(withdrawal(leaf=latest.leaf))
    refused(batch_withdrawal(batch_id=CreditRecord.objects.get(leaf=case.entry).batch_id))
    for changes in ({"valid_until": "2026-05-01"}, {"content": "无"}, {"committed_on": "2027-01-01"}):
        refused(correction(Platform(), leaf=latest.leaf, changes=changes))
    # The same number brought by another waits for an officer, who may not let it take the first one's place.
    if found:
        late = collect(
            "commitment", HEAD + line(FIRM, code(1), "P1", until="2026-05-02"), by="plat-1", at=now()
        )
        (row,) = HeldRow.objects.filter(batch_id=late.batch_id, state="held")
        refused(release(batch_id=late.batch_id, line=row.line))
        words = ["record", "release", str(late.batch_id), str(row.line), "--reason", "x"]
        args = build_parser().parse_args(words)
        with pytest.raises(WrongUse, match="违诺案件"):
            args.run(args, Context())


def test_nor_does_the_console(case):
    batch = CreditRecord.objects.get(leaf=case.entry).batch_id
    for words in (
        ["record", "withdraw", str(case.entry), "--reason", "x"],
        ["record", "correct", str(case.entry), "--set", "valid_until=2026-05-02", "--reason", "x"],
        ["batch", "withdraw", str(batch), "--reason", "x"],
    ):
        args = build_parser().parse_args(words)
        with pytest.raises(WrongUse, match="违诺案件"):
            args.run(args, Context())


def test_nor_does_taking_back_at_the_console_who_its_row_was_about(case):
    entry = CreditRecord.objects.get(leaf=case.entry)
    row = HeldRow.objects.create(
        batch_id=entry.batch_id, line=9, doc_key=entry.doc_key, rules="no_code", cells="", state="released",
        ended_leaf=entry.leaf,
    )  # fmt: skip
    item = ReviewItem.objects.create(
        source_id="commitment", batch_id=entry.batch_id, line=9, held_row_id=row.id, name=FIRM, name_form=FIRM, compared={},
        state="accepted", opened_at=now(), decided_at=now(), decided_by="p1", subject_id=entry.subject_id,
    )  # fmt: skip
    args = build_parser().parse_args(["review", "undo", str(item.id), "--note", "x"])
    with pytest.raises(WrongUse, match="违诺案件"):
        args.run(args, Context())
    assert CreditRecord.objects.filter(doc_key=entry.doc_key).count() == 1


def test_a_closed_case_holds_nothing(world, case):
    officer = world.officer("yi")
    assert officer.post(f"/desk/breaches/{case.pk}/drop", {"words": "查无实据"}).status_code == 302
    assert ask(Platform(), withdrawal(leaf=case.entry), reason="重复", by=ASKER, at=now()) > 0


def test_what_is_found_is_of_the_commitment_as_it_was_when_the_case_was_opened(world, case, collect):
    """The platform sends the same number again, over long since and about nothing, while the case is open."""
    emptied = HEAD + line(FIRM, code(1), "P1", until="2026-05-02").replace("不售假", "无")
    collect("commitment", emptied, by="plat-1", at=now(), name="again.csv")
    assert find_latest(case.doc_key).values["valid_until"] == "2026-05-02"
    find_broken(case)
    said = find_latest(case.doc_key)
    assert said.values["fulfilment"] == "未履行"
    assert (said.values["valid_until"], said.values["content"]) == ("2028-01-01", "不售假")
    assert said.valid_to == date(2028, 1, 2) or said.valid_to == date(2028, 1, 1)


def test_nothing_is_found_of_somebody_else(world, case, collect):
    """The platform sends the same number again as another's."""
    moved = HEAD + line(OTHER, code(2), "P1")
    collect("commitment", moved, by="plat-1", at=now(), name="again.csv")
    assert find_latest(case.doc_key).subject_id != case.subject_id
    with pytest.raises(WrongUse, match="另一主体"):
        find_broken(case)
    assert not CreditRecord.objects.filter(content__contains='"fulfilment":"未履行"').exists()


def test_a_commitment_that_ended_is_signed_by_nobody_more_and_what_was_signed_stays(world, desk, settings):
    settings.ECREDIT_SIGNING_TEST = True
    agent = world.person("agent")
    made = promised(world, agent)
    key = document_key(made.number)
    place = SigningPlace(desk, Sealer(KeyRing.load(desk.keys)))
    signing = [sign_as(place, "agent", find_document_of(key).number)]
    assert find_document_of(key).state == "signed"
    assert agent.post(f"/desk/commitments/{made.number}/withdraw", {"reason": "停业"}).status_code == 302
    after = find_document_of(key)
    assert after.state == "withdrawn" and [one.number for one in after.signatures] == signing
    make_person("second", ("firm-1", "firm_agent"))
    with pytest.raises(NotToBeSigned):
        sign_as(place, "second", after.number)
    page = text_of(agent.get(f"/desk/sign/{after.number}"))
    assert "已撤回" in page
    assert [*audit_signatures(place.sealer)] == []
