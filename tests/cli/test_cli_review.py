"""`review list` and `show`: an officer can judge from them alone, and nothing personal is told in clear."""

from datetime import timedelta

import pytest

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.subjects.review_queries import list_review
from ecredit.surface.cli.commands import build_parser
from ecredit.surface.cli.context import Context
from tests.conftest import NOON
from tests.penalty_rows import code, row, table
from tests.subjects.test_subjects_review_journey import NAME, TWIN, register

PENALTY = "dual_publicity_penalty"


@pytest.fixture
def say(settings, home, collector, monkeypatch):
    settings.ECREDIT_HOME = home.root
    monkeypatch.setattr(Context, "now", property(lambda _: NOON + timedelta(days=3, hours=1)))

    def run(*words: str):
        args = build_parser().parse_args(["review", *words])
        return args.run(args, Context())

    return run


@pytest.fixture
def waiting(collect):
    collect(
        "registration",
        register((NAME, code(1), "常州市新北区通江路1号"), (TWIN, code(2), "常州市新北区通江路3号")),
    )
    rows = [
        row(n, CF_XDR_MC=NAME, CF_XDR_SHXYM="", CF_WSH=f"甲{n}", BZ=f"当事人电话 1390000123{n}")
        for n in (1, 2, 3)
    ]
    collect(PENALTY, table(*rows), name="处罚.csv")


def test_an_item_is_shown_with_its_whole_row_and_what_each_answer_does(waiting, say):
    item = list_review()[0]
    answer = say("show", str(item.id), "--purpose", "核对决定书")
    shown = "\n".join(answer.lines)
    cells = {cell["code"]: (cell["name"], cell["value"]) for cell in answer.document["cells"]}
    sent = {name for name, value in row(1).items() if value} - {"CF_XDR_SHXYM"} | {"BZ"}
    assert cells.keys() == sent
    assert cells["CF_WSH"][1] == "甲1"
    assert all(name in shown and value in shown for name, value in cells.values())
    assert "13900001231" not in shown + str(answer.document)
    for told in ("处罚.csv 第 2 行", "常州市市场监督管理局", "3 天", "待复核"):
        assert told in shown
    assert f"统一社会信用代码 {code(1)}" in shown and "常州市新北区通江路1号" in shown and "存续" in shown
    assert "没有可用的主体代码" in shown and "可能降低其等级" in shown and "退回待改" in shown
    journal = JournalEntry.objects.get(verb="held.read")
    assert "核对决定书" in journal.detail and journal.object == f"held:{item.batch_id}:{item.line}"


def test_an_answered_item_says_so_and_promises_nothing_more(waiting, say):
    item = list_review()[0]
    assert "已排除" in say("reject", str(item.id)).lines[0]
    answer = say("show", str(item.id))
    assert "已排除" in answer.lines[0] and answer.document["accepting"] == []
    assert "退回待改" not in "\n".join(answer.lines)


def test_the_list_tells_where_from_why_and_how_long_a_page_at_a_time(waiting, say):
    first, second = say("list", "--limit", "2"), say("list", "--limit", "2", "--page", "2")
    assert [len(a.document["items"]) for a in (first, second)] == [2, 1]
    seen = [item["id"] for a in (first, second) for item in a.document["items"]]
    assert seen == [item.id for item in list_review()]
    line = first.lines[1]
    for told in ("行政处罚", NAME, "没有可认定主体的代码", "处罚.csv:2", "常州市市场监督管理局", " 3 "):
        assert told in line
    assert "--page 2" in first.lines[-1] and "--page" not in second.lines[-1]
    assert say("list", "--source", "registration").document["found"] == 0


def test_a_row_under_anothers_code_says_whose_code_it_is(collect, say):
    collect("registration", register(("常州溯洄唯真母婴用品有限公司", code(1), "常州市新北区通江路1号")))
    collect(PENALTY, table(row(1, CF_XDR_MC="常州云帆启航商贸有限公司")), name="a.csv")
    (item,) = list_review()
    (why,) = say("show", str(item.id)).document["why"]
    for told in (code(1), "常州溯洄唯真母婴用品有限公司", "常州云帆启航商贸有限公司"):
        assert told in why["zh"] and told in why["en"]
