"""What people do in a case: opened on grounds and evidence, the subject told, answered, decided by two people. One act, one event,
one journal row. What a decision does to the ledger is `service/operation/commitment_records`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.facts.records.types import EntryView
from ecredit.foundation.catalog.commitment_types import TOPICS, BreachRules
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.foundation.proof.keys import KeyRing
from ecredit.service.commitments.case_digests import case_digest, event_digest
from ecredit.service.commitments.case_rules import next_state
from ecredit.service.commitments.errors import CaseMoved, no_such_case
from ecredit.service.commitments.models import BreachCase, BreachEvent
from ecredit.service.commitments.types import (
    BROKEN,
    CASE_VERBS,
    LIVE,
    OUTCOMES,
    CaseAct,
    CaseState,
    Evidence,
)

LONGEST: Final = 2000
_MOST_EVIDENCE: Final = 20


@dataclass(frozen=True, slots=True)
class Opening:
    """What a case is opened on: the ledger's entry of the commitment, whose it is, and why.

    name, organisation  the subject's name (of a natural person masked), and the registered organisation that is it, if any
    opened_for          for which department or organisation the person acts
    """

    entry: EntryView
    subject_id: int
    name: str
    organisation: str
    opened_for: str
    ground: str
    topic: str
    words: str
    evidence: Sequence[Evidence]


def open_case(
    opening: Opening,
    *,
    rules: BreachRules,
    calendar: WorkCalendar,
    ring: KeyRing,
    by: Actor,
    at: datetime,
) -> int:
    """Open a case; gives its number. A subject whose people sign in here is told by this very act, and its time begins.

    Raises WrongUse without a ground, a topic, words or evidence; CaseMoved when a case about it is open, or it was found broken.
    """
    ground = rules.grounds.get(opening.ground)
    if ground is None:
        raise WrongUse("请选择立案的理由", "choose why the case is opened")
    if opening.topic not in TOPICS:
        raise WrongUse("请选择涉及承诺的哪个方面", "choose which part of the commitment it is about")
    words = _said(opening.words)
    evidence = _checked(opening.evidence)
    if not evidence:
        raise WrongUse(
            "请附上证据：一条记录，或一份文件",
            "add evidence: a record of the ledger, or a file",
        )
    values, on = opening.entry.values, timezone.localtime(at).date()
    with transaction.atomic():
        log = OpenLog(ring, at)
        if BreachCase.objects.filter(doc_key=opening.entry.doc_key, state__in=LIVE).exists():
            raise CaseMoved("这份承诺已有一件违诺案件在办", "a case about this commitment is open already")
        if values.get("fulfilment") == BROKEN:
            raise CaseMoved("这份承诺已经记为未履行", "this commitment stands as broken already")
        case = BreachCase.objects.create(
            doc_key=opening.entry.doc_key,
            entry=opening.entry.leaf,
            commitment_no=values.get("commitment_no", ""),
            accepted_by=values.get("accepted_by", ""),
            subject_id=opening.subject_id,
            name=opening.name,
            organisation=opening.organisation,
            opened_for=opening.opened_for,
            ground=ground.id,
            topic=opening.topic,
            state=CaseState.OPENED,
            opened_on=on,
        )
        _post(log, case, CaseAct.OPEN, CaseState.OPENED, words, by=by, on=on, evidence=evidence)
        if opening.organisation:
            _tell(log, case, "", on, rules, calendar, by=by)
        log.seal()
    return int(case.pk)


def tell_subject(
    *,
    number: int,
    words: str,
    told_on: date,
    rules: BreachRules,
    calendar: WorkCalendar,
    ring: KeyRing,
    by: Actor,
    at: datetime,
) -> date:
    """Put down how and when the subject was told (served on paper, by telephone …); gives the last day to answer.

    Raises NoSuchCase, CaseMoved, and WrongUse without words or for a day before the case or yet to come.
    """
    said, today = _said(words), timezone.localtime(at).date()
    with transaction.atomic():
        log = OpenLog(ring, at)
        case = _locked(number)
        if not case.opened_on <= told_on <= today:
            raise WrongUse(
                "告知日期应在立案之后、今天或以前",
                "the day it was told is from the opening of the case to today",
            )
        until = _tell(log, case, said, told_on, rules, calendar, by=by)
        log.seal()
    return until


def add_evidence(
    *, number: int, words: str, evidence: Iterable[Evidence], ring: KeyRing, by: Actor, at: datetime
) -> None:
    """Add to what a case rests on. Raises NoSuchCase, CaseMoved, WrongUse."""
    _act(number, CaseAct.ADD, _said(words), _checked(evidence), None, ring=ring, by=by, at=at)


def answer_case(
    *,
    number: int,
    organisations: Iterable[str] | None,
    words: str,
    evidence: Iterable[Evidence] = (),
    ring: KeyRing,
    by: Actor,
    at: datetime,
) -> None:
    """The subject's answer, as often as it wishes while the case is open: by its own people (`organisations`), after which it may be
    decided; or put down by an officer (None), which leaves the subject its whole time. Raises NoSuchCase also when the case is about none of these; CaseMoved; WrongUse without words."""
    own = None if organisations is None else frozenset(organisations)
    act = CaseAct.HEAR if own is None else CaseAct.ANSWER
    _act(number, act, _said(words), _checked(evidence), own, ring=ring, by=by, at=at)


def drop_case(*, number: int, words: str, ring: KeyRing, by: Actor, at: datetime) -> None:
    """Close a case before anything is found, and why. Raises NoSuchCase, CaseMoved, WrongUse."""
    _act(number, CaseAct.DROP, _said(words), (), None, ring=ring, by=by, at=at)


def post_decision(
    log: OpenLog, *, number: int, outcome: str, breach_on: date | None, seen: str, words: str, by: Actor
) -> BreachCase:
    """Decide a case (`breach` or `clear`), in a transaction whose log is open; two people stand behind it.

    `seen` is the digest of the case as both saw it. Raises NoSuchCase; CaseMoved when more has happened since, or the subject's
    time to answer is not over; WrongUse for another outcome, or a breach without the day it was found: how long it is public counts from it.
    """
    if outcome not in OUTCOMES:
        raise WrongUse("请选择认定的结果", "choose what is found")
    act, today = CaseAct(outcome), timezone.localtime(log.at).date()
    case = _locked(number)
    _check_seen(case, seen)
    state = _next(case, act)
    if case.state == CaseState.TOLD and (case.answer_until is None or case.answer_until >= today):
        raise CaseMoved(
            f"当事人的答复期限是 {case.answer_until}，期满或当事人自己答复以后才能认定",
            f"the subject may answer until {case.answer_until}; it can be decided after that, or once its own people have answered",
            case=number,
        )
    if act is CaseAct.BREACH and (breach_on is None or not case.opened_on <= breach_on <= today):
        raise WrongUse(
            "请写明违诺认定日期，不早于立案、不晚于今天",
            "say on which day it was found broken: not before the case was opened, not after today",
        )
    _post(
        log, case, act, state, _said(words), by=by, on=today,
        breach_on=breach_on if act is CaseAct.BREACH else None,
    )  # fmt: skip
    return case


def post_undo(log: OpenLog, *, number: int, seen: str, words: str, by: Actor) -> BreachCase:
    """Take back that a commitment was found broken, in a transaction whose log is open. Raises as `post_decision`."""
    case = _locked(number)
    _check_seen(case, seen)
    state = _next(case, CaseAct.UNDO)
    _post(log, case, CaseAct.UNDO, state, _said(words), by=by, on=timezone.localtime(log.at).date())
    return case


def _act(
    number: int,
    act: CaseAct,
    words: str,
    evidence: Sequence[Evidence],
    organisations: frozenset[str] | None,
    *,
    ring: KeyRing,
    by: Actor,
    at: datetime,
) -> None:
    with transaction.atomic():
        log = OpenLog(ring, at)
        case = _locked(number)
        if organisations is not None and case.organisation not in organisations:
            raise no_such_case(number)
        state = _next(case, act)
        _post(log, case, act, state, words, by=by, on=timezone.localtime(at).date(), evidence=evidence)
        log.seal()


def _tell(
    log: OpenLog,
    case: BreachCase,
    words: str,
    told_on: date,
    rules: BreachRules,
    calendar: WorkCalendar,
    *,
    by: Actor,
) -> date:
    until = calendar.add_workdays(told_on, rules.answer_workdays).on
    state = _next(case, CaseAct.TELL)
    _post(log, case, CaseAct.TELL, state, words, by=by, on=told_on, answer_until=until)
    return until


def _locked(number: int) -> BreachCase:
    case = BreachCase.objects.select_for_update().filter(pk=number).first()
    if case is None:
        raise no_such_case(number)
    return case


def _next(case: BreachCase, act: CaseAct) -> CaseState:
    state = next_state(CaseState(case.state), act)
    if state is None:
        raise CaseMoved(
            "案件现在的状态不能这样办理，可能已有人办过；请刷新后再看",
            "as the case stands this cannot be done, somebody may have been quicker; look at it again",
            case=case.pk,
            state=case.state,
        )
    return state


def _check_seen(case: BreachCase, seen: str) -> None:
    if case_digest(case.events.order_by("id")) != seen:
        raise CaseMoved(
            "案件在查看之后有新的情况，请重新查看后再办理",
            "more has happened in the case since it was looked at; look again, then decide",
            case=case.pk,
        )


def _post(
    log: OpenLog,
    case: BreachCase,
    act: CaseAct,
    state: CaseState,
    words: str,
    *,
    by: Actor,
    on: date,
    evidence: Sequence[Evidence] = (),
    answer_until: date | None = None,
    breach_on: date | None = None,
) -> None:
    event = BreachEvent(
        case=case,
        act=act,
        state=state,
        words=words,
        evidence=[asdict(one) for one in evidence],
        on=on,
        answer_until=answer_until,
        breach_on=breach_on,
        by=by.who,
        at=log.at,
    )
    detail: Mapping[str, object] = {"act": str(act), "event": event_digest(event)}
    event.leaf = post_journal(log, by=by, verb=CASE_VERBS[act], about=f"breach:{case.pk}", detail=detail)
    event.save(force_insert=True)
    case.state = state
    case.answer_until = answer_until or case.answer_until
    case.breach_on = breach_on or (None if act is CaseAct.UNDO else case.breach_on)
    case.save(update_fields=["state", "answer_until", "breach_on"])


def _said(words: str) -> str:
    said = words.replace("\0", "").strip()
    if not said:
        raise WrongUse("请写明情况", "say what it is about")
    return redact(said[:LONGEST])


def _checked(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    found = tuple(evidence)
    if len(found) > _MOST_EVIDENCE:
        raise WrongUse(
            f"一次最多附 {_MOST_EVIDENCE} 件证据", f"at most {_MOST_EVIDENCE} pieces of evidence at a time"
        )
    return found
