"""What people do with a warning: the addressee's acknowledge and answer, an officer judges. One act, one event, one journal row."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from django.db import transaction

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.measures.errors import WarningMoved
from ecredit.judgement.measures.models import EarlyWarning, WarningAddressee, WarningEvent
from ecredit.judgement.measures.queries import no_such_warning
from ecredit.judgement.measures.types import JUDGEMENTS, VERBS, Act, State
from ecredit.judgement.measures.warning_digests import event_digest
from ecredit.judgement.measures.warning_rules import is_answered, next_state

LONGEST: Final = 2000
# An answer that was not enough is due again after so many working days.
AGAIN_WORKDAYS: Final = 5


def acknowledge_warning(
    *, number: int, organisations: Iterable[str] | None, ring: KeyRing, by: Actor, at: datetime
) -> State:
    """Say that it has been seen; gives how the warning stands. Raises as `answer_warning`."""
    return _act(number, Act.ACKNOWLEDGE, organisations, "", None, ring=ring, by=by, at=at)


def answer_warning(
    *, number: int, organisations: Iterable[str] | None, words: str, ring: KeyRing, by: Actor, at: datetime
) -> State:
    """Answer, for those of these organisations that owe an answer (None: at the console, for all who do); gives how the warning
    stands: it waits until all who were asked have answered, unless its rule says that the first is enough.

    Raises NoSuchWarning when it was told to none of them; WarningMoved when none of them was asked for an answer or all have given
    it, or the warning is answered, judged or ended by now; WrongUse for an answer without words.
    """
    return _act(number, Act.ANSWER, organisations, _said(words), None, ring=ring, by=by, at=at)


def judge_warning(
    *,
    number: int,
    judgement: str,
    words: str,
    calendar: WorkCalendar,
    on: date,
    ring: KeyRing,
    by: Actor,
    at: datetime,
) -> State:
    """Judge a warning: `justify` (rightly warned), `false_alarm`, or `return` (the answer is not enough: due again within five
    working days). Raises NoSuchWarning, WarningMoved, and WrongUse without words or for another judgement."""
    if judgement not in JUDGEMENTS:
        raise WrongUse(
            f"没有 {judgement} 这种认定；可用：{'、'.join(JUDGEMENTS)}",
            f"there is no judgement {judgement}; use one of: {', '.join(JUDGEMENTS)}",
        )
    again = calendar.add_workdays(on, AGAIN_WORKDAYS).on if judgement == Act.RETURN else None
    return _act(number, Act(judgement), None, _said(words), again, ring=ring, by=by, at=at)


def _said(words: str) -> str:
    said = words.strip()
    if not said:
        raise WrongUse("请写明情况", "say what it is about")
    return redact(said[:LONGEST])


def _act(
    number: int,
    act: Act,
    organisations: Iterable[str] | None,
    words: str,
    again: date | None,
    *,
    ring: KeyRing,
    by: Actor,
    at: datetime,
) -> State:
    with transaction.atomic():
        log = OpenLog(ring, at)
        row = EarlyWarning.objects.select_for_update().filter(pk=number).first()
        if row is None:
            raise no_such_warning(number)
        told = list(WarningAddressee.objects.filter(warning=row).order_by("id"))
        mine = None if organisations is None else frozenset(organisations)
        if mine is not None:
            _check_asked(row, told, mine)
        state = next_state(State(row.state), act)
        if state is None:
            raise WarningMoved(
                "这条预警现在的状态不能这样办理，可能已有人办过；请刷新后再看",
                "as the warning stands this cannot be done, somebody may have been quicker; look at it again",
                warning=number,
                state=row.state,
            )
        answering = _answer_for(row, told, mine) if act is Act.ANSWER else []
        if act is Act.ANSWER and not _is_answered(row, told, answering):
            state = State(row.state)  # others still owe theirs
        if act is Act.RETURN:
            WarningAddressee.objects.filter(warning=row).update(answered=False)
        row.state = state
        if again is not None:
            # What escalates later does so by the same distance.
            row.due_on, row.escalates_on = again, again + (row.escalates_on - row.due_on)
        row.save(update_fields=["state", "due_on", "escalates_on"])
        event = WarningEvent(
            warning=row,
            act=act,
            state=row.state,
            holds=row.holds,
            gravity=row.gravity,
            due_on=row.due_on,
            escalates_on=row.escalates_on,
            words=words,
            organisations=answering,
            by=by.who,
            at=log.at,
        )
        detail = {"events": [event_digest(event)]}
        event.leaf = post_journal(log, by=by, verb=VERBS[act], about=f"warning:{number}", detail=detail)
        event.save(force_insert=True)
        log.seal()
    return state


def _check_asked(row: EarlyWarning, told: Sequence[WarningAddressee], organisations: frozenset[str]) -> None:
    asked = [one.answers for one in told if one.organisation in organisations]
    if not asked:
        raise no_such_warning(row.pk)
    if not any(asked):
        raise WarningMoved(
            "这条预警只是抄送贵单位，由其他单位答复",
            "the warning was told to your organisation for information; another answers it",
            warning=row.pk,
        )


def _answer_for(
    row: EarlyWarning, told: Sequence[WarningAddressee], organisations: frozenset[str] | None
) -> list[str]:
    """Put down who has answered now; gives them by id."""
    owing = [
        one
        for one in told
        if one.answers and not one.answered and (organisations is None or one.organisation in organisations)
    ]
    if not owing:
        raise WarningMoved(
            "贵单位已经答复过这条预警，还在等其他单位答复",
            "your organisation has answered this warning already; it waits for the answers of others",
            warning=row.pk,
        )
    WarningAddressee.objects.filter(pk__in=[one.pk for one in owing]).update(answered=True)
    return sorted(one.organisation for one in owing)


def _is_answered(row: EarlyWarning, told: Sequence[WarningAddressee], now: Sequence[str]) -> bool:
    asked = {one.organisation: (one.kind, one.answered) for one in told if one.answers}
    return is_answered(asked, now, json.loads(row.document)["answered_by"])
