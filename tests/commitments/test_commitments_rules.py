"""What a commitment says and until when, when a reminder is due, and what may happen in a case."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecredit.foundation.catalog.commitment_types import TOPICS
from ecredit.foundation.catalog.load_commitments import LONGEST
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.commitments.case_rules import TRANSITIONS, next_state
from ecredit.service.commitments.content_rules import (
    audience_of,
    content_of,
    due_reminder,
    owed_reminder,
    read_answers,
    templates_for,
    valid_until,
)
from ecredit.service.commitments.types import LIVE, CaseAct, CaseState

DAYS = st.dates(date(2020, 1, 1), date(2090, 1, 1))


@pytest.fixture(scope="module")
def templates(request):
    from pathlib import Path

    from ecredit.foundation.catalog.load import load_catalog

    return load_catalog(Path(request.config.rootpath) / "catalog").commitments.templates


def test_each_audience_of_task_nine_has_a_text_of_all_six_topics(templates):
    assert {t.audience for t in templates.values()} == {"platform", "merchant", "person_seller", "courier"}
    for template in templates.values():
        version = template.versions[-1]
        assert {item.topic for item in version.items} == set(TOPICS)
        assert not version.verified and version.basis


def test_the_text_has_every_item_and_what_was_filled_in(templates):
    version = templates["merchant"].versions[0]
    said = content_of(version, {"scope": "日用百货", "channel": "客服。"})
    assert said.startswith(version.opening_zh) and all(item.zh in said for item in version.items)
    assert said.endswith("经营的主要商品或服务：日用百货。受理投诉的渠道（网页、客服入口等）：客服。")


@given(filled=st.dictionaries(st.sampled_from(["scope", "channel", "extra"]), st.text(max_size=600)))
def test_whatever_is_filled_in_is_taken_or_told_and_fits_a_record(templates, filled):
    version = templates["merchant"].versions[0]
    try:
        answers = read_answers(version, filled)
    except WrongUse as error:
        assert any(word in error.zh for word in ("请填写", "最多", "个人信息"))
    else:
        assert {"scope", "channel"} <= set(answers) and len(content_of(version, answers)) <= LONGEST


def test_every_missing_field_is_named(templates):
    with pytest.raises(WrongUse) as told:
        read_answers(templates["merchant"].versions[0], {"scope": " ", "extra": "长" * 501})
    assert "主要商品" in told.value.zh and "受理投诉" in told.value.zh and "最多 500 个字" in told.value.zh


def test_a_template_is_used_by_its_audience_while_a_version_is_in_force(templates):
    on = date(2026, 6, 1)
    assert [t.id for t, _ in templates_for(templates.values(), audience_of("courier"), on)] == ["courier"]
    assert templates_for(templates.values(), audience_of("bank"), on) == []
    assert templates_for(templates.values(), audience_of("firm"), date(2025, 12, 31)) == []


@given(day=DAYS)
def test_it_holds_for_its_months_the_first_day_counted(templates, day):
    until = valid_until(templates["platform"].versions[0], day)
    assert (day < until and (until + timedelta(days=1)).month == day.month) or day.day > 28


@given(until=DAYS, back=st.integers(-400, 400))
def test_a_reminder_is_the_nearest_one_that_has_come(until, back):
    due = due_reminder(until, until - timedelta(days=back), (60, 30, 7))
    wanted = None if back < 0 or back > 60 else 7 if back <= 7 else 30 if back <= 30 else 60
    assert due == wanted


@given(
    until=DAYS,
    days=st.lists(st.integers(0, 120), unique=True, max_size=5),
    worked=st.lists(st.integers(-10, 150), unique=True, max_size=40),
)
def test_whatever_days_the_worker_is_up_each_reminder_is_said_once_and_none_that_is_due_is_missed(
    until, days, worked
):
    said: list[int] = []
    for left in sorted(worked, reverse=True):
        on = until - timedelta(days=left)
        mark = owed_reminder(until, on, days, said)
        due = due_reminder(until, on, days)
        if mark is not None:
            assert mark == due and left <= mark
            said.append(mark)
        assert due is None or min(said) == due  # what is due has been said by now
    assert said == sorted(set(said), reverse=True)


@given(until=DAYS, days=st.lists(st.integers(0, 120), unique=True, max_size=5))
def test_a_worker_that_is_up_every_day_says_each_on_its_own_day(until, days):
    said: list[int] = []
    for left in range(130, -3, -1):
        mark = owed_reminder(until, until - timedelta(days=left), days, said)
        if mark is not None:
            assert mark == left
            said.append(mark)
    assert said == sorted(days, reverse=True)


def test_nothing_is_decided_before_the_subject_was_told_and_nothing_goes_on_after():
    for act in (CaseAct.BREACH, CaseAct.CLEAR, CaseAct.ANSWER, CaseAct.HEAR):
        assert next_state(CaseState.OPENED, act) is None
    assert {
        state for (state, act), to in TRANSITIONS.items() if act is CaseAct.HEAR and to is not state
    } == set()
    ended = set(CaseState) - set(LIVE)
    assert {act for (state, act) in TRANSITIONS if state in ended} == {CaseAct.UNDO}
    assert [state for (state, act) in TRANSITIONS if act is CaseAct.UNDO] == [CaseState.BREACHED]
