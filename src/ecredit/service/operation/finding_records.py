"""From a confirmed finding to a record about the shop's operator: put down as one that came by itself, and collected like it.

What was done to a shop makes no record against it. A finding whose shop is tied to no subject with a unified code waits until
it is; every evaluation looks again.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.queries import get_supplier
from ecredit.facts.actors.types import Actor, Supplier
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.subjects.queries import canonical_id, get_subject
from ecredit.foundation.kernel.codes import IdKind
from ecredit.foundation.kernel.errors import EcreditError, WrongUse
from ecredit.judgement.triage.models import Finding
from ecredit.judgement.triage.queries import get_finding, list_to_post
from ecredit.judgement.triage.types import CONFIRMED, FindingView
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.single_records import check_record, find_record, take_record

SOURCE: Final = "detected_forged_trade"
# The right under which records of findings are collected; who confirmed them is in the journal.
_RIGHT: Final = "rule.finding"
POSTED: Final = "finding.post"
# What is cut to what the source holds: platforms' and officers' own words.
_CUT: Final = frozenset(("shop_name", "shop_id", "ground"))
logger = structlog.get_logger("ecredit.findings")


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


@dataclass(frozen=True, slots=True)
class PostedFindings:
    """How many records of findings were put down, and the names of the findings whose record would not be taken; those wait."""

    posted: int
    faulty: tuple[str, ...]


def post_record_of(platform: Platform, finding: FindingView, *, log: OpenLog, by: Actor) -> bool:
    """Put the record of a confirmed finding down, in the transaction and log of the caller; False when it has to wait.

    Raises WrongUse with the first fault when the record would not be taken.
    """
    cells = _checked_cells(platform, finding)
    if cells is None:
        return False
    _put_down(platform, finding, cells, log=log, by=by)
    return True


def post_waiting_records(platform: Platform, *, by: Actor) -> PostedFindings:
    """Put down the records of confirmed findings whose subject is known by now.

    One that cannot be put down is logged, named in what is returned, and tried again the next time; the others are put down.
    """
    ready, faulty = _list_ready(platform)
    posted = 0
    if ready:
        with transaction.atomic():
            log = OpenLog(platform.ring, platform.now)
            for finding, cells in ready:
                # Confirmed again since it was read, it has its record already.
                if Finding.objects.filter(pk=finding.line.finding_id, record=None).exists():
                    _put_down(platform, finding, cells, log=log, by=by)
                    posted += 1
            log.seal()
    return PostedFindings(posted, tuple(faulty))


def _list_ready(platform: Platform) -> tuple[list[tuple[FindingView, dict[str, str]]], list[str]]:
    """Findings whose record is due, with its checked cells; and the names of those with a fault.

    All are checked before the log is opened: what fails later would leave leaves in it that were taken back.
    """
    ready: list[tuple[FindingView, dict[str, str]]] = []
    faulty: list[str] = []
    for name in list_to_post():
        try:
            with transaction.atomic():
                finding = get_finding(name)
                cells = _checked_cells(platform, finding)
        except (OperationalError, InterfaceError):
            # The database's fault and no finding's.
            raise
        except Exception as error:  # noqa: BLE001 - one finding must not keep the others and the evaluation from being done
            code = error.code if isinstance(error, EcreditError) else ""
            logger.error("finding.not_posted", finding=name, error=type(error).__name__, code=code)
            faulty.append(name)
        else:
            if cells is not None:
                ready.append((finding, cells))
    return ready, faulty


def _checked_cells(platform: Platform, finding: FindingView) -> dict[str, str] | None:
    """The cells, None as `_cells`. Raises WrongUse with the first fault that would keep the record back."""
    cells = _cells(platform, finding)
    if cells is None:
        return None
    source = platform.catalog.sources[SOURCE]
    faults = [issue for issue, holds in check_record(platform, source, _supplier(platform), cells) if holds]
    if faults:
        raise WrongUse(
            f"这条记录不能入账：{faults[0].message}",
            f"the record would not be taken: {faults[0].message}",
            finding=finding.line.finding_id,
        )
    return cells


def _put_down(
    platform: Platform, finding: FindingView, cells: dict[str, str], *, log: OpenLog, by: Actor
) -> None:
    source, supplier = platform.catalog.sources[SOURCE], _supplier(platform)
    receipt = take_record(platform, source, supplier, cells, by=Actor(supplier.id, _RIGHT))
    Finding.objects.filter(pk=finding.line.finding_id).update(record=receipt.id)
    about, detail = (
        f"finding:{finding.line.finding_id}",
        {"single_record": receipt.id, "subject": finding.line.subject_id},
    )
    post_journal(log, by=by, verb=POSTED, about=about, detail=detail)


def _supplier(platform: Platform) -> Supplier:
    source = platform.catalog.sources[SOURCE]
    return get_supplier(platform.catalog, source.suppliers[0], on=platform.today)


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
    said = {
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
        "ground": ground,
        "confirmed_on": _day(decided.at),
    }
    # A platform may call its shop something longer than a record holds; a name in full is in the finding.
    longest = {column.code: column.max_length for column in source.columns if column.code in _CUT}
    return {code: cell[: longest.get(code)] for code, cell in said.items()}


def _is_confirmed(finding: FindingView) -> bool:
    """Whether it was confirmed last; it may wait again because more came to light."""
    return bool(finding.decisions) and finding.decisions[-1].outcome == CONFIRMED


def _day(at: datetime | None) -> str:
    day: date | None = None if at is None else timezone.localtime(at).date()
    return "" if day is None else day.isoformat()
