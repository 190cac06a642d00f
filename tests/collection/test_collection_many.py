"""Several values in one cell: whatever people put between them, and no value cut in two by its own name."""

import time

import pytest

from ecredit.facts.collection.cells import reader_of
from ecredit.facts.collection.template_workbook import write_template
from ecredit.facts.records.models import CreditRecord
from ecredit.foundation.catalog.spelling import spelled
from ecredit.foundation.catalog.types import CodeEntry, CodeTable, Column
from tests.penalty_rows import row, table

PENALTY = "dual_publicity_penalty"
NAMES = ("罚款", "警告", "没收违法所得、没收非法财物", "没收违法所得", "暂扣，吊销")
TABLE = CodeTable(
    "kinds", "", "", True,
    {name: CodeEntry(name, name, "", None, None, None, ()) for name in NAMES},
    {spelled(name): name for name in NAMES},
)  # fmt: skip


def reader(**more):
    return reader_of(
        Column("kind", "处罚类别", "code", lookup="kinds", many=",，、;；", **more), {"kinds": TABLE}
    )


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        ("罚款；警告", "罚款;警告"), ("罚款;警告", "罚款;警告"), ("罚款、警告", "罚款;警告"), ("罚款，警告", "罚款;警告"),
        ("罚款,警告", "罚款;警告"), ("罚款, 警告；", "罚款;警告"), ("、罚款、、警告", "罚款;警告"), ("罚款、罚款", "罚款"),
        # A name with a mark in it stays whole, alone and among others; its beginning alone is a value too.
        ("没收违法所得、没收非法财物", "没收违法所得、没收非法财物"), ("暂扣,吊销", "暂扣，吊销"),
        ("罚款、没收违法所得、没收非法财物、警告", "罚款;没收违法所得、没收非法财物;警告"),
        ("没收违法所得、罚款", "没收违法所得;罚款"), ("警告；暂扣，吊销", "警告;暂扣，吊销"),
    ],
)  # fmt: skip
def test_the_values_of_a_cell(cell, values):
    assert reader()(cell) == (values, "")


@pytest.mark.parametrize("cell", ["罚款、没收", "没收非法财物", "、", "罚款。警告", "罚款 警告", "吊销"])
def test_one_unknown_value_holds_the_cell(cell):
    assert reader()(cell) == (None, "not_in_code_table")
    assert reader(lookup_strict=False)(cell) == (cell, "not_in_code_table")


def test_without_many_nothing_is_cut():
    single = reader_of(Column("kind", "处罚类别", "code", lookup="kinds"), {"kinds": TABLE})
    assert single("罚款、警告") == (None, "not_in_code_table") and single("暂扣，吊销") == ("暂扣，吊销", "")


def test_a_hostile_cell_is_soon_read():
    began = time.process_time()
    assert reader()("罚款、没收，" * 20_000)[1] == "not_in_code_table"
    assert time.process_time() - began < 2


@pytest.mark.django_db
def test_the_penalty_source_takes_them(collect):
    receipt = collect(PENALTY, table(row(1, CF_CFLB="罚款、没收违法所得"), row(2, CF_CFLB="警告，罚款")))
    assert receipt.accepted == 2 and receipt.quarantined == 0
    kept = [record.content for record in CreditRecord.objects.filter(source_id=PENALTY).order_by("line")]
    assert '"罚款;没收违法所得"' in kept[0] and '"警告;罚款"' in kept[1]


def test_the_template_names_a_mark_people_can_type(catalog, tmp_path):
    source = catalog.sources[PENALTY]
    assert source.column("CF_CFLB").many == ",，、;；"
    write_template(source, catalog, tmp_path / "t.xlsx")
