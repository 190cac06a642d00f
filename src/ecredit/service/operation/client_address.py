"""Where a request comes from, and the number under which an address is counted.

An IPv6 address counts as its network of 64 bits, which is one household or office.
"""

import hmac
import ipaddress
from typing import Final

from django.conf import settings
from django.http import HttpRequest

_NETWORK: Final = 64


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


def address_number(address: str, what: str) -> int:
    """The number (56 bits) an address has in a count of `what`: made with the city's secret, so that it leads to no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        whose = address
    else:
        wide = found.version == 6 and found.ipv4_mapped is None
        whose = str(ipaddress.ip_network(f"{found}/{_NETWORK}", strict=False)) if wide else address
    made = hmac.digest(settings.SECRET_KEY.encode(), f"{what} {whose}".encode(), "sha256")
    return int.from_bytes(made[:7], "big")
