"""Periods, values, intervals, medians and places: arithmetic that a report rests on."""

from datetime import date
from statistics import median as usual_median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecredit.foundation.catalog.monitor_types import MEASURES
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.monitoring.figure_rules import byar, decide_beside, decide_value, median, rank, wilson
from ecredit.judgement.monitoring.period_rules import MONTHS, last_whole, read_period
from ecredit.judgement.monitoring.report_words import change_text, number_text, period_text, value_text
from ecredit.judgement.monitoring.types import FEW, NO_FILE, Measured, Part


@pytest.mark.parametrize(
    ("name", "starts", "ends"),
    [
        ("2026-10", date(2026, 10, 1), date(2026, 11, 1)),
        ("2026-Q4", date(2026, 10, 1), date(2027, 1, 1)),
        ("2026q1", date(2026, 1, 1), date(2026, 4, 1)),
        ("2024", date(2024, 1, 1), date(2025, 1, 1)),
    ],
)
def test_a_period_is_half_open_and_reads_as_it_is_written(name, starts, ends):
    period = read_period(name)
    assert (period.starts_on, period.ends_on) == (starts, ends)
    assert read_period(period.name) == period


@pytest.mark.parametrize("name", ["", "2026-13", "2026-Q5", "10-2026", "2026-10-01", "２０２６", "99999"])
def test_what_is_no_period_is_refused(name):
    with pytest.raises(WrongUse):
        read_period(name)


@given(st.dates(date(1990, 1, 1), date(2150, 1, 1)), st.sampled_from(list(MONTHS)))
def test_the_last_whole_period_is_over_and_the_next_is_not(day, unit):
    period = last_whole(unit, day)
    assert period.ends_on <= day
    assert period.before().ends_on == period.starts_on
    assert read_period(period.name) == period
    # The one that follows is not over yet.
    following = period.before(-1)
    assert following.starts_on == period.ends_on and following.ends_on > day


@given(st.integers(1, 10**6).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_a_shares_interval_holds_it_and_stays_within_nought_and_one(counts):
    top, of = counts
    low, high = wilson(top, of)
    assert 0 <= low <= top / of <= high <= 1
    assert low < high
    # More evidence of the same share never widens it.
    low2, high2 = wilson(top * 10, of * 10)
    assert high2 - low2 <= high - low


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_rates_interval_holds_it(top, of):
    low, high = byar(top, of)
    assert 0 <= low <= top / of <= high


def test_the_intervals_are_those_of_the_books():
    # Newcombe 1998, table I: 81 of 263.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    # Exact Poisson limits of a count of 10 are 4.80 and 18.39; Byar's come close.
    assert byar(10, 1) == pytest.approx((4.79, 18.39), abs=0.02)


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 20)), min_size=1, max_size=20))
def test_the_median_is_the_usual_one(counted):
    spread = [value for value, times in counted for _ in range(times)]
    assert median(counted) == usual_median(spread)


def test_nothing_has_no_median():
    assert median([]) is None and median([(3, 0)]) is None


@given(
    st.dictionaries(st.text(max_size=3), st.integers(0, 6), max_size=8), st.sampled_from(["higher", "lower"])
)
def test_equal_ones_share_a_place_and_the_best_is_first(values, direction):
    places = rank({name: float(value) for name, value in values.items()}, direction)
    assert places.keys() == values.keys()
    for one in values:
        better = sum(
            other > values[one] if direction == "higher" else other < values[one] for other in values.values()
        )
        assert places[one] == 1 + better


def test_without_a_direction_nobody_is_ranked():
    assert rank({"a": 1.0}, "none") == {}


def test_a_figure_on_too_few_shows_nothing_of_them(catalog):
    figure = catalog.monitoring.figures["complaints_settled"]
    few = decide_value(figure, Measured(3, figure.least - 1, (Part("和解", "settled", 3),)))
    assert (few.value, few.top, few.of, few.parts, few.because) == (None, None, None, (), FEW)
    enough = decide_value(figure, Measured(3, figure.least))
    assert enough.value == round(3 / figure.least, 6) and enough.low < enough.value < enough.high


def test_what_cannot_be_given_is_never_a_zero(catalog):
    for figure in catalog.monitoring.figures.values():
        value = decide_value(figure, Measured(because=NO_FILE))
        assert value.value is None and value.because == NO_FILE


def test_the_citys_figures_are_those_the_program_counts(catalog):
    assert tuple(catalog.monitoring.figures) == MEASURES
    settled = catalog.monitoring.figures["complaints_settled"]
    known = catalog.code_tables["complaint_result"].entries
    assert {*settled.counted, *settled.left_out} <= known.keys()
    assert {*catalog.monitoring.figures["realname_matched"].counted} <= catalog.code_tables[
        "verification_result"
    ].entries.keys()


def test_what_a_machine_suspects_is_not_public(catalog):
    assert not catalog.monitoring.figures["findings_waiting"].public


def test_figures_in_words():
    assert (
        value_text(0.9341, "share", "zh") == "93.4%" and value_text(6.0, "workdays", "en") == "6 working days"
    )
    assert number_text(None, "count") == "—" and number_text(1234, "count") == "1,234"
    figure = {"value": 0.9265, "unit": "share", "trend": [{"value": 0.9262}, {"value": 0.9265}]}
    # The change is between what is shown: 92.7 after 92.6.
    shown = number_text(0.9265, "share"), number_text(0.9262, "share")
    assert change_text(figure, "zh") == ("持平" if shown[0] == shown[1] else "+0.1 个百分点")
    assert (
        period_text("2026-Q4", "zh") == "2026 年第四季度" and period_text("2026-10", "en") == "October 2026"
    )


@given(
    st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.integers(0, 60), max_size=7),
    st.integers(1, 20),
)
def test_what_is_hidden_for_few_cannot_be_worked_out_from_the_whole_and_the_rest(behind, least):
    hidden = {name for name, count in behind.items() if count < least}
    beside = decide_beside(behind, hidden, least)
    assert not beside & hidden
    unseen = {name: count for name, count in behind.items() if name in hidden | beside and count > 0}
    if any(behind[name] for name in hidden):
        everybody = len(unseen) == sum(count > 0 for count in behind.values())
        # What the whole less the rest tells is of several, and of enough; or nothing else is left to hide.
        assert (len(unseen) >= 2 and sum(unseen.values()) >= least) or everybody
        # No more is hidden than that takes: without the largest of those beside, it would not do.
        if beside:
            largest = max(beside, key=lambda name: (behind[name], name))
            left = [count for name, count in unseen.items() if name != largest]
            assert len(left) < 2 or sum(left) < least
    else:
        assert not beside
