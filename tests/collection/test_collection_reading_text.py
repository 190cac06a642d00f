"""CSV and TSV: encodings, delimiters, lines, odd rows."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.facts.collection import reading_encoding, reading_fast, reading_text
from ecredit.facts.collection.reading import Misshapen, ReadLimits, TableReading, open_table
from ecredit.foundation.kernel.errors import InputRefused

HEADER = ["名称", "代码", "日期", "备注"]
KNOWN = frozenset(HEADER)

Row = tuple[int, tuple[str, ...]]


def read(table: TableReading) -> tuple[list[Row], list[Misshapen]]:
    rows: list[Row] = []
    odd: list[Misshapen] = []
    for block in table.blocks():
        assert all(column.null_count == 0 and len(column) == block.rows for column in block.columns)
        cells = [column.to_pylist() for column in block.columns]
        rows += zip(block.lines.tolist(), zip(*cells, strict=True), strict=True)
        odd += block.misshapen
    return rows, odd


def read_bytes(
    folder: Path, content: bytes, known: frozenset[str] = KNOWN
) -> tuple[list[Row], list[Misshapen]]:
    path = folder / "sent"
    path.write_bytes(content)
    with open_table(path, filename="sent.csv", known_headers=known) as table:
        return read(table)


def refusal(folder: Path, content: bytes, **limits: int) -> InputRefused:
    path = folder / "sent"
    path.write_bytes(content)
    with pytest.raises(InputRefused) as refused:
        for _ in open_table(
            path, filename="sent.csv", known_headers=KNOWN, limits=ReadLimits(**limits)
        ).blocks():
            pass
    assert refused.value.zh
    assert refused.value.en
    return refused.value


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "gb2312", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_encodings_of_departments(tmp_path: Path, encoding: str) -> None:
    text = "名称,代码,日期,备注\r\n" + "".join(f"常州商店{i},A{i},2026-05-08,无\r\n" for i in range(50))
    rows, odd = read_bytes(tmp_path, text.encode(encoding))
    assert rows == [(i + 2, (f"常州商店{i}", f"A{i}", "2026-05-08", "无")) for i in range(50)]
    assert not odd


def test_short_gb18030_that_is_valid_utf8_is_told_by_its_header(tmp_path: Path) -> None:
    content = "联通,代码\n联通,1\n".encode("gb18030")
    rows, _ = read_bytes(tmp_path, content, frozenset({"联通", "代码"}))
    assert rows == [(2, ("联通", "1"))]


def test_utf8_with_a_broken_byte_stays_utf8_and_marks_the_cell(tmp_path: Path) -> None:
    good = "名称,代码,日期,备注\n" + "常州商店,A,2026-05-08,无\n" * 200
    rows, _ = read_bytes(tmp_path, good.encode() + b"\xe5\xb8,B,2026-05-09,\n")
    assert rows[0][1][0] == "常州商店"
    assert rows[-1] == (202, ("\ufffd", "B", "2026-05-09", ""))


def test_zero_bytes_become_replacement_characters(tmp_path: Path) -> None:
    rows, _ = read_bytes(tmp_path, "名称,代码,日期,备注\n甲\0店,A,,\n".encode())
    assert rows == [(2, ("甲\ufffd店", "A", "", ""))]


cell = st.one_of(
    st.text(alphabet="甲乙丙𠮷a1,\t;\"' ", max_size=6),
    st.text(alphabet="甲乙丙𠮷a1\n\r\"' ", max_size=6),
).filter(lambda text: not text.startswith("'"))


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.lists(cell, min_size=4, max_size=4), max_size=12),
    titles=st.integers(0, 3),
    delimiter=st.sampled_from([",", "\t", ";"]),
    terminator=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    piece=st.sampled_from([7, 64, 1 << 20]),
    block=st.sampled_from([150, 1 << 20]),
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    titles: int,
    delimiter: str,
    terminator: str,
    encoding: str,
    quoting: int,
    piece: int,
    block: int,
) -> None:
    """Whatever the delimiter, line end, encoding, and wherever pieces and blocks are parted."""
    buffer = io.StringIO(newline="")
    if any("\n" in text or "\r" in text for row in rows for text in row):
        quoting = csv.QUOTE_ALL  # the writer leaves a line end of the other kind unquoted
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=terminator, quoting=quoting)
    for _ in range(titles):
        writer.writerow(["某市信息公示表", "", "", ""])
    writer.writerow(HEADER)
    expected: list[Row] = []
    for row in rows:
        so_far = buffer.getvalue()
        if any(text.strip() for text in row):
            line = so_far.count("\n") + so_far.count("\r") - so_far.count("\r\n") + 1
            expected.append((line, tuple(row)))
        writer.writerow(row)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading_encoding, "PIECE", piece)
        patch.setattr(reading_text, "_BLOCK", block)
        patch.setattr(reading_fast, "_BLOCK_ROWS", 5)
        content = buffer.getvalue().encode(encoding)
        read_rows, odd = read_bytes(tmp_path_factory.mktemp("table"), content)
    assert _one_line_end(read_rows) == _one_line_end(expected)
    assert not odd


def _one_line_end(rows: list[Row]) -> list[Row]:
    """Where a block ends between the two characters of a line end inside a cell, Arrow's reader drops the second."""
    return [(line, tuple(c.replace("\r\n", "\n").replace("\r", "\n") for c in cells)) for line, cells in rows]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from("gggggqbsx0"), max_size=40), st.sampled_from([200, 1 << 20]))
def test_odd_lines_cost_only_themselves(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[str], block: int
) -> None:
    """Stray quotation marks, surplus and missing cells, blank lines among good rows: each good row is read."""
    kinds = [*kinds, *"g" * 45]
    written = {
        "g": "店,A,2026,x",
        "q": '店,"A,2026,x',
        "b": "",
        "s": "店",
        "x": "店,A,2026,x,多",
        "0": ",,,",
    }
    text = "".join(f"{line}\n" for line in [",".join(HEADER), *(written[kind] for kind in kinds)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading_text, "_BLOCK", block)
        patch.setattr(reading_fast, "_BLOCK_ROWS", 5)
        rows, odd = read_bytes(tmp_path_factory.mktemp("odd"), text.encode())
    lines = {kind: [i + 2 for i, k in enumerate(kinds) if k == kind] for kind in written}
    # Two stray marks can enclose what stands between them on one line each; a good row is never inside.
    assert [line for line, _ in rows] == lines["g"]
    assert {m.line for m in odd} <= set(lines["q"] + lines["s"] + lines["x"])
    assert set(lines["s"] + lines["x"]) - {m.line for m in odd} <= _after(lines["q"], kinds)
    assert all(m.cells_expected == 4 for m in odd)


def _after(stray: list[int], kinds: list[str]) -> set[int]:
    """Odd lines that follow a stray mark up to the next good row: they may be told with it."""
    told: set[int] = set()
    for line in stray:
        for after in range(line + 1, len(kinds) + 2):
            if kinds[after - 2] == "g":
                break
            told.add(after)
    return told


def test_a_file_full_of_stray_marks_is_read_in_bounded_time(tmp_path: Path) -> None:
    text = "名称,代码,日期,备注\n" + '"店,A,2026,x\n"",B,2026,y\n' * 5_000 + "末,C,2026,z\n"
    rows, odd = read_bytes(tmp_path, text.encode())
    assert rows[-1] == (10_002, ("末", "C", "2026", "z"))
    assert len(odd) >= 5_000


def test_short_rows_are_filled_only_where_nothing_else_can_be_meant(tmp_path: Path) -> None:
    text = "名称,代码,日期,备注\n甲,1,2026\n乙,2,2026,x\n丙,3\n戊,5,2026,y\n丁,4,2026"
    rows, odd = read_bytes(tmp_path, text.encode())
    assert rows == [
        (2, ("甲", "1", "2026", "")),
        (3, ("乙", "2", "2026", "x")),
        (5, ("戊", "5", "2026", "y")),
    ]
    assert [(m.line, m.kind, m.cells_found) for m in odd] == [(4, "cells", 2), (6, "cut", 3)]


def test_blocks_are_bounded_and_lines_go_on(tmp_path: Path) -> None:
    text = "名称,代码,日期,备注\n" + "".join(f"店{i},{i},2026-05-08,{'备' * 40}\n" for i in range(150_000))
    path = tmp_path / "long.csv"
    path.write_bytes(text.encode("gb18030"))
    with open_table(path, filename="long.csv", known_headers=KNOWN) as table:
        blocks = list(table.blocks())
        again = [block.lines.tolist() for block in table.blocks()]
    assert [block.lines.tolist() for block in blocks] == again  # a batch that was cut off goes on at a block
    assert all(block.rows < 100_000 for block in blocks)
    lines = [line for block in blocks for line in block.lines.tolist()]
    assert lines == list(range(2, 150_002))
    assert blocks[-1].columns[1][-1].as_py() == "149999"


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_a_header_without_rows_is_a_table_without_rows(tmp_path: Path, end: str) -> None:
    assert read_bytes(tmp_path, f"标题\n名称,代码{end}".encode()) == ([], [])


def test_header_form_ignores_width_blanks_and_case(tmp_path: Path) -> None:
    rows, _ = read_bytes(
        tmp_path,
        "ｃｆ_Xdr_mc, 行政相对人\u3000名称(全)\n甲,乙\n".encode(),
        frozenset({"CF_XDR_MC", "行政相对人名称(全)"}),
    )
    assert rows == [(2, ("甲", "乙"))]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n \r\n", "empty"),
        (b"%PDF-1.7\n\0\0", "not_a_table"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not_a_table"),
        (b"<html><table><tr><td>x</td></tr></table>", "not_a_table"),
        (bytes(range(256)) * 40, "binary"),
        ("甲,乙,丙\n1,2,3\n".encode(), "header_not_found"),
        ("名称，代码，日期，备注\n甲，1，2，3\n".encode(), "fullwidth_commas"),
        (("\n" * 40 + "名称,代码\n").encode(), "header_not_found"),
    ],
)
def test_what_is_no_table_is_refused_with_a_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    assert refusal(tmp_path, content).data["reason"] == reason


def test_header_refusal_names_what_was_looked_for_and_the_nearest_row(tmp_path: Path) -> None:
    refused = refusal(tmp_path, "标题\n名 字,代 号\n甲,1\n".encode())
    assert refused.data["nearest"] == ["名 字", "代 号"]
    assert "名称" in refused.zh
    assert "名 字" in refused.zh


@pytest.mark.parametrize(
    ("content", "limits", "reason"),
    [
        ("名称,代码\n".encode() + b"a,b\n" * 100, {"max_bytes": 50}, "too_large"),
        ("名称,代码\n".encode() + b"a,b\n" * 100, {"max_rows": 50}, "too_many_rows"),
        (
            "名称,代码\n".encode("utf-16") + "a,b\n".encode("utf-16-le") * 100,
            {"max_rows": 50},
            "too_many_rows",
        ),
        ("名称,代码,".encode() + b"c," * 3_000 + b"\n", {}, "too_many_columns"),
        ("名称,代码\n".encode() + b"a" * 5_000_000 + b",b\n", {"max_line_bytes": 1_200_000}, "line_too_long"),
        (
            "名称,代码\n".encode("utf-16") + ("a" * 5_000_000).encode("utf-16-le"),
            {"max_line_bytes": 1_200_000},
            "line_too_long",
        ),
    ],
)
def test_limits(tmp_path: Path, content: bytes, limits: dict[str, int], reason: str) -> None:
    assert refusal(tmp_path, content, **limits).data["reason"] == reason


def test_a_wrong_extension_is_remarked_and_read(tmp_path: Path) -> None:
    path = tmp_path / "sent"
    path.write_bytes("名称,代码\n甲,1\n".encode())
    with open_table(path, filename="处罚.xls", known_headers=KNOWN) as table:
        assert read(table)[0] == [(2, ("甲", "1"))]
        assert ".xls" in table.notes[0][0]


def test_cells_beyond_the_csv_modules_limit_are_read_or_misshapen(tmp_path: Path) -> None:
    long = "长" * 200_000
    text = f'{long}\n名称,代码,日期,备注\n甲,1,2026,{long}\n乙,"2,2026,\n丙,3,2026,"{long}\n丁,4,2026,\n'
    rows, odd = read_bytes(tmp_path, text.encode())
    assert rows[0] == (3, ("甲", "1", "2026", long))
    assert rows[-1] == (6, ("丁", "4", "2026", ""))
    assert {m.line for m in odd} == {4, 5}
    assert all(len(m.text) <= 500 for m in odd)
