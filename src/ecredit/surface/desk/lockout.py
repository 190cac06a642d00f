"""Who guesses waits: after ten failures for a login from an address, both steps of the sign-in are shut for a while."""

from datetime import datetime, timedelta

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest

from ecredit.service.operation.client_address import client_address
from ecredit.surface.desk.platform import city


def locked_until(request: HttpRequest, login: str) -> datetime | None:
    """Until when this address may not try this login; None while it may."""
    if AxesProxyHandler.is_allowed(request, {"username": login}):
        return None
    waits: timedelta = settings.AXES_COOLOFF_TIME
    last = (
        AccessAttempt.objects.filter(username=login, ip_address=client_address(request))
        .order_by("-attempt_time")
        .values_list("attempt_time", flat=True)
        .first()
    )
    return (last or city().now) + waits


def count_failure(request: HttpRequest, login: str) -> None:
    """A wrong code counts like a wrong password."""
    AxesProxyHandler.user_login_failed(
        sender="second_factor", credentials={"username": login}, request=request
    )
