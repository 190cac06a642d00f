"""A cell longer than its column may be is told about and read by nobody."""

import pyarrow as pa
import pytest

from ecredit.facts.collection import read_columns
from ecredit.facts.collection.models import HeldRow
from tests.collection.test_collection_fates import report
from tests.penalty_rows import row, table

PENALTY = "dual_publicity_penalty"


@pytest.mark.parametrize("column", ["CF_WSH", "CF_JDRQ", "CF_NR_FK", "CF_XDR_SHXYM", "CF_CFLB", "CF_XDR_MC"])
def test_an_overlong_cell_reaches_no_reader(collect, monkeypatch, column):
    seen = []
    real = read_columns.ColumnReader._reading
    monkeypatch.setattr(
        read_columns.ColumnReader, "_reading", lambda self, text: seen.append(len(text)) or real(self, text)
    )
    receipt = collect(PENALTY, table(row(1, **{column: "1." * 50_000}), row(2)))
    assert (receipt.accepted, receipt.quarantined) == (1, 1)
    assert max(seen, default=0) <= 2_000
    (problem,) = [p for p in report(receipt) if p["column"] == column]
    assert problem["rule"] == "too_long" and len(problem["value"]) < 200
    assert "too_long" in HeldRow.objects.get().rules


def test_the_checks_see_no_overlong_value(catalog):
    """A value that is not there cannot cost a check anything."""
    source = catalog.sources[PENALTY]
    reader = read_columns.ColumnReader.of(source.column("CF_WFXW"), dict(catalog.code_tables))
    rows = read_columns.CheckedRows(source, None, pa.array([2, 3]).to_numpy(), {}, {})
    reader.read(rows, pa.array(["a" * (source.column("CF_WFXW").max_length + 1), "虚构交易"]))
    assert rows.values["CF_WFXW"].to_pylist() == [None, "虚构交易"]
    assert [(fault.rule, fault.rows.tolist()) for fault in rows.faults] == [("too_long", [0])]
