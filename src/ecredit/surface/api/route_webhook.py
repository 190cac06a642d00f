"""Being told instead of asking: the organisation's webhook. And which key this is."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from ecredit.service.operation.webhook_actions import (
    SUBMISSION_ENDED,
    drop_webhook,
    find_webhook,
    list_calls,
    set_webhook,
)
from ecredit.surface.api.keys import Needs, account_of, actor_of, key_ends
from ecredit.surface.api.problems import not_found
from ecredit.surface.api.running import platform
from ecredit.surface.api.shapes import KeyShape, WebhookSecret, WebhookSetting, WebhookShape
from ecredit.surface.api.told import reads, sends

router = Router(tags=["key"])


@router.get("/key", auth=Needs("source.read"), response=reads(KeyShape), summary="当前密钥 This key")
def read_key(request: HttpRequest) -> dict[str, Any]:
    """Whose key this is, what it may do, and when it ends."""
    account = account_of(request)
    return {
        "organisation": account.organisation,
        "name": account.name,
        "scopes": sorted(account.scopes or ()),
        "where": account.where,
        "expires_at": key_ends(request),
    }


@router.get("/webhook", auth=Needs("batch.submit"), response=reads(WebhookShape), summary="回调 The webhook")
def read_webhook(request: HttpRequest) -> dict[str, Any]:
    """Where the organisation is told, and how the last tellings went."""
    organisation = account_of(request).organisation
    hook = find_webhook(organisation)
    if hook is None:
        raise not_found()
    calls = [
        {
            "id": call.id, "event": call.event, "submission": call.job_id if call.event == SUBMISSION_ENDED else None,
            "state": call.state, "attempts": call.attempts, "next_at": call.next_at, "outcome": call.outcome,
        }
        for call in list_calls(organisation)
    ]  # fmt: skip
    return {"url": hook.url, "set_at": hook.set_at, "calls": calls}


@router.put(
    "/webhook",
    auth=Needs("batch.submit"),
    response=sends(200, WebhookSecret),
    summary="设置回调 Set the webhook",
)
def put_webhook(request: HttpRequest, setting: WebhookSetting) -> dict[str, Any]:
    """Tell this address of the end of every submission, and once a day of reports that are due, from now on. The secret signs what is told:
    `Ecredit-Signature: t=<seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`."""
    secret = set_webhook(
        organisation=account_of(request).organisation,
        url=setting.url,
        sealer=platform().sealer,
        ring=platform().ring,
        by=actor_of(request, "batch.submit"),
        at=platform().now,
    )
    return {"url": setting.url, "secret": secret}


@router.delete(
    "/webhook", auth=Needs("batch.submit"), response={**reads(None), 204: None}, summary="取消回调 No webhook"
)
def delete_webhook(request: HttpRequest) -> Any:
    """Tell nobody any more."""
    by = actor_of(request, "batch.submit")
    organisation = account_of(request).organisation
    if not drop_webhook(organisation=organisation, ring=platform().ring, by=by, at=platform().now):
        raise not_found()
    return Status(204, None)
