"""The law of disclosure as pure functions: terms, what a page has to show, what may happen to a gap."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecredit.foundation.catalog.disclosure_types import OfficialSite
from ecredit.foundation.kernel.periods import add_months
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.judgement.disclosure.gap_rules import (
    TRANSITIONS,
    decide_found,
    decide_missing,
    key_of,
    next_state,
)
from ecredit.judgement.disclosure.gap_words import clause_words, late_words, saw_words
from ecredit.judgement.disclosure.page_reading import read_page
from ecredit.judgement.disclosure.page_rules import judge_page
from ecredit.judgement.disclosure.record_rules import judge_notice, judge_prompt, judge_recent
from ecredit.judgement.disclosure.types import PUBLIC, Act, KeptGap, MarkSeen, PageAbout, State
from tests.penalty_rows import code

CALENDAR = WorkCalendar()
DAY = date(2026, 11, 2)
days = st.dates(date(2026, 1, 1), date(2026, 12, 20))
SUBJECT, OTHER = code(1), code(2)
URL = "https://mall.example/shop/1"


@pytest.mark.parametrize(
    ("published", "effective", "found"),
    [
        (DAY, DAY + timedelta(days=7), None),
        (DAY, DAY + timedelta(days=30), None),
        (DAY, DAY + timedelta(days=6), ("short_notice", 1)),
        (DAY, DAY, ("short_notice", 7)),
        (DAY, DAY - timedelta(days=2), ("short_notice", 9)),
        (None, DAY, ("not_published", None)),
        (DAY, None, ("no_effective", None)),
        (None, None, ("no_effective", None)),
    ],
)
def test_a_changed_rule_is_known_seven_days_before(published, effective, found):
    assert judge_notice(published, effective, 7) == found


@given(days, st.integers(0, 60), st.integers(1, 30))
def test_the_days_that_lack_make_it_whole(published, ahead, wanted):
    found = judge_notice(published, published + timedelta(days=ahead), wanted)
    assert (found is None) == (ahead >= wanted)
    if found is not None:
        assert judge_notice(published, published + timedelta(days=ahead + found[1]), wanted) is None


@pytest.mark.parametrize(
    ("decided", "published", "on", "found"),
    [
        (
            "2026-09-30",
            "2026-10-09",
            "2026-12-01",
            ("published_late", 1),
        ),  # over the holiday: due on 8 October, a day worked
        ("2026-09-30", "2026-10-08", "2026-12-01", None),
        ("2026-11-06", "2026-11-09", "2026-12-01", None),  # Friday, known on Monday
        ("2026-11-06", "2026-11-10", "2026-12-01", ("published_late", 1)),
        ("2026-11-06", "2026-11-06", "2026-12-01", None),
        ("2026-11-06", None, "2026-11-09", None),  # the last day of the term is not over
        ("2026-11-06", None, "2026-11-10", ("not_published", None)),
    ],
)
def test_a_sanction_is_known_within_one_working_day(decided, published, on, found):
    said = None if published is None else date.fromisoformat(published)
    assert judge_prompt(date.fromisoformat(decided), said, 1, CALENDAR, date.fromisoformat(on)) == found


@given(days, st.integers(0, 20), st.integers(1, 5))
def test_lateness_is_counted_from_the_end_of_the_term(decided, after, term):
    published = decided + timedelta(days=after)
    due = CALENDAR.add_workdays(decided, term).on
    found = judge_prompt(decided, published, term, CALENDAR, published)
    assert (found is None) == (published <= due)
    if found is not None:
        assert found[1] >= 1 and found[1] == max(1, CALENDAR.workdays_between(due, published))


def test_what_was_not_disclosed_within_a_year_is_missing_and_a_new_platform_has_a_year():
    old = date(2020, 1, 1)
    assert judge_recent(None, old, 12, DAY) == ("never", None)
    assert judge_recent(None, DAY, 12, DAY) is None
    assert judge_recent(date(2025, 11, 2), old, 12, DAY) == ("long_ago", None)
    assert judge_recent(date(2025, 11, 3), old, 12, DAY) is None
    assert judge_recent(None, add_months(DAY, -12), 12, DAY) == ("never", None)


def judged(catalog, body: str, *marks: MarkSeen, kind="merchant_page", windows=None, **about):
    content = read_page(f"<html>{body}</html>".encode(), URL)
    given = {"kind": kind, "url": URL, "subject": SUBJECT, "seen_on": DAY} | about
    sites = catalog.disclosure.windows.values() if windows is None else windows
    verdicts = judge_page(catalog.disclosure.checks.values(), PageAbout(**given), content, marks, sites)
    return {v.check: v for v in verdicts if v.asked}


OWN = MarkSeen("https://credit.example/verify/A", own=True, live=True)


def test_the_subjects_own_code_or_its_mark(catalog):
    assert not judged(catalog, f"<p>{SUBJECT}</p>")["page_licence"].missing
    assert not judged(catalog, "<p>没有", OWN)["page_licence"].missing
    for body, saw in (
        (f"<p>{OTHER}", "other_code"),
        ("<p>没有", "nothing"),
        (f"<p hidden>{SUBJECT}</p><p>x", "hidden"),
    ):
        assert judged(catalog, body)["page_licence"].saw == saw
    # A mark that is not the subject's, is over, or was given out for another page stands for nothing.
    for mark in (
        MarkSeen("a", own=False, live=True),
        MarkSeen("a", own=True, live=False),
        MarkSeen("a", own=True, live=True, on_page=False),
    ):
        assert judged(catalog, "<p>没有", mark)["page_licence"].missing
    assert not judged(catalog, "<p>没有", MarkSeen("a", own=True, live=True, on_page=True))[
        "page_licence"
    ].missing


def test_licences_by_their_numbers_however_they_are_written(catalog):
    numbers = ("苏B2-20260001", "常许〔2026〕7号")
    assert "page_permits" not in judged(catalog, "<p>x")
    whole = judged(catalog, "<p>苏 b2—20260001，常许[2026] 7号", licences=numbers)["page_permits"]
    assert not whole.missing
    lacking = judged(catalog, "<p>苏B2-20260001", licences=numbers)["page_permits"]
    assert lacking.missing and lacking.values == {"count": 1, "of": 2, "numbers": ["常许〔2026〕7号"]}
    assert not judged(catalog, "<p>x", OWN, licences=numbers)["page_permits"].missing


def test_marks_of_others_and_of_other_pages_are_told(catalog):
    assert judged(catalog, "<p>x")["page_mark"].saw == "no_mark" and "page_own_mark" not in judged(
        catalog, "<p>x"
    )
    assert judged(catalog, "<p>x", MarkSeen("a", own=True, live=False))["page_mark"].saw == "mark_ended"
    copied = judged(catalog, "<p>x", MarkSeen("a", own=True, live=True, on_page=False))
    assert copied["page_mark"].saw == "mark_elsewhere" and copied["page_own_mark"].saw == "mark_elsewhere"
    assert (
        judged(catalog, "<p>x", MarkSeen("a", own=False, live=True))["page_own_mark"].saw == "mark_of_other"
    )
    assert not judged(catalog, "<p>x", OWN)["page_own_mark"].missing


def test_an_ending_is_told_thirty_days_before_with_its_day(catalog):
    end = DAY + timedelta(days=30)
    assert "page_ending" not in judged(catalog, "<p>终止")
    said = f"<p>本店将于{end.year}年{end.month}月{end.day}日终止经营"
    assert not judged(catalog, said, ends_on=end)["page_ending"].missing
    late = judged(catalog, said, ends_on=end, seen_on=DAY + timedelta(days=4))["page_ending"]
    assert (late.saw, late.late) == ("ending_late", 4)
    assert judged(catalog, "<p>本店终止经营", ends_on=end)["page_ending"].saw == "no_ending_day"
    assert judged(catalog, "<p>欢迎光临", ends_on=end)["page_ending"].saw == "no_ending"


def test_a_platforms_first_page_has_rules_complaints_and_windows(catalog):
    bare = judged(catalog, "<p>欢迎", kind="platform_home")
    assert {id for id, v in bare.items() if v.missing} == {
        "page_licence",
        "page_rules",
        "page_complaints",
        "page_windows",
    }
    links = "".join(f'<a href="{s.url}x">y</a>' for s in catalog.disclosure.windows.values() if s.url)
    whole = judged(catalog, f"<p>{SUBJECT} 交易 规则 投诉{links}", kind="platform_home")
    assert not any(v.missing for v in whole.values())
    http = links.replace("https://www.", "http://")
    assert not judged(catalog, f"<p>{http}", kind="platform_home")["page_windows"].missing
    other = (OfficialSite("a", "甲", "A", "https://a.gov.cn/", True), OfficialSite("b", "乙", "B", "", False))
    assert judged(catalog, "<p>x<a href=https://xa.gov.cn/>y</a>", kind="platform_home", windows=other)["page_windows"].values == {
        "names_zh": ["甲"], "names_en": ["A"],
    }  # fmt: skip


def test_who_need_not_register_says_why(catalog):
    asked = judged(catalog, "<p>x", kind="exempt_page", subject="")
    assert asked["page_exempt"].missing and "page_licence" not in asked
    assert not judged(
        catalog, "<p>本店销售自产农副产品，依法无需领取营业执照", kind="exempt_page", subject=""
    )["page_exempt"].missing


def kept(state: State, *, holds: bool = True, content: str = "x", inspected: bool = True) -> KeptGap:
    return KeptGap(1, "k", state, holds, content, inspected)


def test_the_same_is_not_opened_twice():
    assert decide_found(None, "x") is Act.OPEN
    for state in (State.OPEN, State.ANSWERED, State.CONFIRMED, State.DISMISSED):
        assert decide_found(kept(state), "x") is None
    for state in (State.OPEN, State.ANSWERED, State.CONFIRMED):
        assert decide_found(kept(state), "y") is Act.CHANGE
    assert decide_found(kept(State.DISMISSED), "y") is None
    for state in (State.GONE, State.MENDED, State.DISMISSED):
        assert decide_found(kept(state, holds=False), "x") is Act.RECUR


def test_what_an_officer_saw_a_platforms_own_page_does_not_end():
    for state in (State.OPEN, State.ANSWERED, State.CONFIRMED):
        assert decide_missing(kept(state), inspected=False) is Act.CLAIM
        assert decide_missing(kept(state), inspected=True) is Act.CEASE
        assert decide_missing(kept(state, inspected=False), inspected=False) is Act.CEASE
        assert decide_missing(kept(state), lapses=True) is Act.LAPSE
        assert decide_missing(kept(state, holds=False)) is None


def test_nothing_is_public_but_by_confirming():
    """Every way into a public state passes two people, or ends what they confirmed."""
    for (state, act), to in TRANSITIONS.items():
        if to is State.CONFIRMED:
            assert act is Act.CONFIRM or state is State.CONFIRMED
        if state in PUBLIC and act in (Act.CHANGE, Act.RECUR):
            assert to is State.OPEN
    assert (
        next_state(State.CONFIRMED, Act.LAPSE) is State.GONE
        and next_state(State.CONFIRMED, Act.DISMISS) is None
    )
    assert next_state(State.GONE, Act.CONFIRM) is None and next_state(State.DISMISSED, Act.CONFIRM) is None


@given(st.tuples(st.text(), st.text(), st.text()), st.tuples(st.text(), st.text(), st.text()))
def test_keys_tell_apart(one, other):
    if "\0" not in "".join(one + other):
        assert (key_of(*one) == key_of(*other)) == (one == other)


def test_every_thing_that_can_be_seen_has_words_in_both_languages(catalog):
    said = {
        "published": None, "other": "2026-11-05", "number": 7, "codes": [OTHER], "of": 2, "count": 1, "numbers": ["1"], "address": "a",
        "words": ["投诉"], "on": "2026-12-01", "ahead": 3, "names_zh": ["信用中国"], "names_en": ["Credit China"],
    }  # fmt: skip
    for saw in ("no_effective", "not_published", "short_notice", "published_late", "never", "long_ago", "nothing", "hidden", "other_code",
                "licences", "no_mark", "mark_ended", "mark_elsewhere", "mark_of_other", "no_words", "no_ending", "no_ending_day",
                "ending_late", "no_windows"):  # fmt: skip
        for lang in ("zh", "en"):
            words = saw_words({"saw": saw, "values": said}, lang)
            assert words and "{" not in words and "None" not in words and "[" not in words
    document = {
        "late": 3,
        "kind": "prompt",
        "law": "l",
        "law_title": {"zh": "法", "en": "Law"},
        "article": "30",
    }
    assert (
        late_words(document, "zh") == "迟 3 个工作日"
        and late_words(document | {"kind": "notice"}, "en") == "3 days short"
    )
    assert (
        clause_words(document, "en") == "Law, art. 30"
        and clause_words(document | {"article": None}, "zh") == "法"
    )
