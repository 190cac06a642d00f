"""A batch sent by mistake is taken back as a whole: by entries, and what it superseded stands again."""

from datetime import date

import pytest

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.queries import log_origin
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.collection.audit_batches import audit_batches
from ecredit.facts.collection.audit_held import audit_held
from ecredit.facts.collection.collect_actions import resume_batches
from ecredit.facts.collection.correct_actions import correct_record
from ecredit.facts.collection.landing import BatchBusy, alone_with_batch
from ecredit.facts.collection.models import Batch, HeldRow
from ecredit.facts.collection.quality import quality_register
from ecredit.facts.collection.release_actions import accept_waiting_row, release_held_row
from ecredit.facts.collection.withdraw_actions import withdraw_batch
from ecredit.facts.records.audit import audit_ledger
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.records.queries import current_entries, list_entries
from ecredit.facts.subjects.models import CreditSubject
from ecredit.facts.subjects.queries import find_subject_id, get_subject
from ecredit.facts.subjects.review_queries import list_review
from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.foundation.proof.checkpoint import verifier_key
from tests.conftest import NOON
from tests.penalty_rows import code, row, table
from tests.subjects.test_subjects_review_journey import register

PENALTY = "dual_publicity_penalty"


@pytest.fixture
def withdraw(collector, db):
    def run(batch_id, reason="报错了"):
        return withdraw_batch(collector, batch_id=batch_id, reason=reason, by=OPERATOR, at=NOON)

    return run


def standing() -> dict[int, str]:
    """The fines that stand, by subject."""
    found = {}
    for subject in CreditSubject.objects.order_by("id"):
        for entry in current_entries(list_entries([subject.id]), subject_ids=[subject.id]):
            found[subject.id] = entry.values["CF_NR_FK"]
    return found


def clean(collector) -> bool:
    assert not list(audit_batches())
    assert not list(audit_held(collector.sealer))
    return audit_ledger(verifier_key(log_origin(), collector.ring.log_key), ring=collector.ring).ok


def test_what_it_brought_is_withdrawn_and_what_it_superseded_stands_again(collect, collector, withdraw):
    collect(PENALTY, table(row(1), row(2)))
    before = standing()
    wrong = collect(PENALTY, table(row(1, CF_NR_FK="9"), row(2), row(3)), name="b.csv")
    done = withdraw(wrong.batch_id)
    assert (done.withdrawn, done.restored, done.ended) == (2, 1, 0)
    assert standing() == before and clean(collector)
    assert Batch.objects.get(id=wrong.batch_id).state == "withdrawn"
    again = CreditRecord.objects.filter(verb="post").order_by("leaf").last()
    assert again.line == 2 and again.batch_id != wrong.batch_id  # where the version came from
    assert "报错了" in JournalEntry.objects.get(verb="batch.withdraw").detail


def test_then_the_supplier_goes_on_as_if_it_had_not_been(collect, collector, withdraw):
    collect(PENALTY, table(row(1)))
    wrong = collect(PENALTY, table(row(1, CF_NR_FK="9"), row(3)), name="b.csv")
    withdraw(wrong.batch_id)
    right = collect(PENALTY, table(row(1, CF_NR_FK="4"), row(3, CF_NR_FK="5")), name="c.csv")
    assert (right.accepted, right.superseded, right.quarantined) == (1, 1, 0)
    assert (
        collect(PENALTY, table(row(1, CF_NR_FK="9"), row(3)), name="b.csv").superseded == 2
    )  # the same bytes
    assert clean(collector)


def test_what_was_renewed_since_stays(collect, collector, withdraw):
    wrong = collect(PENALTY, table(row(1), row(2)))
    collect(PENALTY, table(row(1, CF_NR_FK="9")), name="b.csv")
    assert withdraw(wrong.batch_id).withdrawn == 1
    assert list(standing().values()) == ["9"] and clean(collector)


def test_taken_back_one_after_the_other_nothing_is_left(collect, collector, withdraw):
    first = collect(PENALTY, table(row(1)))
    second = collect(PENALTY, table(row(1, CF_NR_FK="9")), name="b.csv")
    withdraw(second.batch_id)
    withdraw(first.batch_id)
    assert standing() == {} and clean(collector)
    with pytest.raises(WrongUse, match="已经整批撤回"):
        withdraw(first.batch_id)


def test_a_correction_of_what_stood_before_stands_again(collect, collector, withdraw):
    collect(PENALTY, table(row(1)))
    leaf = CreditRecord.objects.get().leaf
    correct_record(collector, leaf=leaf, changes={"CF_NR_FK": "2"}, reason="笔误", by=OPERATOR, at=NOON)
    other = collect(PENALTY, table(row(1, CF_NR_FK="7")), name="c.csv")
    release_held_row(collector, batch_id=other.batch_id, line=2, reason="复核", by=OPERATOR, at=NOON)
    withdraw(other.batch_id)
    assert list(standing().values()) == ["2"] and clean(collector)
    # It is known again as what an officer corrected.
    assert collect(PENALTY, table(row(1), row(2)), name="d.csv").problem_counts == {"before_correction": 1}


def test_a_correction_of_the_mistake_goes_with_it(collect, collector, withdraw):
    wrong = collect(PENALTY, table(row(1)))
    leaf = CreditRecord.objects.get().leaf
    correct_record(collector, leaf=leaf, changes={"CF_NR_FK": "2"}, reason="笔误", by=OPERATOR, at=NOON)
    assert withdraw(wrong.batch_id).withdrawn == 1 and standing() == {} and clean(collector)


def test_its_rows_wait_no_longer(collect, collector, withdraw):
    wrong = collect(PENALTY, table(row(1, CF_JDRQ="2026/13/40"), row(2, CF_XDR_SHXYM=""), row(3)))
    (item,) = list_review()
    assert withdraw(wrong.batch_id).ended == 2
    assert set(HeldRow.objects.values_list("state", flat=True)) == {"withdrawn"} and not list_review()
    with pytest.raises(EcreditError):
        accept_waiting_row(
            collector, item_id=item.id, subject_id=find_subject_id(code(3)), note="", by=OPERATOR, at=NOON
        )
    assert clean(collector)
    HeldRow.objects.filter(line=2).update(state="held")
    assert len(list(audit_held(collector.sealer))) == 1


def test_a_register_taken_back_describes_as_before(collect, collector, withdraw):
    collect("registration", register(("常州甲有限公司", code(1), "通江路1号")), name="r1.csv")
    wrong = collect("registration", register(("常州乙有限公司", code(1), "通江路2号")), name="r2.csv")
    withdraw(wrong.batch_id)
    assert get_subject(find_subject_id(code(1))).name == "常州甲有限公司" and clean(collector)


def test_a_batch_that_was_cut_off_is_given_up(collect, collector, withdraw):
    cut = collect(PENALTY, table(row(1)))
    Batch.objects.filter(id=cut.batch_id).update(state="posting", finished_at=None)
    with alone_with_batch(collector.home, cut.batch_id, wait=False), pytest.raises(BatchBusy):
        withdraw(cut.batch_id)
    withdraw(cut.batch_id)
    assert resume_batches(collector, by=OPERATOR, at=NOON) == ([], []) and standing() == {}


def test_the_register_of_quality_counts_it_as_withdrawn(collect, collector, withdraw):
    wrong = collect(PENALTY, table(row(1), row(2, CF_JDRQ="2026/13/40")))
    withdraw(wrong.batch_id)
    rows = quality_register(
        collector.catalog, collector.calendar, start=date(2026, 5, 1), end=date(2026, 6, 1)
    )
    (mine,) = (r for r in rows if (r.source, r.supplier) == (PENALTY, "gongshang"))
    assert (mine.batches, mine.withdrawn, mine.rows, mine.held) == (0, 1, 0, 0)


def test_rows_that_it_had_put_right_wait_again(collect, collector, withdraw):
    first = collect(PENALTY, table(row(1, CF_JDRQ="2026/13/40"), row(2)))
    right = collect(PENALTY, table(row(1), row(3)), name="b.csv")
    assert not HeldRow.objects.filter(batch_id=first.batch_id, state="held").exists()
    done = withdraw(right.batch_id)
    assert done.waiting_again == 1
    (waits,) = HeldRow.objects.filter(batch_id=first.batch_id)
    assert (waits.state, waits.ended_by_batch) == ("held", None) and clean(collector)
    # It may be put right once more.
    collect(PENALTY, table(row(1)), name="c.csv")
    assert HeldRow.objects.get(id=waits.id).state == "cleared" and clean(collector)
