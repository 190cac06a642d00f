"""What is published of one period and another tells nothing of what rests on few."""

from fractions import Fraction

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ecredit.judgement.monitoring.across_periods import Told, decide_across, months_of
from ecredit.judgement.monitoring.period_rules import ReportPeriod, read_period
from ecredit.judgement.monitoring.types import CITY

YEAR = [f"2026-{month:02d}" for month in range(1, 13)]
QUARTERS = [f"2026-Q{n}" for n in range(1, 5)]
PERIODS = [*YEAR, *QUARTERS, "2026"]


def of(names: dict[str, int], code: str = "a") -> dict[tuple[str, ReportPeriod], float]:
    return {(code, read_period(name)): number for name, number in names.items()}


def told_of(told: Told, few: list[str], names: dict[str, int], now: str) -> set[str]:
    told.hide(("a", read_period(name)) for name in few)
    return {period.name for _, period in decide_across(told, of(names), read_period(now))}


def test_a_quarter_less_two_of_its_months_is_not_the_third() -> None:
    told = Told(("a",), 5)
    assert told_of(told, ["2026-02"], {"2026-01": 9, "2026-03": 8}, "2026-03") == set()
    assert told_of(told, [], {"2026-Q1": 20}, "2026-Q1") == {"2026-Q1"}


def test_a_month_is_kept_in_where_the_quarter_came_first() -> None:
    told = Told(("a",), 5)
    assert told_of(told, [], {"2026-Q1": 20}, "2026-Q1") == set()
    assert told_of(told, ["2026-02"], {"2026-01": 9}, "2026-02") == set()
    assert told_of(told, ["2026-02"], {"2026-03": 8}, "2026-03") == {"2026-03"}


def test_a_month_behind_which_nobody_stands_hides_nothing() -> None:
    told = Told(("a",), 5)
    assert told_of(told, ["2026-02"], {"2026-01": 9, "2026-03": 8}, "2026-03") == set()
    assert told_of(told, [], {"2026-Q1": 17}, "2026-Q1") == set()


def test_what_remains_of_two_months_is_nothing_or_enough() -> None:
    few = ["2026-02", "2026-03"]
    assert told_of(Told(("a",), 10), few, {"2026-01": 12, "2026-Q1": 19}, "2026-Q1") == {"2026-01"}
    assert told_of(Told(("a",), 10), few, {"2026-01": 12, "2026-Q1": 24}, "2026-Q1") == set()


def test_what_was_published_already_stays_and_what_was_lost_hides_nothing_more() -> None:
    told = Told(("a",), 5)
    for name, number in {"2026-01": 9, "2026-03": 8, "2026-Q1": 20}.items():
        told.publish(("a", read_period(name)), number)
    assert told_of(told, ["2026-02"], {"2026-Q1": 20, "2026-Q2": 30}, "2026-Q2") == set()


def _derivable(rows: list[list[Fraction]], wanted: list[Fraction]) -> Fraction | None:
    """The number of a wanted sum, where it is a combination of the rows (whose last column is their number); else None."""
    rows = [row[:] for row in rows]
    wanted = [*wanted, Fraction(0)]
    for column in range(len(wanted) - 1):
        pivot = next((row for row in rows if row[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows = [
            [a - row[column] / pivot[column] * b for a, b in zip(row, pivot, strict=True)] for row in rows
        ]
        wanted = [a - wanted[column] / pivot[column] * b for a, b in zip(wanted, pivot, strict=True)]
    return None if any(wanted[:-1]) else -wanted[-1]


@settings(deadline=None, max_examples=30, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    st.lists(st.lists(st.integers(0, 12), min_size=6, max_size=6), min_size=1, max_size=3),
    st.permutations(
        ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-Q1", "2026-Q2", "2026"]
    ),
    st.integers(1, 10),
)
def test_from_everything_published_no_hidden_figure_can_be_had_by_sums_and_differences(
    months, order, least
) -> None:
    """Three platforms and the city, signed period after period in any order; an independent solver looks for what is hidden."""
    codes = [f"p{n}" for n in range(len(months))]
    cells = [(code, month) for code in codes for month in YEAR]
    true = {
        (code, month): (months[p][m] if m < 6 else 0)
        for p, code in enumerate(codes)
        for m, month in enumerate(YEAR)
    }

    def vector(code: str, period: ReportPeriod) -> list[Fraction]:
        wanted = months_of(period)
        return [Fraction(of in (code, "") if code else True) * (month in wanted) for of, month in cells]

    def number(code: str, period: ReportPeriod) -> int:
        return sum(n for (of, month), n in true.items() if month in months_of(period) and code in (of, CITY))

    told = Told(codes, least)
    for name in order:
        period = read_period(name)
        counted = {(code, period): number(code, period) for code in (CITY, *codes)}
        told.hide(cell for cell, n in counted.items() if n < least)
        decide_across(told, {cell: n for cell, n in counted.items() if n >= least}, period)
    assert all(number(*cell) == n >= least for cell, n in told.numbers.items())
    rows = [[*vector(*cell), Fraction(int(n))] for cell, n in told.numbers.items()]
    for name in PERIODS:
        for code in (CITY, *codes):
            if 0 < number(code, read_period(name)) < least:
                assert _derivable(rows, vector(code, read_period(name))) is None, (code, name)
