"""From a confirmed finding to a record about the shop's operator: put down as one that came by itself, and collected like it.

What was done to a shop makes no record against it. A finding whose shop is tied to no subject with a unified code waits until
it is; every evaluation looks again.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.queries import get_supplier
from ecredit.facts.actors.types import Actor
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.subjects.queries import canonical_id, get_subject
from ecredit.foundation.kernel.codes import IdKind
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.triage.models import Finding
from ecredit.judgement.triage.queries import get_finding, list_to_post
from ecredit.judgement.triage.types import CONFIRMED, FindingView
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.single_records import check_record, find_record, take_record

SOURCE: Final = "detected_forged_trade"
# The right under which records of findings are collected; who confirmed them is in the journal.
_RIGHT: Final = "rule.finding"
POSTED: Final = "finding.post"
_LONGEST: Final = 600


@dataclass(frozen=True, slots=True)
class FindingRecord:
    """Where the record of a confirmed finding is.

    state  `victim`: none is made · `no_subject`: it waits for a subject with a unified code · `waiting`: it is put down and soon
           collected · `held` · `failed` · `taken`: in the ledger, as `leaf` of `subject_id`
    """

    state: str
    leaf: int | None = None
    subject_id: int | None = None
    batch: int | None = None


def post_record_of(platform: Platform, finding: FindingView, *, log: OpenLog, by: Actor) -> bool:
    """Put the record of a confirmed finding down, in the transaction and log of the caller; False when it has to wait.

    Raises WrongUse with the first fault when the record would not be taken.
    """
    cells = _cells(platform, finding)
    if cells is None:
        return False
    source = platform.catalog.sources[SOURCE]
    supplier = get_supplier(platform.catalog, source.suppliers[0], on=platform.today)
    faults = [issue for issue, holds in check_record(platform, source, supplier, cells) if holds]
    if faults:
        raise WrongUse(
            f"这条记录不能入账：{faults[0].message}",
            f"the record would not be taken: {faults[0].message}",
            finding=finding.line.finding_id,
        )
    receipt = take_record(platform, source, supplier, cells, by=Actor(supplier.id, _RIGHT))
    Finding.objects.filter(pk=finding.line.finding_id).update(record=receipt.id)
    about, detail = (
        f"finding:{finding.line.finding_id}",
        {"single_record": receipt.id, "subject": finding.line.subject_id},
    )
    post_journal(log, by=by, verb=POSTED, about=about, detail=detail)
    return True


def post_waiting_records(platform: Platform, *, by: Actor) -> int:
    """Put down the records of confirmed findings whose subject is known by now; returns how many."""
    names = [name for name in list_to_post() if _cells(platform, get_finding(name)) is not None]
    if not names:
        return 0
    with transaction.atomic():
        log = OpenLog(platform.ring, platform.now)
        posted = sum(post_record_of(platform, get_finding(name), log=log, by=by) for name in names)
        log.seal()
    return posted


def find_finding_record(finding: FindingView) -> FindingRecord | None:
    """Where the record of a finding is; None when none was ever due."""
    if finding.record is None:
        if not _is_confirmed(finding):
            return None
        return FindingRecord("victim" if finding.line.victim else "no_subject")
    receipt = find_record(finding.record, suppliers=None)
    if receipt is None:
        return None
    entry = (
        None
        if receipt.batch is None
        else CreditRecord.objects.filter(batch_id=receipt.batch, line=receipt.line).order_by("leaf").first()
    )
    if entry is None:
        return FindingRecord(receipt.state, batch=receipt.batch)
    return FindingRecord("taken", entry.leaf, canonical_id(entry.subject_id), receipt.batch)


def _cells(platform: Platform, finding: FindingView) -> dict[str, str] | None:
    """The record's cells; None for one that makes no record, or not yet.

    Whom it is about is as of now; what it says is what was confirmed, though a run since then may have found more or less.
    """
    line = finding.line
    if not _is_confirmed(finding) or line.victim or line.subject_id is None:
        return None
    subject, decided = get_subject(line.subject_id), finding.decisions[-1]
    code = next((value for kind, value in subject.codes if kind == IdKind.USCC), "")
    if not code or subject.is_person:
        return None
    source = platform.catalog.sources[SOURCE]
    reason = platform.catalog.triage.confirm.get(decided.reason)
    ground = "；".join(filter(None, (decided.reason if reason is None else reason.zh, decided.words)))
    return {
        "finding_no": line.finding_id,
        "subject_name": subject.name,
        "subject_kind": subject.kind if subject.kind in source.subject_kinds else source.default_subject_kind,
        "uscc": code,
        "shop_name": decided.shop_name,
        "shop_id": line.shop_id,
        "kind": decided.kind,
        "orders": str(decided.orders),
        "first_on": _day(decided.window_from),
        "last_on": _day(decided.window_to),
        "ground": ground[:_LONGEST],
        "confirmed_on": _day(decided.at),
    }


def _is_confirmed(finding: FindingView) -> bool:
    """Whether it was confirmed last; it may wait again because more came to light."""
    return bool(finding.decisions) and finding.decisions[-1].outcome == CONFIRMED


def _day(at: datetime | None) -> str:
    day: date | None = None if at is None else timezone.localtime(at).date()
    return "" if day is None else day.isoformat()
