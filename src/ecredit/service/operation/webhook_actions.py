"""Where organisations want to be told of the end of what they sent, and what has been told."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from ecredit.facts.actors.journal_notes import note
from ecredit.facts.actors.types import Actor
from ecredit.foundation.proof.sealing import Sealer
from ecredit.service.operation.models import Webhook, WebhookCall
from ecredit.service.operation.webhook_rules import check_address

# How long after each try that failed the next one comes; after the last the call has failed.
BACKOFF: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 1440))
_SEALED: Final = "webhook"
_ENDED: Final = ("done", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class WebhookView:
    """Where an organisation is told."""

    url: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class CallView:
    """One telling and how it stands."""

    id: int
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
    url: str
    secret: str
    attempts: int


def set_webhook(*, organisation: str, url: str, sealer: Sealer, by: Actor, at: datetime) -> str:
    """Tell this address from now on; gives the new secret, which is shown once. Raises InputRefused for a bad address."""
    check_address(url)
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        Webhook.objects.update_or_create(
            organisation=organisation,
            defaults={"url": url, "secret": sealer.seal(_SEALED, secret), "set_at": at, "set_by": by.who},
        )
        note(by=by, verb="webhook.set", about=f"organisation:{organisation}", detail={}, at=at)
    return secret


def drop_webhook(*, organisation: str, by: Actor, at: datetime) -> bool:
    """Tell nobody any more; whether anybody was told before."""
    with transaction.atomic():
        gone, _ = Webhook.objects.filter(organisation=organisation).delete()
        if gone:
            WebhookCall.objects.filter(organisation=organisation, state="waiting").update(
                state="failed", ended_at=at, outcome="webhook removed"
            )
            note(by=by, verb="webhook.drop", about=f"organisation:{organisation}", detail={}, at=at)
    return bool(gone)


def find_webhook(organisation: str) -> WebhookView | None:
    """Where an organisation is told."""
    row = Webhook.objects.filter(organisation=organisation).first()
    return None if row is None else WebhookView(row.url, row.set_at)


def list_calls(organisation: str, *, limit: int = 20) -> list[CallView]:
    """An organisation's last calls, newest first."""
    rows = WebhookCall.objects.filter(organisation=organisation).order_by("-id")[:limit]
    return [CallView(r.pk, r.job_id, r.state, r.attempts, r.next_at, r.outcome) for r in rows]


def open_call(*, organisation: str, job_id: int, at: datetime) -> None:
    """The end of this job is to be told, if the organisation wants to be told."""
    if Webhook.objects.filter(organisation=organisation).exists():
        WebhookCall.objects.create(organisation=organisation, job_id=job_id, state="waiting", next_at=at)


def has_call(job_id: int) -> bool:
    """Whether somebody waits to be told of this job's end."""
    return WebhookCall.objects.filter(job_id=job_id, state="waiting").exists()


def list_due_calls(*, sealer: Sealer, at: datetime, limit: int = 50) -> list[DueCall]:
    """Calls whose time has come and whose job has ended."""
    rows = WebhookCall.objects.filter(state="waiting", next_at__lte=at, job__state__in=_ENDED).order_by(
        "next_at"
    )
    found = list(rows[:limit])
    hooks = {
        h.organisation: h for h in Webhook.objects.filter(organisation__in={r.organisation for r in found})
    }
    return [
        DueCall(
            r.pk,
            r.job_id,
            hooks[r.organisation].url,
            sealer.unseal(_SEALED, hooks[r.organisation].secret),
            r.attempts,
        )
        for r in found
        if r.organisation in hooks
    ]


def note_call(*, call: DueCall, told: bool, outcome: str, at: datetime) -> None:
    """What came of a try: the next one is later each time, until the last."""
    attempts = call.attempts + 1
    mine = WebhookCall.objects.filter(id=call.id, state="waiting", attempts=call.attempts)
    if told or attempts > len(BACKOFF):
        mine.update(state="told" if told else "failed", attempts=attempts, ended_at=at, outcome=outcome[:40])
    else:
        mine.update(attempts=attempts, next_at=at + BACKOFF[attempts - 1], outcome=outcome[:40])
