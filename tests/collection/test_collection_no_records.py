"""Rows among the records that are none are told once each and hold nothing; and no record is taken for one."""

import io
import re
from dataclasses import replace

import openpyxl
import pytest

from ecredit.facts.collection import prepare
from ecredit.facts.collection.models import HeldRow
from tests.collection.test_collection_fates import fates, report
from tests.penalty_rows import HEADER, row, table

PENALTY = "dual_publicity_penalty"
FIRST, SECOND = table(row(1), row(2)).split("\r\n")[1:3]
HEAD = ",".join(HEADER)
WIDE = "," * (len(HEADER) - 1)
NUMBERS = [",".join(way.format(n) for n in range(1, len(HEADER) + 1)) for way in ("（{}）", "{}", "第{}栏")]


def told(receipt) -> list[tuple[str, str]]:
    return [(line["line"], line["rule"]) for line in report(receipt)]


@pytest.mark.parametrize(
    ("lines", "where"),
    [
        *(((HEAD, numbers, FIRST, SECOND), [2]) for numbers in NUMBERS),
        ((HEAD, f"文本,文本{WIDE[1:]}", FIRST, SECOND), [2]),
        ((HEAD, NUMBERS[0], f"C..200,字典,是,日期型{WIDE[3:]}", FIRST, SECOND), [2, 3]),
        ((HEAD, FIRST, HEAD, SECOND), [3]),
        ((HEAD, FIRST, HEAD, NUMBERS[0], SECOND), [3, 4]),
        ((HEAD, FIRST, "第2页 共3页", SECOND), [3]),
        ((HEAD, FIRST, f"第 2 页，共 3 页{WIDE}", SECOND), [3]),
        ((HEAD, FIRST, SECOND, "第3页/共3页"), [4]),
        ((HEAD, FIRST, f"二、十月{WIDE}", HEAD, SECOND), [3, 4]),
        ((HEAD, FIRST, "二、十月", "", HEAD, SECOND, f"合计{WIDE}", "- 3 -"), [3, 5, 8]),
    ],
)
def test_such_rows_are_told_once_and_hold_nothing(collect, lines, where) -> None:
    receipt = collect(PENALTY, "\r\n".join(lines) + "\r\n")
    assert fates(receipt) == (2, 0, 0, 0, 0) and receipt.rows == 2 and not HeldRow.objects.exists()
    found = [int(line) for line, rule in told(receipt) if rule != "footer_row"]
    assert found == where and all(rule.endswith("_row") for _, rule in told(receipt))
    first = report(receipt)[0]
    assert re.search(rf"第 {where[0]} 行是.+未读取", first["message"]) and first["value"]


def test_a_sheet_of_two_parts(collect) -> None:
    book = openpyxl.Workbook()
    for cells in (["一、九月"], HEADER, FIRST.split(","), [], [], ["二、十月"], HEADER, SECOND.split(",")):
        book.active.append(cells)
    out = io.BytesIO()
    book.save(out)
    receipt = collect(PENALTY, out.getvalue(), name="a.xlsx")
    assert fates(receipt) == (2, 0, 0, 0, 0) and told(receipt) == [
        ("6", "title_row"),
        ("7", "header_row"),
    ]


@pytest.mark.parametrize(
    "cells",
    [
        {"CF_XDR_MC": "行政相对人名称"}, {"CF_XDR_MC": "12", "CF_WSH": "3"}, {"CF_XDR_MC": "第2页有限公司"}, {"CF_XDR_MC": "常州一号店"},
        {"CF_XDR_MC": "文本", "CF_XDR_LB": "企业"},
    ],
)  # fmt: skip
def test_no_record_is_taken_for_one(collect, cells) -> None:
    """What might be a faulty record waits with its problems, as it always did."""
    bad = (
        table(cells).split("\r\n")[1]
        if len(cells) > 1
        else table({**row(3), "CF_JDRQ": "x", **cells}).split("\r\n")[1]
    )
    receipt = collect(PENALTY, "\r\n".join([HEAD, FIRST, bad, SECOND, ""]))
    assert (receipt.rows, receipt.accepted, receipt.quarantined) == (3, 2, 1)


@pytest.mark.parametrize("told_by", [f'"{SECOND}"', SECOND.replace(",", ";"), SECOND.replace(",", "，")])
def test_a_record_cut_up_wrongly_above_a_header_is_no_title(collect, told_by) -> None:
    receipt = collect(PENALTY, "\r\n".join([HEAD, FIRST, told_by, HEAD, table(row(3)).split("\r\n")[1], ""]))
    assert fates(receipt)[0] == 2 and receipt.quarantined == 1
    assert ("3", "wrong_number_of_cells") in told(receipt)


def test_what_is_no_record_by_todays_rules_waits_no_longer(collect, collector, catalog, monkeypatch) -> None:
    content = "\r\n".join([HEAD, FIRST, "第2页 共3页", SECOND, ""])
    with monkeypatch.context() as before:
        before.setattr(prepare, "without_no_records", lambda block, headings, *, first: (block, []))
        older = replace(collector, catalog=replace(catalog, edition="older"))
        assert collect(PENALTY, content, collector=older).quarantined == 1
    again = collect(PENALTY, content)
    assert (again.duplicate, again.quarantined) == (2, 0)
    assert [row.state for row in HeldRow.objects.all()] == ["replaced"]
