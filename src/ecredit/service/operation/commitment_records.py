"""From a commitment made here to its record in the ledger, and from what a case found to the record's next entry.

A commitment is put down as a record that comes by itself, and collected like it. What ends it, and what is found of it, is a
correction of that record: a new entry, with who, when and why.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from django.db import transaction

from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.queries import get_supplier
from ecredit.facts.actors.types import Actor, Supplier
from ecredit.facts.collection.correct_actions import post_correction
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.records.queries import find_latest
from ecredit.facts.records.types import EntryView, Verb
from ecredit.facts.subjects.queries import get_subject
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import mask_name
from ecredit.service.commitments.case_actions import post_decision, post_undo
from ecredit.service.commitments.content_rules import content_of, document_of, valid_until
from ecredit.service.commitments.make_actions import next_number, post_commitment, post_end
from ecredit.service.commitments.models import Commitment
from ecredit.service.commitments.queries import find_in_force, get_case, has_live_case
from ecredit.service.commitments.types import (
    BROKEN,
    SOURCE,
    Act,
    CaseAct,
    CaseView,
    CommitmentView,
    Draft,
)
from ecredit.service.operation.case_guards import ONLY_BY_CASE, as_promised
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.single_records import check_record, find_record, take_record
from ecredit.service.signatures.offer_actions import offer_document, withdraw_document
from ecredit.service.signatures.queries import find_document_of
from ecredit.service.signatures.types import TEXT, DocumentState, Offer

_RIGHT: Final = "rule.commitment"
_PERSON: Final = "自然人"
_ID_CARD: Final = "01"


@dataclass(frozen=True, slots=True)
class PersonNumber:
    """What a natural person is known by: never kept but in the record, sealed."""

    name: str
    number: str


def accepting_body(platform: Platform) -> Supplier:
    """Who takes in the commitments made here: the department that runs the city's credit system.

    Raises WrongUse where the city's catalogue does not collect commitments.
    """
    source = platform.catalog.sources.get(SOURCE)
    if source is None:
        raise WrongUse(
            f"本市目录里没有数据源 {SOURCE}，不能作出承诺",
            f"the city's catalogue has no source {SOURCE}; nothing is promised here",
        )
    ours = [id for id in platform.catalog.city if id in source.suppliers] or [*source.suppliers]
    return get_supplier(platform.catalog, ours[0], on=platform.today)


def make_commitment(
    platform: Platform, draft: Draft, *, by: Actor, person: PersonNumber | None = None
) -> str:
    """Make a commitment and put its record down; gives its number. One of the same template in force ends with it.

    Raises WrongUse when the record would not be taken, or the one it replaces cannot end yet.
    """
    # What fails later would leave leaves in the log that were taken back, so all is checked before it is opened.
    _checked(platform, draft, "XYCN-00000000-000000", person)
    earlier = find_replaced(
        draft.template.id, uscc=draft.uscc, subject_id=draft.subject_id, on=platform.today
    )
    with transaction.atomic():
        log = OpenLog(platform.ring, platform.now)
        number = next_number(draft.committed_on)
        if earlier is not None:
            _end(platform, log, earlier, Act.REPLACE, f"由 {number} 代替", by=by)
        source, supplier = platform.catalog.sources[SOURCE], accepting_body(platform)
        cells = _cells(platform, draft, number, person)
        receipt = take_record(platform, source, supplier, cells, by=Actor(supplier.id, _RIGHT))
        replaces = "" if earlier is None else earlier.number
        post_commitment(log, draft, number=number, replaces=replaces, record=receipt.id, by=by)
        if draft.organisation:
            _offer(platform, log, draft, number, by=by)
        log.seal()
    return number


def document_key(number: str) -> str:
    """What a commitment's document to be signed is called."""
    return f"commitment:{number}"


def _offer(platform: Platform, log: OpenLog, draft: Draft, number: str, *, by: Actor) -> None:
    """Its organisation's people may sign it with their certificate; it holds without that, too."""
    offer = Offer(
        key=document_key(number),
        kind="commitment",
        title=f"{draft.template.title_zh} {number}",
        about=f"subject:{draft.subject_id}",
        organisation=draft.organisation,
        content=document_of(draft, number, accepted_by=accepting_body(platform).name).encode(),
        media=TEXT,
        edition=f"{draft.template.id}/{draft.version.number}",
    )
    offer_document(log, offer=offer, sealer=platform.sealer, by=by)


def find_replaced(template: str, *, uscc: str, subject_id: int | None, on: date) -> CommitmentView | None:
    """The commitment in force that a new one of the same template takes the place of; None for one that was found broken: it stays
    until its own day, and no new promise takes it out of sight."""
    found = find_in_force(template, uscc=uscc, subject_id=subject_id, on=on)
    entry = None if found is None else find_commitment_entry(found)
    return None if entry is not None and entry.values.get("fulfilment") == BROKEN else found


def withdraw_commitment(platform: Platform, found: CommitmentView, *, reason: str, by: Actor) -> None:
    """End a commitment today; what it promised until then stands. Raises WrongUse without a reason, while a case about it is open, or
    before its record is collected."""
    if not reason.strip():
        raise WrongUse("请写明理由", "say why")
    with transaction.atomic():
        log = OpenLog(platform.ring, platform.now)
        _end(platform, log, found, Act.WITHDRAW, reason, by=by)
        log.seal()


def find_commitment_entry(found: CommitmentView) -> EntryView | None:
    """The entry of the ledger that stands for a commitment made here; None until it is collected, or when it was withdrawn."""
    receipt = None if found.record is None else find_record(found.record, suppliers=None)
    if receipt is None or receipt.batch is None:
        return None
    first = CreditRecord.objects.filter(batch_id=receipt.batch, line=receipt.line).order_by("leaf").first()
    latest = None if first is None else find_latest(first.doc_key)
    return None if latest is None or latest.verb == Verb.WITHDRAW else latest


def record_state(found: CommitmentView) -> str:
    """Where its record is: `waiting`, `held`, `failed` or `taken`."""
    receipt = None if found.record is None else find_record(found.record, suppliers=None)
    return "waiting" if receipt is None else receipt.state


def post_breach_decision(
    platform: Platform, log: OpenLog, params: Mapping[str, object], reason: str, by: Actor
) -> str:
    """What two people found of a case, in their transaction and log: the case's event, and for a breach the record's new entry."""
    said = params.get("breach_on")
    breach_on = date.fromisoformat(said) if isinstance(said, str) and said else None
    case = post_decision(
        log,
        number=int(str(params["case"])),
        outcome=str(params["outcome"]),
        breach_on=breach_on,
        seen=str(params["digest"]),
        words=reason,
        by=by,
    )
    if params["outcome"] != CaseAct.BREACH or breach_on is None:
        return f"breach:{case.pk}"
    changes = {
        "fulfilment": BROKEN,
        "breach_on": breach_on.isoformat(),
        "breach_document": f"违诺案件第 {case.pk} 号",
        "breach_note": reason[:1000],
    }
    found = get_case(case.pk)
    changes |= as_promised(found, _standing(found))
    leaf = _correct(platform, log, found, changes, f"违诺案件 {case.pk} 认定", by=by)
    return f"entry:{leaf}"


def post_breach_undo(
    platform: Platform, log: OpenLog, params: Mapping[str, object], reason: str, by: Actor
) -> str:
    """Taking back what was found: the case's event, and the record as it was before."""
    case = post_undo(log, number=int(str(params["case"])), seen=str(params["digest"]), words=reason, by=by)
    changes = dict.fromkeys(ONLY_BY_CASE, "")
    leaf = _correct(platform, log, get_case(case.pk), changes, f"违诺案件 {case.pk} 撤销认定", by=by)
    return f"entry:{leaf}"


def _correct(
    platform: Platform, log: OpenLog, case: CaseView, changes: Mapping[str, str], reason: str, *, by: Actor
) -> int:
    latest = _standing(case)
    done = post_correction(platform.collector, log, leaf=latest.leaf, changes=changes, reason=reason, by=by)
    return done.leaf


def _standing(case: CaseView) -> EntryView:
    latest = find_latest(case.doc_key)
    if latest is None or latest.verb == Verb.WITHDRAW:
        raise WrongUse("这份承诺的记录已经撤回", "the record of this commitment was withdrawn", case=case.id)
    return latest


def _end(
    platform: Platform, log: OpenLog, found: CommitmentView, act: Act, reason: str, *, by: Actor
) -> None:
    entry = find_commitment_entry(found)
    if entry is None:
        raise WrongUse(
            f"承诺书 {found.number} 的记录正在入账，请过一分钟再办理",
            f"the record of {found.number} is being taken in; try again in a minute",
            commitment=found.number,
        )
    if has_live_case(entry.doc_key):
        raise WrongUse(
            f"承诺书 {found.number} 有违诺案件在办，办结前不能撤回或更换",
            f"a case about {found.number} is open; it cannot be withdrawn or replaced before that is closed",
            commitment=found.number,
        )
    if entry.values.get("fulfilment") == BROKEN:
        raise WrongUse(
            f"承诺书 {found.number} 已认定违诺，不能撤回；违诺按公示规则公示到期为止",
            f"{found.number} was found broken and cannot be withdrawn; it is shown for as long as the publicity rule for breaches says",
            commitment=found.number,
        )
    today = platform.today
    post_end(log, number=found.number, act=act, on=today, reason=reason, by=by)
    document = find_document_of(document_key(found.number))
    if document is not None and document.state in (DocumentState.WAITING, DocumentState.SIGNED):
        # What was signed stays; nobody signs what is over.
        withdraw_document(log, number=document.number, reason=reason, by=by, signed_too=True)
    # Its last day is yesterday, or the day it was made.
    last = max(found.committed_on, today - timedelta(days=1))
    if last < found.valid_until:
        post_correction(
            platform.collector,
            log,
            leaf=entry.leaf,
            changes={"valid_until": last.isoformat()},
            reason=reason,
            by=by,
        )


def _checked(platform: Platform, draft: Draft, number: str, person: PersonNumber | None) -> None:
    source, supplier = platform.catalog.sources[SOURCE], accepting_body(platform)
    cells = _cells(platform, draft, number, person)
    faults = [issue for issue, holds in check_record(platform, source, supplier, cells) if holds]
    if faults:
        zh, _, en = faults[0].message.partition(" / ")
        raise WrongUse(f"这份承诺不能入账：{zh}", f"the record would not be taken: {en or zh}")


def _cells(platform: Platform, draft: Draft, number: str, person: PersonNumber | None) -> dict[str, str]:
    source = platform.catalog.sources[SOURCE]
    kind, name = source.default_subject_kind or "", draft.name
    if person is not None:
        kind, name = _PERSON, person.name
    elif draft.subject_id is not None:
        known = get_subject(draft.subject_id)
        kind = known.kind if known.kind in source.subject_kinds else kind
    cells = {
        "subject_name": name,
        "subject_kind": kind,
        "uscc": draft.uscc,
        "commitment_no": number,
        "commitment_kind": draft.template.commitment_kind,
        "content": content_of(draft.version, draft.answers),
        "committed_on": draft.committed_on.isoformat(),
        "valid_until": valid_until(draft.version, draft.committed_on).isoformat(),
        "accepted_by": accepting_body(platform).name,
    }
    if person is not None:
        cells |= {"document_kind": _ID_CARD, "document_number": person.number}
    return cells


def masked(draft: Draft, person: PersonNumber | None) -> Draft:
    """The draft as its own table may hold it: of a natural person the name masked."""
    return draft if person is None else replace(draft, name=mask_name(person.name), is_person=True)


def link_subjects() -> int:
    """Say of whom commitments of natural persons are, once their records are collected; gives how many became known."""
    linked = 0
    for row in Commitment.objects.filter(subject_id=None).exclude(record=None).iterator():
        receipt = find_record(row.record or 0, suppliers=None)
        if receipt is None or receipt.batch is None:
            continue
        entry = (
            CreditRecord.objects.filter(batch_id=receipt.batch, line=receipt.line).order_by("leaf").first()
        )
        if entry is not None:
            linked += Commitment.objects.filter(pk=row.pk).update(subject_id=entry.subject_id)
    return linked
