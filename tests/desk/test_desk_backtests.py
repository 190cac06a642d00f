"""`/desk/backtests`: a back-test asked for in the background, kept, and read with its charts; who may."""

import json
from pathlib import Path

import pytest

from ecredit.facts.actors.types import OPERATOR
from ecredit.judgement.evaluation.backtest_models import BacktestRun
from ecredit.service.operation.job_queries import list_jobs
from tests.conftest import NOON
from tests.desk.test_desk_second_factor import set_up

pytestmark = pytest.mark.django_db
KEPT = Path(__file__).parent / "backtest_report.json"


@pytest.fixture
def enter(as_role):
    """enter("credit_officer") → a client that has passed its second factor where the role asks for one."""

    def made(role):
        client = as_role(role)
        if role != "clerk":
            set_up(client)
        return client

    return made


@pytest.fixture
def kept(desk):
    document = json.dumps(json.loads(KEPT.read_text(encoding="utf-8")), ensure_ascii=False, sort_keys=True)
    return BacktestRun.objects.create(
        on="2026-05-28", months=6, at=NOON, by=OPERATOR.who, document=document, digest="x" * 64
    )


def test_an_officer_asks_for_one_and_a_second_waits_for_it(enter):
    officer = enter("credit_officer")
    assert "开始" in officer.get("/desk/backtests").content.decode()
    answer = officer.post("/desk/backtests/start", {"on": "2026-01-31", "months": "3"})
    assert answer.status_code == 302 and answer["Location"].endswith("?done=job_started")
    job = list_jobs(kinds=("backtest",))[0]
    assert job.params == {"on": "2026-01-31", "months": 3}
    again = officer.post("/desk/backtests/start", {"on": "", "months": "6"})
    assert again.status_code == 400 and "已在回测" in again.content.decode()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"on": "2099-01-01", "months": "6"}, "还没有过去"),
        ({"on": "31.1.2026", "months": "6"}, "认不出"),
        ({"on": "2026-01-31", "months": "0"}, "1 至 60"),
    ],
)
def test_what_cannot_be_meant_is_said_and_nothing_is_started(enter, asked, said):
    answer = enter("credit_officer").post("/desk/backtests/start", asked)
    assert answer.status_code == 400 and said in answer.content.decode()
    assert list_jobs(kinds=("backtest",)) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_kept_one_is_read_with_charts_and_tables(enter, kept, lang):
    auditor = enter("audit_admin")
    listed = auditor.get("/desk/backtests", {"lang": lang}).content.decode()
    assert (
        f"/desk/backtests/{kept.id}" in listed
        and '<form method="post" action="/desk/backtests/start' not in listed
    )
    page = auditor.get(f"/desk/backtests/{kept.id}", {"lang": lang}).content.decode()
    assert page.count("<svg") >= 10 and page.count("<table") >= 10 and "&lt;svg" not in page
    assert ("校准" if lang == "zh" else "Calibration") in page
    file = auditor.get(f"/desk/backtests/{kept.id}/file")
    assert "attachment" in file["Content-Disposition"] and file["Content-Type"].startswith("text/html")
    told = b"".join(file.streaming_content).decode()
    assert 'id="zh"' in told and 'id="en"' in told


def test_who_sends_sees_none_of_it(enter, kept):
    clerk = enter("clerk")
    for address in ("/desk/backtests", f"/desk/backtests/{kept.id}", f"/desk/backtests/{kept.id}/file"):
        assert clerk.get(address).status_code == 403
    assert clerk.post("/desk/backtests/start", {"months": "6"}).status_code == 403
    assert enter("credit_officer").get("/desk/backtests/987654321").status_code == 404
