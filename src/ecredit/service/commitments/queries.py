"""Reads: commitments made here, commitments of the ledger, cases."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from ecredit.facts.actors.queries import list_organisations
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.records.queries import current_entries, list_entries
from ecredit.facts.records.types import EntryView
from ecredit.facts.subjects.queries import list_merged_ids
from ecredit.service.commitments.case_digests import case_digest
from ecredit.service.commitments.errors import no_such_case, no_such_commitment
from ecredit.service.commitments.models import BreachCase, BreachEvent, Commitment, CommitmentEvent
from ecredit.service.commitments.types import (
    LIVE,
    SOURCE,
    Act,
    CaseAct,
    CaseEventView,
    CaseState,
    CaseView,
    CommitmentView,
    EventView,
    Evidence,
    Stand,
    Way,
)


@dataclass(frozen=True, slots=True)
class CommitmentFilter:
    """Which commitments made here; empty: all. `ending_by`: in force and over by that day or before."""

    organisations: frozenset[str] | None = None
    template: str = ""
    stand: str = ""
    text: str = ""
    ending_by: date | None = None


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases; empty: all. `organisations`: about one of these, or opened for one; None: the whole city's."""

    organisations: frozenset[str] | None = None
    state: str = ""


LIVE_CASES = "live"
DECIDABLE = "decidable"
"""Open, and the subject has answered or had its time."""
OVER = "over"
_HOLDING = (*LIVE, CaseState.BREACHED)


def list_commitments(
    wanted: CommitmentFilter, on: date, *, limit: int = 50, offset: int = 0
) -> list[CommitmentView]:
    """Commitments made here, the newest first."""
    rows = _matching(wanted, on).order_by("-id")[offset : offset + limit]
    return [_view(row) for row in rows]


def count_commitments(wanted: CommitmentFilter, on: date) -> int:
    """How many there are of these."""
    return _matching(wanted, on).count()


def get_commitment(number: str, organisations: Collection[str] | None = None) -> CommitmentView:
    """One of them with what happened to it. Raises NoSuchCommitment, also when it is none of these organisations'."""
    row = Commitment.objects.filter(number=number).first()
    if row is None or (organisations is not None and row.organisation not in organisations):
        raise no_such_commitment(number)
    return _view(row, CommitmentEvent.objects.filter(commitment=row).order_by("id"))


def find_in_force(template: str, *, uscc: str, subject_id: int | None, on: date) -> CommitmentView | None:
    """The commitment of a template that a subject has in force, made here; a new one takes its place."""
    whose = Q(uscc=uscc) if uscc else Q(subject_id=subject_id) if subject_id is not None else None
    if whose is None:
        return None
    rows = Commitment.objects.filter(whose, template=template, stand=Stand.IN_FORCE, valid_until__gte=on)
    row = rows.order_by("-id").first()
    return None if row is None else _view(row)


def list_of_subject(subject_id: int) -> list[EntryView]:
    """What stands in the ledger of a subject's commitments, wherever they were made, the newest first."""
    ids = list_merged_ids(subject_id)
    mine = CreditRecord.objects.filter(subject_id__in=ids, source_id=SOURCE)
    if not mine.exists():
        return []
    standing = current_entries(list_entries(ids), subject_ids=ids)
    return [entry for entry in reversed(standing) if entry.source_id == SOURCE]


def find_entry(subject_id: int, commitment_no: str) -> EntryView | None:
    """The entry that stands of a subject's commitment with this number; the newest of several bodies' ones."""
    return next(
        (e for e in list_of_subject(subject_id) if e.values.get("commitment_no") == commitment_no), None
    )


def list_cases(wanted: CaseFilter, *, limit: int = 50, offset: int = 0) -> list[CaseView]:
    """Cases, the newest first."""
    return [_case(row, ()) for row in _cases(wanted, None).order_by("-id")[offset : offset + limit]]


def count_cases(wanted: CaseFilter, on: date | None = None) -> int:
    """How many there are of these (on a day, for those that can be decided)."""
    return _cases(wanted, on).count()


def list_reminded(job: int) -> list[CommitmentView]:
    """The commitments whose end was told of by a job, the next to end first."""
    rows = Commitment.objects.filter(reminders__job=job).distinct().order_by("valid_until", "id")
    return [_view(row) for row in rows]


def get_case(number: int, organisations: Collection[str] | None = None) -> CaseView:
    """A case with all that happened. Raises NoSuchCase, also for one that is neither about nor by one of these organisations."""
    row = BreachCase.objects.filter(pk=number).first()
    if row is None or (
        organisations is not None and not {row.organisation, row.opened_for} & set(organisations)
    ):
        raise no_such_case(number)
    return _case(row, list(BreachEvent.objects.filter(case=row).order_by("id")))


def list_case_numbers(doc_keys: Iterable[str]) -> dict[str, int]:
    """The newest case about each of these documents, where there is one."""
    rows = BreachCase.objects.filter(doc_key__in=list(doc_keys)).order_by("id")
    return dict(rows.values_list("doc_key", "id"))


def find_organisation_of(uscc: str, on: date) -> str:
    """The registered organisation of a unified code on a day; "" for none."""
    return next((one.id for one in list_organisations(on=on) if uscc and one.uscc == uscc), "")


def has_live_case(doc_key: str) -> bool:
    """Whether a case about a document is open."""
    return BreachCase.objects.filter(doc_key=doc_key, state__in=LIVE).exists()


def list_holding() -> list[str]:
    """The documents that a case holds: it is open, or its breach stands."""
    return list(BreachCase.objects.filter(state__in=_HOLDING).values_list("doc_key", flat=True))


def find_holding(doc_keys: Iterable[str]) -> int | None:
    """The case that holds one of these documents; None when none does."""
    rows = BreachCase.objects.filter(doc_key__in=list(doc_keys), state__in=_HOLDING)
    return rows.order_by("-id").values_list("id", flat=True).first()


def _matching(wanted: CommitmentFilter, on: date) -> QuerySet[Commitment]:
    rows = Commitment.objects.all()
    if wanted.organisations is not None:
        rows = rows.filter(organisation__in=wanted.organisations)
    if wanted.template:
        rows = rows.filter(template=wanted.template)
    if wanted.text:
        rows = rows.filter(
            Q(number=wanted.text) | Q(uscc=wanted.text) | Q(name__contains=wanted.text, is_person=False)
        )
    if wanted.stand == OVER:
        rows = rows.filter(stand=Stand.IN_FORCE, valid_until__lt=on)
    elif wanted.stand == Stand.IN_FORCE:
        rows = rows.filter(stand=Stand.IN_FORCE, valid_until__gte=on)
    elif wanted.stand:
        rows = rows.filter(stand=wanted.stand)
    if wanted.ending_by is not None:
        rows = rows.filter(stand=Stand.IN_FORCE, valid_until__gte=on, valid_until__lte=wanted.ending_by)
    return rows


def _cases(wanted: CaseFilter, on: date | None) -> QuerySet[BreachCase]:
    rows = BreachCase.objects.all()
    if wanted.organisations is not None:
        mine = wanted.organisations
        rows = rows.filter(Q(organisation__in=mine) | Q(opened_for__in=mine))
    if wanted.state == DECIDABLE:
        over = Q(state=CaseState.TOLD, answer_until__lt=on) if on is not None else Q(pk=None)
        return rows.filter(Q(state=CaseState.ANSWERED) | over)
    if wanted.state == LIVE_CASES:
        return rows.filter(state__in=LIVE)
    return rows.filter(state=wanted.state) if wanted.state else rows


def _view(row: Commitment, events: Iterable[CommitmentEvent] = ()) -> CommitmentView:
    return CommitmentView(
        number=row.number,
        template=row.template,
        version=row.version,
        way=Way(row.way),
        name=row.name,
        uscc=row.uscc,
        is_person=row.is_person,
        subject_id=row.subject_id,
        organisation=row.organisation,
        content=row.content,
        answers=row.answers,
        committed_on=row.committed_on,
        valid_until=row.valid_until,
        accepted_by=row.accepted_by,
        replaces=row.replaces,
        scan=row.scan,
        record=row.record,
        stand=Stand(row.stand),
        by=row.by,
        at=timezone.localtime(row.at),
        digest=row.digest,
        events=tuple(EventView(Act(e.act), e.on, e.reason, e.by, timezone.localtime(e.at)) for e in events),
    )


def _case(row: BreachCase, events: Sequence[BreachEvent]) -> CaseView:
    return CaseView(
        id=row.pk,
        doc_key=row.doc_key,
        leaf=row.entry,
        commitment_no=row.commitment_no,
        accepted_by=row.accepted_by,
        subject_id=row.subject_id,
        name=row.name,
        organisation=row.organisation,
        opened_for=row.opened_for,
        ground=row.ground,
        topic=row.topic,
        state=CaseState(row.state),
        opened_on=row.opened_on,
        answer_until=row.answer_until,
        breach_on=row.breach_on,
        digest=case_digest(events) if events else "",
        events=tuple(
            CaseEventView(
                act=CaseAct(e.act),
                state=CaseState(e.state),
                words=e.words,
                evidence=tuple(Evidence(**one) for one in e.evidence),
                on=e.on,
                answer_until=e.answer_until,
                by=e.by,
                at=timezone.localtime(e.at),
            )
            for e in events
        ),
    )
