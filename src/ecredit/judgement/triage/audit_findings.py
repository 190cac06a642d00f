"""The audit of leads: every decision is the journal's, every finding stands as its last decision left it, and the last run's
scores are those that were written."""

import hashlib
import json
from collections.abc import Iterator

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.queries import read_journal
from ecredit.foundation.kernel.home import Home
from ecredit.judgement.triage.decide_actions import decision_detail
from ecredit.judgement.triage.models import DetectionRun, Finding, FindingDecision
from ecredit.judgement.triage.run_folder import MANIFEST, file_digest
from ecredit.judgement.triage.types import DETECTED, OUTCOMES, WAITING


def audit_findings(home: Home) -> Iterator[AuditFinding]:
    """Decisions added, changed or removed without the journal; files of the last run that are lost or altered."""
    yield from _audit_decisions()
    yield from _audit_run(home)


def _audit_decisions() -> Iterator[AuditFinding]:
    said = {entry.leaf: entry for entry in read_journal(*OUTCOMES)}
    last: dict[str, str] = {}
    for row in FindingDecision.objects.order_by("id").iterator():
        entry = said.pop(row.leaf, None)
        last[row.finding_id] = row.outcome
        wanted = decision_detail(row.reason, row.words, row.digest)
        if (
            entry is None
            or (OUTCOMES[entry.verb], entry.who, entry.object)
            != (row.outcome, row.by, f"finding:{row.finding_id}")
            or read_object(entry.detail) != wanted
        ):
            yield _finding(
                row.leaf,
                f"线索 {row.finding_id} 的处理结果与日志不一致",
                f"finding {row.finding_id} was not decided so by the journal",
            )
    for leaf, entry in said.items():
        name = entry.object.partition(":")[2]
        yield _finding(leaf, f"线索 {name} 的一次处理不见了", f"a decision of finding {name} is gone")
    for kept in Finding.objects.only("pk", "state", "returned").iterator():
        outcome = last.get(kept.pk)
        # One that was decided waits again only when more came to light, and says so.
        fits = kept.state == outcome or (kept.state == WAITING and kept.returned == (outcome is not None))
        if not fits:
            yield _finding(
                None,
                f"线索 {kept.pk} 的状态 {kept.state} 不是处理结果",
                f"finding {kept.pk} is {kept.state}, which nobody decided",
            )


def _audit_run(home: Home) -> Iterator[AuditFinding]:
    run = DetectionRun.objects.order_by("-id").first()
    if run is None:
        return
    entry = next((row for row in read_journal(DETECTED) if row.object == f"detection:{run.pk}"), None)
    if entry is None or read_object(entry.detail).get("manifest") != run.manifest:
        yield _finding(
            None if entry is None else entry.leaf,
            f"检测 {run.pk} 的清单与日志不一致",
            f"the manifest of detection {run.pk} is not the journal's",
        )
        return
    path = home.root / run.folder / MANIFEST
    content = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(content).hexdigest() != run.manifest:
        yield _finding(
            entry.leaf,
            f"检测清单 {path.name} 丢失或被改动",
            f"the manifest of detection {run.pk} is lost or altered",
        )
        return
    for name, note in json.loads(content)["files"].items():
        file = path.parent / name
        if not file.exists() or file_digest(file) != note["sha256"]:
            yield _finding(
                entry.leaf,
                f"检测结果 {name} 丢失或被改动",
                f"{name} of detection {run.pk} is lost or altered",
            )


def _finding(leaf: int | None, zh: str, en: str) -> AuditFinding:
    return AuditFinding("finding", leaf, zh, en)
