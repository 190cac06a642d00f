"""What an officer withdrew does not come back because its supplier sends it again, in whatever wording."""

import pytest
from django.db import transaction

from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.records.audit_descriptions import audit_descriptions
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.records.post_actions import withdraw_document
from ecredit.facts.records.queries import current_entries, list_entries
from ecredit.facts.subjects.models import CreditSubject
from tests.conftest import NOON
from tests.penalty_rows import code, row, table
from tests.records.audited_home import tamper

PENALTY = "dual_publicity_penalty"


@pytest.mark.django_db
@pytest.mark.parametrize("changes", [{}, {"CF_NR_FK": "9"}])
def test_a_withdrawn_document_stays_withdrawn(collect, collector, changes):
    collect(PENALTY, table(row(1)))
    entry = CreditRecord.objects.get()
    with transaction.atomic():
        log = OpenLog(collector.ring, NOON)
        withdraw_document(leaf=entry.leaf, reason="撤销", log=log, by=OPERATOR, edition="x")
        log.seal()
    receipt = collect(PENALTY, table(row(1, **changes), row(2)), name="b.csv")
    assert current_entries(list_entries([entry.subject_id])) == []
    # The same words are nothing new; other words are not lost: they wait, and the report says why.
    assert (receipt.accepted, receipt.duplicate, receipt.quarantined) == ((1, 0, 1) if changes else (1, 1, 0))
    assert receipt.problem_counts == ({"document_withdrawn": 1} if changes else {})


def _withdraw(collector, leaf: int) -> None:
    with transaction.atomic():
        log = OpenLog(collector.ring, NOON)
        withdraw_document(leaf=leaf, reason="误报", log=log, by=OPERATOR, edition=collector.catalog.edition)
        log.seal()


@pytest.mark.django_db
def test_whom_the_register_took_back_is_what_it_was_before(collect, collector):
    """Of a subject's two register records one is withdrawn, then the other: then no register knows it."""
    collect(PENALTY, table(row(1, CF_XDR_MC="常州云帆商贸有限公司")))
    head = "企业名称,统一社会信用代码,注册号,成立日期,住所,登记状态\r\n"
    both = f"常州云帆启航商贸有限公司,{code(1)},320400000000019,2019-03-01,通江路1号,存续\r\n"
    old = "常州云帆远航商贸有限公司,,320400000000019,2019-03-01,通江路2号,注销\r\n"
    collect("registration", head + both, name="r1.csv")
    collect("registration", head + old, name="r2.csv")
    first, second = CreditRecord.objects.filter(source_id="registration").order_by("leaf")
    said = CreditSubject.objects.filter(id=second.subject_id).values_list(
        "name", "address", "status", "registered"
    )
    assert first.subject_id == second.subject_id and said.get() == (
        "常州云帆远航商贸有限公司",
        "通江路2号",
        "注销",
        True,
    )
    _withdraw(collector, second.leaf)
    assert said.get() == ("常州云帆启航商贸有限公司", "通江路1号", "存续", True)
    assert list(audit_descriptions()) == []
    _withdraw(collector, first.leaf)
    assert said.get() == ("常州云帆商贸有限公司", "", "", False) and list(audit_descriptions()) == []
    tamper("UPDATE subjects_subject SET registered = %s WHERE id = %s", True, first.subject_id)
    assert [finding.code for finding in audit_descriptions()] == ["identity"]
