"""A file a page at a time: as true on a day, as known at an instant, in a bounded number of queries."""

from datetime import date, timedelta

import pytest

from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.collection.correct_actions import correct_record
from ecredit.facts.records.timeline import TimelineFilter, list_timeline, list_versions
from ecredit.facts.subjects.queries import find_subject_id
from tests.conftest import NOON
from tests.penalty_rows import code, row, table

PENALTY = "dual_publicity_penalty"
LATER = NOON + timedelta(days=3)


@pytest.fixture
def ids(collect):
    rows = [row(1, CF_WSH=f"常市监处罚〔2026〕{n}号", CF_JDRQ=f"2026/05/0{n}") for n in range(1, 7)]
    collect(PENALTY, table(*rows))
    return [find_subject_id(code(1))]


def test_what_became_true_last_comes_first(ids):
    page = list_timeline(ids, TimelineFilter(), limit=2)
    assert [e.valid_from.day for e in page.entries] == [6, 5] and page.found == 6
    assert [e.valid_from.day for e in list_timeline(ids, TimelineFilter(), limit=2, offset=4).entries] == [
        2,
        1,
    ]
    assert page.by_source == ((PENALTY, 6),) and page.standing == {e.leaf for e in page.entries}


def test_a_day_leaves_out_what_came_true_later(ids):
    assert list_timeline(ids, TimelineFilter(as_of=date(2026, 5, 3))).found == 3


def test_a_correction_stands_and_what_it_replaced_is_history(ids, collector):
    old = list_timeline(ids, TimelineFilter()).entries[0]
    new = correct_record(
        collector, leaf=old.leaf, changes={"CF_NR_FK": "2"}, reason="原件", by=OPERATOR, at=LATER
    ).leaf
    now = list_timeline(ids, TimelineFilter())
    assert now.found == 6 and new in now.standing and old.leaf not in {e.leaf for e in now.entries}
    before = list_timeline(ids, TimelineFilter(known_at=NOON))
    assert old.leaf in before.standing and before.found == 6
    history = list_timeline(ids, TimelineFilter(history=True))
    assert history.found == 7 and old.leaf not in history.standing
    assert [e.leaf for e in list_versions(new)] == [old.leaf, new]
    assert [e.leaf for e in list_versions(old.leaf, known_at=NOON)] == [old.leaf]


def test_a_page_takes_three_queries(ids, django_assert_num_queries):
    with django_assert_num_queries(3):
        list_timeline(ids, TimelineFilter(as_of=date(2026, 5, 12), known_at=LATER, source_id=PENALTY))
