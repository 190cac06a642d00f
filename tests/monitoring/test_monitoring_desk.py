"""The platform monitor at the desk: officers see all, draft, comment and ask; a platform's people see their own and nobody else's."""

import pytest
from django.test import Client

from ecredit.facts.actors.approval_queries import list_approvals
from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.queries import account_of
from ecredit.facts.actors.types import OPERATOR
from ecredit.judgement.monitoring.models import MonitorComment, MonitorReport
from ecredit.service.operation.approved import decide
from ecredit.service.operation.evaluate_all import evaluate_everything
from ecredit.service.operation.models import Job
from tests.desk.conftest import CITY, make_person, sign_in
from tests.desk.test_desk_second_factor import set_up
from tests.monitoring.monitoring_city import FIRST, NAMES, SECOND, open_city
from tests.monitoring.test_monitoring_reports import COMPLAINTS, Noon, make, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def monitored(home, settings, collect, collector, monkeypatch) -> Noon:
    """The small city with April's drafts, and the desk at its noon."""
    settings.ECREDIT_HOME = home.root
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    open_city(collect, collector, complaints=COMPLAINTS)
    platform = Noon()
    evaluate_everything(platform, by=OPERATOR, as_of=platform.today)
    make(platform)
    return platform


def officer(login: str = "officer") -> Client:
    person = make_person(login, (CITY, "credit_officer"))
    client = sign_in(person)
    set_up(client)
    return client


def clerk(organisation: str) -> Client:
    return sign_in(make_person(f"clerk-{organisation}", (organisation, "clerk")))


def read(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.content.decode()


def report_of(platform: str) -> MonitorReport:
    return MonitorReport.objects.get(platform=platform)


def test_an_officer_sees_everybody_asks_and_another_signs(monitored):
    client = officer()
    page = read(client, "/desk/monitor?lang=zh")
    assert all(name in page for name in NAMES.values()) and "全市" in page and "2026 年 4 月" in page
    ids = [str(row.pk) for row in MonitorReport.objects.all()]
    nothing = client.post("/desk/monitor/sign", {"period": "2026-04", "reason": "已核对"})
    assert nothing.status_code == 400
    asked = client.post("/desk/monitor/sign", {"period": "2026-04", "reason": "已核对", "report": ids})
    assert asked.status_code == 302
    [waiting] = list_approvals()
    shown = read(client, f"/desk/approvals/{waiting.id}?lang=zh")
    assert NAMES[FIRST] in shown and report_of(FIRST).digest[:16] in shown
    # Who asked cannot agree.
    refused = client.post(f"/desk/approvals/{waiting.id}/decide", {"answer": "agree", "note": ""})
    assert refused.status_code == 403 and not MonitorReport.objects.exclude(signed_at=None).exists()
    second = make_person("second", (CITY, "credit_officer"))
    decide(
        monitored, approval_id=waiting.id, agree=True, note="", at=monitored.now,
        account=account_of(second, where="desk/s1", on=monitored.today),
    )  # fmt: skip
    assert MonitorReport.objects.filter(signed_by=second.who).count() == len(ids)
    assert "已公布，现行" in read(client, "/desk/monitor?lang=zh")
    assert Client().get(f"/monitor/{FIRST}/2026-04").status_code == 200


def test_figures_for_officers_comments_and_files(monitored):
    client, row = officer(), report_of(FIRST)
    page = read(client, f"/desk/monitor/report/{row.pk}?lang=zh")
    assert "不公布" in page and "60.0%" in page and "3 / 5" in page
    answer = client.post(f"/desk/monitor/report/{row.pk}/comment", {"words": "电话 13912345678 的投诉已核对"})
    assert answer.status_code == 302
    kept = MonitorComment.objects.get()
    assert "13912345678" not in kept.words and "投诉已核对" in kept.words
    assert kept.words in read(client, f"/desk/monitor/report/{row.pk}?lang=zh")
    for kind in ("csv", "xlsx", "json"):
        file = client.get(f"/desk/monitor/report/{row.pk}/file/{kind}")
        assert file.status_code == 200 and len(file.content) > 1000, kind
    read(client, f"/desk/monitor/report/{row.pk}/file/exe", 404)
    assert "每千家经营者的投诉" in read(client, "/desk/monitor/definitions?lang=zh")
    assert "第 44 条" not in read(client, f"/desk/monitor/platform/{FIRST}?lang=zh")


def test_drafting_is_a_job_and_a_period_that_is_not_over_is_refused(monitored):
    client = officer()
    assert client.post("/desk/monitor/make", {"make_period": "2026-Q1", "reason": ""}).status_code == 302
    job = Job.objects.get()
    assert job.kind == "monitor" and job.params["period"] == "2026-Q1"
    assert client.post("/desk/monitor/make", {"make_period": "2025"}).status_code == 400
    for wrong in ("2999-01", "spring", ""):
        assert client.post("/desk/monitor/make", {"make_period": wrong}).status_code == 400, wrong
    assert Job.objects.count() == 1


def test_a_platforms_people_see_their_own_and_no_others_figures(monitored):
    own, others = report_of(FIRST), report_of(SECOND)
    client = clerk("plat-1")
    page = read(client, "/desk/monitor?lang=zh")
    assert NAMES[FIRST] in page and NAMES[SECOND] not in page and "提请签发" not in page
    assert NAMES[FIRST] in read(client, f"/desk/monitor/report/{own.pk}?lang=zh")
    assert "60.0%" in read(client, f"/desk/monitor/platform/{FIRST}?lang=zh")
    read(client, "/desk/monitor/definitions")
    # What a machine suspects is for officers alone, in no page and no file of theirs.
    for address in (
        f"report/{own.pk}",
        f"report/{own.pk}/file/json",
        f"report/{own.pk}/file/csv",
        f"platform/{FIRST}",
    ):
        shown = read(client, f"/desk/monitor/{address}")
        assert "findings_waiting" not in shown and "待核查的线索" not in shown, address
    assert "findings_waiting" in own.document
    city_report = report_of("")
    for address in (
        f"/desk/monitor/report/{others.pk}", f"/desk/monitor/report/{city_report.pk}",
        f"/desk/monitor/report/{others.pk}/file/csv", f"/desk/monitor/platform/{SECOND}", "/desk/monitor/platform/city",
    ):  # fmt: skip
        read(client, address, 404)
    posts = {
        f"/desk/monitor/report/{own.pk}/comment": {"words": "x"},
        f"/desk/monitor/report/{own.pk}/withdraw": {"reason": "x"},
        "/desk/monitor/make": {"make_period": "2026-04"},
        "/desk/monitor/sign": {"period": "2026-04", "report": str(own.pk), "reason": "x"},
    }
    for address, form in posts.items():
        assert client.post(address, form).status_code == 403, address
    assert not JournalEntry.objects.filter(verb__in=("monitor.comment", "monitor.sign")).exists()
    # A draft of two platforms does not tell the one what the other has.
    said = own.document
    assert SECOND not in said and NAMES[SECOND] not in said and '"others":null' in said


def test_a_department_has_no_report_of_its_own(monitored):
    page = read(clerk("gongshang"), "/desk/monitor?lang=zh")
    assert "没有本单位的监测报告" in page and not any(name in page for name in NAMES.values())


def test_a_withdrawal_is_drafted_and_waits_for_signature(monitored):
    client, row = officer(), report_of(SECOND)
    early = client.post(f"/desk/monitor/report/{row.pk}/withdraw", {"reason": "报送有误"})
    assert early.status_code == 400 and MonitorReport.objects.filter(platform=SECOND).count() == 1
    sign(monitored)
    answer = client.post(f"/desk/monitor/report/{row.pk}/withdraw", {"reason": "报送有误"})
    assert answer.status_code == 302
    new = MonitorReport.objects.get(platform=SECOND, version=2)
    assert "报送有误" in read(client, f"/desk/monitor/report/{new.pk}?lang=zh")
