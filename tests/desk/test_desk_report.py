"""The full form: to the subject's own people, or by an officer with purpose and consent; nobody else's, nothing of third persons."""

import json

import pytest

from ecredit.facts.actors.models import JournalEntry, JournalNote
from ecredit.facts.actors.organisation_actions import register_organisation
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.subjects.models import CreditSubject
from ecredit.facts.subjects.queries import find_subject_id
from ecredit.foundation.proof.keys import KeyRing
from ecredit.service.credit_reports.audit_credit_reports import audit_credit_reports
from ecredit.service.credit_reports.models import CreditReport
from tests.conftest import NOON
from tests.credit_reports.conftest import said_in
from tests.desk.conftest import make_person, sign_in
from tests.desk.test_desk_officer import enter  # noqa: F401 - a fixture
from tests.penalty_rows import code, row, table

pytestmark = pytest.mark.django_db
PENALTY = "dual_publicity_penalty"
ID_CARD = "11010519491231002X"
PERSON = {
    "CF_XDR_MC": "欧阳三丰", "CF_XDR_LB": "自然人", "CF_XDR_SHXYM": "", "CF_XDR_ZJLX": "身份证", "CF_XDR_ZJHM": ID_CARD,
    "CF_FRDB": "", "CF_FR_ZJLX": "", "CF_FR_ZJHM": "",
}  # fmt: skip
GIVEN = {"purpose": "subject", "words": "银行贷款", "consent": "同意书2026-17", "report_lang": "both"}


@pytest.fixture
def firms(desk, collect, settings):
    """Two firms with a penalty each; the first one's names people, and has numbers planted into its text."""
    settings.ECREDIT_SITE = "https://credit.example"
    planted = f"投诉人张三丰（身份证{ID_CARD}，电话13912345678）反映，经查王小明指使虚构交易"
    own = row(1, CF_FRDB="王小明", CF_FR_ZJLX="身份证", CF_FR_ZJHM=ID_CARD, CF_SY=planted)
    collect(PENALTY, table(own, row(2)).encode("gb18030"))
    return find_subject_id(code(1)), find_subject_id(code(2))


def test_an_officer_with_purpose_and_consent(enter, firms, desk):  # noqa: F811
    client, (one, _) = enter("jia"), firms
    asked = client.get(f"/desk/subjects/{one}/report").content.decode()
    assert "同意书编号" in asked
    answer = client.post(f"/desk/subjects/{one}/report", GIVEN)
    assert answer.status_code == 200 and answer["Content-Type"] == "application/pdf"
    said = said_in(answer.content)
    for told in (
        row(1)["CF_XDR_MC"],
        code(1),
        "常市监处罚〔2026〕1号",
        "应主体本人要求：银行贷款",
        "同意书2026-17",
        "3万元",
        "30,000yuan",
    ):
        assert told in said, told
    for hidden in (ID_CARD, "13912345678", "王小明", "法定代表人"):
        assert hidden not in said, hidden
    report = CreditReport.objects.get()
    (entry,) = JournalEntry.objects.filter(verb="report.issue")
    detail = json.loads(entry.detail)
    assert (entry.object, detail["consent"], detail["number"]) == (
        f"subject:{one}",
        "同意书2026-17",
        report.number,
    )
    assert "银行贷款" in detail["purpose"] and entry.right.startswith("report.issue")
    assert JournalNote.objects.filter(object=f"subject:{one}", verb="subject.read").count() == 1
    assert report.number in client.get(f"/desk/subjects/{one}/report").content.decode()
    assert list(audit_credit_reports(KeyRing.load(desk.keys))) == []
    assert not list(desk.root.glob("credit-reports/*.pdf")), "a full form is kept nowhere"


@pytest.mark.parametrize("left_out", ["purpose", "consent"])
def test_without_purpose_or_consent_there_is_none(enter, firms, left_out):  # noqa: F811
    given = {name: value for name, value in GIVEN.items() if name != left_out}
    answer = enter("jia").post(f"/desk/subjects/{firms[0]}/report", given)
    assert answer.status_code == 400 and not CreditReport.objects.exists()
    assert not JournalNote.objects.filter(verb="subject.read").exists()


def test_a_natural_persons_own_name_and_number_are_masked(enter, collect, desk, settings):  # noqa: F811
    settings.ECREDIT_SITE = "https://credit.example"
    collect(PENALTY, table(row(1, **PERSON)).encode("gb18030"))
    person = CreditSubject.objects.get(is_person=True)
    said = said_in(enter("jia").post(f"/desk/subjects/{person.id}/report", GIVEN).content)
    assert "欧阳**" in said and "欧阳三丰" not in said and ID_CARD not in said
    assert CreditReport.objects.get().code == "" and CreditReport.objects.get().name == "欧阳**"


def test_ones_own_and_nobody_elses(firms, desk):
    ring = KeyRing.load(desk.keys)
    for id, number in (("p1", 1), ("p2", 2)):
        register_organisation(
            id=id, name=f"平台{id}", kind="platform", uscc=code(number), ring=ring, by=OPERATOR, at=NOON
        )
    client = sign_in(make_person("yi", ("p1", "clerk")))
    assert 'name="organisation" value="p1"' in client.get("/desk/own").content.decode()
    said = said_in(client.post("/desk/own/report", {"organisation": "p1"}).content)
    assert code(1) in said and "主体本人取得" in said and ID_CARD not in said and "13912345678" not in said
    for other in ("p2", "p9", ""):
        assert client.post("/desk/own/report", {"organisation": other}).status_code == 404, other
    assert client.post(f"/desk/subjects/{firms[0]}/report", GIVEN).status_code == 403
    assert CreditReport.objects.count() == 1


def test_a_subject_that_is_none(enter, firms):  # noqa: F811
    assert enter("jia").post("/desk/subjects/99999999/report", GIVEN).status_code == 404
