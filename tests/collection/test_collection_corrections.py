"""An officer's correction of a record: read and checked like a row, and not undone by what is sent later."""

import json
from datetime import date

import pytest

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.queries import log_origin
from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.facts.collection.audit_held import audit_held
from ecredit.facts.collection.correct_actions import check_correction, correct_record
from ecredit.facts.collection.models import HeldRow
from ecredit.facts.collection.release_actions import drop_held_row, release_held_row
from ecredit.facts.records.audit import audit_ledger
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.subjects.review_queries import list_review
from ecredit.facts.subjects.review_types import ReviewState
from ecredit.foundation.kernel.errors import InputRefused, WrongUse
from ecredit.foundation.proof.checkpoint import verifier_key
from tests.conftest import NOON
from tests.desk.conftest import make_person
from tests.penalty_rows import row, table

PENALTY = "dual_publicity_penalty"
PERSON = {
    "CF_XDR_MC": "张三丰", "CF_XDR_LB": "自然人", "CF_XDR_SHXYM": "", "CF_XDR_ZJLX": "身份证",
    "CF_XDR_ZJHM": "11010519491231002X",
}  # fmt: skip


@pytest.fixture
def correct(collector, db):
    def run(leaf, reason="决定书原件", **changes):
        return correct_record(collector, leaf=leaf, changes=changes, reason=reason, by=OPERATOR, at=NOON).leaf

    return run


def first() -> CreditRecord:
    return CreditRecord.objects.order_by("leaf").first()


def test_new_values_are_read_and_the_days_follow(collect, correct):
    collect(PENALTY, table(row(1)))
    leaf = correct(first().leaf, CF_JDRQ="2026年5月6日", CF_YXQ="2028/5/6", CF_NR_FK="２", BZ="")
    entry = CreditRecord.objects.get(leaf=leaf)
    values = json.loads(entry.content)
    assert (entry.verb, entry.supplier) == ("correct", "gongshang")
    assert (entry.valid_from, entry.valid_to) == (date(2026, 5, 6), date(2028, 5, 6))
    assert values["CF_JDRQ"] == "2026-05-06" and values["CF_NR_FK"] == json.loads(first().content)[
        "CF_NR_FK"
    ].replace("3", "2")
    assert values["_reason"] == "决定书原件"
    assert json.loads(entry.original)["CF_JDRQ"] == "2026年5月6日"
    assert JournalEntry.objects.get(verb="record.correct").who == OPERATOR.who


def test_an_emptied_value_is_gone(collect, correct):
    collect(PENALTY, table(row(1, BZ="多余")))
    leaf = correct(first().leaf, BZ="")
    assert "BZ" not in json.loads(CreditRecord.objects.get(leaf=leaf).content)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"CF_JDRQ": "2026/13/40"}, "日期"),
        ({"CF_JDRQ": "2031-05-08"}, "晚于"),
        ({"CF_CFLB": ""}, "必填"),
        ({"CF_NR_FK": "三万"}, "数"),
    ],
)
def test_a_wrong_new_value_is_refused_with_its_reason(collect, correct, changes, said):
    collect(PENALTY, table(row(1)))
    with pytest.raises(InputRefused, match=said):
        correct(first().leaf, **changes)
    assert CreditRecord.objects.count() == 1


@pytest.mark.parametrize(
    "column", ["CF_WSH", "CF_CFJGDM", "CF_XDR_MC", "CF_XDR_SHXYM", "CF_XDR_LB", "CF_FR_ZJHM", "XX"]
)
def test_what_says_which_document_it_is_stays(collect, correct, column):
    collect(PENALTY, table(row(1)))
    with pytest.raises(WrongUse, match=column if column == "XX" else "不能"):
        correct(first().leaf, **{column: "另一"})


def test_a_correction_that_changes_nothing_is_refused(collect, correct):
    collect(PENALTY, table(row(1)))
    with pytest.raises(WrongUse, match="没有不同"):
        correct(first().leaf, CF_JDRQ="2026年5月8日")


def test_sealed_values_stay_as_they_are(collect, correct):
    collect(PENALTY, table(row(1, **PERSON)))
    before = json.loads(first().content)
    leaf = correct(first().leaf, CF_NR_FK="2")
    after = json.loads(CreditRecord.objects.get(leaf=leaf).content)
    assert after["CF_XDR_ZJHM"] == before["CF_XDR_ZJHM"] and after["CF_XDR_ZJHM"].startswith("sealed:")


def test_what_was_corrected_is_not_undone_by_sending_it_again(collect, correct, collector):
    collect(PENALTY, table(row(1)))
    leaf = correct(first().leaf, CF_NR_FK="2")
    again = collect(PENALTY, table(row(1), row(2)), name="b.csv")
    assert (again.accepted, again.superseded, again.duplicate, again.quarantined) == (1, 0, 1, 0)
    assert again.problem_counts == {"before_correction": 1} and again.warnings == 1
    same = collect(PENALTY, table(row(1, CF_NR_FK="2")), name="c.csv")
    assert (same.duplicate, same.problems, same.warnings) == (1, 0, 0)
    other = collect(PENALTY, table(row(1, CF_NR_FK="7")), name="d.csv")
    assert (other.superseded, other.quarantined) == (0, 1)
    assert other.problem_counts == {"differs_from_correction": 1}
    assert CreditRecord.objects.filter(doc_key=first().doc_key).order_by("leaf").last().leaf == leaf
    # An officer may let it in; then the document is its supplier's again.
    posted = release_held_row(collector, batch_id=other.batch_id, line=2, reason="复核", by=OPERATOR, at=NOON)
    assert CreditRecord.objects.filter(doc_key=first().doc_key).order_by("leaf").last().leaf == posted
    assert HeldRow.objects.get().state == "released"
    assert collect(PENALTY, table(row(1, CF_NR_FK="8")), name="e.csv").superseded == 1
    assert audit_ledger(verifier_key(log_origin(), collector.ring.log_key), ring=collector.ring).ok


def test_only_what_waits_for_an_officer_is_released(collect, collector):
    receipt = collect(PENALTY, table(row(1, CF_JDRQ="2026/13/40"), row(2)))
    arguments = {"batch_id": receipt.batch_id, "reason": "", "by": OPERATOR, "at": NOON}
    with pytest.raises(WrongUse, match="报送单位更正"):
        release_held_row(collector, line=2, **arguments)
    with pytest.raises(WrongUse, match="没有在等待"):
        release_held_row(collector, line=3, **arguments)


def test_a_row_that_is_nothing_waits_no_longer(collect, collector):
    receipt = collect(PENALTY, table(row(1), {"CF_XDR_MC": "小计"}, row(2, CF_XDR_SHXYM="")))
    arguments = {"batch_id": receipt.batch_id, "reason": "合计行", "by": OPERATOR, "at": NOON}
    drop_held_row(collector, line=3, **arguments)
    drop_held_row(collector, line=4, **arguments)
    assert list(HeldRow.objects.values_list("state", flat=True)) == ["dropped", "dropped"]
    assert not list_review() and len(list_review(state=ReviewState.GONE)) == 1
    with pytest.raises(WrongUse, match="没有在等待"):
        drop_held_row(collector, line=3, **arguments)
    assert not list(audit_held(collector.sealer))
    HeldRow.objects.filter(line=4).update(state="held")
    assert len(list(audit_held(collector.sealer))) == 1


def test_every_value_reads_as_itself(collect, correct):
    """What the ledger holds can be read again; else a correction would change more than it says."""
    collect(
        PENALTY,
        table(row(1, CF_XDR_LB="个体工商户", CF_CFLB="罚款;没收违法所得", CF_NR_WFFF="1")),
    )
    before = json.loads(first().content)
    after = json.loads(CreditRecord.objects.get(leaf=correct(first().leaf, BZ="补记")).content)
    by_officer = {"_reason": "决定书原件", "_corrected_by": "jingxin_xinyong"}
    assert {**before, "BZ": "补记", **by_officer} == after


def test_what_the_checks_notice_of_a_correction_is_told_and_it_is_posted(collect, collector):
    collect(PENALTY, table(row(1)))
    changes, days = {"CF_CFLB": "罚款;没收违法所得"}, {"on": NOON.date()}
    told = check_correction(collector, leaf=first().leaf, changes=changes, **days)
    assert CreditRecord.objects.count() == 1
    done = correct_record(collector, leaf=first().leaf, changes=changes, reason="笔误", by=OPERATOR, at=NOON)
    assert done.notices == told and [(n.rule, n.column) for n in told] == [("required_if", "CF_NR_WFFF")]
    right = {"CF_NR_WFFF": "1"}
    assert not check_correction(collector, leaf=done.leaf, changes=right, **days)


def test_a_correction_says_for_which_organisation_it_was_made(collect, collector):
    collect(PENALTY, table(row(1)))
    person = make_person("jia", ("gongan", "clerk"), ("jingxin_xinyong", "credit_officer"))
    by = Actor(person.who, "record.correct desk/s1")
    done = correct_record(
        collector, leaf=first().leaf, changes={"CF_NR_FK": "2"}, reason="笔误", by=by, at=NOON
    )
    assert json.loads(CreditRecord.objects.get(leaf=done.leaf).content)["_corrected_by"] == "jingxin_xinyong"
    # Known already, as its supplier sends it: what the officer's act added is none of its content.
    receipt = collect(PENALTY, table(row(1, CF_NR_FK="2")), name="again.csv")
    assert receipt.duplicate == 1


def test_another_supplier_does_not_rewrite_a_document(collect, collector):
    collect(PENALTY, table(row(1)))
    same = collect(PENALTY, table(row(1)), by="youzheng", on_behalf=True, name="b.csv")
    assert (same.duplicate, same.quarantined) == (1, 0)
    other = collect(PENALTY, table(row(1, CF_NR_FK="9")), by="youzheng", on_behalf=True, name="c.csv")
    assert (other.superseded, other.quarantined) == (0, 1)
    assert other.problem_counts == {"anothers_document": 1}
    leaf = release_held_row(collector, batch_id=other.batch_id, line=2, reason="移交", by=OPERATOR, at=NOON)
    assert CreditRecord.objects.get(leaf=leaf).supplier == "youzheng"
    again = collect(PENALTY, table(row(1, CF_NR_FK="8")), by="gongan", on_behalf=True, name="d.csv")
    assert again.problem_counts == {"anothers_document": 1}


def test_a_row_let_in_is_the_document_it_waited_by_though_its_code_is_another(collect, collector):
    collect(PENALTY, table(row(1)))
    other = row(1, CF_XDR_SHXYM=row(2)["CF_XDR_SHXYM"], CF_NR_FK="9")
    waits = collect(PENALTY, table(other), by="youzheng", on_behalf=True, name="b.csv")
    assert waits.problem_counts == {"anothers_document": 1}
    release_held_row(collector, batch_id=waits.batch_id, line=2, reason="移交", by=OPERATOR, at=NOON)
    assert len(set(CreditRecord.objects.filter(source_id=PENALTY).values_list("doc_key", flat=True))) == 1


def test_its_own_supplier_may_move_a_document_and_is_told(collect):
    collect(PENALTY, table(row(1, **PERSON)))
    moved = collect(PENALTY, table(row(1, **{**PERSON, "CF_XDR_ZJHM": "110105194912310038"})), name="b.csv")
    assert (moved.superseded, moved.warnings) == (1, 1)
    assert moved.problem_counts == {"document_moved": 1}
