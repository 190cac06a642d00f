"""Warnings from a licence that runs out to an answer that is judged: opened once, lifted, opened again, told above, audited."""

import json
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.judgement.measures.answer_actions import acknowledge_warning, answer_warning, judge_warning
from ecredit.judgement.measures.audit_warnings import audit_warnings
from ecredit.judgement.measures.errors import NoSuchWarning, WarningMoved
from ecredit.judgement.measures.models import EarlyWarning, WarningAddressee, WarningEvent, WarningRun
from ecredit.judgement.measures.queries import (
    OVERDUE,
    WAITING,
    count_live,
    count_warnings,
    get_warning,
    list_opened,
    list_rule_figures,
    list_warnings,
)
from ecredit.judgement.measures.types import State, WarningFilter
from ecredit.judgement.measures.warning_rules import is_answered
from tests.evaluation.evaluation_world import entry
from tests.measures.warning_world import KIND, LICENCE, TODAY, World, licence, noon, rule, runs_out
from tests.penalty_rows import code

pytestmark = pytest.mark.django_db
SOON = TODAY + timedelta(days=20)
CLERK = Actor("p7", "warning.answer desk/s1")


@pytest.fixture
def world(home, catalog) -> World:
    """Firm 1 has a licence that ends in twenty days and a shop with plat-a; firm 2 one that lasts."""
    made = World(home, catalog)
    made.add_rule(rule(runs_out(), "running_out"))
    made.platform("plat-a", code(9))
    made.platform("plat-b", code(8))
    for number in (1, 2):
        made.city.subject(number, kind=KIND)
        made.city.subjects[number]["code"] = code(number)
    made.city.add(
        licence(1, 1, SOON),
        licence(2, 2, TODAY + timedelta(days=400)),
        entry(3, 1, source_id="shops", supplier="plat-a", values={"shop_name": "甲"}),
    )
    return made


def only() -> EarlyWarning:
    return EarlyWarning.objects.get()


def do(world: World, what, number: int | None = None, on: date = TODAY, **more):
    number = only().pk if number is None else number
    return what(number=number, ring=world.ring, by=more.pop("by", CLERK), at=noon(on), **more)


def judge(
    world: World, judgement: str, words: str = "核实", on: date = TODAY, number: int | None = None
) -> State:
    return judge_warning(
        number=only().pk if number is None else number,
        judgement=judgement,
        words=words,
        calendar=WorkCalendar(),
        on=on,
        ring=world.ring,
        by=OPERATOR,
        at=noon(on),
    )


def test_a_licence_that_runs_out_is_told_to_the_platform_once(world):
    done = world.run()
    assert (done.ran, done.opened, done.live, done.by_rule) == (True, 1, 1, {"r": 1})
    found = get_warning(only().pk)
    line = found.line
    assert (line.about, line.subject_id, line.state, line.severity) == ("subject:1", 1, State.OPEN, "caution")
    assert line.why["zh"] == f"行政许可信息(双公示)（食品经营许可证）将于 {SOON} 到期，还有 20 天。"
    assert "in 20 days" in line.why["en"]
    assert line.due_on == date(2026, 6, 8) and line.escalates_on == date(2026, 6, 11)
    # The firm itself is no organisation here: its platform answers, who leads the task is told as well.
    assert [(a.kind, a.organisation, a.answers) for a in line.addressees] == [
        ("platform", "plat-a", True),
        ("lead", "shangwu", False),
    ]
    (fact,) = line.document["facts"]
    assert (fact["what"], fact["ref"], fact["source"]) == ("entry", "1", LICENCE)
    assert fact["values"] == {"XK_YXQZI": SOON.isoformat(), "XK_XKZS": "食品经营许可证"}
    assert (line.document["law"], line.document["article"]) == ("e_commerce_law", "27")
    again = world.run(TODAY + timedelta(days=1))
    assert (again.opened, again.reopened, again.worsened, WarningEvent.objects.count()) == (0, 0, 0, 1)
    unchanged = world.run(TODAY + timedelta(days=1))
    assert (unchanged.run_id, dict(unchanged.by_rule), unchanged.live) == (None, {}, 1)
    assert list(audit_warnings()) == []


def test_the_firm_itself_is_asked_where_it_is_known(world):
    world.platform("firm-1", code(1), kind="firm")
    world.run()
    told = {a.organisation: a.answers for a in get_warning(only().pk).line.addressees}
    assert told == {"firm-1": True, "plat-a": False, "shangwu": False}


def test_a_renewed_licence_and_an_ended_firm_are_not_warned_of(world):
    world.city.add(licence(9, 1, TODAY + timedelta(days=900)))
    world.city.subject(3, kind=KIND, status="注销")
    ended = {"XK_ZT": "无效", "XK_XKZS": "另一种", "XK_YXQZI": SOON.isoformat()}
    world.city.add(licence(10, 3, SOON), entry(11, 2, source_id=LICENCE, supplier="gongshang", values=ended))
    assert world.run().opened == 0


def test_what_is_no_longer_so_is_lifted_with_its_reason_and_opened_when_it_is_so_again(world):
    world.run()
    world.city.add(licence(9, 1, TODAY + timedelta(days=900)))
    done = world.run(TODAY + timedelta(days=1))
    assert (done.lifted, done.live, only().state) == (1, 0, State.LIFTED)
    event = get_warning(only().pk).events[-1]
    assert (event.act, event.reason, event.by) == ("lift", "no_longer", "operator")
    later = TODAY + timedelta(days=880)
    again = world.run(later)
    assert (again.reopened, only().state, only().due_on > later) == (1, State.OPEN, True)
    assert EarlyWarning.objects.count() == 1 and list(audit_warnings()) == []


def test_a_rule_that_ended_lifts_its_warnings(world):
    world.run()
    world.rules.clear()
    assert world.run(TODAY + timedelta(days=1)).lifted == 1
    assert get_warning(only().pk).events[-1].reason == "rule_ended"


def test_answered_and_judged_it_is_not_raised_again_until_it_is_worse(world):
    world.add_rule(rule(runs_out(lapsed_days=100), "running_out"))
    world.run()
    assert do(world, acknowledge_warning, organisations={"plat-a"}) is State.ACKNOWLEDGED
    assert do(world, answer_warning, organisations={"plat-a"}, words="已督促办理延续") is State.ANSWERED
    assert world.run(TODAY + timedelta(days=1)).opened == 0
    assert judge(world, "justify") is State.JUSTIFIED
    assert world.run(TODAY + timedelta(days=2)).reopened == 0
    # It has run out: that is worse than about to.
    assert world.run(SOON + timedelta(days=1)).reopened == 1
    assert "没有延续的记录" in get_warning(only().pk).line.why["zh"]
    assert [e.act for e in get_warning(only().pk).events] == [
        "open",
        "acknowledge",
        "answer",
        "justify",
        "reopen",
    ]
    assert list(audit_warnings()) == []


def test_an_answer_sent_back_when_it_is_no_longer_so_neither_breaks_nor_is_lost(world):
    world.run()
    do(world, answer_warning, organisations={"plat-a"}, words="已督促")
    renewed = licence(9, 1, TODAY + timedelta(days=900))
    world.city.add(renewed)
    world.run(TODAY + timedelta(days=1))
    assert (only().state, only().holds) == (State.ANSWERED, False)
    world.city.entries.remove(renewed)
    world.run(TODAY + timedelta(days=2))
    assert (only().state, only().holds) == (State.ANSWERED, True)
    world.city.add(renewed)
    world.run(TODAY + timedelta(days=3))
    assert judge(world, "return", on=TODAY + timedelta(days=3)) is State.OPEN
    world.city.entries.remove(renewed)
    assert world.run(TODAY + timedelta(days=4)).reopened == 1 and only().holds
    world.city.add(renewed)
    assert world.run(TODAY + timedelta(days=5)).lifted == 1
    acts = [e.act for e in get_warning(only().pk).events]
    assert acts == ["open", "answer", "cease", "recur", "cease", "return", "reopen", "lift"]
    assert list(audit_warnings()) == []


def test_who_may_answer_and_what_is_refused(world):
    world.run()
    with pytest.raises(NoSuchWarning):
        do(world, answer_warning, organisations={"plat-b"}, words="x")
    with pytest.raises(WarningMoved, match="抄送"):
        do(world, answer_warning, organisations={"shangwu"}, words="x")
    with pytest.raises(WrongUse, match="请写明"):
        do(world, answer_warning, organisations={"plat-a"}, words="  ")
    with pytest.raises(NoSuchWarning):
        do(world, answer_warning, number=only().pk + 1, organisations=None, words="x")
    with pytest.raises(WrongUse, match="没有 nonsense"):
        judge(world, "nonsense")
    with pytest.raises(WarningMoved):
        judge(world, "return")  # nothing was answered yet
    do(world, answer_warning, organisations={"plat-a"}, words="联系人 13912345678")
    assert "13912345678" not in WarningEvent.objects.latest("id").words
    with pytest.raises(WarningMoved):
        do(world, answer_warning, organisations={"plat-a"}, words="again")
    assert judge(world, "return", "请附办理进度") is State.OPEN and only().due_on == date(2026, 6, 8)
    with pytest.raises(NoSuchWarning):
        get_warning(only().pk, {"plat-b"})
    assert get_warning(only().pk, {"plat-a", "x"}).line.id == only().pk


def test_a_late_answer_is_told_above_who_may_answer_then(world):
    world.run()
    assert world.run(date(2026, 6, 11)).escalated == 0
    done = world.run(date(2026, 6, 12))
    assert (done.escalated, only().state, done.live) == (1, State.ESCALATED, 1)
    assert world.run(date(2026, 6, 15)).escalated == 0
    told = {(a.kind, a.organisation, a.answers) for a in get_warning(only().pk).line.addressees}
    assert ("above", "gongshang", True) in told and ("platform", "plat-a", True) in told
    assert list(audit_warnings()) == []
    assert do(world, answer_warning, organisations={"gongshang"}, words="已约谈平台") is State.ANSWERED


def test_false_alarms_are_counted_by_rule_with_their_interval(world):
    world.city.add(*(licence(20 + n, 2, SOON, name=f"许可{n}") for n in range(9)))
    world.run()
    assert EarlyWarning.objects.count() == 10
    for place, row in enumerate(EarlyWarning.objects.order_by("id")):
        judge(world, "false_alarm" if place == 0 else "justify", number=row.pk)
    (figures,) = list_rule_figures(["r"])
    assert (figures.warned, figures.judged, figures.false_alarms, figures.live) == (10, 10, 1, 0)
    assert figures.rate == 0.1 and figures.low is not None and round(figures.low, 4) == 0.0179
    (none,) = list_rule_figures(["never"])[:1]
    assert none.judged == 0 and none.rate is None
    assert [f.rule for f in list_rule_figures([])] == ["r"]


def test_lists_are_filtered_and_by_whom_they_were_told_to(world):
    run = world.run()
    late = date(2026, 6, 9)
    mine, others = frozenset({"plat-a"}), frozenset({"plat-b"})
    assert (
        count_warnings(WarningFilter(mine), TODAY) == 1 and count_warnings(WarningFilter(others), TODAY) == 0
    )
    assert count_warnings(WarningFilter(state=OVERDUE), TODAY) == 0
    assert count_warnings(WarningFilter(state=OVERDUE), late) == 1
    (line,) = list_warnings(WarningFilter(state=WAITING, rule="r"), late, limit=10)
    assert line.is_overdue(late) and not line.is_overdue(line.due_on)
    assert count_warnings(WarningFilter(severity="serious"), TODAY) == 0
    assert (count_live(), count_live(mine), count_live(others), count_live({"shangwu"})) == (1, 1, 0, 0)
    opened = list_opened(run.run_id or 0)
    assert set(opened) == mine and [line.id for line in opened["plat-a"]] == [only().pk]


def test_nobody_is_warned_of_a_day_before_or_of_one_to_come(world):
    world.run()
    world.city.add(licence(9, 1, TODAY + timedelta(days=900)))
    earlier = world.run(TODAY - timedelta(days=1))
    assert (earlier.ran, earlier.why, only().state) == (False, "earlier_day", State.OPEN)
    from ecredit.judgement.measures.warn_actions import warn

    ahead = warn(
        home=world.home, catalog=world.catalog, calendar=WorkCalendar(), ring=world.ring, as_of=TODAY + timedelta(days=9),
        by=OPERATOR, at=noon(TODAY),
    )  # fmt: skip
    assert (ahead.ran, ahead.why) == (False, "future_day")


def test_the_audit_sees_what_was_done_by_hand(world):
    world.run()
    do(world, answer_warning, organisations={"plat-a"}, words="已督促")
    number = only().pk

    def told() -> str:
        return "；".join(finding.zh for finding in audit_warnings())

    assert told() == ""
    EarlyWarning.objects.update(state=State.JUSTIFIED)
    assert f"预警 {number} 与它的办理记录不一致" in told()
    EarlyWarning.objects.update(state=State.ANSWERED, due_on=TODAY)
    assert "不一致" in told()
    EarlyWarning.objects.update(due_on=date(2026, 6, 8))
    assert told() == ""
    for column, value in (
        ("about", "subject:9999"), ("subject_id", 9999), ("severity", "grave"), ("opened_on", TODAY - timedelta(days=90)),
    ):  # fmt: skip
        kept = getattr(only(), column)
        EarlyWarning.objects.update(**{column: value})
        assert "不一致" in told(), column
        EarlyWarning.objects.update(**{column: kept})
    assert told() == ""
    run = WarningRun.objects.get()
    WarningRun.objects.update(as_of=date(2999, 1, 1))
    assert "预警运行被改动" in told()
    WarningRun.objects.update(as_of=run.as_of)
    made_up = WarningRun.objects.create(
        as_of=date(2999, 1, 1), at=run.at, by=run.by, edition=run.edition, counts={}
    )
    assert "没有来历" in told()
    made_up.delete()
    WarningEvent.objects.filter(act="answer").update(at=run.at - timedelta(days=9))
    assert "与日志不一致" in told()
    WarningEvent.objects.filter(act="answer").update(at=only().events.get(act="open").at)
    document = only().document
    EarlyWarning.objects.update(
        document=json.dumps(json.loads(document) | {"expects": {"zh": "无", "en": "none"}})
    )
    assert "不一致" in told()
    EarlyWarning.objects.update(document=document)
    WarningAddressee.objects.filter(organisation="plat-a").update(organisation="plat-b")
    assert "不一致" in told()
    WarningAddressee.objects.filter(organisation="plat-b").update(organisation="plat-a")
    WarningEvent.objects.filter(act="answer").update(words="从未答复")
    assert "（answer）与日志不一致" in told() and "少了 1 次" in told()
    WarningEvent.objects.filter(act="answer").delete()
    assert "少了 1 次" in told() and f"预警 {number}" in told()
    WarningEvent.objects.all().delete()
    WarningAddressee.objects.all().delete()
    EarlyWarning.objects.all().delete()
    assert told().count("少了 1 次") == 2


def test_who_is_told_learns_nothing_of_the_others_who_are(world):
    world.run()
    do(world, answer_warning, organisations={"plat-a"}, words="已督促")
    row = only()
    WarningAddressee.objects.create(warning=row, kind="platform", organisation="plat-b", answers=True)
    other, whole = get_warning(row.pk, {"plat-b"}), get_warning(row.pk)
    assert "已督促" in [event.words for event in whole.events]
    assert "已督促" not in [event.words for event in other.events]
    assert len(other.events) == len(whole.events) and {event.by for event in other.events} == {""}
    assert "plat-a" not in {one.organisation for one in other.line.addressees}
    assert {"plat-a", "plat-b"} <= {one.organisation for one in whole.line.addressees}
    (listed,) = list_warnings(WarningFilter(frozenset({"plat-b"})), TODAY, limit=9)
    assert "plat-a" not in {one.organisation for one in listed.addressees}


def test_the_journal_says_what_a_run_did(world):
    world.run()
    (entry_,) = JournalEntry.objects.filter(verb="warning.run")
    detail = json.loads(entry_.detail)
    assert detail["counts"] == {"open": 1, "by_rule": {"r": 1}} and len(detail["events"]) == 1
    world.run()
    assert JournalEntry.objects.filter(verb="warning.run").count() == 1  # nothing happened


def test_many_warnings_take_no_more_queries_than_few(world):
    def counted(first: int, many: int, on: date) -> int:
        for n in range(first, first + many):
            world.city.subject(n, kind=KIND)
            world.city.add(licence(n, n, SOON))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert world.run(on).opened >= many
        return len(asked)

    few = counted(100, 20, TODAY)
    many = counted(200, 120, TODAY + timedelta(days=1))
    assert many <= few + 2, (few, many)
    assert few < 40


# Several who are asked -------------------------------------------------------------------------------------------


@pytest.fixture
def two(world) -> World:
    """Firm 1 has a shop with each of two platforms, which are both asked."""
    world.city.add(entry(4, 1, source_id="shops", supplier="plat-b", values={"shop_name": "乙"}))
    return world


def owing() -> list[str]:
    return [one.organisation for one in get_warning(only().pk).line.owing]


def test_one_answer_ends_the_duty_of_nobody_else(two):
    two.run()
    assert owing() == ["plat-a", "plat-b"]
    assert do(two, answer_warning, organisations={"plat-a"}, words="已督促") is State.OPEN
    assert owing() == ["plat-b"] and (count_live({"plat-a"}), count_live({"plat-b"}), count_live()) == (
        0,
        1,
        1,
    )
    waiting = {
        who: count_warnings(WarningFilter(frozenset({who}), state=WAITING), TODAY)
        for who in ("plat-a", "plat-b")
    }
    assert waiting == {"plat-a": 0, "plat-b": 1}
    with pytest.raises(WarningMoved, match="已经答复过"):
        do(two, answer_warning, organisations={"plat-a"}, words="再说一次")
    with pytest.raises(WarningMoved):
        judge(two, "return")
    assert list(audit_warnings()) == []
    assert do(two, answer_warning, organisations={"plat-b"}, words="已下架") is State.ANSWERED
    assert owing() == [] and count_live() == 0 and list(audit_warnings()) == []
    told = [event.organisations for event in get_warning(only().pk).events if event.act == "answer"]
    assert told == [["plat-a"], ["plat-b"]]
    mine = [e.organisations for e in get_warning(only().pk, {"plat-b"}).events if e.act == "answer"]
    assert mine == [[], ["plat-b"]], "what another answered is not told"
    assert judge(two, "return", "请附材料") is State.OPEN and owing() == ["plat-a", "plat-b"]
    assert list(audit_warnings()) == []


def test_who_has_answered_has_done_so_also_once_it_is_told_above(two):
    two.run()
    do(two, answer_warning, organisations={"plat-a"}, words="已督促")
    assert two.run(date(2026, 6, 12)).escalated == 1
    assert only().state == State.ESCALATED and owing() == ["plat-b", "gongshang"]
    assert list(audit_warnings()) == []
    assert do(two, answer_warning, organisations={"gongshang"}, words="已约谈") is State.ANSWERED
    assert list(audit_warnings()) == []


def test_what_got_worse_than_what_was_answered_is_asked_of_all_anew(two):
    two.add_rule(rule(runs_out(lapsed_days=30), "running_out"))
    two.run()
    do(two, answer_warning, organisations={"plat-a"}, words="已督促")
    first = only().due_on
    lapsed = SOON + timedelta(days=1)
    done = two.run(lapsed)
    assert (done.worsened, done.reopened, done.escalated) == (1, 0, 0), done
    assert owing() == ["plat-a", "plat-b"] and only().due_on > lapsed > first
    assert list(audit_warnings()) == []


def test_a_rule_may_be_content_with_the_first_answer(two):
    two.add_rule(rule(runs_out(), "running_out", answered_by="first"))
    two.run()
    assert do(two, answer_warning, organisations={"plat-b"}, words="已下架") is State.ANSWERED
    assert list(audit_warnings()) == []


def test_at_the_console_all_who_owe_are_answered_for(two):
    two.run()
    do(two, answer_warning, organisations={"plat-a"}, words="已督促")
    assert do(two, answer_warning, organisations=None, words="电话答复") is State.ANSWERED
    assert WarningEvent.objects.filter(act="answer").latest("id").organisations == ["plat-b"]


def test_the_audit_sees_an_answer_given_or_taken_by_hand(two):
    two.run()
    do(two, answer_warning, organisations={"plat-a"}, words="已督促")
    WarningAddressee.objects.filter(organisation="plat-b").update(answered=True)
    assert any("不一致" in finding.zh for finding in audit_warnings())
    WarningAddressee.objects.filter(organisation="plat-b").update(answered=False)
    assert list(audit_warnings()) == []
    WarningEvent.objects.filter(act="answer").update(organisations=["plat-b"])
    assert any("与日志不一致" in finding.zh for finding in audit_warnings())


@given(
    st.dictionaries(
        st.sampled_from("abcdef"),
        st.tuples(st.sampled_from(["platform", "above"]), st.booleans()),
        min_size=1,
    ),
    st.sets(st.sampled_from("abcdef")),
    st.sampled_from(["all", "first"]),
)
def test_answered_is_when_nobody_owes_or_who_is_above_has_spoken(asked, now, answered_by):
    now &= asked.keys()
    said = is_answered(asked, now, answered_by)
    left = [one for one, (kind, before) in asked.items() if kind != "above" and not before and one not in now]
    above = any(asked[one][0] == "above" for one in now)
    assert said == (answered_by == "first" or above or not left)
