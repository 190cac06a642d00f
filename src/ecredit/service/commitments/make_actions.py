"""Making a commitment, and ending one: a row or an event, and one journal row with its digest. The record of the ledger follows
in the same transaction (`service/operation/commitment_records`)."""

from collections.abc import Collection
from datetime import date

from django.db.models import Max

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import redact
from ecredit.service.commitments.content_rules import (
    content_of,
    digest_of,
    draft_digest,
    number_of,
    valid_until,
)
from ecredit.service.commitments.errors import no_such_commitment
from ecredit.service.commitments.models import Commitment, CommitmentEvent
from ecredit.service.commitments.types import ENDED, MADE, Act, Draft, Stand

_LONGEST = 500
_BECOMES = {Act.WITHDRAW: Stand.WITHDRAWN, Act.REPLACE: Stand.REPLACED}


def next_number(committed_on: date) -> str:
    """The number of the next commitment made here. Call it with the log open: the lock makes it nobody else's."""
    return number_of(committed_on, (Commitment.objects.aggregate(top=Max("id"))["top"] or 0) + 1)


def post_commitment(
    log: OpenLog, draft: Draft, *, number: str, replaces: str, record: int, by: Actor
) -> Commitment:
    """Put a commitment down, in the caller's transaction and log; `record` is the number of the single record it became."""
    digest = draft_digest(draft, number)
    leaf = post_journal(
        log,
        by=by,
        verb=MADE[draft.way],
        about=f"commitment:{number}",
        detail={
            "digest": digest,
            "template": f"{draft.template.id}/{draft.version.number}",
            "replaces": replaces,
            "subject": draft.subject_id,
            "record": record,
        },
    )
    return Commitment.objects.create(
        number=number,
        template=draft.template.id,
        version=draft.version.number,
        way=draft.way,
        subject_id=draft.subject_id,
        uscc=draft.uscc,
        name=draft.name,
        is_person=draft.is_person,
        organisation=draft.organisation,
        content=content_of(draft.version, draft.answers),
        answers=dict(draft.answers),
        committed_on=draft.committed_on,
        valid_until=valid_until(draft.version, draft.committed_on),
        accepted_by=draft.accepted_by,
        replaces=replaces,
        scan=draft.scan,
        record=record,
        stand=Stand.IN_FORCE,
        digest=digest,
        by=by.who,
        at=log.at,
        leaf=leaf,
    )


def post_end(log: OpenLog, *, number: str, act: Act, on: date, reason: str, by: Actor) -> Commitment:
    """Withdraw or replace a commitment from a day on, in the caller's transaction and log.

    Raises NoSuchCommitment; WrongUse when it was ended before, or is over by itself.
    """
    row = Commitment.objects.select_for_update().filter(number=number).first()
    if row is None:
        raise no_such_commitment(number)
    if row.stand != Stand.IN_FORCE or row.valid_until < on:
        raise WrongUse(
            f"承诺书 {number} 已经撤回、更换或到期",
            f"the commitment {number} was withdrawn, replaced or is over already",
            commitment=number,
        )
    said = redact(reason.strip()[:_LONGEST])
    leaf = post_journal(
        log, by=by, verb=ENDED, about=f"commitment:{number}", detail=event_detail(act, on, said)
    )
    CommitmentEvent.objects.create(
        commitment=row, act=act, on=on, reason=said, by=by.who, at=log.at, leaf=leaf
    )
    row.stand = _BECOMES[act]
    row.save(update_fields=["stand"])
    return row


def event_detail(act: str, on: date, reason: str) -> dict[str, object]:
    """What the journal keeps of an end; of the words a digest."""
    return {"act": str(act), "on": on.isoformat(), "reason": digest_of(reason)}


def stands_after(acts: Collection[str]) -> Stand:
    """How a commitment stands after these acts."""
    return next((_BECOMES[Act(act)] for act in acts), Stand.IN_FORCE)
