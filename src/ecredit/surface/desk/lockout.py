"""Who guesses waits: after ten failures for a login from an address, both steps of the sign-in are shut for a while.

An address that tries many logins, and a login that is tried from many addresses, are slowed down to one try a minute. Nobody is
shut out for good by others: from where a person has signed in of late, what is tried elsewhere does not count.
"""

from datetime import datetime, timedelta
from typing import Final

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone

from ecredit.facts.actors.models import SignIn
from ecredit.service.operation.client_address import client_address
from ecredit.surface.desk.platform import city

FROM_ADDRESS: Final = 50
"""Failures from one address, whatever the logins, while they are remembered."""
FOR_LOGIN: Final = 30
"""Failures for one login, wherever from."""
SLOWED: Final = timedelta(minutes=1)
_KNOWN: Final = timedelta(days=30)


def locked_until(request: HttpRequest, login: str) -> datetime | None:
    """Until when this address may not try this login; None while it may."""
    if AxesProxyHandler.is_allowed(request, {"username": login}):
        return _slowed_until(client_address(request), login)
    waits: timedelta = settings.AXES_COOLOFF_TIME
    last = (
        AccessAttempt.objects.filter(username=login, ip_address=client_address(request))
        .order_by("-attempt_time")
        .values_list("attempt_time", flat=True)
        .first()
    )
    return (last or city().now) + waits


def _slowed_until(address: str, login: str) -> datetime | None:
    # The clock is the one the attempts are written by.
    now = timezone.now()
    kept = AccessAttempt.objects.filter(attempt_time__gt=now - settings.AXES_COOLOFF_TIME)
    waits = [_after(kept.filter(ip_address=address), FROM_ADDRESS)]
    if not _known_from(address, login):
        waits.append(_after(kept.filter(username=login), FOR_LOGIN))
    return max((until for until in waits if until is not None and until > now), default=None)


def _after(tries: QuerySet[AccessAttempt], most: int) -> datetime | None:
    found = tries.aggregate(n=Sum("failures_since_start"), last=Max("attempt_time"))
    last: datetime | None = found["last"]
    return None if last is None or (found["n"] or 0) < most else last + SLOWED


def _known_from(address: str, login: str) -> bool:
    since = city().now - _KNOWN
    return SignIn.objects.filter(person__login=login, address=address, opened_at__gt=since).exists()


def count_failure(request: HttpRequest, login: str) -> None:
    """A wrong code counts like a wrong password."""
    AxesProxyHandler.user_login_failed(
        sender="second_factor", credentials={"username": login}, request=request
    )
