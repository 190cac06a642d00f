"""`ecredit monitor`: what each verb answers, and that the console is one of the two people at most."""

import json

import pytest

from ecredit.facts.actors.errors import FourEyes
from ecredit.facts.actors.models import Person
from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.monitoring.models import MonitorReport
from ecredit.judgement.monitoring.queries import list_reports
from ecredit.service.operation.approved import ask, signature
from ecredit.service.operation.evaluate_all import evaluate_everything
from ecredit.surface.cli.commands import build_parser
from ecredit.surface.cli.context import Context
from tests.desk.conftest import CITY, make_person
from tests.monitoring.monitoring_city import FIRST, MADE, open_city
from tests.monitoring.test_monitoring_reports import COMPLAINTS

pytestmark = pytest.mark.django_db


class Console(Context):
    """The console at noon of 12 May 2026."""

    @property
    def home(self):
        return super(Context, self).home

    @property
    def now(self):
        return MADE


@pytest.fixture
def console(home, settings, collect, collector) -> Console:
    settings.ECREDIT_HOME = home.root
    open_city(collect, collector, complaints=COMPLAINTS)
    context = Console()
    evaluate_everything(context, by=OPERATOR, as_of=context.today)
    return context


def run(console: Console, *words: str):
    args = build_parser(words).parse_args(words)
    return args.run(args, console)


def as_officer(console: Console) -> int:
    officer = Person.objects.filter(login="first").first() or make_person("first", (CITY, "credit_officer"))
    drafts = {line.id: line.digest for line in list_reports(period="2026-04") if line.state == "draft"}
    by = Actor(officer.who, "monitor.sign desk/s1")
    return ask(console, signature(period="2026-04", reports=drafts), reason="已核对", by=by, at=console.now)


def test_from_a_draft_to_everybody_at_the_console_and_the_desk(console):
    assert "还没有监测报告" in "".join(run(console, "monitor", "list").lines)
    made = run(console, "monitor", "make")
    assert made.document["period"] == "2026-04" and made.document["made"] == 4
    listed = run(console, "monitor", "list", "2026-04")
    assert [line["state"] for line in listed.document["reports"]] == ["draft"] * 4
    shown = run(console, "monitor", "show", "2026-04", FIRST)
    json.dumps(shown.document, default=str)
    assert any("60.0%" in line and "5" in line for line in shown.lines)
    assert any("给不出" in line for line in shown.lines)
    as_officer(console)
    signed = run(console, "monitor", "sign", "2026-04", "--reason", "同意")
    assert len(signed.document["signed"]) == 4
    row = MonitorReport.objects.get(platform=FIRST)
    assert row.signed_by == "operator" and row.asked_by.startswith("p")
    assert run(console, "monitor", "publish").document == {"changed": 0}
    assert "已签发" in "".join(run(console, "monitor", "list").lines)


def test_the_console_does_not_agree_to_what_it_asked(console):
    run(console, "monitor", "make", "2026-04")
    asked = run(console, "monitor", "sign", "2026-04", "city", "--reason", "提请")
    assert asked.document["asked"] and len(asked.document["reports"]) == 1
    with pytest.raises(FourEyes):
        run(console, "monitor", "sign", "2026-04", "--reason", "同意")
    assert not MonitorReport.objects.exclude(signed_at=None).exists()


@pytest.mark.parametrize(
    "words",
    [
        ("show", "2026-04", "911"), ("show", "may"), ("sign", "2026-03", "--reason", "x"), ("make", "2026-05"),
        ("withdraw", "2026-04", "--reason", "x"), ("withdraw", "2026-04", "city", "--reason", "x"),
    ],
)  # fmt: skip
def test_what_is_not_there_or_not_yet_is_refused_in_one_sentence(console, words):
    with pytest.raises(WrongUse) as refused:
        run(console, "monitor", *words)
    assert refused.value.zh and refused.value.en


def test_a_withdrawal_is_drafted_and_signed_like_a_report(console):
    run(console, "monitor", "make", "2026-04")
    as_officer(console)
    run(console, "monitor", "sign", "2026-04", "--reason", "同意")
    drafted = run(console, "monitor", "withdraw", "2026-04", FIRST, "--reason", "报送有误")
    assert MonitorReport.objects.get(pk=drafted.document["report"]).version == 2
    as_officer(console)
    run(console, "monitor", "sign", "2026-04", "--reason", "同意")
    states = {
        line["state"]
        for line in run(console, "monitor", "list").document["reports"]
        if line["platform"] == FIRST
    }
    assert states == {"withdrawn", "superseded"}
    assert any("报送有误" in line for line in run(console, "monitor", "show", "2026-04", FIRST).lines)
