"""Four eyes: what one person asks for takes effect when another has agreed."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from ecredit.facts.actors.audit_approvals import ASK, DECISIONS, asked_detail, changed_columns
from ecredit.facts.actors.errors import ApprovalChanged, FourEyes
from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import Approval, JournalEntry
from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.proof.keys import KeyRing

ASKED, AGREED, REFUSED, WITHDRAWN = "asked", "agreed", "refused", "withdrawn"


def ask_approval(
    *,
    verb: str,
    about: str,
    params: Mapping[str, object],
    reason: str,
    ring: KeyRing,
    by: Actor,
    at: datetime,
) -> Approval:
    """Ask for something that needs a second person; it waits until one decides.

    Raises WrongUse without a reason, or when the same is asked for already.
    """
    if not reason.strip():
        raise WrongUse("请写明理由", "say why")
    with transaction.atomic():
        log = OpenLog(ring, at)
        _check_not_asked(verb, about)
        asked = Approval.objects.create(
            verb=verb,
            about=about,
            params=dict(params),
            reason=redact(reason),
            state=ASKED,
            asked_by=by.who,
            asked_right=by.right,
            asked_at=log.at,
        )
        detail = asked_detail(verb=verb, about=about, params=params, reason=asked.reason)
        post_journal(log, by=by, verb=ASK, about=f"approval:{asked.pk}", detail=detail)
        log.seal()
    return asked


def post_decision(log: OpenLog, *, approval_id: int, agree: bool, note: str, by: Actor) -> Approval:
    """Agree or refuse, in the transaction that then does what was agreed: both happen or neither.

    One log for both: a head signed in between would be in the heads file even if the transaction failed. Raises FourEyes
    when one would decide on one's own request, WrongUse when it is decided already, and ApprovalChanged when one would
    agree to what is not what the journal says was asked.
    """
    asked = _waiting(approval_id)
    if agree:
        _check_as_asked(asked)
    if asked.asked_by == by.who:
        raise FourEyes("自己提出的操作须由他人复核", "another person must decide on what you asked for")
    asked.state = AGREED if agree else REFUSED
    asked.decided_by, asked.decided_at, asked.note = by.who, log.at, redact(note)
    asked.save()
    verb = "approval.agree" if agree else "approval.refuse"
    post_journal(log, by=by, verb=verb, about=f"approval:{asked.pk}", detail={"verb": asked.verb})
    return asked


def withdraw_approval(*, approval_id: int, ring: KeyRing, by: Actor, at: datetime) -> None:
    """Take one's own request back. Raises WrongUse when it is another's or decided already."""
    with transaction.atomic():
        log = OpenLog(ring, at)
        asked = _waiting(approval_id)
        if asked.asked_by != by.who:
            raise WrongUse("只能撤回自己提出的操作", "only your own request can be taken back")
        asked.state, asked.decided_by, asked.decided_at = WITHDRAWN, by.who, log.at
        asked.save()
        post_journal(log, by=by, verb="approval.withdraw", about=f"approval:{asked.pk}", detail={})
        log.seal()


def _check_not_asked(verb: str, about: str) -> None:
    other = Approval.objects.filter(verb=verb, about=about, state=ASKED).first()
    if other is not None:
        raise WrongUse(
            f"同一操作已在等待复核（第 {other.pk} 号）",
            f"the same is waiting for another person's agreement already (request {other.pk})",
            approval=other.pk,
        )


def _check_as_asked(asked: Approval) -> None:
    """The table alone does not say who asked for what: whoever writes it could ask in another's name."""
    about = f"approval:{asked.pk}"
    entries = JournalEntry.objects.filter(object=about)
    said = entries.filter(verb=ASK).order_by("leaf").first()
    changed = ["asked"] if said is None else changed_columns(asked, said)
    if entries.filter(verb__in=DECISIONS).exists():
        changed.append("state")
    if changed:
        raise ApprovalChanged(
            f"第 {asked.pk} 号与日志中提出的不一致（{'、'.join(changed)}），不能同意；请通知审计管理员",
            f"request {asked.pk} is not what the journal says was asked ({', '.join(changed)}) and cannot be agreed to; "
            "tell the audit administrator",
            approval=asked.pk,
        )


def _waiting(approval_id: int) -> Approval:
    """The request, read after the log was locked: two who decide at once are one after the other."""
    asked = Approval.objects.filter(id=approval_id).first()
    if asked is None:
        raise WrongUse(f"没有编号为 {approval_id} 的待复核操作", f"there is no request {approval_id}")
    if asked.state != ASKED:
        raise WrongUse("这项操作已经处理过了", "this request was decided already", state=asked.state)
    return asked
