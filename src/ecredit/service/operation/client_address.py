"""Where a request comes from."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The client's address. Behind `ECREDIT_PROXIES` trusted proxies, the one the outermost of them saw.

    What stands further left in `X-Forwarded-For` was written by the client and says nothing.
    """
    seen = str(request.META.get("REMOTE_ADDR") or "")
    trusted: int = settings.ECREDIT_PROXIES
    if trusted:
        passed = [
            part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()
        ]
        if len(passed) >= trusted:
            seen = passed[-trusted]
    return seen[:64]
