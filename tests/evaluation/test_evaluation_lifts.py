"""What a subject is told would lift its grade is what it gets when it does just that."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.foundation.catalog.load import load_catalog
from ecredit.foundation.kernel.periods import add_months
from ecredit.judgement.evaluation.lift_rules import find_outlook
from ecredit.judgement.evaluation.model_loader import load_models
from ecredit.judgement.evaluation.reference import judge_from_entries
from ecredit.judgement.evaluation.types import AnyOf, LittleKnown, Remedy, StatusRule, Window

from .evaluation_world import KNOWN, TODAY, entry, indicator, model

CATALOG = Path(__file__).parents[2] / "catalog"
MODELS = load_models(CATALOG, load_catalog(CATALOG))
FIRM = "法人及非法人组织"
REPAIR = Remedy("repair", "修复", "repair", 3, {}, None, verified=False)
PAY = Remedy("pay", "付清", "pay", None, {}, None, verified=False)
KEEP = Remedy("keep", "履行", "keep", None, {"a": "已履行"}, None, verified=False)

KINDS = (
    ("registration", {"REGSTATE": "存续"}),
    ("dual_publicity_licence", {"XK_ZT": "1"}),
    ("dual_publicity_penalty", {"CF_CFLB": "罚款", "CF_NR_FK": "12.5", "CF_WFXW": "虚假交易"}),
    ("dual_publicity_penalty", {"CF_CFLB": "罚款;吊销许可证件", "CF_NR_FK": "3"}),
    ("abnormal_operation", {}),
    ("serious_dishonesty", {}),
    ("judgment_debtor", {}),
    ("commitment", {"fulfilment": "未履行"}),
    ("commitment", {"fulfilment": "已履行"}),
    ("spot_check", {"result": "不合格"}),
    ("complaint_outcome", {"outcome": "调解不成"}),
    ("platform_sanction", {"measure": "终止服务"}),
    ("courier_licence", {"status": "1"}),
    ("courier_violation", {"penalty_kind": "罚款", "fine_amount": "2"}),
)


@st.composite
def city_entries(draw):
    """A firm's entries under the city's own sources, some ended, some half a window old."""
    made = []
    for leaf in range(draw(st.integers(0, 9))):
        source, values = draw(st.sampled_from(KINDS))
        since = TODAY - timedelta(days=draw(st.integers(0, 1200)))
        until = draw(st.sampled_from((None, None, TODAY - timedelta(days=9), TODAY + timedelta(days=200))))
        made.append(entry(leaf, source_id=source, valid_from=since, valid_to=until, values=values))
    return made


def happened(entries, lift):
    """The ledger once the lift has happened: repaired documents withdrawn, others corrected, as officers post it."""
    later = list(entries)
    for place, leaf in enumerate(lift.leaves):
        old = next(e for e in entries if e.leaf == leaf)
        new = replace(old, leaf=1000 + place, known_at=KNOWN + timedelta(days=30))
        if old.source_id == "commitment":
            new = replace(new, verb="correct", values={**old.values, "fulfilment": "已履行"})
        elif old.source_id in ("dual_publicity_licence", "courier_licence"):
            new = replace(new, verb="correct", valid_to=None)
        else:
            new = replace(new, verb="withdraw")
        later.append(new)
    return later


@settings(max_examples=150, deadline=None)
@given(entries=city_entries(), status=st.sampled_from(("存续", "存续", "吊销", "注销")))
def test_the_promise_is_what_the_reference_gives_when_it_happens(entries, status):
    """Vetoes, caps, halves, little known and the choice of model included; and time alone keeps its word too."""
    outlook = find_outlook(MODELS, FIRM, entries, TODAY, status=status)
    for lift in (*outlook.lifts, *filter(None, [outlook.together])):
        _, given_then = judge_from_entries(MODELS, FIRM, happened(entries, lift), lift.on, status=status)
        assert (given_then.grade, given_then.score) == (lift.grade, lift.score)
        _, idle = judge_from_entries(MODELS, FIRM, entries, lift.on, status=status)
        assert (idle.grade, idle.score) == (lift.idle_grade, lift.idle_score)
        assert lift.on >= TODAY and (lift.grade, lift.score) != (lift.idle_grade, lift.idle_score)
    before = judge_from_entries(MODELS, FIRM, entries, TODAY, status=status)[1]
    for step in outlook.steps:
        eve = judge_from_entries(MODELS, FIRM, entries, step.on - timedelta(days=1), status=status)[1]
        then = judge_from_entries(MODELS, FIRM, entries, step.on, status=status)[1]
        assert (eve.grade, eve.score) == (before.grade, before.score)
        assert (then.grade, then.score) == (step.grade, step.score)
        before = then


def test_repair_may_be_asked_for_from_the_end_of_the_shortest_term():
    """A month after the decision: two months to wait; and the grade is that of the day one may ask."""
    fined = model(indicator("p", points=Decimal(-30), remedy=REPAIR))
    record = entry(1, valid_from=date(2026, 5, 1))
    (lift,) = find_outlook([fined], "firm", [record], TODAY).lifts
    assert (lift.on, lift.leaves, lift.grade, lift.idle_grade) == (date(2026, 8, 1), (1,), "B", "D")


def test_where_time_is_sooner_there_is_nothing_to_ask_for():
    slow = replace(REPAIR, after_months=12)
    fined = model(indicator("p", points=Decimal(-30), remedy=slow))
    outlook = find_outlook([fined], "firm", [entry(1, valid_from=TODAY - timedelta(days=20))], TODAY)
    assert outlook.lifts == () and outlook.waits == ("p",)
    assert [(s.on, s.grade) for s in outlook.steps] == [(add_months(TODAY - timedelta(days=20), 12), "B")]


def test_one_remedy_may_not_be_enough_and_both_together_are():
    """A veto stays while its list entry stays, whatever else is repaired."""
    listed = indicator(
        "l", source="s2", points=Decimal(-5), veto="C", window=Window(while_valid=True), remedy=PAY
    )
    fined = indicator("p", points=Decimal(-30), remedy=REPAIR)
    records = [entry(1, valid_from=date(2026, 1, 1)), entry(2, source_id="s2")]
    outlook = find_outlook([model(listed, fined)], "firm", records, TODAY)
    assert {lift.remedies[0].id: lift.grade for lift in outlook.lifts} == {"pay": "D", "repair": "C"}
    assert outlook.together.grade == "B" and set(outlook.together.leaves) == {1, 2}


def test_a_record_that_becomes_better_counts_the_other_way():
    broken = indicator("b", when=_says("未履行"), points=Decimal(-8), remedy=KEEP)
    kept = indicator("k", when=_says("已履行"), points=Decimal(2), tone="good")
    (lift,) = find_outlook([model(broken, kept)], "firm", [entry(1, values={"a": "未履行"})], TODAY).lifts
    assert (lift.idle_score, lift.score) == (67, 77)


def test_a_record_under_two_indicators_has_the_remedy_that_takes_longest():
    fast = indicator("f", points=Decimal(-1), remedy=replace(REPAIR, id="fast", after_months=1))
    slow = indicator("s", points=Decimal(-9), remedy=REPAIR)
    (lift,) = find_outlook([model(fast, slow)], "firm", [entry(1, valid_from=TODAY)], TODAY).lifts
    assert lift.remedies == (REPAIR,) and lift.score == 75


def test_nothing_lifts_a_revoked_licence_and_nothing_known_is_said():
    """What cannot be changed is not promised."""
    rules = (StatusRule(("吊销",), "D", "已吊销", "revoked"),)
    plain = model(indicator(), statuses=rules)
    outlook = find_outlook([plain], "firm", [], TODAY, status="吊销")
    assert outlook.lifts == () and outlook.together is None and outlook.steps == () and outlook.waits == ()
    assert find_outlook([plain], "person", [], TODAY) is None


def test_a_lapsed_licence_can_be_renewed_and_a_valid_one_need_not():
    licensed = indicator(
        "l", points=Decimal(20), tone="good", window=Window(while_valid=True), remedy=replace(PAY, id="renew")
    )
    judged = model(licensed, little_known=LittleKnown(("register",), "B"))
    ended = entry(1, valid_to=TODAY - timedelta(days=1))
    (lift,) = find_outlook([judged], "firm", [ended], TODAY).lifts
    assert (lift.idle_grade, lift.grade, lift.leaves) == ("B", "A", (1,))
    assert find_outlook([judged], "firm", [ended, entry(2)], TODAY).lifts == ()
    assert find_outlook([judged], "firm", [ended], TODAY, renewals=False).lifts == ()


def _says(word):
    return AnyOf("a", (word,), "")
