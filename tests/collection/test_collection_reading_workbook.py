"""XLSX and XLS: cells, sheets, merges, and workbooks made to do harm."""

from __future__ import annotations

import datetime as dt
import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from ecredit.facts.collection.reading import ReadLimits, open_table
from ecredit.facts.collection.reading_archive import scan_workbook_archive
from ecredit.facts.collection.reading_cells import EXACT, MergeFiller, cell_text
from ecredit.facts.collection.reading_sheet_scan import SheetScan, column_number
from ecredit.facts.collection.reading_workbook import SheetRead, read_workbook
from ecredit.foundation.kernel.errors import InputRefused

KNOWN = frozenset({"名称", "代码", "日期"})
SHEET = "xl/worksheets/sheet1.xml"


def workbook(path: Path, rows: list[list[object]]) -> Path:
    """A plain workbook of one sheet."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def with_part(path: Path, part: str, content: bytes) -> Path:
    """The workbook with one part replaced."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, old in parts.items():
            archive.writestr(name, content if name == part else old)
    return path


def sheet_xml(cells: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'.encode()


def read(path: Path, **limits: int) -> SheetRead:
    return read_workbook(path, path.with_suffix(".arrow"), KNOWN, ReadLimits(**limits))


def reason(path: Path, **limits: int) -> object:
    with pytest.raises(InputRefused) as refused:
        read(path, **limits)
    return refused.value.data["reason"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("'0012", "'0012"),
        (5.0, "5"),
        (-0.0, "0"),
        (320411600123456.0, "320411600123456"),
        (999999999999999.0, "999999999999999"),
        (1e15, "1E+15"),
        (913204110000000000.0, "9.1320411E+17"),
        (0.1 + 0.2, "0.3"),
        (1234567.89, "1234567.89"),
        (-2.5, "-2.5"),
        (0.000012, "0.000012"),
        (True, "TRUE"),
        (dt.date(2026, 5, 8), "2026-05-08"),
        (dt.datetime(2026, 5, 8), "2026-05-08"),  # noqa: DTZ001 - a cell's date has no zone
        (dt.datetime(2026, 5, 8, 9, 30), "2026-05-08 09:30:00"),  # noqa: DTZ001
        (dt.time(9, 30), "09:30:00"),
        (dt.timedelta(hours=51), "51:00:00"),
        ("第一行_x000D_\n第二行", "第一行\r\n第二行"),
        ("a\0b", "a\ufffdb"),
    ],
)
def test_cell_text(value: str | float | dt.date, text: str) -> None:
    assert cell_text(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e14, max_value=1e14))
def test_number_text_keeps_fifteen_digits(number: float) -> None:
    text = cell_text(number)
    assert float(text) == pytest.approx(number, rel=1e-13, abs=1e-9)
    if number.is_integer() and abs(number) < EXACT:
        assert text == str(int(number))


def test_merged_cells_are_filled_downwards_in_their_first_column_only() -> None:
    filler = MergeFiller([((0, 0), (0, 3)), ((1, 1), (3, 2))])
    rows = [["题", "", "", ""], ["a", "x", "", ""], ["b", "", "y", ""], ["", "", "", ""], ["c", "", "", ""]]
    for number, row in enumerate(rows):
        filler.fill(number, 0, row)
    assert [row[1] for row in rows] == ["", "x", "x", "x", ""]
    assert [row[2] for row in rows] == ["", "", "y", "", ""]
    assert rows[0] == ["题", "", "", ""]


@given(
    st.dictionaries(
        st.tuples(st.integers(1, 400), st.integers(0, 60)),
        st.sampled_from(["v", "e", "f", "empty"]),
        min_size=1,
    ),
    st.integers(1, 300),
)
def test_sheet_scan_finds_area_and_lost_values(cells: dict[tuple[int, int], str], piece: int) -> None:
    """However the XML is parted, and for both ways of looking."""
    xml = b"<sheetData>"
    for row in sorted({row for row, _ in cells}):
        xml += b'<row r="%d">' % row
        for column in sorted(column for r, column in cells if r == row):
            name = xlsxwriter.utility.xl_col_to_name(column).encode() + str(row).encode()
            kind = cells[row, column]
            if kind == "v":
                xml += b'<c r="%s"><v>1</v></c>' % name
            elif kind == "e":
                xml += b'<c r="%s" t="e"><f>A1</f><v>#N/A</v></c>' % name
            elif kind == "f":
                xml += b'<c r="%s" s="1"><f>1&amp;2</f></c>' % name
            else:
                xml += b'<c r="%s" s="1"/>' % name
        xml += b"</row>"
    xml += b"</sheetData>"
    quick, precise = SheetScan(), SheetScan(precise=True)
    for scan in (quick, precise):
        for start in range(0, len(xml), piece):
            scan.feed(xml[start : start + piece])
        scan.feed(b"", last=True)
    lost = {"e": "#N/A", "f": "=1&2"}
    expected = {(row - 1, column): lost[kind] for (row, column), kind in cells.items() if kind in lost}
    assert quick.lost == precise.lost == expected
    filled = [place for place, kind in cells.items() if kind != "empty"]
    if filled:
        assert (precise.top, precise.bottom) == (min(r for r, _ in filled) - 1, max(r for r, _ in filled) - 1)
        assert (precise.left, precise.right) == (min(c for _, c in filled), max(c for _, c in filled))
    assert quick.cells >= precise.cells


def test_column_numbers() -> None:
    assert [column_number(name) for name in (b"A", b"Z", b"AA", b"XFD")] == [0, 25, 26, 16_383]


def test_the_sheet_whose_header_fits_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    path = tmp_path / "sheets.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("说明").write_string(0, 0, "名称")
        hidden = book.add_worksheet("旧表")
        hidden.write_row(0, 0, ["名称", "代码", "日期"])
        hidden.hide()
        sheet = book.add_worksheet("数据")
        sheet.write_row(0, 0, ["名称", "代码", "日期"])
        sheet.write_row(1, 0, ["甲", "1", "长期"])
        book.add_worksheet("空")
    found = read(path)
    assert found.sheet == "数据"
    assert found.others == ("说明", "旧表")
    assert found.rows == 1


def test_formats_far_away_do_not_make_a_sheet_large(tmp_path: Path) -> None:
    path = workbook(tmp_path / "wide.xlsx", [["名称", "代码"], ["甲", "1"]])
    cells = '<row r="1"><c r="A1" t="inlineStr"><is><t>名称</t></is></c><c r="B1" t="inlineStr"><is><t>代码</t></is></c></row>'
    cells += '<row r="2"><c r="A2"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="0"/></row>'
    assert read(with_part(path, SHEET, sheet_xml(cells))).rows == 1


def test_one_cell_far_away_is_refused_before_a_grid_is_built(tmp_path: Path) -> None:
    path = workbook(tmp_path / "far.xlsx", [["名称", "代码"]])
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert reason(with_part(path, SHEET, sheet_xml(cells))) == "too_many_cells"


def test_bombs_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "bomb.xlsx", [["名称", "代码"]])
    with_part(path, SHEET, b"<worksheet>" + b" " * (80 << 20))
    assert path.stat().st_size < 200_000
    assert reason(path) == "inflates_too_much"
    assert reason(path, max_ratio=10**9, max_inflated=10 << 20) == "inflates_too_much"


def test_sizes_that_lie_do_not_help_a_bomb(tmp_path: Path) -> None:
    """The directory says 10 bytes; what it unpacks to is counted all the same."""
    path = workbook(tmp_path / "liar.xlsx", [["名称", "代码"]])
    content = b" " * (20 << 20)
    with_part(path, SHEET, content)
    raw = path.read_bytes().replace(struct.pack("<I", len(content)), struct.pack("<I", 10))
    assert raw != path.read_bytes()
    path.write_bytes(raw)
    assert reason(path, max_inflated=10 << 20) == "inflates_too_much"


def test_overlapping_entries_and_crowds_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "crowd.xlsx", [["名称", "代码"]])
    assert reason(path, max_archive_entries=2) == "inflates_too_much"
    with zipfile.ZipFile(path) as archive:
        first, second = archive.infolist()[:2]
    raw = bytearray(path.read_bytes())
    at = raw.rfind(struct.pack("<I", second.header_offset), raw.find(b"PK\x01\x02"))
    raw[at : at + 4] = struct.pack("<I", first.header_offset + 1)
    path.write_bytes(bytes(raw))
    assert reason(path) in {"inflates_too_much", "damaged_workbook"}


def test_what_a_zip_may_be_instead(tmp_path: Path) -> None:
    for name, part, expected in [
        ("word", "word/document.xml", "not_a_table"),
        ("plain", "处罚.csv", "not_a_table"),
        ("xlsb", "xl/workbook.bin", "not_a_table"),
        ("half", "xl/styles.xml", "damaged_workbook"),
    ]:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(part, "x")
        with pytest.raises(InputRefused) as refused:
            scan_workbook_archive(path, ReadLimits())
        assert refused.value.data["reason"] == expected


def test_passwords_are_named(tmp_path: Path) -> None:
    path = tmp_path / "locked.xlsx"
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    path.write_bytes(head + "EncryptedPackage".encode("utf-16-le") + bytes(2048))
    assert reason(path) == "password"


def test_header_only_empty_and_headless_workbooks(tmp_path: Path) -> None:
    assert read(workbook(tmp_path / "header.xlsx", [["名称", "代码"]])).rows == 0
    assert reason(workbook(tmp_path / "empty.xlsx", [])) == "no_sheet"
    assert reason(workbook(tmp_path / "other.xlsx", [["甲", "乙"], ["1", "2"]])) == "header_not_found"


def test_the_columns_a_marked_copy_adds_are_not_the_suppliers(tmp_path: Path) -> None:
    path = workbook(tmp_path / "again.xlsx", [["名称", "代码", "原文件行号"], ["甲", "1", 5]])
    assert read(path).keep == (True, True, False)


def test_the_child_process_ends_at_its_limits_and_leaves_nothing(tmp_path: Path) -> None:
    """Too little memory and too little time are refusals, not crashes of the reader's caller."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    path = workbook(tmp_path / "book.xlsx", [["名称", "代码"], ["甲", "1"]])
    for limits in (
        ReadLimits(scratch=scratch, worker_memory=60 << 20),
        ReadLimits(scratch=scratch, worker_wall_seconds=0),
    ):
        with pytest.raises(InputRefused) as refused:
            open_table(path, filename="book.xlsx", known_headers=KNOWN, limits=limits)
        assert refused.value.data.get("reason") in {"costs_too_much", "damaged_workbook"}
    assert list(scratch.iterdir()) == []


def test_columns_taken_stay_valid_after_closing(tmp_path: Path) -> None:
    path = workbook(tmp_path / "book.xlsx", [["名称", "代码"], *([f"店{i}", i] for i in range(1000))])
    with open_table(path, filename="book.xlsx", known_headers=KNOWN) as table:
        blocks = list(table.blocks())
    del table
    assert [block.columns[0][-1].as_py() for block in blocks] == ["店999"]
    assert blocks[0].columns[1].to_pylist() == [str(i) for i in range(1000)]


@pytest.mark.parametrize("cut", [10, 300, 2_000])
def test_truncated_workbooks_are_refused(tmp_path: Path, cut: int) -> None:
    whole = workbook(
        tmp_path / "whole.xlsx", [["名称", "代码"], *(["店", i] for i in range(200))]
    ).read_bytes()
    path = tmp_path / "cut.xlsx"
    path.write_bytes(whole[: len(whole) - cut])
    assert reason(path) == "damaged_workbook"


def test_deflate_garbage_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "garbage.xlsx", [["名称", "代码"], ["甲", "1"]])
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo(SHEET)
    raw = bytearray(path.read_bytes())
    start = entry.header_offset + 30 + len(SHEET)
    raw[start : start + entry.compress_size] = b"\xff" * entry.compress_size
    path.write_bytes(bytes(raw))
    assert reason(path) == "damaged_workbook"


def test_entities_of_a_document_type_do_not_grow(tmp_path: Path) -> None:
    """A billion laughs: the declared entities are not expanded."""
    path = workbook(tmp_path / "laughs.xlsx", [["名称", "代码"]])
    lines = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    xml = f'<!DOCTYPE x [<!ENTITY l0 "ha">{lines}]>'.encode() + sheet_xml(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>&l11;</t></is></c></row>'
    )
    assert reason(with_part(path, SHEET, xml)) in {"damaged_workbook", "header_not_found", "no_sheet"}
