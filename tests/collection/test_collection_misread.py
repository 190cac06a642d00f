"""Cells that say something else than their column asks for: formulas, codes of another kind, amounts in another unit."""

import io

import pytest
import xlsxwriter

from ecredit.facts.records.models import CreditRecord
from tests.collection.test_collection_fates import fates, report
from tests.penalty_rows import HEADER, code, row, table

PENALTY = "dual_publicity_penalty"
CITIZEN = "110105194912310021"


def told(receipt) -> list[tuple[str, str]]:
    return [(line["column"], line["rule"]) for line in report(receipt)]


@pytest.mark.parametrize(
    "text",
    ['=HYPERLINK("http://evil","x")', "=1+1", "=A1", "＝SUM(A1)", "=甲表!B2", "+HYPERLINK(\"x\")", "-CMD.A(1)", "@SUM(A1:A2)", "+1|'/C calc'!A0"],
)  # fmt: skip
@pytest.mark.parametrize("column", ["CF_SY", "CF_XDR_MC"])
def test_a_formula_is_no_text(collect, text, column) -> None:
    receipt = collect(PENALTY, table(row(1), row(2, **{column: text})))
    assert fates(receipt) == (1, 0, 0, 1, 0) and told(receipt) == [(column, "formula")]
    assert "选择性粘贴" in report(receipt)[0]["hint"]


@pytest.mark.parametrize(
    "text", ["-", "+86", "@", "-已整改", "+86 (0519) 88880000", "=", "== 以下空白 ==", "@某店（常州）", "- 一、销售(零售)", "a=b(c)", "-5.00"]
)  # fmt: skip
def test_honest_text_is_text(collect, text) -> None:
    receipt = collect(PENALTY, table(row(1, BZ=text)))
    assert receipt.accepted == 1 and "formula" not in receipt.problem_counts


def test_a_workbooks_formula_without_a_value_is_one(collect) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        cells = row(1)
        for place, name in enumerate(HEADER):
            sheet.write(0, place, name)
            sheet.write_string(1, place, cells.get(name, ""))
        sheet.write_formula(1, HEADER.index("CF_NR"), '=CONCATENATE("罚款","0.5万元")', None, "")
    receipt = collect(PENALTY, out.getvalue(), name="a.xlsx")
    assert fates(receipt) == (0, 0, 0, 1, 0) and told(receipt) == [("CF_NR", "formula")]


@pytest.mark.parametrize(
    ("given", "rule", "where"),
    [
        ("MA1MQJ5L3", "org_code_as_uscc", "CF_XDR_ZZJG"), ("01410951-9", "org_code_as_uscc", "CF_XDR_ZZJG"),
        ("320411600123456", "reg_no_as_uscc", "CF_XDR_GSZC"), (CITIZEN, "person_id_as_code", ""), ("11010519491231002X", "person_id_as_code", ""), (code(2)[:-1] + "0", "uscc_check_digit", ""),
        ("甲", "uscc_format", ""),
    ],
)  # fmt: skip
def test_a_code_of_another_kind_hears_where_it_belongs(collect, given, rule, where) -> None:
    receipt = collect(PENALTY, table(row(1), row(2, CF_XDR_SHXYM=given), row(3, CF_XDR_SHXYM="乙")))
    assert receipt.quarantined == 2
    (line,) = (line for line in report(receipt) if line["line"] == "3" and line["column"] == "CF_XDR_SHXYM")
    assert line["rule"] == rule and where in line["hint"]
    assert (
        CITIZEN not in str(report(receipt))
        and not CreditRecord.objects.filter(content__contains=given).exists()
    )


@pytest.mark.parametrize("header", ["罚款金额（元）", "罚款金额(单位：元)", "罚款金额[亿元]"])
def test_a_column_in_another_unit_is_told_as_such(collect, header) -> None:
    text = table(row(1)).replace("CF_NR_FK", header, 1)
    receipt = collect(PENALTY, text)
    (line,) = (line for line in report(receipt) if line["rule"] in ("another_unit", "unknown_column"))
    assert line["rule"] == "another_unit" and "万元" in line["message"] and "没有换算" in line["message"]
    assert "可以不管" not in line["hint"]
