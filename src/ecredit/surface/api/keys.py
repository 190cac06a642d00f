"""Who asks, and whether the key carries the permission: every route names the one it needs."""

from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest
from ninja.security import HttpBearer

from ecredit.facts.actors.key_actions import find_account, find_signer
from ecredit.facts.actors.models import ApiKey
from ecredit.facts.actors.queries import check_lasts
from ecredit.facts.actors.rights import Account, allow, may
from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.home import Home
from ecredit.service.operation.request_counts import Counts, Use
from ecredit.surface.api.problems import ApiProblem
from ecredit.surface.api.running import platform
from ecredit.surface.api.signatures import SCHEME, SKEW, check_body_digest, read_signature

_counts: dict[str, Counts] = {}
_CHALLENGE: Final = f'Bearer realm="ecredit", {SCHEME} realm="ecredit"'


class Needs(HttpBearer):
    """The key must carry one of these permissions. `streams`: the route reads a long body itself, and its digest with it."""

    def __init__(self, *permissions: str, streams: bool = False) -> None:
        super().__init__()
        self.permissions = permissions
        self._streams = streams

    def __call__(self, request: HttpRequest) -> Account:
        """The account; 401 without a valid key, 429 over its limits, 403 without the permission or once the organisation has ended."""
        running = platform()
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        found = None
        if scheme.lower() == "bearer":
            found = find_account(given.strip(), at=running.now)
        elif scheme.upper() == SCHEME:
            found = self._signer(request, given)
        if found is None:
            raise ApiProblem(401, "no_key", headers={"WWW-Authenticate": _CHALLENGE})
        account, key = found
        request.account = account  # type: ignore[attr-defined]  # whom the request's log line names
        request.key_ends = key.expires_at  # type: ignore[attr-defined]
        _count(request, key)
        if not any(may(running.catalog, account, permission) for permission in self.permissions):
            allow(running.catalog, account, self.permissions[0])
        check_lasts(running.catalog, account.organisation, on=running.today)
        if not self._streams:
            check_body_digest(request)
        return account

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Not asked: `__call__` is."""
        raise NotImplementedError

    def _signer(self, request: HttpRequest, parameters: str) -> tuple[Account, ApiKey] | None:
        signature = read_signature(request, parameters)
        now = platform().now
        if signature is None or abs(signature.ts - now.timestamp()) > SKEW:
            return None
        found = find_signer(
            signature.prefix, signature.signed, signature.sig, sealer=platform().sealer, at=now
        )
        if found is None:
            return None
        fresh = counts_of(platform().home).take_nonce(
            found[1].pk, signature.nonce, at=int(now.timestamp()), kept=2 * SKEW + 60
        )
        return found if fresh else None


def account_of(request: HttpRequest) -> Account:
    """The account of a request that passed `Needs`."""
    account: Account = request.auth  # type: ignore[attr-defined]
    return account


def key_ends(request: HttpRequest) -> datetime:
    """When the key of a request that passed `Needs` ends."""
    ends: datetime = request.key_ends  # type: ignore[attr-defined]
    return ends


def actor_of(request: HttpRequest, permission: str) -> Actor:
    """As whom the account does something of its own."""
    account = account_of(request)
    return allow(platform().catalog, account, permission, of=account.organisation)


def counts_of(home: Home) -> Counts:
    """The counts of a home."""
    return _counts.setdefault(str(home.root), Counts(home.root / "api_counts.sqlite3"))


def _count(request: HttpRequest, key: ApiKey) -> None:
    uses = counts_of(platform().home).count(
        key.pk, per_minute=key.per_minute, per_day=key.per_day, at=platform().now
    )
    headers = _limit_headers(uses)
    request.api_headers = headers  # type: ignore[attr-defined]
    over = [use for use in uses if use.passed]
    if over:
        wait = max(use.left for use in over)
        raise ApiProblem(429, "too_many", headers={"Retry-After": str(wait)}, most=over[-1].most, wait=wait)


def _limit_headers(uses: tuple[Use, Use]) -> dict[str, str]:
    """How the tighter of the limits stands (RateLimit-*), and both as a policy."""
    tight = min(uses, key=lambda use: max(0, use.most - use.n))
    return {
        "RateLimit-Limit": str(tight.most),
        "RateLimit-Remaining": str(max(0, tight.most - tight.n)),
        "RateLimit-Reset": str(tight.left),
        "RateLimit-Policy": ", ".join(f'"{use.name}";q={use.most};w={use.window}' for use in uses),
    }
