"""Batches page by page: whose they are, in which order, with how many queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ecredit.facts.collection.batch_queries import (
    NoSuchBatch,
    find_batch,
    get_batch,
    get_family,
    list_batches,
    list_correctable,
)
from ecredit.facts.collection.batch_types import BatchFilter
from ecredit.facts.collection.models import Batch
from tests.conftest import NOON
from tests.penalty_rows import row, table

PENALTY = "dual_publicity_penalty"


def make(count: int, *, supplier: str = "gongshang", source: str = PENALTY, **fields: object) -> None:
    """So many finished batches, one a minute from NOON on."""
    start = Batch.objects.count()
    Batch.objects.bulk_create(
        Batch(
            source_id=source,
            supplier=supplier,
            sent_by=supplier,
            filename=f"{supplier}-{n}.csv",
            digest=f"{supplier}{source}{start + n}"[-64:],
            size=1,
            state="done",
            received_at=NOON + timedelta(minutes=n),
            edition="e",
            **fields,
        )
        for n in range(count)
    )


@pytest.mark.django_db
def test_pages_hold_every_batch_once_newest_first():
    make(7)
    make(6, supplier="zhijian")
    make(5, supplier="gongan")
    seen, before, pages = [], None, 0
    while True:
        page = list_batches(BatchFilter({"gongshang", "zhijian"}), before=before, limit=4)
        seen += [(b.received_at, b.id) for b in page.batches]
        pages += 1
        if page.older is None:
            break
        before = page.older
    assert pages == 4 and len(seen) == 13 == len(set(seen))
    assert seen == sorted(seen, reverse=True)
    assert {b.supplier for b in list_batches(BatchFilter({"gongshang", "zhijian"})).batches} == {
        "gongshang",
        "zhijian",
    }
    assert len(list_batches(BatchFilter(None)).batches) == 18


@pytest.mark.django_db
def test_nobodys_batches_are_none():
    make(3)
    assert list_batches(BatchFilter(())).batches == ()


@pytest.mark.django_db
@pytest.mark.parametrize("suppliers", [None, {"gongshang"}, {"gongshang", "zhijian", "shiyao", "wujia"}])
def test_a_page_is_two_queries_at_most(suppliers):
    make(80)
    make(30, supplier="zhijian")
    with CaptureQueriesContext(
        connection,
    ) as first:
        page = list_batches(BatchFilter(suppliers))
    with CaptureQueriesContext(connection) as second:
        list_batches(BatchFilter(suppliers), before=page.older)
    assert (len(first), len(second)) == (1, 2)


@pytest.mark.django_db
def test_filters():
    make(3, problems=1)
    make(2, source="shops")
    make(1, supplier="zhijian")
    mine = {"gongshang", "zhijian"}
    assert len(list_batches(BatchFilter(mine, "shops")).batches) == 2
    assert len(list_batches(BatchFilter(mine, with_problems=True)).batches) == 3
    day = NOON.date()
    assert len(list_batches(BatchFilter(mine, since=day, until=day)).batches) == 6
    assert list_batches(BatchFilter(mine, until=day - timedelta(days=1))).batches == ()
    assert [b.source for b in list_correctable(PENALTY, mine)] == [PENALTY] * 3


@pytest.mark.django_db
def test_anothers_batch_is_told_like_one_that_is_not_there():
    make(1)
    theirs = Batch.objects.get()
    assert find_batch(theirs.id, suppliers={"gongshang"}) is not None
    with pytest.raises(NoSuchBatch) as another:
        get_batch(theirs.id, suppliers={"gongan"})
    with pytest.raises(NoSuchBatch) as missing:
        get_batch(theirs.id + 1, suppliers={"gongan"})
    assert str(another.value).replace(str(theirs.id), "#") == str(missing.value).replace(
        str(theirs.id + 1), "#"
    )


def test_what_a_correction_put_right_is_told(collect):
    first = collect(PENALTY, table(row(1), row(2, CF_JDRQ="2026/13/40"), row(3, CF_YJ="")))
    second = collect(PENALTY, table(row(2)), name="b.csv", corrects=first.batch_id)
    batch = get_batch(second.batch_id, suppliers=None)
    with CaptureQueriesContext(connection) as queries:
        family = get_family(batch)
    assert len(queries) == 3
    (cleared,) = family.cleared
    assert (cleared.batch_id, cleared.filename, cleared.cleared, cleared.replaced) == (
        first.batch_id,
        "a.csv",
        1,
        0,
    )
    assert (family.waiting, family.later) == (0, ())
    before = get_family(get_batch(first.batch_id, suppliers=None))
    assert before.waiting == 1 and [b.id for b in before.later] == [second.batch_id]
