"""The audit of commitments and cases: each is the journal's, stands as its events left it, and its files are as they were kept."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.queries import read_journal
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.subjects.queries import list_merged_ids
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.sealing import Sealer
from ecredit.service.commitments.case_digests import event_digest
from ecredit.service.commitments.content_rules import commitment_digest
from ecredit.service.commitments.kept_files import list_broken
from ecredit.service.commitments.make_actions import event_detail, stands_after
from ecredit.service.commitments.models import BreachCase, BreachEvent, Commitment, CommitmentEvent
from ecredit.service.commitments.types import CASE_VERBS, ENDED, MADE, SOURCE

_VERBS: Final[Mapping[str, str]] = {str(way): verb for way, verb in MADE.items()}


def audit_commitments(home: Home, sealer: Sealer) -> Iterator[AuditFinding]:
    """Commitments and events added, changed or taken away without the journal; cases that are not as their events left them."""
    yield from _audit_made()
    yield from _audit_ends()
    yield from _audit_cases()
    for digest in list_broken(home, sealer, _digests()):
        yield _finding(
            None,
            f"承诺书或证据文件 {digest[:12]} 丢失或被改动",
            f"the file {digest[:12]} of a commitment or case is lost or altered",
        )


def _audit_made() -> Iterator[AuditFinding]:
    said = {entry.leaf: entry for entry in read_journal(*MADE.values())}
    for row in Commitment.objects.order_by("id").iterator():
        entry = said.pop(row.leaf, None)
        if entry is None or not _is_so(row, entry):
            yield _finding(
                row.leaf,
                f"承诺书 {row.number} 与日志不一致",
                f"the commitment {row.number} is not the journal's",
            )
    for leaf, entry in said.items():
        name = entry.object.partition(":")[2]
        yield _finding(leaf, f"承诺书 {name} 不见了", f"the commitment {name} is gone")


def _is_so(row: Commitment, entry: JournalEntry) -> bool:
    digest = commitment_digest(
        number=row.number,
        template=row.template,
        version=row.version,
        way=row.way,
        name=row.name,
        uscc=row.uscc,
        is_person=row.is_person,
        organisation=row.organisation,
        content=row.content,
        answers=row.answers,
        committed_on=row.committed_on,
        valid_until=row.valid_until,
        accepted_by=row.accepted_by,
        scan=row.scan,
    )
    detail = read_object(entry.detail)
    return (entry.verb, entry.object, entry.who, entry.at, digest) == (
        _VERBS.get(row.way), f"commitment:{row.number}", row.by, row.at, row.digest,
    ) and (detail.get("digest"), detail.get("replaces"), detail.get("record")) == (
        digest, row.replaces, row.record,
    ) and _is_of(row, detail.get("subject"))  # fmt: skip


def _is_of(row: Commitment, subject: object) -> bool:
    """Whether it is whose it was said to be. Of a natural person that became known by the record alone: there has to be one."""
    if subject is not None or row.subject_id is None:
        return subject == row.subject_id
    return CreditRecord.objects.filter(
        source_id=SOURCE,
        subject_id__in=list_merged_ids(row.subject_id),
        content__contains=f'"commitment_no":"{row.number}"',
    ).exists()


def _audit_ends() -> Iterator[AuditFinding]:
    said = {entry.leaf: entry for entry in read_journal(ENDED)}
    acts: dict[int, list[str]] = defaultdict(list)
    for event in CommitmentEvent.objects.select_related("commitment").order_by("id").iterator():
        entry = said.pop(event.leaf, None)
        acts[event.commitment_id].append(event.act)
        wanted = event_detail(event.act, event.on, event.reason)
        about = f"commitment:{event.commitment.number}"
        if (
            entry is None
            or (entry.object, entry.who, entry.at) != (about, event.by, event.at)
            or read_object(entry.detail) != wanted
        ):
            yield _finding(
                event.leaf,
                f"承诺书 {event.commitment.number} 的撤回或更换与日志不一致",
                f"an end of the commitment {event.commitment.number} is not the journal's",
            )
    for leaf, entry in said.items():
        name = entry.object.partition(":")[2]
        yield _finding(leaf, f"承诺书 {name} 的撤回或更换不见了", f"an end of the commitment {name} is gone")
    for row in Commitment.objects.only("id", "number", "stand").iterator():
        if row.stand != stands_after(acts[row.pk]):
            yield _finding(
                None,
                f"承诺书 {row.number} 的状态 {row.stand} 没有来历",
                f"the commitment {row.number} is {row.stand}, which nobody did",
            )


def _audit_cases() -> Iterator[AuditFinding]:
    said = {entry.leaf: entry for entry in read_journal(*set(CASE_VERBS.values()))}
    last: dict[int, BreachEvent] = {}
    until: dict[int, object] = {}
    for event in BreachEvent.objects.select_related("case").order_by("id").iterator():
        entry = said.pop(event.leaf, None)
        last[event.case_id] = event
        until[event.case_id] = event.answer_until or until.get(event.case_id)
        wanted = {"act": event.act, "event": event_digest(event)}
        if (
            entry is None
            or (entry.object, entry.who, entry.at) != (f"breach:{event.case_id}", event.by, event.at)
            or read_object(entry.detail) != wanted
        ):
            yield _finding(
                event.leaf,
                f"违诺案件 {event.case_id} 的一次办理（{event.act}）与日志不一致",
                f"an act of case {event.case_id} ({event.act}) is not the journal's",
            )
    for leaf, entry in said.items():
        name = entry.object.partition(":")[2]
        yield _finding(leaf, f"违诺案件 {name} 的一次办理不见了", f"an act of case {name} is gone")
    for case in BreachCase.objects.iterator():
        ended = last.get(case.pk)
        if ended is None or (case.state, case.breach_on, case.answer_until) != (
            ended.state, ended.breach_on, until[case.pk],
        ):  # fmt: skip
            yield _finding(
                None,
                f"违诺案件 {case.pk} 与它的办理记录不一致",
                f"case {case.pk} does not stand as its acts left it",
            )


def _digests() -> Iterator[str]:
    """Every file that a commitment or a case names, once."""
    scans = set(Commitment.objects.exclude(scan="").values_list("scan", flat=True))
    for evidence in BreachEvent.objects.values_list("evidence", flat=True):
        scans |= {one["ref"] for one in evidence if one.get("kind") == "file"}
    yield from sorted(scans)


def _finding(leaf: int | None, zh: str, en: str) -> AuditFinding:
    return AuditFinding("commitment", leaf, zh, en)
