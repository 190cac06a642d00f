"""A report page by page: the same lines as the whole file has, wherever a page begins."""

import csv
from pathlib import Path

import pytest

from ecredit.facts.collection import report_pages
from ecredit.facts.collection.problem_report import ProblemReport
from ecredit.facts.collection.report_pages import read_report_page
from ecredit.facts.collection.types import Issue
from ecredit.foundation.kernel.errors import WrongUse
from tests.penalty_rows import row, table

RULES = ("required", "date_unreadable", "too_long")


def write(path: Path, count: int) -> Path:
    """A report of so many problems, of three rules in turn, some with line ends and quotes in a value."""
    report = ProblemReport(path)
    report.add(
        (
            Issue(
                n + 2,
                "C",
                RULES[n % 3],
                f"问题 {n} / problem",
                "改 / mend",
                f'两行"\n{n}' if n % 7 == 0 else "",
            ),
            n % 2 == 0,
        )
        for n in range(count)
    )
    report.finish()
    return path


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 750])
def test_pages_are_the_file(tmp_path, count):
    path = write(tmp_path / "batch-1.csv", count)
    with path.open(encoding="utf-8-sig", newline="") as file:
        wanted = [(int(line["line"]), line["rule"], line["value"]) for line in csv.DictReader(file)]
    found = []
    for offset in range(0, count + 1, 37):
        page = read_report_page(path, offset=offset, limit=37)
        found += [(line.line, line.rule, line.value) for line in page.lines]
        assert page.found == count and sum(page.by_rule.values()) == count
    assert found == wanted
    for rule in RULES:
        told = []
        for offset in range(0, count + 1, 37):
            page = read_report_page(path, rule=rule, offset=offset, limit=37)
            told += [(line.line, line.rule, line.value) for line in page.lines]
        assert told == [line for line in wanted if line[1] == rule]
        assert page.found == len(told)


def test_a_late_page_does_not_read_what_is_before(tmp_path, monkeypatch):
    path = write(tmp_path / "batch-1.csv", 2_000)
    read_report_page(path)
    read = []
    real = csv.reader
    monkeypatch.setattr(
        report_pages.csv, "reader", lambda text: real(read.append(row) or row for row in text)
    )
    page = read_report_page(path, offset=1_900, limit=50)
    assert page.lines[0].line == 1_902
    assert len(read) < 300


def test_a_report_written_anew_is_read_anew(tmp_path):
    path = write(tmp_path / "batch-1.csv", 10)
    assert read_report_page(path).found == 10
    assert read_report_page(write(path, 20)).found == 20


def test_no_report(tmp_path):
    with pytest.raises(WrongUse, match="不在了"):
        read_report_page(tmp_path / "batch-9.csv")


def test_notices_are_told_apart_and_values_stay_masked(collect, home):
    receipt = collect("dual_publicity_penalty", table(row(1, CF_FR_ZJHM="110105194912310021", CF_FRDB="")))
    page = read_report_page(Path(receipt.report))
    assert [(line.rule, line.notice) for line in page.lines] == [
        ("required_if", True),
        ("person_id_check_digit", False),
    ]
    assert "19491231" not in "".join(line.value + line.message for line in page.lines)
    assert not page.lines[0].message.startswith("[")
