"""Telling an organisation that what it sent has been dealt with, or what it has to send: a signed POST, tried again later
when it fails."""

import hashlib
import hmac
import http.client
import json
import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import Final
from urllib.parse import SplitResult

from ecredit.judgement.measures.queries import list_opened
from ecredit.service.operation.job_queries import get_job
from ecredit.service.operation.job_types import EVALUATE, REMIND, JobView
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.webhook_actions import (
    REPORT_DUE,
    SUBMISSION_ENDED,
    WARNING_OPENED,
    DueCall,
    list_due_calls,
    note_call,
)
from ecredit.service.operation.webhook_rules import AddressRefused, check_address, resolve

_MOST_WARNINGS: Final = 100
_SECONDS: Final = 10.0
_LONGEST_SECONDS: Final = 15.0
_ROUND_SECONDS: Final = 30.0
_AGENT: Final = "ecredit-webhook/1"


def deliver_calls(platform: Platform) -> tuple[int, int]:
    """Make the calls that are due; gives how many were heard and how many were not."""
    heard = unheard = 0
    until = time.monotonic() + _ROUND_SECONDS
    # One call an organisation and round: who is told much, or listens slowly, is no longer at it than the others. Who was not
    # heard rests, so each round has fewer.
    while calls := list_due_calls(sealer=platform.sealer, at=platform.now):
        for call in calls:
            if time.monotonic() > until:  # the rest is due at the next run
                return heard, unheard
            body = json.dumps(event_of(get_job(call.job_id), call.organisation), ensure_ascii=False).encode()
            told, outcome = _tell(call, body, int(platform.now.timestamp()))
            note_call(call=call, told=told, outcome=outcome, at=platform.now)
            heard, unheard = heard + told, unheard + (not told)
    return heard, unheard


def event_of(job: JobView, organisation: str) -> dict[str, object]:
    """What is told: that what was sent has ended and how, which reports of the organisation are due, or of what it is warned;
    the rest is asked for with a key."""
    ended_at = None if job.finished_at is None else job.finished_at.isoformat()
    reminders = job.result.get("reminders")
    if job.kind == REMIND:
        mine = [r for r in reminders if r["supplier"] == organisation] if isinstance(reminders, list) else []
        reports = [{name: value for name, value in r.items() if name != "supplier"} for r in mine]
        return {
            "event": REPORT_DUE,
            "reports": reports,
            "commitments": _ending(job, organisation),
            "at": ended_at,
        }
    if job.kind == EVALUATE:
        return {"event": WARNING_OPENED, "warnings": _warnings(job, organisation), "at": ended_at}
    receipt = job.result.get("receipt")
    return {
        "event": SUBMISSION_ENDED,
        "submission": job.id,
        "kind": job.kind,
        "state": job.state.value,
        "source": job.params.get("source"),
        "batch": receipt.get("batch_id") if isinstance(receipt, dict) else None,
        "ended_at": ended_at,
    }


def _ending(job: JobView, organisation: str) -> list[dict[str, object]]:
    """The organisation's commitments of whose end a reminder was due on the day of this run."""
    ending = job.result.get("commitments_ending")
    return [
        {"number": one["number"], "valid_until": one["valid_until"]}
        for one in (ending if isinstance(ending, list) else [])
        if one["organisation"] == organisation
    ]


def _warnings(job: JobView, organisation: str) -> list[dict[str, object]]:
    """The first warnings of an evaluation that wait for this organisation's answer."""
    warned = job.result.get("warnings")
    run = warned.get("run_id") if isinstance(warned, dict) else None
    mine = list_opened(run).get(organisation, []) if isinstance(run, int) else []
    return [
        {"warning": w.id, "rule": w.rule, "severity": w.severity, "due_on": w.due_on.isoformat()}
        for w in mine[:_MOST_WARNINGS]
    ]


def signature(secret: str, at: int, body: bytes) -> str:
    """`t=<unix seconds>,v1=<hex>`: HMAC-SHA256 over `<t>.<body>` under the webhook's secret."""
    return f"t={at},v1={hmac.new(secret.encode(), f'{at}.'.encode() + body, hashlib.sha256).hexdigest()}"


def _tell(call: DueCall, body: bytes, at: int) -> tuple[bool, str]:
    try:
        parts = check_address(call.url)
        connection = _Pinned(parts, resolve(parts))
    except AddressRefused:
        return False, "address refused"
    headers = {
        "Content-Type": "application/json",
        "User-Agent": _AGENT,
        "Ecredit-Signature": signature(call.secret, at, body),
        "Ecredit-Delivery": str(call.id),
    }
    # Each byte may come in time and the whole never end.
    cut = threading.Timer(_LONGEST_SECONDS, connection.cut)
    cut.daemon = True
    cut.start()
    try:
        connection.request(
            "POST", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", body, headers
        )
        # Redirects are not followed, and what it says is not read.
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return False, type(error).__name__
    finally:
        cut.cancel()
        connection.close()
    return 200 <= status < 300, str(status)


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was looked at, for a host that is named."""

    def __init__(self, parts: SplitResult, address: str) -> None:
        super().__init__(
            str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80), timeout=_SECONDS
        )
        self._address, self._tls = address, parts.scheme == "https"

    def connect(self) -> None:
        """Connect; with https the certificate must be the host's."""
        self.sock = socket.create_connection((self._address, self.port), _SECONDS)
        if self._tls:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """End it from another thread, whatever is being waited for."""
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
