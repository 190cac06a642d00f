"""A file checked without being sent: it says what sending would say, and leaves nothing."""

import csv
from pathlib import Path

import pytest

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.queries import get_supplier
from ecredit.facts.collection.models import Batch
from ecredit.facts.collection.trial import try_file
from ecredit.foundation.kernel.errors import InputRefused
from tests.conftest import NOON
from tests.penalty_rows import row, table

PENALTY = "dual_publicity_penalty"
TEXT = table(
    row(1),
    row(2, CF_JDRQ="2026/13/40"),
    row(3, CF_JDRQ="2025/01/08", CF_YXQ="2027/01/08"),
    row(4, CF_FRDB=""),
)


@pytest.fixture
def attempt(collector, tmp_path, db):
    def run(content: bytes | str, *, by="gongshang", source=PENALTY, name="a.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("gb18030"))
        supplier = get_supplier(collector.catalog, by, on=NOON.date())
        return try_file(
            collector, source_id=source, path=path, supplier=supplier, report=tmp_path / "try.csv", at=NOON,
            filename=name,
        )  # fmt: skip

    return run


def test_it_tells_what_sending_tells(attempt, collect, tmp_path):
    trial = attempt(TEXT)
    assert (Batch.objects.count(), JournalEntry.objects.count()) == (0, 0)
    assert (trial.rows, trial.good, trial.held, trial.refused, trial.late) == (4, 3, 1, 0, 1)
    receipt = collect(PENALTY, TEXT)
    assert dict(trial.problem_counts) == dict(receipt.problem_counts)
    assert (trial.problems, trial.warnings, trial.late) == (receipt.problems, receipt.warnings, receipt.late)
    assert (receipt.accepted, receipt.quarantined) == (trial.good, trial.held)
    report = (tmp_path / "try.csv").read_bytes()
    assert report.count(b"\r\n") == 1 + trial.problems + trial.warnings
    assert report == Path(receipt.report).read_bytes()


def test_it_tells_which_rows_would_wait_for_want_of_a_code(attempt, collect, tmp_path):
    text = table(row(1), row(2, CF_XDR_SHXYM=""), row(3, CF_XDR_SHXYM="", CF_JDRQ="2026/13/40"), row(4))
    trial = attempt(text)
    assert (trial.good, trial.held, trial.unidentified) == (2, 2, 1)
    receipt = collect(PENALTY, text)
    assert (receipt.accepted, receipt.quarantined) == (trial.good, trial.held)
    assert (tmp_path / "try.csv").read_bytes() == Path(receipt.report).read_bytes()
    with (tmp_path / "try.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = [
            (each["line"], each["message"])
            for each in csv.DictReader(file)
            if each["rule"] == "no_identifier"
        ]
    assert [line for line, _ in lines] == ["3"] and "没有任何可用的主体代码" in lines[0][1]


def test_nothing_of_it_stays_in_the_home(attempt, home):
    before = {path for path in home.root.rglob("*") if path.is_file()}
    attempt(TEXT)
    assert {path for path in home.root.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("content", "by", "says"),
    [
        (b"", "gongshang", "空"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "gongshang", "图片|不是"),
        (TEXT, "fayuan", "不是“"),
    ],
)
def test_what_cannot_be_sent_cannot_be_tried(attempt, content, by, says, tmp_path):
    with pytest.raises(InputRefused, match=says):
        attempt(content, by=by)
    assert not (tmp_path / "try.csv").exists() and not (tmp_path / "try.part").exists()
