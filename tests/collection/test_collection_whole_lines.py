"""A line of which it is not known which cell is whose names nobody: in the report and among what waits."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecredit.facts.collection.batch_queries import get_batch
from ecredit.facts.collection.shown_values import mask_line, show_cells
from ecredit.facts.collection.waiting_queries import list_waiting_lines
from tests.penalty_rows import code, row, table

PENALTY = "dual_publicity_penalty"
NAME = "韩坚平"


def told(receipt) -> str:
    """All that a report says, without its heading."""
    with Path(receipt.report).open(encoding="utf-8-sig", newline="") as file:
        return "\n".join(" ".join(problem.values()) for problem in csv.DictReader(file))


@pytest.mark.parametrize(
    "text",
    [
        table(row(1)) + f"某公司,{code(2)},{NAME},,,\r\n",
        table(row(1)) + f"合计 填表人：{NAME}\r\n",
        table(row(1, CF_FRDB=NAME, BZ="甲")).replace("法人及", "法人,及").replace("甲", f"{NAME},{NAME}"),
        table(row(1, CF_XDR_MC=NAME, CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_XDR_ZJHM="11010519491231002X")),
        table(row(1, CF_XDR_MC=NAME, CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_XDR_ZJHM="", CF_CFLB="")),
    ],
)
def test_no_name_stands_in_a_report_or_among_what_waits(collect, collector, catalog, text):
    receipt = collect(PENALTY, text)
    assert receipt.quarantined or receipt.warnings
    assert NAME not in told(receipt)
    batch = get_batch(receipt.batch_id, suppliers=None)
    found = list_waiting_lines(batch, catalog.sources[PENALTY], sealer=collector.sealer)
    assert NAME not in repr(found)


def test_what_is_public_stays_readable_in_a_line():
    line = f"测试公司,{code(2)},{NAME},2026-05-08,3.5,20260508,138 1390 5678,E12345678"
    assert mask_line(line) == f"测***,{code(2)},韩**,2026-05-08,3.5,20260508,13********8,E1******8"


@given(st.sampled_from(",;\t|，； "), st.text(alphabet="赵钱孙李周吴郑", min_size=2, max_size=4))
def test_no_name_of_a_line_shows(between, name):
    assert name not in mask_line(between.join(("甲", name, "3")))


def test_a_row_with_a_cell_too_many_shows_no_cell_of_it(catalog):
    source = catalog.sources[PENALTY]
    shown = show_cells(source, {"CF_SY": NAME, "CF_NR_FK": "3", "#31": "李四"})
    assert [cell.value for cell in shown] == ["韩**", "3", "李*"]
