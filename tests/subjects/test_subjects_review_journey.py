"""From a row without a code to a decided one and back; merging and splitting; twins stay two."""

import pytest

from ecredit.facts.actors.queries import log_origin
from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.facts.collection.models import HeldRow
from ecredit.facts.collection.release_actions import accept_waiting_row, reject_waiting_row, undo_waiting_row
from ecredit.facts.records.audit import audit_ledger
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.records.queries import current_entries, list_entries
from ecredit.facts.subjects.branch_actions import link_branches
from ecredit.facts.subjects.merge_actions import merge_subjects, split_subject
from ecredit.facts.subjects.models import CreditSubject, Identifier, Relation
from ecredit.facts.subjects.queries import canonical_id, find_subject_id, list_merged_ids
from ecredit.facts.subjects.review_queries import list_review
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.foundation.proof.checkpoint import verifier_key
from tests.conftest import NOON
from tests.penalty_rows import code, row, table

PENALTY = "dual_publicity_penalty"
NAME = "常州市云帆启航电子商务有限公司"
TWIN = "常州市云帆起航电子商务有限公司"


def register(*firms: tuple[str, str, str]) -> str:
    head = "企业名称,统一社会信用代码,成立日期,住所,法定代表人,登记状态\r\n"
    return head + "".join(
        f"{name},{uscc},2019-03-01,{address},王某,存续\r\n" for name, uscc, address in firms
    )


@pytest.fixture
def waiting(collect, collector):
    """Two twins in one street are registered; a penalty row names one of them without a code."""
    collect(
        "registration",
        register((NAME, code(1), "常州市新北区通江路1号"), (TWIN, code(2), "常州市新北区通江路3号")),
    )
    collect(PENALTY, table(row(1, CF_XDR_MC=NAME, CF_XDR_SHXYM="", CF_WSH="甲")), name="p.csv")
    return {"by": OPERATOR, "at": NOON, "note": "核对营业执照"}


def clean(collector) -> bool:
    return audit_ledger(verifier_key(log_origin(), collector.ring.log_key), ring=collector.ring).ok


def test_twins_stay_two_and_both_are_proposed(waiting):
    (item,) = list_review()
    names = [view.name for view in item.candidates]
    assert names[0] == NAME and set(names) <= {NAME, TWIN}
    assert all(c.zh and c.en for view in item.candidates for c in view.candidate.compared)
    assert CreditSubject.objects.count() == 2 and not CreditRecord.objects.filter(source_id=PENALTY).exists()


def test_accepting_posts_the_record_and_undoing_withdraws_it(waiting, collector):
    (item,) = list_review()
    subject_id = find_subject_id(code(1))
    accept_waiting_row(collector, item_id=item.id, subject_id=subject_id, **waiting)
    (entry,) = [e for e in list_entries([subject_id]) if e.source_id == PENALTY]
    assert entry.values["CF_WSH"] == "甲" and HeldRow.objects.get().state == "released"
    with pytest.raises(EcreditError):
        accept_waiting_row(collector, item_id=item.id, subject_id=find_subject_id(code(2)), **waiting)
    undo_waiting_row(collector, item_id=item.id, **waiting)
    assert not [e for e in current_entries(list_entries([subject_id])) if e.source_id == PENALTY]
    assert HeldRow.objects.get().state == "review"
    accept_waiting_row(collector, item_id=item.id, subject_id=subject_id, **waiting)
    assert [e for e in current_entries(list_entries([subject_id])) if e.source_id == PENALTY]
    assert clean(collector)


def test_rejecting_leaves_the_row_to_its_supplier(waiting, collector, collect):
    (item,) = list_review()
    reject_waiting_row(collector, item_id=item.id, **waiting)
    assert HeldRow.objects.get().state == "held"
    fixed = collect(PENALTY, table(row(1, CF_XDR_MC=NAME, CF_XDR_SHXYM=code(1), CF_WSH="甲")), name="q.csv")
    assert fixed.accepted == 1 and fixed.cleared == 1


def test_merging_keeps_every_code_and_can_be_undone(collect, collector):
    collect("registration", register((NAME, code(1), "通江路1号"), (TWIN, code(2), "通江路3号")))
    first, second = find_subject_id(code(1)), find_subject_id(code(2))
    common = {
        "reason": "换发代码",
        "ring": collector.ring,
        "by": Actor("officer", "subject.merge"),
        "at": NOON,
    }
    with pytest.raises(EcreditError):
        merge_subjects(subject_id=second, other_id=first, **common)  # two codes of a kind a firm has once
    merged = merge_subjects(subject_id=second, other_id=first, despite_codes=True, **common)
    assert merged.survivor_id == first and canonical_id(second) == first
    assert find_subject_id(code(2)) == first and list_merged_ids(first) == [first, second]
    collect(PENALTY, table(row(2, CF_XDR_MC=TWIN)), name="p.csv")
    # Kept under the code's own subject, so that the split gives it back; a repeat in between changes nothing.
    assert CreditRecord.objects.get(source_id=PENALTY).subject_id == second
    again = collect(PENALTY, table(row(2, CF_XDR_MC=TWIN), row(3)), name="q.csv")
    assert (again.duplicate, again.superseded) == (1, 0)
    assert [e.source_id for e in list_entries(list_merged_ids(first))].count(PENALTY) == 1
    with pytest.raises(EcreditError):
        merge_subjects(subject_id=second, other_id=first, despite_codes=True, **common)
    split_subject(subject_id=second, **common)
    assert find_subject_id(code(2)) == second
    assert [e.source_id for e in list_entries([second])].count(PENALTY) == 1
    assert not [e for e in list_entries([first]) if e.source_id == PENALTY]
    assert clean(collector)


def test_a_branch_is_linked_to_its_parent_and_not_merged(collect, collector):
    branch = f"{NAME}武进分公司"
    collect("registration", register((NAME, code(1), "通江路1号"), (branch, code(2), "延政路9号")))
    link_branches(ring=collector.ring, by=OPERATOR, at=NOON)
    relation = Relation.objects.get()
    assert relation.parent_id == find_subject_id(code(1)) and relation.child_id == find_subject_id(code(2))
    link_branches(ring=collector.ring, by=OPERATOR, at=NOON)
    assert Relation.objects.count() == 1 and clean(collector)


@pytest.mark.parametrize("older", ["320400000012345", "企合苏常总字第000123号", "3204002100123"])
def test_an_older_number_is_kept_as_what_it_is(collect, older):
    head = "企业名称,注册号,成立日期,住所,登记状态\r\n"
    collect("registration", f"{head}{NAME},{older},1995-03-01,通江路1号,存续\r\n")
    identifier = Identifier.objects.get()
    assert identifier.value == older and identifier.kind in ("reg_no", "other_reg_no")


def test_an_organisation_code_finds_the_firm_that_has_it_inside_its_uscc(collect):
    whole = "9144030071526726XG"
    collect("registration", register((NAME, whole, "通江路1号")))
    collect(PENALTY, table(row(1, CF_XDR_MC=NAME, CF_XDR_SHXYM="", CF_XDR_ZZJG="71526726-X")), name="p.csv")
    assert CreditSubject.objects.count() == 1
    other = table(row(1, CF_XDR_MC=TWIN, CF_XDR_SHXYM="", CF_XDR_ZZJG="71526726X", CF_WSH="乙"))
    collect(PENALTY, other, name="q.csv")
    assert CreditSubject.objects.count() == 2
