"""The model studio at the desk: read, drafted, compared, tried, asked for by one and agreed to by another."""

import csv
import io
import re
from html import unescape

import pytest

from ecredit.facts.actors.models import Approval
from ecredit.facts.actors.types import OPERATOR
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.evaluation.evaluate_actions import evaluate
from ecredit.judgement.evaluation.trial_types import STEP, STEPS
from ecredit.judgement.evaluation.version_models import ModelAdoption, ModelVersion
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.worker import Worker
from ecredit.surface.desk.drawing_trial import changes_of, shade
from tests.conftest import NOON
from tests.desk.conftest import CITY, make_person, sign_in
from tests.desk.test_desk_officer import text_of
from tests.desk.test_desk_second_factor import set_up
from tests.penalty_rows import row, table

pytestmark = pytest.mark.django_db
FIRST = "/desk/grade-models/enterprise/1"
SECOND = "/desk/grade-models/enterprise/2"


@pytest.fixture
def city(desk, catalog, collect):
    collect("dual_publicity_penalty", table(row(1), row(2), row(2, CF_WSH="又一件")))
    ring = KeyRing.load(desk.keys)
    evaluate(home=desk, catalog=catalog, ring=ring, as_of=NOON.date(), by=OPERATOR, at=NOON)
    return desk


@pytest.fixture
def enter(city):
    def run(login: str):
        client = sign_in(make_person(login, (CITY, "credit_officer")))
        set_up(client)
        return client

    return run


def harder(text: str) -> str:
    text = text.replace('version: "1"', 'version: "2"')
    return text.replace("- use: penalty_general", "- {use: penalty_general, points: -30, cap: 60}")


def typed(client) -> str:
    """The text a draft begins with, as the browser would send it."""
    page = client.get("/desk/grade-models/draft?from=enterprise/1").content.decode()
    found = re.search(r'<textarea id="draft-text"[^>]*>(.*?)</textarea>', page, re.S)
    return unescape(found[1]).replace("\n", "\r\n")


def downloaded(client, address: str) -> list[dict[str, str]]:
    answer = client.get(f"{address}?export=csv")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_version_goes_from_a_draft_to_being_agreed_to(enter, catalog):
    jia, yi = enter("jia"), enter("yi")
    listed = text_of(jia.get("/desk/grade-models"))
    assert "企业信用评价模型" in listed and "生效中" in listed and "等级回测" in listed
    tree = text_of(jia.get(FIRST))
    assert "守法" in tree and "每条 -8 分" in tree and "12 个月" in tree and "电子商务法" in tree

    answer = jia.post("/desk/grade-models/draft", {"text": harder(typed(jia)), "note": "罚款从严"})
    assert answer.status_code == 302 and answer["Location"].startswith(SECOND)
    assert "罚款从严" in text_of(jia.get(SECOND)) and "还没有试算" in text_of(jia.get(SECOND))
    assert jia.get(f"{SECOND}/trial").status_code == 404

    said = text_of(jia.get(f"{SECOND}/against/1"))
    assert "每条 -8 分" in said and "每条 -30 分" in said and "共 3 处不同" in said
    assert [line["怎么变"] for line in downloaded(jia, f"{SECOND}/against/1")] == ["改动"] * 3

    day = Platform().today.isoformat()
    refused = jia.post(f"{SECOND}/propose", {"from": day, "reason": "从严"})
    assert refused.status_code == 400 and "还没有试算" in text_of(refused)
    assert jia.post(f"{SECOND}/try", {"from": day}).status_code == 302
    assert "试算正在后台进行" in text_of(jia.get(SECOND))
    jia.post(f"{SECOND}/try", {"from": day})
    assert Worker(Platform()).run_next() and not Worker(Platform()).run_next()

    page = jia.get(f"{SECOND}/trial").content.decode()
    assert "<svg" in page and "降" in page and "登记中未载明" in page
    groups = downloaded(jia, f"{SECOND}/trial")
    assert {line["按什么分"] for line in groups} == {"主体类别", "行业门类", "行政区划", "注册资本"}
    assert {line["等级降"] for line in groups} == {"1"}
    assert sum(int(line["主体数"]) for line in downloaded(jia, f"{SECOND}/trial/matrix")) == 2
    worst = downloaded(jia, f"{SECOND}/trial/moves")
    assert "每条 -30 分" in worst[0]["新版有而现在没有的理由"] and worst[0]["新版"] == "D"

    assert jia.post(f"{SECOND}/propose", {"from": day, "reason": ""}).status_code == 400
    assert jia.post(f"{SECOND}/propose", {"from": day, "reason": "从严"}).status_code == 302
    number = Approval.objects.get().pk
    assert jia.post(f"/desk/approvals/{number}/decide", {"answer": "agree"}).status_code == 403
    shown = text_of(yi.get(f"/desk/approvals/{number}"))
    assert "看试算结果" in shown and "等级升 0 个，降 1 个" in shown
    assert yi.post(f"/desk/approvals/{number}/decide", {"answer": "agree"}).status_code == 302
    assert ModelAdoption.objects.get().from_on.isoformat() == day
    assert "经第" in text_of(jia.get(SECOND)) and "已失效" in text_of(jia.get(FIRST))
    assert "这些文件与已采用的版本不同" in text_of(jia.get("/desk/grade-models"))

    assert jia.post(f"{FIRST}/rollback", {"reason": "过严"}).status_code == 302
    assert "以第 1 版回退" in text_of(jia.get("/desk/grade-models/enterprise/3"))


def test_a_draft_with_faults_is_shown_with_each_line_and_kept_as_nothing(enter):
    jia = enter("jia")
    text = harder(typed(jia)).replace("frame: common", "frame: comon").replace("base: 75", "base: 175")
    line = text.replace("\r\n", "\n").splitlines().index("frame: comon") + 1
    for given in ({"text": text}, {"file": io.BytesIO(text.encode())}):
        answer = jia.post("/desk/grade-models/draft", {**given, "note": "从严"})
        told = text_of(answer)
        assert answer.status_code == 400 and f"第 {line} 行" in told and "common" in told
        assert "frame: comon" in told and "从严" in told
    assert ModelVersion.objects.filter(model_id="enterprise").count() == 1
    wrong = jia.post("/desk/grade-models/draft", {"file": io.BytesIO(b"\xff\xfe"), "note": ""})
    assert wrong.status_code == 400 and "UTF-8" in text_of(wrong)


def test_a_text_from_outside_stays_a_text(enter):
    jia = enter("jia")
    answer = jia.post("/desk/grade-models/draft", {"text": "id: <script>alert(1)</script>", "note": "<b>"})
    assert answer.status_code == 400 and b"<script>alert" not in answer.content


def test_who_only_watches_reads_and_does_nothing(as_role, city):
    auditor = as_role("audit_admin")
    set_up(auditor)
    page = auditor.get(FIRST)
    assert (
        page.status_code == 200 and b"studio_try" not in page.content and "/try" not in page.content.decode()
    )
    assert auditor.get("/desk/grade-models/draft").status_code == 403
    for act in ("try", "propose", "rollback"):
        assert auditor.post(f"{FIRST}/{act}").status_code == 403


@pytest.mark.parametrize(
    "address", ["enterprise/9", "nobody/1", "enterprise/1/against/9", "enterprise/1/trial/moves"]
)
def test_what_is_not_there_is_not_found(enter, address):
    assert enter("jia").get(f"/desk/grade-models/{address}").status_code == 404


def test_before_anything_was_graded_the_studio_says_so(desk):
    client = sign_in(make_person("jia", (CITY, "credit_officer")))
    set_up(client)
    assert "还没有存档的版本" in text_of(client.get("/desk/grade-models"))


def test_the_chart_cuts_the_bar_of_those_unchanged_and_says_so():
    assert changes_of(()) is None
    chart = changes_of(((-STEP * STEPS, 3), (-STEP, 10), (0, 1_000), (STEP, 1)))
    by_count = {bar.count: bar for bar in chart.bars if bar.count}
    assert chart.cut and by_count[1_000].height == max(bar.height for bar in chart.bars)
    assert by_count[10].height == pytest.approx(by_count[1_000].height / 2)
    assert [by_count[n].kind for n in (3, 10, 1_000, 1)] == ["down", "down", "same", "up"]
    assert (by_count[3].low, by_count[3].high) == (None, -STEP * (STEPS - 1))
    assert (by_count[1].low, by_count[1].high) == (0, STEP) and by_count[1].height >= 2
    assert not changes_of(((0, 5),)).cut
    assert [shade(n, 100) for n in (0, 1, 5, 20, 50)] == ["heat0", "heat1", "heat2", "heat3", "heat4"]
