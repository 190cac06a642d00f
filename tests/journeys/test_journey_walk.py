"""The walk of ARCHITECTURE.md, step by step, with a real file; and the page held against the code."""

import re
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from ecredit.facts.actors.queries import latest_head, log_origin
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.collection.landing import land_file, landed_path
from ecredit.facts.collection.models import HeldRow
from ecredit.facts.collection.reading import open_table
from ecredit.facts.records.audit import audit_ledger
from ecredit.facts.records.models import Entry
from ecredit.facts.subjects.models import Identifier, Subject
from ecredit.foundation.proof.checkpoint import verifier_key, verify_checkpoint
from ecredit.judgement.evaluation.evaluate_actions import evaluate
from ecredit.judgement.evaluation.queries import find_grade
from ecredit.service.publicity.project_actions import project
from ecredit.service.publicity.store import create_store
from tests.conftest import NOON
from tests.penalty_rows import code, row, table

ROOT = Path(__file__).resolve().parents[2]
PENALTY = "dual_publicity_penalty"
NUMBER = "11010519491231002X"


def steps_of_the_page() -> list[str]:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    walk = text.split("## One row's way through")[1].split("\n## ")[0]
    return re.findall(r"^\d+\. .*$", walk, re.M)


def test_every_file_and_function_the_page_names_exists():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for path in re.findall(r"`((?:src|tests|docs|catalog)/[\w/.\-]*)`", text):
        assert (ROOT / path).exists(), path
    for step in steps_of_the_page():
        path, name = re.findall(r"`([^`]+)`", step)[-2:]
        assert re.search(rf"(def|class) {name}\b", (ROOT / path).read_text(encoding="utf-8")), step


@pytest.mark.django_db
def test_the_walk(collect, collector, catalog, home, client, settings, tmp_path):
    today = NOON.date()
    content = table(
        row(1, CF_SY=f"当事人张三（身份证{NUMBER}，电话13812345678）虚构交易"),
        row(2, CF_JDRQ="2026/13/40"),
        row(3, CF_XDR_SHXYM=""),
    ).encode("gb18030")
    walked = []

    walked.append("1 landed")
    path = tmp_path / "penalties.csv"
    path.write_bytes(content)
    landed = land_file(home, collector.sealer, path)
    assert content[:40] not in landed_path(home, landed.digest).read_bytes()

    walked.append("2 read")
    source = catalog.sources[PENALTY]
    with open_table(path, filename="penalties.csv", known_headers=frozenset(source.headers)) as opened:
        assert opened.encoding.lower() == "gb18030"
        assert sum(block.rows for block in opened.blocks()) == 3

    walked.append("3 checked")
    receipt = collect(PENALTY, content, name="penalties.csv")
    assert (receipt.rows, receipt.accepted, receipt.quarantined) == (3, 1, 2)
    assert set(receipt.problem_counts) >= {"date_unreadable", "no_identifier", "no_identity_in_text"}

    walked.append("4 resolved")
    assert Identifier.objects.get(kind="uscc").value == code(1)
    assert HeldRow.objects.get(state="review").line == 4

    walked.append("5 appended")
    entry = Entry.objects.get()
    assert entry.subject_id == Subject.objects.get().id and entry.line == 2

    walked.append("6 in the log")
    key = verifier_key(log_origin(), collector.ring.log_key)
    assert verify_checkpoint(latest_head().checkpoint, key).size > entry.leaf

    walked.append("7 graded")
    common = {"home": home, "catalog": catalog, "ring": collector.ring, "by": OPERATOR}
    evaluate(**common, as_of=today, at=NOON)
    grade = find_grade(entry.subject_id)
    assert any(entry.leaf in reason.leaves and reason.clause for reason in grade.reasons)

    walked.append("8 published")
    create_store(home.public_db)
    project(**common, as_of=today, at=NOON)

    walked.append("9 shown")
    settings.ECREDIT_HOME = home.root
    settings.ECREDIT_CLOCK = lambda: NOON
    page = client.get(f"/s/{code(1)}").content.decode()
    assert "常市监处罚〔2026〕1号" in page and "常州市市场监督管理局" in page and "/objection?" in page
    assert NUMBER not in page and "13812345678" not in page

    walked.append("10 gone")
    ends = date(2027, 5, 8)  # order 36: general class, twelve months from the decision of 2026-05-08
    settings.ECREDIT_CLOCK = lambda: datetime.combine(ends, time(0), NOON.tzinfo) - timedelta(seconds=1)
    assert "常市监处罚〔2026〕1号" in client.get(f"/s/{code(1)}").content.decode()
    settings.ECREDIT_CLOCK = lambda: datetime.combine(ends, time(0), NOON.tzinfo)
    assert "常市监处罚〔2026〕1号" not in client.get(f"/s/{code(1)}").content.decode()
    assert audit_ledger(key).ok

    assert [int(step.split(".")[0]) for step in steps_of_the_page()] == [int(w.split()[0]) for w in walked]
