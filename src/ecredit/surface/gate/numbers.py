"""What is counted of requests, over all worker processes. A label is a pattern or a code, never what somebody typed."""

from functools import lru_cache
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from prometheus_client import Counter, Histogram

METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10)

REQUESTS: Final = Counter("ecredit_requests", "Requests answered", ["method", "route", "status"])
SECONDS: Final = Histogram(
    "ecredit_request_seconds", "From a worker's thread to the answer", ["route"], buckets=_BOUNDS
)
TURNED_AWAY: Final = Counter(
    "ecredit_turned_away", "Requests answered 503 because too many were waiting", ["why"]
)


def count(method: str, route: str, status: int, seconds: float) -> None:
    """A request that was answered."""
    _requests(method, route, status).inc()
    _seconds(route).observe(seconds)


@lru_cache(maxsize=2048)
def _requests(method: str, route: str, status: int) -> Counter:
    return REQUESTS.labels(method, route, status)


@lru_cache(maxsize=512)
def _seconds(route: str) -> Histogram:
    return SECONDS.labels(route)


def route_of(request: HttpRequest) -> str:
    """The pattern of an address (`s/<path:code>`); `(none)` when there is no such address here."""
    if request.resolver_match is not None:
        return request.resolver_match.route or "/"
    return "static/" if request.path.startswith(settings.STATIC_URL) else "(none)"


def method_of(request: HttpRequest) -> str:
    """The method, when it is one."""
    return request.method if request.method in METHODS else "(other)"
