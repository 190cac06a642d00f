"""Makes the golden files again: ``python tests/golden/files/make_files.py``.

They are what departments send: each in its true encoding or workbook format, with the oddities of real
files. What a reader must find in them stands in the JSON beside each, written by hand and never made from
what the reader says. Names, codes and persons are invented.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

# ruff: noqa: DTZ001 - a cell's date has no zone; writers are loaded where they are used
HERE = Path(__file__).parent


def write_bytes(name: str, text: str, encoding: str, mark: bytes = b"") -> None:
    """Text as bytes, exactly as given: no line ends translated."""
    (HERE / name).write_bytes(mark + text.encode(encoding))


def penalty_gb18030() -> None:
    """Title rows, CR LF, characters beyond GBK, a line break in a quoted cell, blank lines, cut-off blanks."""
    write_bytes(
        "penalty_gb18030.csv",
        "常州市行政处罚信息公示表,,,,,\r\n"
        "报送单位:常州市某局,,,报送日期:２０２６年５月８日,,\r\n"
        "\r\n"
        "行政相对人名称,行政相对人代码_1(统一社会信用代码),行政处罚决定书文号,处罚决定日期,违法事实,备注\r\n"
        "常州㛃𠮷电子商务有限公司,91320411MA1XXXXX0A,常市监罚〔2026〕1号,2026/5/8,刷单炒信,\r\n"
        '常州䶮泰网络科技有限公司,９１３２０４１１ＭＡ１ＹＹＹＹＹ０Ｂ,常市监罚〔2026〕2号,20260509,"第一行\r\n第二行,含逗号",㐂\r\n'
        ",,,,,\r\n"
        "　,,,,,\r\n"
        '"常州""老字号""食品店",92320402MA1ZZZZZ0C,常市监罚〔2026〕3号,2026年5月10日,虚假宣传\r\n',
        "gb18030",
    )


def registration_utf8_bom() -> None:
    """A byte order mark, line feeds, names above codes in a second header row."""
    write_bytes(
        "registration_utf8_bom.csv",
        "企业名称,统一社会信用代码,注册号,成立日期\n"
        "ENTNAME,UNISCID,REGNO,ESTDATE\n"
        "常州甲乙丙商贸有限公司,91320411MA1AAAAA0D,,2015-03-02\n"
        "常州丁戊己经营部,,320411600123456,长期\n",
        "utf-8",
        b"\xef\xbb\xbf",
    )


def merchants_utf16() -> None:
    """What a spreadsheet calls "Unicode text": UTF-16 with its mark, tabs, CR LF."""
    write_bytes(
        "merchants_utf16.txt",
        "平台名称\t店铺名称\t经营者名称\t统一社会信用代码\r\n"
        "某某商城\t小满茶铺\t常州小满茶业有限公司\t91320411MA1BBBBB0E\r\n"
        '某某商城\t"带""引号""的店"\t常州引号商贸有限公司\t91320411MA1CCCCC0F\r\n',
        "utf-16-le",
        b"\xff\xfe",
    )


def licence_tsv() -> None:
    """UTF-8 without a mark, tabs, no line end after the last row; that row is whole."""
    write_bytes(
        "licence.tsv",
        "行政相对人名称\t许可编号\t有效期自\t有效期至\n"
        "常州天宁食品有限公司\tJY13204020000001\t2024-01-01\t2028-12-31\n"
        "常州钟楼药房\t\t2024-02-01\t2099/12/31",
        "utf-8",
    )


def complaints_semicolon() -> None:
    """GBK, semicolons, separators left over at the row ends, commas inside the cells."""
    write_bytes(
        "complaints_semicolon.csv",
        "被投诉人;投诉日期;处理结果;\r\n"
        "常州某店;2026-04-01;调解成功,退款;\r\n"
        "常州另一店;2026-04-02;不予受理;\r\n",
        "gbk",
    )


def stray_quotes() -> None:
    """A quotation mark that never closes, a line broken inside a cell, surplus cells, a last line cut off."""
    write_bytes(
        "stray_quotes.csv",
        "名称,代码,日期,事由,备注\n"
        "甲店,A1,2026-01-01,一,\n"
        '乙店,A2,2026-01-02,"二,\n'
        "丙店,A3,2026-01-03,三,\n"
        "丁店,A4,2026-01-04,前半\n"
        "后半,\n"
        "戊店,A5,2026-01-05,五,x,多出来的\n"
        "己店,A6,2026-01-06,六,,,\n"
        '庚店,A7,2026-01-07,"七,""八""",\n'
        "辛店,A8,2026-01-0",
        "utf-8",
    )


def protected_codes() -> None:
    """Ways in which codes are kept from becoming numbers, and bytes that are no characters."""
    text = (
        "名称,代码,电话\r\n"
        '甲店,="0012345","\t0519-88880000"\r\n'
        "乙店,'320411600123456,\r\n"
        "丙店,'-,'=1+1\r\n"
    )
    raw = text.encode("gb18030") + "丁店".encode("gb18030") + b"\xff\xff,A9,\r\n"
    (HERE / "protected_codes.csv").write_bytes(raw)


def workbook_xlsx() -> None:
    """Titles, a header of two levels, merged cells, dates, numbers, an error, a formula, several sheets."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(HERE / "workbook.xlsx")) as book:
        book.set_properties({"created": dt.datetime(2026, 5, 8)})
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        chinese = book.add_format({"num_format": 'yyyy"年"m"月"d"日"'})
        notes = book.add_worksheet("填报说明")
        notes.write_string(0, 0, "请按模板填写")
        sheet: Any = book.add_worksheet("处罚")
        sheet.merge_range("B1:G1", "常州市行政处罚信息公示表")
        sheet.merge_range("B3:B4", "行政相对人名称")
        sheet.merge_range("C3:D3", "行政相对人代码")
        sheet.write_row("C4", ["统一社会信用代码", "工商注册号"])
        sheet.merge_range("E3:E4", "处罚决定日期")
        sheet.merge_range("F3:F4", "处罚机关")
        sheet.merge_range("G3:G4", "罚款金额")
        sheet.write_string("B5", "常州甲有限公司")
        sheet.write_string("C5", "91320411MA1DDDDD0G")
        sheet.write_number("D5", 320411600123456)
        sheet.write_datetime("E5", dt.datetime(2026, 5, 8), date)
        sheet.merge_range("F5:F6", "常州市某局")
        sheet.write_number("G5", 0.1)
        sheet.write_string("B6", "常州乙有限公司")
        sheet.write_number("C6", 913204110000000000)
        sheet.write_datetime("E6", dt.datetime(2026, 5, 9, 10, 30), chinese)
        sheet.write_formula("G6", "=G5*10", None, 1)
        sheet.write_string("B8", "常州丙有限公司")
        sheet.write_formula("C8", '=VLOOKUP("x",A1:B2,2,0)', None, "#N/A")
        sheet.write_string("E8", "2026年5月10日")
        sheet.write_string("F8", "=不是公式")
        sheet.write_number("G8", 1234567.89)
        sheet.write_string("I8", "没有列名的一格")
        sheet.write_blank("Z2000", None, date)
        hidden = book.add_worksheet("代码表")
        hidden.write_row("A1", ["行政相对人名称", "统一社会信用代码"])
        hidden.hide()


def old_system_xls() -> None:
    """An XLS as an old system writes it: a title, numbers for codes, date cells, an error value."""
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    date = xlwt.XFStyle()
    date.num_format_str = "YYYY-MM-DD"
    sheet.write_merge(0, 0, 0, 3, "抽查结果")
    for column, name in enumerate(["企业名称", "注册号", "抽查日期", "抽查结果"]):
        sheet.write(1, column, name)
    sheet.write(2, 0, "常州甲商行")
    sheet.write(2, 1, 320411600123456)
    sheet.write(2, 2, dt.datetime(2026, 3, 1), date)
    sheet.write_merge(2, 3, 3, 3, "未发现问题")
    sheet.write(3, 0, "常州乙商行")
    sheet.row(3).set_cell_error(1, 0x2A)
    sheet.write(3, 2, "长期")
    book.save(str(HERE / "old_system.xls"))


def main() -> None:
    """Write all of them."""
    penalty_gb18030()
    registration_utf8_bom()
    merchants_utf16()
    licence_tsv()
    complaints_semicolon()
    stray_quotes()
    protected_codes()
    workbook_xlsx()
    old_system_xls()


if __name__ == "__main__":
    main()
