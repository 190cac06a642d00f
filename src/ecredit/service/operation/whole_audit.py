"""The audit of a whole home: the ledger's, and the part every other room brings."""

from functools import partial

from ecredit.facts.actors.audit_approvals import audit_approvals
from ecredit.facts.actors.audit_people import audit_people
from ecredit.facts.actors.audit_rights import audit_rights
from ecredit.facts.actors.journal_notes import audit_notes
from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.collection.audit_batches import audit_batches
from ecredit.facts.collection.audit_held import audit_held
from ecredit.facts.market.audit_lake import audit_lake
from ecredit.facts.records.audit import audit_ledger
from ecredit.facts.records.audit_heads import audit_heads_file
from ecredit.facts.records.mirror import audit_mirror
from ecredit.facts.records.types import AuditReport
from ecredit.facts.subjects.audit_reviews import audit_reviews
from ecredit.facts.subjects.models import IdentityEvent
from ecredit.facts.subjects.replay import audit_sealed_numbers
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.sealing import Sealer
from ecredit.judgement.disclosure.audit_disclosure import audit_disclosure
from ecredit.judgement.evaluation.audit_backtests import audit_backtests
from ecredit.judgement.evaluation.audit_grades import audit_grades
from ecredit.judgement.evaluation.audit_ratings import audit_ratings
from ecredit.judgement.evaluation.audit_versions import audit_versions
from ecredit.judgement.measures.audit_warnings import audit_warnings
from ecredit.judgement.monitoring.audit_reports import audit_reports
from ecredit.judgement.triage.audit_findings import audit_findings
from ecredit.judgement.triage.teach_actions import audit_weights
from ecredit.service.badges.audit_badges import audit_badges
from ecredit.service.commitments.audit_commitments import audit_commitments
from ecredit.service.credit_reports.audit_credit_reports import audit_credit_reports
from ecredit.service.operation.log_stamps import audit_stamps
from ecredit.service.publicity.gap_writing import audit_public_gaps
from ecredit.service.publicity.project_actions import audit_public
from ecredit.service.publicity.publish_log_actions import audit_public_log
from ecredit.service.publicity.report_writing import audit_public_reports
from ecredit.service.signatures.audit_signatures import audit_signatures
from ecredit.service.telling.audit_stories import audit_stories


def audit_home(
    home: Home, *, catalog: Catalog, verifier: str, sealer: Sealer, against: str | None = None
) -> AuditReport:
    """Check everything that follows from the log, in the database and in the home's files; see `audit_ledger`."""
    further = (
        partial(audit_heads_file, home, verifier),
        partial(audit_sealed_numbers, sealer),
        audit_people,
        partial(audit_rights, catalog, JournalEntry._meta.db_table, IdentityEvent._meta.db_table),
        audit_approvals,
        partial(audit_notes, sealer.ring),
        audit_reviews,
        audit_batches,
        partial(audit_held, sealer),
        partial(audit_mirror, home),
        partial(audit_lake, home),
        partial(audit_grades, home),
        audit_ratings,
        audit_backtests,
        partial(audit_versions, catalog),
        partial(audit_findings, home),
        audit_weights,
        audit_warnings,
        audit_reports,
        partial(audit_commitments, home, sealer),
        partial(audit_disclosure, sealer),
        partial(audit_public, home),
        partial(audit_badges, home, sealer),
        partial(audit_credit_reports, sealer.ring),
        partial(audit_public_reports, home),
        partial(audit_signatures, sealer),
        partial(audit_stories, home, catalog),
        partial(audit_public_log, home, sealer.ring),
        partial(audit_public_gaps, home),
        partial(audit_stamps, home),
    )
    return audit_ledger(verifier, ring=sealer.ring, against=against, further=further)
