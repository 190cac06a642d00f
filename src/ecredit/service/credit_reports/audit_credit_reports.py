"""The audit of issued reports: each row is as this home wrote it, and every one the journal tells of is there."""

from collections.abc import Iterator

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.models import JournalEntry
from ecredit.foundation.proof.keys import KeyRing
from ecredit.service.credit_reports.models import CreditReport
from ecredit.service.credit_reports.report_rows import ISSUED, is_ours


def audit_credit_reports(ring: KeyRing) -> Iterator[AuditFinding]:
    """Rows altered, added, removed or put in another's place by hand."""
    told = {
        leaf: read_object(detail)
        for leaf, detail in JournalEntry.objects.filter(verb=ISSUED).values_list("leaf", "detail")
    }
    for row in CreditReport.objects.order_by("leaf").iterator(chunk_size=2_000):
        said = told.pop(row.leaf, None)
        if said is None or not is_ours(ring, row) or said.get("binding") != row.binding:
            yield AuditFinding(
                "credit_report",
                row.leaf,
                f"信用报告 {row.number} 的登记不是本系统所写或被改动",
                f"the row of credit report {row.number} is not as this home wrote it",
            )
    for leaf, said in told.items():
        yield AuditFinding(
            "credit_report",
            leaf,
            f"日志记有信用报告 {said.get('number', '')}，登记却不在",
            f"the journal tells of credit report {said.get('number', '')}, and its row is gone",
        )
