"""A workbook of several sheets: what was not read is told for good, and no list of columns is taken for a table."""

import io

import openpyxl
import pytest

from ecredit.facts.collection.audit_batches import audit_batches
from ecredit.facts.collection.batch_queries import get_batch
from ecredit.facts.collection.models import Batch
from ecredit.facts.collection.queries import get_receipt
from ecredit.facts.collection.reading import open_table
from ecredit.facts.collection.template_workbook import DATA_SHEET, write_template
from tests.collection.test_collection_fates import fates, report
from tests.penalty_rows import HEADER, row

PENALTY = "dual_publicity_penalty"


def book(hidden: str = "", **sheets: list[dict[str, str]]) -> bytes:
    """A workbook with a sheet of rows under the header for each name."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        sheet.append(HEADER)
        for cells in rows:
            sheet.append([cells.get(code, "") for code in HEADER])
        sheet.sheet_state = "hidden" if name == hidden else "visible"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


MONTHS = {"十月": [row(1), row(2)], "十一月": [row(n) for n in range(3, 8)]}


def test_a_second_sheet_of_records_is_a_problem_of_the_file_for_good(collect, home) -> None:
    receipt = collect(PENALTY, book(**MONTHS), name="m.xlsx")
    assert fates(receipt) == (2, 0, 0, 0, 0) and receipt.problems == 1
    told = report(receipt)
    assert [line["rule"] for line in told] == ["sheet_unread"]
    assert "十一月" in told[0]["message"] and "5" in told[0]["message"] and told[0]["hint"]
    again = collect(PENALTY, book(**MONTHS), name="m.xlsx")
    for seen in (receipt, again, get_receipt(home, receipt.batch_id)):
        assert any("十一月" in note for note in seen.notes)
        assert seen.problem_counts == {"sheet_unread": 1}
    assert any("十一月" in note for note in get_batch(receipt.batch_id, suppliers=None).notes)
    assert not list(audit_batches())
    Batch.objects.update(note="")
    assert [finding for finding in audit_batches() if "note" in finding.zh]


@pytest.mark.parametrize("sheets", [{"十月": [row(1)], "十一月": []}, {"数据": [row(1)], "旧": [row(2)]}])
def test_sheets_without_rows_or_hidden_ones_are_no_problem(collect, sheets) -> None:
    receipt = collect(PENALTY, book(hidden="旧", **sheets), name="m.xlsx")
    assert receipt.problems == 0 and receipt.accepted == 1 and receipt.notes


def test_the_guide_of_a_template_is_no_table(catalog, tmp_path) -> None:
    for source in catalog.sources.values():
        path = tmp_path / "t.xlsx"
        write_template(source, catalog, path)
        known = frozenset(source.headers)
        with open_table(path, filename=path.name, known_headers=known) as table:
            assert (table.sheet, table.unread) == (DATA_SHEET, ()), source.id
