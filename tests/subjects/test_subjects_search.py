"""An officer finds an organisation by any part of its name, in the index of names alone where there is one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ecredit.facts.subjects.models import CreditSubject
from ecredit.facts.subjects.search_queries import search_subjects
from ecredit.foundation.kernel.text_forms import name_form

pytestmark = pytest.mark.django_db
NAMES = ("云帆网络有限公司", "常州市云帆商贸有限公司", "常州云帆", "新北区云帆店", "常州明月有限公司")


@pytest.fixture
def named(collector):
    def make(names=NAMES, *, is_person=False, first=1):
        for n, name in enumerate(names, start=first):
            CreditSubject.objects.create(
                id=n,
                name=name,
                name_form=name_form(name),
                kind="x",
                is_person=is_person,
                opened_leaf=n,
                changed_leaf=n,
            )

    make()
    return make


def found(collector, asked: str, limit: int = 50) -> list[str]:
    return [hit.name for hit in search_subjects(asked, sealer=collector.sealer, limit=limit)]


def test_beginnings_come_first_then_names_that_hold_it(named, collector):
    hits = found(collector, "云帆")
    assert hits[0] == "云帆网络有限公司" and set(hits) == set(NAMES[:4]) and len(hits) == 4
    assert found(collector, "明月有限") == ["常州明月有限公司"]
    assert found(collector, "云帆", 2)[0] == "云帆网络有限公司" and len(found(collector, "云帆", 2)) == 2
    assert found(collector, "无此名") == found(collector, "云") == found(collector, "%%") == []


def test_persons_are_not_found_by_name(named, collector):
    named([f"常州云帆{n}" for n in range(60)], is_person=True, first=100)
    assert len(found(collector, "云帆")) == 4


@pytest.mark.skipif(connection.vendor != "sqlite", reason="how SQLite reads it")
def test_names_are_gone_through_in_their_index_alone(named, collector):
    with CaptureQueriesContext(
        connection,
    ) as told:
        found(collector, "云帆")
    (asked,) = (q["sql"] for q in told if "INSTR" in q["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {asked}")
        plan = " ".join(str(line) for line in cursor.fetchall())
    assert "INDEX subjects_name_form" in plan and "TEMP B-TREE" not in plan
