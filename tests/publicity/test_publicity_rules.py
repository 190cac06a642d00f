"""How long the law lets a document be seen."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.foundation.catalog.folder import catalog_folder
from ecredit.foundation.catalog.load import load_catalog
from ecredit.foundation.catalog.types import Catalog, LawRef, TermRule
from ecredit.foundation.kernel.periods import add_months
from ecredit.service.publicity.clauses import chinese_number, clause_text
from ecredit.service.publicity.rules import SourceRules, decide_publicity
from ecredit.service.publicity.types import PublicityDecision

CATALOG = load_catalog(catalog_folder())
PENALTY = CATALOG.sources["dual_publicity_penalty"]
LICENCE = CATALOG.sources["dual_publicity_licence"]
REGISTRATION = CATALOG.sources["registration"]
POLICE, MARKET = "常州市公安局", "常州市市场监督管理局"
DECIDED, RECEIVED = date(2026, 5, 8), date(2026, 5, 12)


def penalty(
    kinds: str = "罚款",
    decided: date = DECIDED,
    received: date | None = None,
    at: date | None = None,
    authority: str = POLICE,
    catalog: Catalog = CATALOG,
    **values: str,
) -> PublicityDecision:
    received = received or decided + timedelta(days=4)
    values = {
        "CF_CFLB": kinds,
        "CF_CFJG": authority,
        "CF_JDRQ": decided.isoformat(),
        "CF_YXQ": "2099-12-31",
    } | values
    return decide_publicity(PENALTY, values, decided, received, at or received, catalog)


def plain(
    kind: str, *, months: int | None = None, ends: str | None = "end", **values: str
) -> PublicityDecision:
    """A decision under a rule of one kind, made for the test."""
    rule = TermRule(
        "test", "测试", None, None, kind, {}, frozenset(), None, months, {}, (), "exception", LawRef("credit_repair_36"), True  # type: ignore[arg-type]
    )  # fmt: skip
    source = replace(REGISTRATION, publicity="test", ends=ends)
    return decide_publicity(source, values, DECIDED, RECEIVED, RECEIVED, replace(CATALOG, term_rules=(rule,)))


# Order 36: three classes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kinds", ["警告", "通报批评", "警告;通报批评", "警告；通报"])
def test_a_minor_matter_is_not_shown(kinds: str) -> None:
    decision = penalty(kinds)
    assert (decision.shown, decision.shown_from, decision.shown_until) == (False, None, None)
    assert decision.term_class == "minor"
    assert "轻微" in decision.why_zh and "not shown" in decision.why_en


@pytest.mark.parametrize(
    ("kinds", "term_class", "until", "repairable"),
    [
        ("罚款", "general", date(2027, 5, 8), date(2026, 8, 8)),
        ("没收非法财物", "general", date(2027, 5, 8), date(2026, 8, 8)),
        ("吊销许可证件", "serious", date(2029, 5, 8), date(2027, 5, 8)),
        ("限制从业", "serious", date(2029, 5, 8), date(2027, 5, 8)),
        # Several kinds: the heaviest class, in whatever order they are written.
        ("警告;罚款", "general", date(2027, 5, 8), date(2026, 8, 8)),
        ("罚款；警告", "general", date(2027, 5, 8), date(2026, 8, 8)),
        ("罚款;吊销许可证件", "serious", date(2029, 5, 8), date(2027, 5, 8)),
        ("吊销许可证;处以罚款", "serious", date(2029, 5, 8), date(2027, 5, 8)),
        # A kind nobody classed is taken for the rule's default class, never for a minor one.
        ("具结悔过", "general", date(2027, 5, 8), date(2026, 8, 8)),
        ("警告;具结悔过", "general", date(2027, 5, 8), date(2026, 8, 8)),
        ("", "general", date(2027, 5, 8), date(2026, 8, 8)),
    ],
)
def test_the_term_counts_from_the_decision_by_class(
    kinds: str, term_class: str, until: date, repairable: date
) -> None:
    decision = penalty(kinds)
    assert decision.shown
    assert (decision.term_class, decision.shown_until, decision.repairable_from) == (
        term_class,
        until,
        repairable,
    )


@pytest.mark.parametrize(
    ("at", "shown", "why"),
    [
        (date(2026, 5, 11), False, "not_yet"),
        (date(2026, 5, 12), True, "shown_until"),
        (date(2027, 5, 7), True, "shown_until"),
        (date(2027, 5, 8), False, "ended"),
        (date(2030, 1, 1), False, "ended"),
    ],
)
def test_it_is_shown_from_the_day_it_came_to_the_day_before_the_end(at: date, shown: bool, why: str) -> None:
    decision = penalty(at=at)
    assert (decision.shown, decision.why) == (shown, why)
    assert (decision.shown_from, decision.shown_until) == (date(2026, 5, 12), date(2027, 5, 8))
    assert decision.why_zh and decision.why_en


def test_a_month_end_is_clamped() -> None:
    assert penalty(decided=date(2028, 2, 29)).shown_until == date(2029, 2, 28)


def test_what_came_after_its_term_is_never_shown() -> None:
    decision = penalty(received=date(2027, 5, 8))
    assert (decision.shown, decision.shown_from, decision.why) == (False, None, "late")
    assert penalty(received=date(2027, 5, 7)).shown


def test_the_clause_names_order_36_and_the_class() -> None:
    decision = penalty()
    assert (
        decision.clause
        == "《信用修复管理办法》（国家发展和改革委员会令第36号）：一般失信信息，最长公示12个月"
    )
    assert not decision.verified  # the class of a fine was not seen in a text


# Editions ------------------------------------------------------------------------------------------------------


def test_before_order_36_the_old_term_is_cut_on_its_first_day() -> None:
    """Decided in 2025: three years then; on 2026-04-01 the new year's term had ended already."""
    decision = penalty(decided=date(2025, 1, 10), at=date(2026, 3, 31))
    assert decision.shown
    assert decision.shown_until == date(2026, 4, 1)
    assert not penalty(decided=date(2025, 1, 10), at=date(2026, 4, 1)).shown


def test_an_old_decision_keeps_no_more_than_the_new_term() -> None:
    assert penalty(decided=date(2025, 12, 1)).shown_until == date(2026, 12, 1)
    assert penalty("吊销许可证件", decided=date(2025, 12, 1)).shown_until == date(2028, 12, 1)


def test_what_ended_under_the_old_rule_does_not_come_back() -> None:
    assert penalty("吊销许可证件", decided=date(2020, 1, 1), received=date(2020, 1, 5)).shown_until == date(
        2023, 1, 1
    )


def test_a_later_rule_does_not_reach_back_to_show_what_was_hidden() -> None:
    """A kind hidden when it was decided stays hidden although a later edition would show it."""
    old = next(r for r in CATALOG.term_rules if r.id == "penalty" and r.valid_to == date(2026, 4, 1))
    new = next(r for r in CATALOG.term_rules if r.id == "penalty" and r.valid_from == date(2026, 4, 1))
    kinder = replace(old, classes={"罚款": "minor"})
    catalog = replace(CATALOG, term_rules=(kinder, new))
    assert penalty("罚款", decided=date(2026, 3, 30), catalog=catalog).why == "class_hidden"
    assert penalty("罚款", decided=date(2026, 4, 1), catalog=catalog).shown


def test_a_later_longer_term_does_not_reach_back() -> None:
    old = next(r for r in CATALOG.term_rules if r.id == "penalty" and r.valid_to == date(2026, 4, 1))
    new = next(r for r in CATALOG.term_rules if r.id == "penalty" and r.valid_from == date(2026, 4, 1))
    stricter = replace(new, classes={"罚款": "serious"})
    gentler = replace(old, exceptions=(), classes={"罚款": "short"})
    short = replace(CATALOG.find_term_class("general", date(2026, 3, 1)), id="short", max_months=6)  # type: ignore[type-var]
    catalog = replace(CATALOG, term_rules=(gentler, stricter), term_classes=(*CATALOG.term_classes, short))
    assert penalty("罚款", decided=date(2026, 3, 1), catalog=catalog).shown_until == date(2026, 9, 1)
    assert penalty("罚款", decided=date(2026, 4, 1), catalog=catalog).shown_until == date(2029, 4, 1)


def test_without_a_rule_in_force_nothing_is_shown() -> None:
    new = next(r for r in CATALOG.term_rules if r.id == "penalty" and r.valid_from == date(2026, 4, 1))
    catalog = replace(CATALOG, term_rules=(new,))
    decision = penalty(decided=date(2026, 1, 1), received=date(2026, 1, 5), catalog=catalog)
    assert (decision.shown, decision.why) == (False, "no_rule")
    ending = replace(CATALOG, term_rules=(replace(new, valid_to=date(2026, 9, 1)),))
    assert penalty(catalog=ending).shown_until == date(2026, 9, 1)


# The supplier's own end day --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "until"),
    [
        ("2026-12-31", date(2027, 1, 1)),  # shown through that day
        ("2027-05-07", date(2027, 5, 8)),
        ("2028-01-01", date(2027, 5, 8)),  # never longer than the law
        ("2099-12-31", date(2027, 5, 8)),
        ("", date(2027, 5, 8)),
    ],
)
def test_an_earlier_end_given_by_the_supplier_is_kept_a_later_one_is_not(own: str, until: date) -> None:
    assert penalty(CF_GSJZQ=own).shown_until == until


def test_a_supplier_cannot_show_a_minor_matter() -> None:
    assert not penalty("警告", CF_GSJZQ="2027-01-01").shown


# Order 45: the market regulators ---------------------------------------------------------------------------------


def with_precedence(precedence: str) -> Catalog:
    rules = tuple(replace(r, precedence=precedence) if r.id == "penalty" else r for r in CATALOG.term_rules)  # type: ignore[arg-type]
    return replace(CATALOG, term_rules=rules)


@pytest.mark.parametrize(
    "authority",
    [
        MARKET,
        "常州市武进区质量技术监督局",
        "市工商局",
        "市质监局",
        "常州市武进区市场监督管理局",
        "溧阳市市场监督管理局",
    ],
)
def test_market_regulators_and_their_district_offices_follow_order_45(authority: str) -> None:
    decision = penalty("吊销许可证件", authority=authority, catalog=with_precedence("exception"))
    assert decision.clause.startswith("《市场监督管理行政处罚信息公示规定》")
    assert "第十三条" in decision.clause


@pytest.mark.parametrize(
    "authority", [POLICE, "常州市武进区公安局", "常州市商务局", "", "市场监督管理局信息中心"]
)
def test_other_authorities_do_not(authority: str) -> None:
    decision = penalty("吊销许可证件", authority=authority, catalog=with_precedence("exception"))
    assert decision.clause.startswith("《信用修复管理办法》")


def test_where_no_authority_is_named_the_supplier_counts() -> None:
    catalog = with_precedence("exception")
    values = {"CF_CFLB": "罚款"}
    ours = decide_publicity(PENALTY, values, DECIDED, RECEIVED, RECEIVED, catalog, supplier="gongshang")
    theirs = decide_publicity(PENALTY, values, DECIDED, RECEIVED, RECEIVED, catalog, supplier="gongan")
    assert (ours.shown_until, theirs.shown_until) == (date(2029, 5, 12), date(2027, 5, 8))


@pytest.mark.parametrize(
    ("kinds", "until"),
    [
        (
            "通报批评",
            date(2026, 8, 12),
        ),  # three months from the day it was shown first, not from the decision
        ("警告;通报批评", date(2026, 8, 12)),
        ("罚款", date(2029, 5, 12)),
        ("警告;罚款", date(2029, 5, 12)),
    ],
)
def test_order_45_terms_when_it_prevails(kinds: str, until: date) -> None:
    decision = penalty(kinds, authority=MARKET, catalog=with_precedence("exception"))
    assert (decision.shown, decision.shown_until) == (True, until)


def test_order_45_does_not_show_a_mere_warning() -> None:
    decision = penalty("警告", authority=MARKET, catalog=with_precedence("exception"))
    assert (decision.shown, decision.why) == (False, "sector_hidden")
    assert "第二条" in decision.clause


@pytest.mark.parametrize(
    ("kinds", "ends", "until"),
    [
        ("限制从业", "2032-05-07", date(2032, 5, 8)),  # restricted for six years: as long as that lasts
        ("限制从业", "2027-05-07", date(2029, 5, 12)),
        ("限制从业;罚款", "2099-12-31", None),  # restricted without end
        ("罚款", "2032-05-07", date(2029, 5, 12)),  # the validity of a fine is no restriction
        ("罚款", "2099-12-31", date(2029, 5, 12)),
    ],
)
def test_only_a_restriction_is_shown_as_long_as_it_lasts(kinds: str, ends: str, until: date | None) -> None:
    decision = penalty(kinds, authority=MARKET, catalog=with_precedence("exception"), CF_YXQ=ends)
    assert decision.shown_until == until


@pytest.mark.parametrize(
    ("kinds", "until"),
    [("罚款", date(2027, 5, 8)), ("吊销许可证件", date(2029, 5, 8)), ("通报批评", None), ("警告", None)],
)
def test_today_the_shorter_of_both_orders_counts(kinds: str, until: date | None) -> None:
    decision = penalty(kinds, authority=MARKET)
    assert (decision.shown, decision.shown_until) == (until is not None, until)


def test_a_low_fine_is_shorter_once_the_city_has_set_the_figure() -> None:
    rules = tuple(
        replace(
            r,
            exceptions=tuple(
                replace(e, fine_below=1) if e.id == "samr_low_fine" else e for e in r.exceptions
            ),
        )
        for r in CATALOG.term_rules
    )  # type: ignore[type-var]
    catalog = replace(CATALOG, term_rules=rules)
    assert penalty("罚款", authority=MARKET, CF_NR_FK="0.5", catalog=catalog).shown_until == date(2026, 8, 12)
    assert penalty("罚款", authority=MARKET, CF_NR_FK="1", catalog=catalog).shown_until == date(2027, 5, 8)
    assert penalty("罚款", authority=MARKET, catalog=catalog).shown_until == date(2027, 5, 8)
    assert penalty("罚款", authority=MARKET, CF_NR_FK="0.5").shown_until == date(2027, 5, 8)


# The other kinds of rule -----------------------------------------------------------------------------------------


def licence(**values: str) -> PublicityDecision:
    return decide_publicity(LICENCE, values, DECIDED, RECEIVED, RECEIVED, CATALOG)


def test_a_licence_is_shown_through_its_last_day() -> None:
    assert licence(XK_YXQZI="2029-06-02", XK_ZT="有效").shown_until == date(2029, 6, 3)
    assert licence(XK_YXQZI="2099-12-31", XK_ZT="有效").shown_until is None
    assert licence(XK_YXQZI="2099-12-31").why == "shown"
    assert licence(XK_YXQZI="2026-05-11").why == "late"
    assert licence(XK_YXQZI="2026-05-12").shown


@pytest.mark.parametrize("state", ["无效", "2", "02"])
def test_a_licence_marked_invalid_is_not_shown(state: str) -> None:
    assert licence(XK_YXQZI="2029-06-02", XK_ZT=state).why == "not_valid"


def test_a_registration_is_always_shown() -> None:
    decision = decide_publicity(REGISTRATION, {}, date(1998, 3, 1), RECEIVED, RECEIVED, CATALOG)
    assert (decision.shown, decision.shown_from, decision.shown_until) == (True, RECEIVED, None)
    assert decision.clause == "《企业信息公示暂行条例》第六条"


def test_a_listing_ends_on_the_day_of_removal() -> None:
    assert plain("until_removed").shown_until is None
    assert plain("until_removed", end="2026-09-01").shown_until == date(2026, 9, 1)
    assert plain("until_removed", months=36).shown_until == date(2029, 5, 8)
    assert plain("until_removed", months=36, end="2027-01-01").shown_until == date(2027, 1, 1)
    assert plain("until_removed", months=36, end="2035-01-01").shown_until == date(2029, 5, 8)


def test_fixed_months_count_from_the_event() -> None:
    assert plain("fixed_months", months=12, end="2026-06-01").shown_until == date(2027, 5, 8)


def test_what_is_never_public_is_never_shown() -> None:
    source = replace(REGISTRATION, publicity="none")
    decision = decide_publicity(source, {}, DECIDED, RECEIVED, RECEIVED, CATALOG)
    assert (decision.shown, decision.why, decision.shown_from) == (False, "private", None)
    assert not plain("none").shown
    missing = replace(REGISTRATION, publicity="nothing_of_the_kind")
    assert decide_publicity(missing, {}, DECIDED, RECEIVED, RECEIVED, CATALOG).why == "no_rule"


def test_without_a_day_of_its_own_it_counts_from_receipt() -> None:
    decision = decide_publicity(PENALTY, {"CF_CFLB": "罚款"}, None, RECEIVED, RECEIVED, CATALOG)
    assert decision.shown_until == date(2027, 5, 12)


# Whatever comes --------------------------------------------------------------------------------------------------

KINDS = sorted(CATALOG.code_tables["penalty_kind"].entries)
DAYS = st.dates(date(2015, 1, 1), date(2031, 1, 1))
CELLS: dict[str, st.SearchStrategy[Any]] = {
    "CF_CFLB": st.lists(st.sampled_from([*KINDS, "乱写"]), max_size=3).map(";".join),
    "CF_CFJG": st.sampled_from([POLICE, MARKET, "溧阳市市场监督管理局", ""]),
    "CF_GSJZQ": st.one_of(st.just(""), DAYS.map(str), st.just("不是日期")),
    "CF_YXQ": st.one_of(DAYS.map(str), st.just("2099-12-31")),
}


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries(CELLS), DAYS, st.integers(0, 1200), st.integers(-50, 3000))
def test_every_decision_is_consistent(values: dict[str, str], decided: date, lag: int, later: int) -> None:
    received = decided + timedelta(days=lag)
    at = received + timedelta(days=later)
    decision = decide_publicity(PENALTY, values, decided, received, at, CATALOG)
    start, end = decision.shown_from, decision.shown_until
    assert decision.shown == (start is not None and start <= at and (end is None or at < end))
    if start is None:
        assert end is None
        return
    assert start == received
    assert end is not None and end > start
    assert end <= decided.replace(day=1) + timedelta(days=366 * 20)
    # Under order 36 no penalty is shown beyond three years from its decision.
    if start >= date(2026, 4, 1):
        assert (end.year - decided.year) * 12 + end.month - decided.month <= 36
    # The decision does not depend on the day asked about.
    again = decide_publicity(PENALTY, values, decided, received, received, CATALOG)
    assert (again.shown_from, again.shown_until) == (start, end)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.fixed_dictionaries(CELLS), DAYS, st.integers(0, 3)), min_size=2, max_size=6))
def test_what_is_remembered_is_what_would_be_decided(
    documents: list[tuple[dict[str, str], date, int]],
) -> None:
    rules = SourceRules(PENALTY, CATALOG)
    for values, decided, lag in documents * 2:
        received = decided + timedelta(days=lag)
        for at in (received, received + timedelta(days=400)):
            expected = decide_publicity(PENALTY, values, decided, received, at, CATALOG)
            assert rules.decide(values, decided, received, at) == expected


@pytest.mark.parametrize(
    ("article", "words"),
    [("6", "六"), ("10", "十"), ("13", "十三"), ("20", "二十"), ("48", "四十八"), ("100", "一百"), ("101", "一百零一"),
     ("110", "一百一十"), ("1234", "一千二百三十四"), ("1010", "一千零一十"), ("1005", "一千零五"), ("9(6)", "9(6)"), ("0", "0")],
)  # fmt: skip
def test_articles_are_written_as_the_law_writes_them(article: str, words: str) -> None:
    assert chinese_number(article) == words


def test_a_law_the_catalogue_does_not_know_is_named_by_its_id() -> None:
    assert clause_text(CATALOG, LawRef("law_of_nowhere", "3")) == "law_of_nowhere"
    assert clause_text(CATALOG, None) == ""
    assert clause_text(CATALOG, LawRef("penalty_law", "48")) == "《中华人民共和国行政处罚法》第四十八条"


# A commitment found broken has a term of its own -----------------------------------------------------------------

COMMITMENT = CATALOG.sources["commitment"]
BREACH_TERM = next(rule for rule in CATALOG.term_rules if rule.id == "commitment_broken")


def commitment(
    at: date, *, until: str = "2026-06-30", found_on: str = "", catalog: Catalog = CATALOG
) -> PublicityDecision:
    values = {"committed_on": "2024-07-01", "valid_until": until}
    if found_on:
        values |= {"fulfilment": "未履行", "breach_on": found_on, "breach_document": "违诺案件第 1 号"}
    return decide_publicity(COMMITMENT, values, date(2024, 7, 1), date(2024, 7, 2), at, catalog)


def test_a_breach_found_after_the_last_day_is_shown_for_its_own_term() -> None:
    assert BREACH_TERM.months == 12 and not BREACH_TERM.verified
    assert not commitment(date(2026, 9, 20)).shown  # over, and nothing found of it
    found = commitment(date(2026, 9, 20), found_on="2026-09-15")
    assert (found.shown, found.shown_from, found.shown_until) == (True, date(2026, 9, 15), date(2027, 9, 15))
    assert found.verified is False
    assert commitment(date(2027, 9, 14), found_on="2026-09-15").shown
    assert not commitment(date(2027, 9, 15), found_on="2026-09-15").shown


def test_a_breach_of_a_commitment_in_force_is_shown_while_that_holds_and_no_shorter_than_its_term() -> None:
    def until(last: str, found_on: str) -> date | None:
        return commitment(date(2026, 6, 1), until=last, found_on=found_on).shown_until

    assert until("2026-06-30", "2026-05-15") == date(2027, 5, 15)
    assert until("2028-06-30", "2026-05-15") == date(2028, 7, 1)
    assert until("", "2026-05-15") is None


def test_the_breachs_term_is_the_catalogues_and_nothing_else_follows_it() -> None:
    longer = replace(BREACH_TERM, months=24)
    rules = tuple(longer if r is BREACH_TERM else r for r in CATALOG.term_rules)
    catalog = replace(CATALOG, term_rules=rules)
    found = commitment(date(2026, 9, 20), found_on="2026-09-15", catalog=catalog)
    assert found.shown_until == date(2028, 9, 15)
    assert commitment(date(2026, 6, 1), catalog=catalog).shown_until == date(2026, 7, 1)


@given(
    st.dates(date(2024, 7, 2), date(2030, 1, 1)), st.dates(date(2024, 7, 2), date(2030, 1, 1)), st.booleans()
)
def test_a_found_breach_is_never_shown_shorter_than_the_commitment_nor_than_its_term(
    last: date, found_on: date, found: bool
) -> None:
    plain_one = commitment(found_on, until=last.isoformat())
    said = commitment(found_on, until=last.isoformat(), found_on=found_on.isoformat() if found else "")
    if not found:
        assert said == plain_one
        return
    assert said.shown and said.shown_from == found_on
    ends = [day for day in (plain_one.shown_until, add_months(found_on, 12)) if day is not None]
    assert said.shown_until == max(ends)
