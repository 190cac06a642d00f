"""The walk of ARCHITECTURE.md, step by step, with a real file; and the page held against the code."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from ecredit.facts.actors.queries import latest_head, log_origin
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.collection.bind_columns import bind_columns
from ecredit.facts.collection.landing import land_file, landed_path
from ecredit.facts.collection.models import HeldRow
from ecredit.facts.collection.prepare import Preparation
from ecredit.facts.collection.reading import open_table
from ecredit.facts.records.audit import audit_ledger
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.subjects.models import CreditSubject, Identifier, ReviewItem
from ecredit.foundation.proof.checkpoint import verifier_key, verify_checkpoint
from ecredit.judgement.evaluation.evaluate_actions import evaluate
from ecredit.judgement.evaluation.queries import find_grade
from ecredit.service.publicity.project_actions import project
from ecredit.service.publicity.rules import decide_publicity
from ecredit.service.publicity.store import create_store
from tests.conftest import NOON
from tests.penalty_rows import code, row, table

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "ecredit"
PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PENALTY = "dual_publicity_penalty"
NUMBER, TELEPHONE = "11010519491231002X", "13812345678"
DOCUMENT = "常市监处罚〔2026〕1号"
ENDS = date(2027, 5, 8)  # order 36, general class: twelve months from the decision of 2026-05-08


WALK = PAGE.split("## One row's way through")[1].split("\n## ")[0]


def steps_of_the_page() -> list[tuple[int, list[tuple[str, str]]]]:
    """Each step's number and the (file, function) pairs it names."""
    steps = re.findall(r"^(\d+)\. (.*?)(?=^\d+\. |\Z)", WALK, re.M | re.S)
    return [(int(n), re.findall(r"`(src/[\w/]+\.py)`\s+`(\w+)`", text)) for n, text in steps]


def test_every_file_folder_and_page_named_exists():
    named = re.findall(r"`((?:src|tests|docs|catalog|bench|config)/[\w/.\-]*)`", PAGE)
    named += re.findall(r"\]\(([^)]+)\)", PAGE)
    assert len(named) > 20
    assert not [path for path in named if not (ROOT / path).exists()]


def test_every_step_names_functions_that_exist():
    for number, pairs in steps_of_the_page():
        assert pairs, f"step {number} names no function"
        for path, name in pairs:
            text = (ROOT / path).read_text(encoding="utf-8")
            assert re.search(rf"^\s*(def|class) {name}\b", text, re.M), f"step {number}: {path} has no {name}"


def test_the_rooms_of_the_page_are_the_rooms():
    listed = re.findall(r"^\| `(\w+/\w+)` \|", PAGE, re.M)
    rooms = {f"{init.parent.parent.name}/{init.parent.name}" for init in SOURCE.glob("*/*/__init__.py")}
    assert sorted(listed) == sorted(rooms)
    drawn = PAGE.split("## Five floors, one direction")[1].split("\n\n")[1]
    for room in rooms:
        floor, name = room.split("/")
        assert re.search(rf"^    {floor}/ .*\b{name}\b", drawn, re.M), room


@pytest.fixture
def step() -> Iterator[Callable[[int, str], None]]:
    """Called at each step of the walk: it must be the page's next step, and the page's bold word for it."""
    coming = iter(re.findall(r"^(\d+)\. \*\*([\w ]+)\.\*\*", WALK, re.M))

    def at(number: int, word: str) -> None:
        assert next(coming) == (str(number), word)

    yield at
    assert next(coming, None) is None, "the page walks further than the test"


@pytest.mark.django_db
def test_the_walk(step, collect, collector, catalog, home, client, settings, tmp_path):
    source = catalog.sources[PENALTY]
    content = table(
        row(1, CF_SY=f"当事人张三（身份证{NUMBER}，电话{TELEPHONE}）虚构交易"),
        row(2, CF_JDRQ="2026/13/40"),
        row(3, CF_XDR_SHXYM=""),
    ).encode("gb18030")
    path = tmp_path / "penalties.csv"
    path.write_bytes(content)

    step(1, "Landed")
    landed = land_file(home, collector.sealer, path)
    assert content[:40] not in landed_path(home, landed.digest).read_bytes()

    with open_table(path, filename=path.name, known_headers=frozenset(source.headers)) as opened:
        step(2, "Read")
        assert (opened.format, opened.encoding.lower(), opened.header_line) == ("csv", "gb18030", 1)

        step(3, "Checked")
        columns, unknown = bind_columns(source, catalog, opened)
        preparation = Preparation(catalog, source, collector.calendar, collector.sealer, NOON.date(), columns)
        (block,) = preparation.blocks(opened)
    assert unknown == [] and block.rows.lines.tolist() == [2, 3, 4]
    told = {(problem.line, problem.rule) for problem, _ in block.problems}
    assert {(2, "no_identity_in_text"), (3, "date_unreadable")} <= told

    # The same bytes, now all the way to the ledger; steps 4 to 6 look at what that left.
    receipt = collect(PENALTY, content, name=path.name)
    assert (receipt.digest, receipt.rows, receipt.accepted, receipt.quarantined) == (landed.digest, 3, 1, 2)
    assert collect(PENALTY, content, name=path.name).already_received

    step(4, "Resolved")
    subject = CreditSubject.objects.get()
    assert Identifier.objects.get(kind="uscc").value == code(1)
    assert HeldRow.objects.get(state="review").line == 4
    assert ReviewItem.objects.get().line == 4

    step(5, "Appended")
    entry = CreditRecord.objects.get()
    assert (entry.subject_id, entry.line, entry.edition) == (subject.id, 2, catalog.edition)
    assert HeldRow.objects.get(state="held").line == 3

    step(6, "In the log")
    key = verifier_key(log_origin(), collector.ring.log_key)
    assert verify_checkpoint(latest_head().checkpoint, key).size > entry.leaf

    step(7, "Graded")
    by = {"home": home, "catalog": catalog, "ring": collector.ring, "by": OPERATOR}
    evaluate(**by, as_of=NOON.date(), at=NOON)
    grade = find_grade(subject.id)
    assert any(entry.leaf in reason.leaves and reason.clause for reason in grade.reasons)

    step(8, "Published")
    decided = decide_publicity(
        source, {c: v for c, v in row(1).items() if c in ("CF_CFLB", "CF_NR_FK")}, date(2026, 5, 8), NOON.date(),
        NOON.date(), catalog,
    )  # fmt: skip
    assert (decided.shown, decided.term_class, decided.shown_until) == (True, "general", ENDS)
    create_store(home.public_db)
    project(**by, as_of=NOON.date(), at=NOON)

    step(9, "Shown")
    settings.ECREDIT_HOME = home.root
    page = page_at(client, settings, NOON)
    assert DOCUMENT in page and "常州市市场监督管理局" in page and "/objection?" in page
    assert catalog.laws["credit_repair_36"].title in page
    assert NUMBER not in page and TELEPHONE not in page

    step(10, "Gone")
    midnight = datetime.combine(ENDS, time(0), NOON.tzinfo)
    assert DOCUMENT in page_at(client, settings, midnight - timedelta(seconds=1))
    assert DOCUMENT not in page_at(client, settings, midnight)
    assert DOCUMENT.encode() in public_bytes(home)
    evaluate(**by, as_of=ENDS, at=midnight)
    project(**by, as_of=ENDS, at=midnight)
    assert DOCUMENT.encode() not in public_bytes(home)
    assert CreditRecord.objects.get().leaf == entry.leaf
    assert audit_ledger(key, ring=by["ring"]).ok


def page_at(client, settings, at: datetime) -> str:
    settings.ECREDIT_CLOCK = lambda: at
    return client.get(f"/s/{code(1)}").content.decode()


def public_bytes(home) -> bytes:
    return b"".join(p.read_bytes() for p in home.root.glob("public.sqlite3*"))
