"""Few rows are read another way than many, because a record that comes by itself waits for it; what is found is the same."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.facts.collection.prepare import Preparation
from ecredit.facts.collection.read_columns import ColumnReader
from ecredit.facts.collection.reading import RowBlock
from ecredit.facts.collection.types import Issue
from ecredit.foundation.catalog.load import load_catalog
from ecredit.foundation.kernel.workdays import WorkCalendar
from tests.penalty_rows import AUTHORITY, code

CATALOG = load_catalog(Path(__file__).parents[2] / "catalog")
CALENDAR = WorkCalendar()
_MANY = 90
CELLS = st.sampled_from([
    "", "", "", " ", "无", "　", "3", "-1", "0.00001", "2000", "1e3", "罚款", "罚款2000元", "罚款;警告", "罚款、警告", "罚款0.3万元，没收100元",
    "自然人", "法人及非法人组织", "个体工商户", "身份证", "护照", "张某", "常州某某商贸有限公司", "某\u200b某公司", "2026/05/08", "2026-05-07", "2031-01-01",
    "长期", "2099-12-31", "不是日期", code(7), code(7)[:-1] + "0", AUTHORITY, AUTHORITY.lower(), "9.13E+17", "11010519491231002X",
    "110105194912310021", "13800001111", "https://a.example/x", "是", "Y", "NO", "\x01甲", "\ufffd乙", "甲" * 300, "甲" * 5000, "[1]", "tel", "*",
])  # fmt: skip


def problems(source_id: str, rows: list[list[str]]) -> list[tuple[Issue, bool]]:
    source = CATALOG.sources[source_id]
    readers = [ColumnReader.of(column, dict(CATALOG.code_tables)) for column in source.columns]
    preparation = Preparation(
        catalog=CATALOG,
        source=source,
        calendar=CALENDAR,
        sealer=None,
        received_on=date(2026, 5, 12),
        columns=dict(enumerate(readers)),
    )
    columns = tuple(pa.array(column, pa.string()) for column in zip(*rows, strict=True))
    return preparation.find_problems(RowBlock(np.arange(1, len(rows) + 1, dtype=np.int64), columns))


@settings(max_examples=120)
@given(st.data())
def test_a_few_rows_have_the_problems_they_have_among_many(data):
    source_id = data.draw(st.sampled_from(sorted(CATALOG.sources)))
    width = len(CATALOG.sources[source_id].columns)
    rows = data.draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=4))
    few = problems(source_id, rows)
    many = problems(source_id, rows * (_MANY // len(rows)))
    of_first = [(issue, holds) for issue, holds in many if issue.line <= len(rows)]
    assert few == of_first
    again = [
        (replace(issue, line=issue.line - len(rows)), holds)
        for issue, holds in many
        if issue.line > len(rows)
    ]
    assert again[: len(few)] == few
