"""Conditions, counting periods and grades, by example and by property."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.judgement.evaluation.condition_rules import meets, number_of
from ecredit.judgement.evaluation.grade_rules import sector_grade
from ecredit.judgement.evaluation.model_loader import load_models
from ecredit.judgement.evaluation.reference import (
    choose_model,
    current_records,
    grade_subject,
    judge_from_entries,
    judge_subject,
)
from ecredit.judgement.evaluation.types import (
    AllOf,
    AnyOf,
    AtLeast,
    LittleKnown,
    Measure,
    Negation,
    NothingKnown,
    Present,
    StatusRule,
    Window,
)
from ecredit.judgement.evaluation.window_rules import counting_period, counts_on, fading_day, next_change

from .evaluation_world import KNOWN, TODAY, entry, entry_lists, indicator, model, model_sets


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1.5", "1.5"), ("-3", "-3"), ("0.0000005", "0.000001"), ("-0.0000005", "-0.000001"), ("1e3", None),
        (" 7", None), ("", None), (None, None), ("123456789012", None), ("七", None), ("NaN", None), ("1.", None),
    ],
)  # fmt: skip
def test_number_of(cell, number):
    assert number_of(cell) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("condition", "cell", "holds"),
    [
        (AnyOf("c", ("罚款",), ";；"), "警告； 罚款", True),
        (AnyOf("c", ("罚款",), ""), "警告；罚款", False),
        (AnyOf("c", ("罚款",), ";"), None, False),
        (AtLeast("c", Decimal(10)), "10.000", True),
        (AtLeast("c", Decimal(10)), "很多", False),
        (Negation(AtLeast("c", Decimal(10))), None, True),
        (AllOf((Present("c"), Negation(AnyOf("c", ("罚款",), "")))), None, False),
    ],
)
def test_meets(condition, cell, holds):
    assert meets(condition, {} if cell is None else {"c": cell}) is holds


DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(
    start=st.none() | DAYS,
    end=st.none() | DAYS,
    months=st.none() | st.integers(1, 60),
    half_from=st.none() | st.integers(1, 70),
    valid=st.booleans(),
    day=DAYS,
)
def test_nothing_changes_before_next_change(start, end, months, half_from, valid, day):
    """On every day before the next change counting is as today, and on that day it is not."""
    period = counting_period(Window(months, valid), start, end)
    if period is None:
        return
    fades = fading_day(period, half_from)

    def weight(on):
        return 0 if not counts_on(period, on) else 1 if fades is None or on < fades else 0.5

    change = next_change(period, day, half_from)
    if change is None:
        assert weight(day) == weight(date(2300, 1, 1))
        return
    assert change > day
    assert weight(change) != weight(day)
    assert weight(change - timedelta(days=1)) == weight(day)


def test_a_record_counts_half_once_it_is_long_ago():
    """Whole until the day before, half from then on, and the reason says so; the cap on the grade stays whole."""
    fading = indicator(points=Decimal("-8.05"), half_from=6, veto="C")
    record = entry(1, valid_from=date(2026, 1, 31))
    whole = grade_subject(model(fading), [record], date(2026, 7, 30))
    half = grade_subject(model(fading), [record], date(2026, 7, 31))
    assert (whole.reasons[1].points, half.reasons[1].points) == (Decimal("-8.05"), Decimal("-4.03"))
    assert "减半" not in whole.reasons[1].zh and "其中 1 条" in half.reasons[1].zh
    assert (whole.valid_until, half.valid_until) == (date(2026, 7, 31), date(2027, 1, 31))
    assert (whole.grade, half.grade) == ("C", "C")


def test_where_nothing_counts_there_is_no_grade_and_it_says_so():
    """Nothing known is not the middle of the scale."""
    strict = model(nothing_known=NothingKnown("没有信息，无法评级", "nothing to grade"))
    old = entry(1, valid_from=TODAY - timedelta(days=900))
    for records in ([], [old]):
        grade = grade_subject(strict, records, TODAY)
        assert grade.grade is None
        assert grade.reasons[-1].zh == "没有信息，无法评级"
    assert grade_subject(strict, [entry(1)], TODAY).grade == "C"


def test_an_amount_below_zero_is_no_amount():
    """Else a second document could take the fine of the first away."""
    fines = indicator(measure=Measure.SUM, column="n", points=Decimal(-1), cap=Decimal(50))
    records = [entry(1, values={"n": "10"}), entry(2, values={"n": "-9"})]
    assert grade_subject(model(fines), records, TODAY).reasons[1].points == -10


@pytest.mark.parametrize(
    ("public", "score", "sector"),
    [("A", 96, "AAA"), ("B", 96, "A"), ("B", 72, "BBB"), ("C", 96, "BB"), ("D", 96, "CCC"), ("D", 5, "D")],
)
def test_the_public_grade_caps_that_of_the_trade(public, score, sector, catalog):
    """国办发〔2026〕8号: with a public D no sector gives an A."""
    scale = load_models(Path(__file__).parents[2] / "catalog", catalog)[0].sector
    assert sector_grade(scale, public, Decimal(score)) == sector


def test_month_window_ends_on_the_day():
    period = counting_period(Window(months=12), date(2024, 2, 29), None)
    assert period == (date(2024, 2, 29), date(2025, 2, 28))
    assert counts_on(period, date(2025, 2, 27)) and not counts_on(period, date(2025, 2, 28))


@settings(max_examples=40)
@given(models=model_sets(), entries=entry_lists(), status=st.sampled_from(("存续", "注销", "吊销")))
def test_points_add_up_and_last(models, entries, status):
    """The findings add up to the score, and the judgement stands until the day it says."""
    judged = judge_from_entries(models, "firm", entries, TODAY, status=status)
    if judged is None:
        return
    chosen, judgement = judged
    assert sum(f.points for f in judgement.findings) == judgement.score
    assert chosen.floor <= judgement.score <= chosen.ceiling
    nothing = "nothing_known" in [f.indicator for f in judgement.findings]
    assert (judgement.grade is None) == (status == "注销" or nothing)
    until = judgement.valid_until
    assert until is None or until > TODAY
    last = until - timedelta(days=1) if until is not None else date(9999, 12, 30)
    again = judge_from_entries(models, "firm", entries, last, status=status)
    assert again == judged


def test_little_known_is_never_good():
    """Registration alone, however good its points, gives no more than B and says why."""
    registered = indicator(
        "r", source="registration", points=Decimal(25), window=Window(), measure=Measure.EXISTS
    )
    bad = indicator("p", points=Decimal(-1))
    with_rule = model(registered, bad, little_known=LittleKnown(("registration",), "B"))
    only = [entry(1, source_id="registration")]
    assert judge_subject(model(registered, bad), only, TODAY).grade == "A"
    grade = grade_subject(with_rule, only, TODAY)
    assert grade.grade == "B"
    assert grade.reasons[-1].indicator == "little_known" and "所知甚少" in grade.reasons[-1].zh
    assert grade_subject(with_rule, [*only, entry(2)], TODAY).grade == "A"


def test_veto_caps_whatever_the_score():
    listed = indicator("l", points=Decimal(0), veto="D", window=Window(while_valid=True))
    grade = grade_subject(model(listed), [entry(1)], TODAY)
    assert (grade.grade, grade.score) == ("D", Decimal(75))
    assert "等级不高于 D" in grade.reasons[1].zh
    assert grade_subject(model(listed), [entry(1, valid_to=TODAY)], TODAY).grade == "B"


def test_state_is_named():
    rules = (
        StatusRule(("注销",), None, "已注销，不再评级", "deregistered"),
        StatusRule(("吊销",), "D", "已吊销", "revoked"),
    )
    gone = grade_subject(model(statuses=rules), [], TODAY, status="注销")
    assert gone.grade is None and gone.score == 75
    assert gone.reasons[-1].zh == "已注销，不再评级"
    assert grade_subject(model(statuses=rules), [], TODAY, status="吊销").grade == "D"
    assert grade_subject(model(statuses=rules), [], TODAY, status="存续").grade == "B"


def test_total_beyond_bounds_says_so():
    grade = grade_subject(model(indicator(points=Decimal(-50))), [entry(n) for n in range(3)], TODAY)
    assert grade.score == 0
    assert [(r.indicator, r.points) for r in grade.reasons] == [("base", 75), ("i", -150), ("limit", 75)]


def test_latest_takes_the_newest_day_not_the_newest_entry():
    rating = indicator(
        measure=Measure.LATEST,
        column="g",
        values={"A": Decimal(10), "D": Decimal(-30)},
        window=Window(months=18),
    )
    old = entry(9, valid_from=TODAY - timedelta(days=400), values={"g": "D"})
    new = entry(2, valid_from=TODAY - timedelta(days=30), values={"g": "A"})
    finding = judge_subject(model(rating), [old, new], TODAY).findings[1]
    assert (finding.points, finding.value, finding.leaves, finding.records) == (10, "A", (2,), 2)


def test_sum_is_capped_and_shown():
    fines = indicator(measure=Measure.SUM, column="n", points=Decimal("-0.2"), cap=Decimal(10))
    records = [entry(1, values={"n": "12.5"}), entry(2, values={"n": "不详"}), entry(3, values={"n": "0.05"})]
    reason = grade_subject(model(fines), records, TODAY).reasons[1]
    assert (reason.points, reason.records) == (Decimal("-2.51"), 2)
    assert "12.55" in reason.zh and "-2.51" in reason.zh
    assert grade_subject(model(fines), [entry(1, values={"n": "9999"})], TODAY).score == 65


def test_history_and_knowledge():
    """A correction stands from when it was known; a withdrawal ends the document."""
    first = entry(1, doc_key="d" * 32, values={"a": "1"})
    second = entry(5, doc_key="d" * 32, verb="correct", values={"a": "2"}, known_at=KNOWN + timedelta(days=1))
    third = entry(9, doc_key="d" * 32, verb="withdraw", known_at=KNOWN + timedelta(days=2))
    everything = [third, first, second]
    assert current_records(everything) == []
    assert current_records(everything, KNOWN + timedelta(days=1)) == [second]
    assert current_records(everything, KNOWN) == [first]
    assert judge_from_entries([model()], "firm", everything, TODAY)[1].score == 75
    assert judge_from_entries([model()], "firm", everything, TODAY, known_at=KNOWN)[1].score == 65


def test_a_record_marks_the_kind():
    general, courier = model(id="g", precedence=1), model(id="c", precedence=2, marked_by=("licence",))
    soon = TODAY + timedelta(days=9)
    assert choose_model([general, courier], "firm", [], TODAY) == (general, None)
    assert choose_model([general, courier], "firm", [entry(1, source_id="licence")], TODAY) == (courier, None)
    assert choose_model(
        [general, courier], "firm", [entry(1, source_id="licence", valid_from=soon)], TODAY
    ) == (
        general,
        soon,
    )
    assert choose_model([courier], "firm", [], TODAY) == (None, None)
    assert choose_model([general], "person", [], TODAY) == (None, None)


def test_only_a_record_that_says_so_marks_the_kind():
    rates = AnyOf("kind", ("评级",), "")
    general, rater = (
        model(id="g", precedence=1),
        model(id="r", precedence=2, marked_by=("filed",), marked_when=rates),
    )
    other = entry(1, source_id="filed", values={"kind": "物流"})
    assert choose_model([general, rater], "firm", [other], TODAY) == (general, None)
    assert choose_model(
        [general, rater], "firm", [other, entry(2, source_id="filed", values={"kind": "评级"})], TODAY
    ) == (rater, None)


def test_words_name_figures_in_both_languages():
    capped = indicator(title_zh="处罚", title_en="Penalties", points=Decimal("-8.50"), cap=Decimal(32))
    reason = grade_subject(model(capped), [entry(n) for n in range(5)], TODAY).reasons[1]
    assert reason.zh == "处罚：5 条，每条 -8.5 分、累计最多 32 分，计 -32 分"
    assert reason.en == "Penalties: records 5, -8.5 points each, 32 points at most, together -32"
    assert reason.leaves == (4, 3, 2, 1, 0)


def test_braces_in_a_value_are_only_text():
    rating = indicator(title_zh="{评级}", measure=Measure.LATEST, column="g", values={})
    reason = grade_subject(model(rating), [entry(1, values={"g": "{points}"})], TODAY).reasons[1]
    assert reason.zh.startswith("{评级}：最近一次为“{points}”")
