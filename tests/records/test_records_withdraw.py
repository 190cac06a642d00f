"""What an officer withdrew does not come back because its supplier sends it again, in whatever wording."""

import pytest
from django.db import transaction

from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.records.post_actions import withdraw_document
from ecredit.facts.records.queries import current_entries, list_entries
from tests.conftest import NOON
from tests.penalty_rows import row, table

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
