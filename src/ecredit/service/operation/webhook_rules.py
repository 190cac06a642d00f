"""Which addresses may be told: https to hosts of the open internet, or what the city's operator has named.

A platform that calls whatever it is given can be made to call into its own network. So the name is looked up here, every
address it has must be a public one, and the call goes to the very address that was looked at.
"""

import socket
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from ecredit.foundation.kernel.errors import InputRefused

LONGEST: Final = 500
_NAT64: Final = IPv6Network("64:ff9b::/96")


class AddressRefused(InputRefused):
    """The address may not be told."""

    code = "webhook.address"


def check_address(url: str) -> SplitResult:
    """The parts of an address that may be told by its look. Raises AddressRefused."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise _refused() from None
    plain = len(url) <= LONGEST and url.isascii() and url.isprintable() and " " not in url
    if not plain or not host or parts.username is not None or parts.password is not None or parts.fragment:
        raise _refused()
    if parts.scheme == "http" and is_named(parts):
        return parts
    if parts.scheme != "https":
        raise _refused()
    if not is_named(parts) and (
        parts.port not in (None, 443, 8443) or _is_private_literal(host) or "." not in host
    ):
        raise _refused()
    return parts


def is_named(parts: SplitResult) -> bool:
    """Whether the operator has named this host (and port): ECREDIT_WEBHOOK_HOSTS, `host` or `host:port`, comma-separated."""
    named = {each.strip().lower() for each in settings.ECREDIT_WEBHOOK_HOSTS.split(",") if each.strip()}
    return parts.hostname in named or f"{parts.hostname}:{parts.port}" in named


def resolve(parts: SplitResult) -> str:
    """The address to call. Raises AddressRefused when the name has none, or one that is not of the open internet."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = [
            str(each[4][0]) for each in socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
        ]
    except OSError:
        raise _refused() from None
    if not found or (not is_named(parts) and any(not _is_public(address) for address in found)):
        raise _refused()
    return found[0]


def _is_private_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return not _is_public(host)


def _is_public(address: str) -> bool:
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address) and (ip.ipv4_mapped or ip.sixtofour or ip.teredo or ip in _NAT64):
        return False  # another address in disguise; who has a public one has it plainly too
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _refused() -> AddressRefused:
    return AddressRefused(
        "回调地址须为公网主机的 https 地址（不带账号、片段），或由运维列入 ECREDIT_WEBHOOK_HOSTS",
        "a webhook's address is https to a host of the open internet, without user or fragment, or one the operator has named",
    )
