"""`show`: the file as it is, as it was on a day, as it was known at an instant; its grade is the kept one."""

import json
from datetime import timedelta

import pytest

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.queries import log_origin
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.records.queries import current_entries, list_entries
from ecredit.facts.subjects.queries import find_subject_id
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.checkpoint import verifier_key
from ecredit.foundation.proof.proofs import verify_proof
from ecredit.judgement.evaluation.evaluate_actions import evaluate
from ecredit.judgement.evaluation.queries import find_grade
from ecredit.surface.cli.commands import build_parser
from ecredit.surface.cli.context import Context
from tests.conftest import NOON
from tests.penalty_rows import code, row, table

PENALTY = "dual_publicity_penalty"
PERSON = "11010519491231002X"


@pytest.fixture
def show(settings, home, collector):
    settings.ECREDIT_HOME = home.root

    return lambda *words: run("show", *words)


@pytest.fixture
def prove(settings, home, collector):
    settings.ECREDIT_HOME = home.root
    return lambda *words: run("log", "prove", *words)


def run(*words: str) -> dict:
    args = build_parser().parse_args([*words])
    return args.run(args, Context()).document


def fines(document) -> list[str]:
    return [r["values"]["CF_NR_FK"] for r in document["records"] if r["source"] == PENALTY]


def test_the_file_as_it_was_known(collect, show):
    collect(PENALTY, table(row(1)), at=NOON)
    collect(PENALTY, table(row(1, CF_NR_FK="9")), name="b.csv", at=NOON + timedelta(days=2))
    assert fines(show(code(1))) == ["9"]
    assert fines(show(code(1), "--known-at", "2026-05-13")) == ["3"]
    assert fines(show(code(1), "--known-at", "2026-05-01")) == []
    assert fines(show(code(1), "--history")) == ["3", "9"]


def test_the_last_change_of_the_grade_says_when_from_what_and_why(collect, collector, show):
    given = {"home": collector.home, "catalog": collector.catalog, "ring": collector.ring, "by": OPERATOR}
    collect(PENALTY, table(row(1)))
    evaluate(as_of=NOON.date(), at=NOON, **given)
    assert show(code(1))["change"] is None
    first = find_grade(find_subject_id(code(1))).grade
    more = [row(1, CF_WSH=f"后{n}", CF_CFLB="责令停产停业") for n in range(5)]
    collect(PENALTY, table(*more), name="b.csv", at=NOON + timedelta(days=1))
    later = NOON + timedelta(days=2)
    evaluate(as_of=later.date(), at=later, **given)
    change = show(code(1))["change"]
    grade = find_grade(find_subject_id(code(1))).grade
    assert (change["on"], change["before"], change["after"]) == (later.date(), first, grade) and first < grade
    assert any(len(reason["leaves"]) > 1 for reason in change["entered"])
    assert show(code(1), "--as-of", NOON.date().isoformat())["change"] is None
    args = build_parser().parse_args(["show", code(1)])
    lines = "\n".join(args.run(args, Context()).lines)
    assert f"最近一次等级变化 last change: {later.date()} {first} → {grade}" in lines and "新计入" in lines


def test_the_file_as_of_a_day(collect, show):
    collect(PENALTY, table(row(1), row(1, CF_WSH="早", CF_JDRQ="2026/01/05")))
    assert len(fines(show(code(1), "--as-of", "2026-05-08"))) == 2
    assert len(fines(show(code(1), "--as-of", "2026-05-07"))) == 1


def test_a_later_version_of_later_date_does_not_bring_the_older_back(collect, show):
    collect(PENALTY, table(row(1)))
    collect(PENALTY, table(row(1, CF_JDRQ="2026/05/10")), name="b.csv")
    assert fines(show(code(1), "--as-of", "2026-05-09")) == []


def test_the_grade_shown_is_the_grade_kept(collect, show, collector, home, catalog):
    collect(PENALTY, table(row(1), row(1, CF_WSH="二", CF_NR_FK="20")))
    evaluate(home=home, catalog=catalog, ring=collector.ring, as_of=NOON.date(), by=OPERATOR, at=NOON)
    kept = find_grade(find_subject_id(code(1)))
    shown = show(code(1), "--as-of", NOON.date().isoformat())["grade"]
    assert (shown["grade"], shown["score"]) == (kept.grade, kept.score)
    assert sum(reason["points"] for reason in shown["reasons"]) == shown["score"]


def test_every_reading_is_journaled_and_numbers_come_out_masked(collect, show):
    person = row(
        1, CF_XDR_MC="张三丰", CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_XDR_ZJLX="身份证", CF_XDR_ZJHM=PERSON
    )
    collect(PENALTY, table(person))
    document = show(PERSON, "--purpose", "复核")
    assert PERSON not in str(document) and "三丰" not in str(document)
    journal = JournalEntry.objects.get(verb="subject.read")
    assert "复核" in journal.detail and PERSON not in journal.detail + journal.object


def test_a_document_corrected_onto_another_leaves_the_first(collect):
    collect(PENALTY, table(row(1)))
    collect(PENALTY, table(row(1, CF_XDR_SHXYM=code(2))), name="b.csv")
    first, second = find_subject_id(code(1)), find_subject_id(code(2))
    assert current_entries(list_entries([first]), subject_ids=[first]) == []
    assert len(current_entries(list_entries([second]), subject_ids=[second])) == 1


def test_text_that_only_looks_sealed_is_shown_as_text(collect, show):
    collect(PENALTY, table(row(1, CF_SY="sealed:s9:xx 当事人虚构交易")))
    assert show(code(1))["records"][0]["values"]["CF_SY"].startswith("sealed:s9:xx")


def test_a_proof_tells_nothing_of_its_entry_unless_it_is_read_for_a_purpose(collect, prove, collector):
    collect(PENALTY, table(row(1)))
    key = verifier_key(log_origin(), collector.ring.log_key)
    leaf = str(CreditRecord.objects.get().leaf)
    by_hash = prove(leaf)
    assert "entry" not in by_hash and verify_proof(by_hash, key).ok
    assert not JournalEntry.objects.filter(verb="log.read").exists()
    for words in (
        (leaf, "--whole"),
        (leaf, "--whole", "--purpose", " "),
        (leaf, "--whole", "--purpose", "x", "--consistency"),
    ):
        with pytest.raises(WrongUse, match="--purpose"):
            prove(*words)
    whole = prove(leaf, "--whole", "--purpose", f"复核{PERSON}")
    verdict = verify_proof(whole, key)
    assert verdict.ok and verdict.leaf == verify_proof(by_hash, key).leaf
    assert "常州测试1号网络科技有限公司" in verdict.entry.decode()
    journal = JournalEntry.objects.get(verb="log.read")
    assert journal.object == f"leaf:{leaf}" and "复核" in journal.detail and PERSON not in journal.detail
    assert verdict.head.size > journal.leaf


def test_a_proof_handed_on_is_checked_offline(collect, prove, collector, tmp_path):
    collect(PENALTY, table(row(1)))
    leaf = str(CreditRecord.objects.get().leaf)
    key = tmp_path / "key.txt"
    key.write_text(verifier_key(log_origin(), collector.ring.log_key), encoding="utf-8")
    for words in ((), ("--whole", "--purpose", "审计")):
        prove(leaf, *words, "--out", str(tmp_path / "proof.json"))
        args = build_parser().parse_args(["verify", str(tmp_path / "proof.json"), "--key", str(key)])
        said = "\n".join(args.run(args, Context()).lines)
        assert "有效 valid" in said and f"日志第 {leaf} 条" in said
        assert ("常州测试1号" in said) is bool(words)
    document = json.loads((tmp_path / "proof.json").read_text(encoding="utf-8"))
    for beside in ("ecredit.local/log\n999999\nAAAA\n\n— ecredit.local/log AAAA\n", "x"):
        (tmp_path / "proof.json").write_text(
            json.dumps(document | {"older_checkpoint": beside}), encoding="utf-8"
        )
        answer = args.run(args, Context())
        assert answer.code == 1 and "999999" not in "\n".join(answer.lines)
