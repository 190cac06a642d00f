"""Where organisations want to be told of the end of what they sent and of what is due, and what has been told."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery

from ecredit.facts.actors.journal_notes import note
from ecredit.facts.actors.types import Actor
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer
from ecredit.service.operation.job_types import EVALUATE, REMIND
from ecredit.service.operation.models import Webhook, WebhookCall
from ecredit.service.operation.webhook_rules import check_address

# How long after each try that failed the next one comes; after the last the call has failed. A webhook rests as long after as
# many tries in a row, so that calls behind it do not each find out for themselves.
BACKOFF: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 1440))
# Of a webhook that was silent through all of that, what has waited so long fails with the call that was tried.
_STALE: Final = timedelta(days=1)
_SEALED: Final = "webhook"
_ENDED: Final = ("done", "attention", "failed", "cancelled")
SUBMISSION_ENDED: Final = "submission.ended"
REPORT_DUE: Final = "report.due"
WARNING_OPENED: Final = "warning.opened"
"""What is told. The second is told of a run of the reminders, the third of an evaluation, each with what of it concerns the organisation."""
_EVENTS: Final = {REMIND: REPORT_DUE, EVALUATE: WARNING_OPENED}


@dataclass(frozen=True, slots=True)
class WebhookView:
    """Where an organisation is told."""

    url: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class CallView:
    """One telling and how it stands."""

    id: int
    event: str
    job_id: int
    state: str
    attempts: int
    next_at: datetime
    outcome: str


@dataclass(frozen=True, slots=True)
class DueCall:
    """A call that is due, with everything it takes."""

    id: int
    job_id: int
    organisation: str
    url: str
    secret: str
    attempts: int


def set_webhook(
    *, organisation: str, url: str, sealer: Sealer, ring: KeyRing, by: Actor, at: datetime
) -> str:
    """Tell this address from now on; gives the new secret, which is shown once. Raises InputRefused for a bad address."""
    check_address(url)
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        Webhook.objects.update_or_create(
            organisation=organisation,
            defaults={"url": url, "secret": sealer.seal(_SEALED, secret), "set_at": at, "set_by": by.who}
            | {"failures": 0, "rests_until": None},
        )
        note(ring=ring, by=by, verb="webhook.set", about=f"organisation:{organisation}", detail={}, at=at)
    return secret


def drop_webhook(*, organisation: str, ring: KeyRing, by: Actor, at: datetime) -> bool:
    """Tell nobody any more; whether anybody was told before."""
    with transaction.atomic():
        gone, _ = Webhook.objects.filter(organisation=organisation).delete()
        if gone:
            WebhookCall.objects.filter(organisation=organisation, state="waiting").update(
                state="failed", ended_at=at, outcome="webhook removed"
            )
            note(
                ring=ring, by=by, verb="webhook.drop", about=f"organisation:{organisation}", detail={}, at=at
            )
    return bool(gone)


def find_webhook(organisation: str) -> WebhookView | None:
    """Where an organisation is told."""
    row = Webhook.objects.filter(organisation=organisation).first()
    return None if row is None else WebhookView(row.url, row.set_at)


def list_calls(organisation: str, *, limit: int = 20) -> list[CallView]:
    """An organisation's last calls, newest first."""
    rows = WebhookCall.objects.filter(organisation=organisation).select_related("job").order_by("-id")[:limit]
    return [
        CallView(r.pk, _event(r.job.kind), r.job_id, r.state, r.attempts, r.next_at, r.outcome) for r in rows
    ]


def _event(kind: str) -> str:
    return _EVENTS.get(kind, SUBMISSION_ENDED)


def open_call(*, organisation: str, job_id: int, at: datetime) -> None:
    """The end of this job is to be told, if the organisation wants to be told."""
    if Webhook.objects.filter(organisation=organisation).exists():
        WebhookCall.objects.create(organisation=organisation, job_id=job_id, state="waiting", next_at=at)


def open_due_calls(*, organisations: Collection[str], job_id: int, at: datetime) -> None:
    """What this run of the reminders, or this evaluation, found is to be told to those it concerns, once, if they want to be told."""
    told = WebhookCall.objects.filter(job_id=job_id).values_list("organisation", flat=True)
    for organisation in sorted(set(organisations) - set(told)):
        open_call(organisation=organisation, job_id=job_id, at=at)


def open_calls_again(*, job_id: int, at: datetime) -> None:
    """Whoever was told of this job's end, or was to be, is told of its next end."""
    calls = WebhookCall.objects.filter(job_id=job_id)
    waiting = set(calls.filter(state="waiting").values_list("organisation", flat=True))
    for organisation in sorted(set(calls.values_list("organisation", flat=True)) - waiting):
        open_call(organisation=organisation, job_id=job_id, at=at)


def find_call(job_id: int) -> int | None:
    """The number of the last call that waits for this job's end; None when nobody does."""
    waiting = WebhookCall.objects.filter(job_id=job_id, state="waiting")
    return waiting.order_by("-id").values_list("id", flat=True).first()


def list_due_calls(*, sealer: Sealer, at: datetime) -> list[DueCall]:
    """Of every organisation whose webhook does not rest the call that has waited longest, of those whose time has come and
    whose job has ended; first those that are heard, then those that may be again."""
    due = WebhookCall.objects.filter(state="waiting", next_at__lte=at, job__state__in=_ENDED)
    mine = due.filter(organisation=OuterRef("organisation")).order_by("next_at", "id").values("id")[:1]
    awake = Webhook.objects.filter(Q(rests_until=None) | Q(rests_until__lte=at))
    hooks = {h.first: h for h in awake.annotate(first=Subquery(mine)).filter(first__isnull=False)}
    rows = WebhookCall.objects.filter(id__in=hooks)
    ordered = sorted(rows, key=lambda r: (hooks[r.pk].failures, r.next_at, r.pk))
    return [
        DueCall(
            r.pk,
            r.job_id,
            r.organisation,
            hooks[r.pk].url,
            sealer.unseal(_SEALED, hooks[r.pk].secret),
            r.attempts,
        )
        for r in ordered
    ]


def note_call(*, call: DueCall, told: bool, outcome: str, at: datetime) -> None:
    """What came of a try: the next one is later each time, until the last. What is behind a webhook that was not heard waits."""
    attempts = call.attempts + 1
    mine = WebhookCall.objects.filter(id=call.id, state="waiting", attempts=call.attempts)
    hook = Webhook.objects.filter(organisation=call.organisation, url=call.url)
    with transaction.atomic():
        if told:
            mine.update(state="told", attempts=attempts, ended_at=at, outcome=outcome[:40])
            hook.update(failures=0, rests_until=None)
            return
        if attempts > len(BACKOFF):
            mine.update(state="failed", attempts=attempts, ended_at=at, outcome=outcome[:40])
        else:
            mine.update(attempts=attempts, next_at=at + BACKOFF[attempts - 1], outcome=outcome[:40])
        failures = 1 + (hook.values_list("failures", flat=True).first() or 0)
        hook.update(failures=failures, rests_until=at + BACKOFF[min(failures, len(BACKOFF)) - 1])
        if failures > len(BACKOFF):
            stale = WebhookCall.objects.filter(organisation=call.organisation, state="waiting")
            stale.filter(next_at__lt=at - _STALE, job__state__in=_ENDED).update(
                state="failed", ended_at=at, outcome="webhook silent"
            )
