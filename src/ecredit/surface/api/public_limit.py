"""How often an address may ask what needs no key: so many times a minute, told as the limits of keys are.

Of visitors nothing is kept: an address stands in the count as a number made with the city's secret, until its minute is over.
"""

import re
import sqlite3
from typing import Final

from django.conf import settings
from django.http import HttpRequest

from ecredit.foundation.kernel.home import Home
from ecredit.service.operation.client_address import address_number, client_address
from ecredit.service.operation.request_counts import Counts, Use
from ecredit.surface.api.problems import ApiProblem
from ecredit.surface.api.running import platform

_WITHOUT_KEY: Final = re.compile(r"/api/v1/(public(/|$)|openapi\.json$|$)")
_counts: dict[str, Counts] = {}


def hold_back(request: HttpRequest) -> ApiProblem | None:
    """Count a request that needs no key, and give its answer the headers of the limit; the refusal of one too many, else None."""
    if not _WITHOUT_KEY.match(request.path_info):
        return None
    use = _count(request)
    if use is None:
        return None
    request.api_headers = {  # type: ignore[attr-defined]  # `at_edge` puts them on every answer
        "RateLimit-Limit": str(use.most),
        "RateLimit-Remaining": str(max(0, use.most - use.n)),
        "RateLimit-Reset": str(use.left),
        "RateLimit-Policy": f'"{use.name}";q={use.most};w={use.window}',
    }
    if not use.passed:
        return None
    return ApiProblem(429, "too_many", headers={"Retry-After": str(use.left)}, most=use.most, wait=use.left)


def _count(request: HttpRequest) -> Use | None:
    home = Home(settings.ECREDIT_HOME)
    counts = _counts.setdefault(str(home.root), Counts(home.root / "public_counts.sqlite3"))
    most = int(settings.ECREDIT_PUBLIC_CALLS_A_MINUTE)
    number = address_number(client_address(request), "public_limit")
    try:
        return counts.count_minute(number, most=most, at=platform().now, brief=True)
    except sqlite3.OperationalError:  # a server of the public copy alone, whose home cannot be written
        return None
