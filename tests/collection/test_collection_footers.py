"""What stands below the records is no record; and no record is taken for a footer."""

import pytest

from ecredit.facts.collection.models import HeldRow
from ecredit.facts.records.models import CreditRecord
from tests.collection.test_collection_fates import fates, report
from tests.penalty_rows import HEADER, code, row, table

PENALTY = "dual_publicity_penalty"
WIDE = "," * (len(HEADER) - 1)


@pytest.mark.parametrize(
    "footer",
    [
        f"合计{WIDE}\r\n", "合 计,,,12\r\n", "制表人：张三\r\n", f"制表人：张三,,,填表日期：2026年5月8日{WIDE[4:]}\r\n",
        f"合计{WIDE}\r\n{WIDE}\r\n注：本表由政策法规处汇总,,\r\n", f"{',' * 13}总计{WIDE[13:]}\r\n", "填报单位：某局\r\n审核人：李四\r\n",
    ],
)  # fmt: skip
def test_a_footer_is_told_and_not_counted(collect, footer) -> None:
    receipt = collect(PENALTY, table(row(1), row(2)) + footer)
    assert fates(receipt) == (2, 0, 0, 0, 0) and not HeldRow.objects.exists()
    assert set(receipt.problem_counts) == {"footer_row"} and receipt.warnings == len(report(receipt))


@pytest.mark.parametrize(
    "last",
    [
        row(3, CF_XDR_MC="合计（常州）商贸有限公司"),
        row(3, CF_XDR_MC="合计"),
        {"CF_XDR_MC": "合计", "CF_XDR_SHXYM": code(3)},
        {"CF_XDR_MC": "审核通过有限公司", "CF_WSH": "甲"},
    ],
)
def test_no_record_is_taken_for_one(collect, last) -> None:
    receipt = collect(PENALTY, table(row(1), last))
    assert receipt.rows == 2 and "footer_row" not in receipt.problem_counts


def test_a_total_between_records_waits(collect) -> None:
    """Only what stands behind the last record is sure to be none."""
    receipt = collect(PENALTY, table(row(1), {"CF_XDR_MC": "小计"}, row(2)))
    assert (receipt.rows, receipt.accepted, receipt.quarantined) == (3, 2, 1)
    assert CreditRecord.objects.count() == 2
