"""The waiting rows of a supplier: pages, counts by rule, masked cells, bounded queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ecredit.facts.collection.batch_queries import get_batch
from ecredit.facts.collection.waiting_queries import (
    get_waiting_line,
    list_waiting_batches,
    list_waiting_lines,
    read_whole_line,
)
from ecredit.foundation.kernel.errors import WrongUse
from tests.penalty_rows import row, table

PENALTY = "dual_publicity_penalty"
NUMBER = "110105194912310021"


@pytest.fixture
def sent(collect):
    bad = [row(n, CF_JDRQ="2026/13/40") for n in range(2, 8)]
    return collect(PENALTY, table(row(1), *bad, row(8, CF_YJ="", CF_FR_ZJHM=NUMBER), row(9, CF_XDR_SHXYM="")))


def test_batches_with_rows_that_wait(sent, collect):
    with CaptureQueriesContext(connection) as queries:
        page = list_waiting_batches({"gongshang", "zhijian"})
    assert len(queries) == 2
    (waiting,) = page.batches
    assert (waiting.batch.id, waiting.held, waiting.review, page.older) == (sent.batch_id, 7, 1, None)
    assert list_waiting_batches({"gongan"}).batches == ()
    assert list_waiting_batches(()).batches == ()


def test_lines_page_by_page(sent, collector, catalog):
    batch, source = get_batch(sent.batch_id, suppliers=None), catalog.sources[PENALTY]
    seen, after = [], 0
    while True:
        with CaptureQueriesContext(connection) as queries:
            page = list_waiting_lines(batch, source, sealer=collector.sealer, after=after, limit=3)
        assert len(queries) == 2
        seen += [line.line for line in page.lines]
        if page.further is None:
            break
        after = page.further
    assert seen == [3, 4, 5, 6, 7, 8, 9, 10]
    assert page.found == 8
    assert page.by_rule == {
        "date_unreadable": 6,
        "required": 1,
        "person_id_check_digit": 1,
        "no_identifier": 1,
    }
    required = list_waiting_lines(batch, source, sealer=collector.sealer, rule="required")
    assert [line.line for line in required.lines] == [9] and required.found == 1
    assert required.lines[0].rules == ("person_id_check_digit", "required")


def test_cells_are_masked_and_whole_only_when_asked(sent, collector, catalog):
    batch, source = get_batch(sent.batch_id, suppliers=None), catalog.sources[PENALTY]
    line = get_waiting_line(batch, source, 9, sealer=collector.sealer)
    shown = {cell.code: cell.value for cell in line.cells}
    assert shown["CF_FRDB"] == "王*" and shown["CF_FR_ZJHM"] == "11***************1"
    assert NUMBER not in str(line)
    assert read_whole_line(batch, 9, sealer=collector.sealer)["CF_FR_ZJHM"] == NUMBER
    with pytest.raises(WrongUse, match="第 2 行没有在等待"):
        get_waiting_line(batch, source, 2, sealer=collector.sealer)


def test_what_was_corrected_waits_no_longer(sent, collect, collector, catalog):
    collect(PENALTY, table(*(row(n) for n in range(2, 9))), name="b.csv")
    batch = get_batch(sent.batch_id, suppliers=None)
    page = list_waiting_lines(batch, catalog.sources[PENALTY], sealer=collector.sealer)
    assert [(line.line, line.state) for line in page.lines] == [(10, "review")]
