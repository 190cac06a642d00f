"""What came and went, and counts that hold for the day they are read."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecredit.service.publicity.figures import DAYS_TOLD, District, note_movement
from ecredit.service.publicity.queries import PublicStore
from ecredit.service.publicity.rule_book import DISTRICTS
from ecredit.service.publicity.store import open_writer
from ecredit.service.publicity.types import PublicSubject
from tests.publicity.public_sample import write_subjects
from tests.publicity.publicity_lake import FakeCity
from tests.publicity.test_publicity_projection import CATALOG, TODAY, A

ON = date(2026, 11, 25)
SUBJECTS = st.lists(
    st.tuples(
        st.sampled_from(["天宁区", "武进区", "北京市东城区", ""]),
        st.sampled_from(["个体工商户", "法人及非法人组织"]),
        st.sampled_from(["A", "B", "C", "D", None]),
        st.one_of(st.none(), st.dates(ON - timedelta(days=9), ON + timedelta(days=9))),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SUBJECTS, st.integers(-10, 10))
def test_figures_are_what_counting_one_by_one_gives(
    tmp_path_factory: pytest.TempPathFactory,
    given_: list[tuple[str, str, str | None, date | None]],
    later: int,
) -> None:
    path, on = tmp_path_factory.mktemp("figures") / "public.sqlite3", ON + timedelta(days=later)
    write_subjects(
        path,
        *(PublicSubject(f"C{n:05d}", f"公司{n}", kind, area, "存续", grade, ON, until if grade else None)
          for n, (area, kind, grade, until) in enumerate(given_)),
        chapters={DISTRICTS: [("320402", "天宁区", "Tianning"), ("320412", "武进区", "Wujin")]},
    )  # fmt: skip
    holds = [
        (area, kind, grade if grade and (until is None or on < until) else "")
        for area, kind, grade, until in given_
    ]
    figures = PublicStore(path).figures(on)
    assert figures.by_kind == Counter(kind for _, kind, _ in holds)
    assert dict(figures.totals.by_grade) == Counter(grade for *_, grade in holds if grade)
    assert figures.ungraded == sum(grade == "" for *_, grade in holds)
    for told in (*figures.districts, figures.elsewhere):
        names = {"天宁区", "武进区"}
        mine = [
            g for area, _, g in holds if (area == told.district.zh if told.district else area not in names)
        ]
        assert told.subjects == len(mine)
        assert dict(told.by_grade) == Counter(g for g in mine if g)
        assert told.ungraded == mine.count("")
    assert [told.district for told in figures.districts] == [
        District("320402", "天宁区", "Tianning"), District("320412", "武进区", "Wujin"),
    ]  # fmt: skip


@pytest.fixture
def city(tmp_path: Path) -> FakeCity:
    made = FakeCity(tmp_path, CATALOG)
    made.subject(1, A, "常州甲乙有限公司")
    return made


def moved(city: FakeCity, on: date) -> list[tuple[date, int, int]]:
    return [(m.on, m.came, m.went) for m in PublicStore(city.public).figures(on).movements]


def test_each_run_tells_what_came_and_went_built_anew_or_not(city: FakeCity) -> None:
    city.penalty(1, "1")
    city.project(TODAY)
    assert moved(city, TODAY) == [(TODAY, 1, 0)]
    city.penalty(1, "2")
    city.project(TODAY)
    assert moved(city, TODAY) == [(TODAY, 2, 0)]
    tomorrow = TODAY + timedelta(days=1)
    city.penalty(1, "1", verb="withdraw")
    city.penalty(1, "3")
    city.project(tomorrow, full=True)
    assert moved(city, tomorrow) == [(tomorrow, 1, 1), (TODAY, 2, 0)]
    city.project(tomorrow, full=True)
    assert moved(city, tomorrow) == [(tomorrow, 1, 1), (TODAY, 2, 0)]


def test_what_is_long_ago_is_forgotten(city: FakeCity) -> None:
    city.penalty(1, "1")
    city.project(TODAY)
    later = TODAY + timedelta(days=DAYS_TOLD + 1)
    with open_writer(city.public) as writer:
        note_movement(writer.connection, later, 0, 4)
    assert moved(city, later) == [(later, 0, 4)]


def test_a_reader_counts_anew_when_the_database_or_the_day_changed(city: FakeCity) -> None:
    city.penalty(1, "1")
    city.project(TODAY)
    store = PublicStore(city.public)
    first = store.figures(TODAY)
    assert store.figures(TODAY) is first
    assert store.figures(TODAY + timedelta(days=1)) is not first
    city.penalty(1, "2")
    city.project(TODAY)
    assert store.figures(TODAY).totals.items == 2
