"""What people do with a gap: the platform's answer; officers dismiss it, find it mended, confirm it or take a confirmation back.

One act, one event, one journal row. To confirm and to take back need two people (`service/operation/approved`).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.disclosure.errors import GapMoved
from ecredit.judgement.disclosure.gap_rules import digest_of, next_state
from ecredit.judgement.disclosure.keep_gaps import Change, event_of, journal_events, read_document
from ecredit.judgement.disclosure.models import DisclosureGap
from ecredit.judgement.disclosure.queries import no_such_gap
from ecredit.judgement.disclosure.types import VERBS, Act, State

LONGEST: Final = 2000
BY_ONE: Final = (Act.DISMISS, Act.MEND)
BY_TWO: Final = (Act.CONFIRM, Act.REVOKE)


def answer_gap(
    *, number: int, organisations: Iterable[str] | None, words: str, ring: KeyRing, by: Actor, at: datetime
) -> State:
    """Answer for one of these organisations (None: at the console, for the platform).

    Raises NoSuchGap when it is another's; GapMoved when it is over; WrongUse without words.
    """
    return _act(number, Act.ANSWER, organisations, words, ring=ring, by=by, at=at)


def settle_gap(*, number: int, act: str, words: str, ring: KeyRing, by: Actor, at: datetime) -> State:
    """Dismiss a gap, or find it mended (of a page alone). Raises NoSuchGap, GapMoved, WrongUse."""
    if act not in BY_ONE:
        raise WrongUse(
            f"没有 {act} 这种处理；可用：{'、'.join(BY_ONE)}",
            f"there is no {act}; use one of: {', '.join(BY_ONE)}",
        )
    return _act(number, Act(act), None, words, ring=ring, by=by, at=at)


def _act(
    number: int,
    act: Act,
    organisations: Iterable[str] | None,
    words: str,
    *,
    ring: KeyRing,
    by: Actor,
    at: datetime,
) -> State:
    with transaction.atomic():
        log = OpenLog(ring, at)
        row = _locked(number, organisations)
        state = post_gap_act(log, row=row, act=act, words=words, by=by)
        log.seal()
    return state


def post_confirmation(log: OpenLog, *, number: int, act: str, digest: str, words: str, by: Actor) -> State:
    """Confirm a gap, or take that back, in a transaction whose log is open.

    Raises NoSuchGap, GapMoved when it no longer says what was asked about (`digest`) or it cannot be done, WrongUse without words.
    """
    row = _locked(number, None)
    if digest != digest_of(row.document):
        raise GapMoved(
            "这条缺漏的内容在提出以后有了变化，请按现在的内容重新提出",
            "the gap says something else than when this was asked for; ask anew on what it says now",
            gap=number,
        )
    if act not in BY_TWO:
        raise WrongUse(f"没有 {act} 这种处理", f"there is no {act}")
    return post_gap_act(log, row=row, act=Act(act), words=words, by=by)


def post_gap_act(log: OpenLog, *, row: DisclosureGap, act: Act, words: str, by: Actor) -> State:
    """One act on a locked gap, in a transaction whose log is open."""
    said = redact(words.strip()[:LONGEST])
    if not said:
        raise WrongUse("请写明情况", "say what it is about")
    state = next_state(State(row.state), act)
    # What a record says of a past day cannot be put right, and what was never disclosed is found again by the next look.
    if state is None or (act is Act.MEND and read_document(row.document)["kind"] != "page"):
        raise GapMoved(
            "这条缺漏现在的状态不能这样处理，可能已有人办过；请刷新后再看",
            "as the gap stands this cannot be done, somebody may have been quicker; look at it again",
            gap=row.pk,
            state=row.state,
        )
    row.state = state
    if act is Act.MEND:
        row.holds = False
    if act is Act.CONFIRM:
        row.confirmed_on = timezone.localtime(log.at).date()
    if act is Act.REVOKE:
        row.confirmed_on = None
    row.save(update_fields=["state", "holds", "confirmed_on"])
    event = event_of(Change(act, row, words=said), by=by, log=log)
    journal_events(log, [event], verb=VERBS[act], about=f"gap:{row.pk}", head={}, by=by)
    return state


def _locked(number: int, organisations: Iterable[str] | None) -> DisclosureGap:
    rows = DisclosureGap.objects.select_for_update().filter(pk=number)
    if organisations is not None:
        rows = rows.filter(organisation__in=set(organisations))
    row = rows.first()
    if row is None:
        raise no_such_gap(number)
    return row
