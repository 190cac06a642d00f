"""`/metrics` for Prometheus, to those who may ask."""

import hmac
import threading
import time
from collections.abc import Iterator
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Final

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from ecredit.foundation.kernel.errors import EcreditError
from ecredit.service.operation.measures import Measure, list_measures
from ecredit.service.operation.platform import Platform
from ecredit.surface.gate.numbers import REQUESTS, SECONDS, TURNED_AWAY

_KEPT_SECONDS: Final = 10.0
# Headers by which a proxy says that it speaks for somebody else.
_FORWARDED: Final = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


@csrf_exempt
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The counts of all workers and the platform's numbers; 403 to those who may not ask."""
    if not may_ask(request):
        return HttpResponse("不允许 / not allowed\n", content_type="text/plain; charset=utf-8", status=403)
    registry = CollectorRegistry()
    if settings.ECREDIT_COUNTS_FOLDER:
        MultiProcessCollector(registry, settings.ECREDIT_COUNTS_FOLDER)  # type: ignore[no-untyped-call]
    else:
        for counted in (REQUESTS, SECONDS, TURNED_AWAY):
            registry.register(counted)
    registry.register(_Platform())
    response = HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_1_0_0)
    response["Cache-Control"] = "no-store"
    return response


def may_ask(request: HttpRequest) -> bool:
    """By the token, or from an address of the settings; a proxy's own address counts for nobody it speaks for."""
    given = request.META.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ").encode()
    token = settings.ECREDIT_METRICS_TOKEN.encode()
    if token and hmac.compare_digest(given, token):
        return True
    if any(name in request.META for name in _FORWARDED):
        return False
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(
        address in ip_network(network.strip())
        for network in settings.ECREDIT_METRICS_FROM.split(",")
        if network
    )


class _Platform(Collector):
    """The platform's numbers as gauges; `ecredit_database_up` is 0 when there are none to be had."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        measures = _kept_measures()
        yield GaugeMetricFamily(
            "ecredit_database_up", "1 when the platform's numbers can be read", value=int(bool(measures))
        )
        families: dict[str, GaugeMetricFamily] = {}
        for measure in measures:
            labels = [measure.label] if measure.label else []
            family = families.setdefault(
                measure.name, GaugeMetricFamily(measure.name, measure.help, labels=labels)
            )
            family.add_metric([measure.code] if measure.label else [], measure.value)
        yield from families.values()


_lock = threading.Lock()
_kept: tuple[float, list[Measure]] = (float("-inf"), [])


def _kept_measures() -> list[Measure]:
    """A few seconds old at most: asking often costs no more than asking now and then."""
    global _kept
    with _lock:
        if time.monotonic() - _kept[0] > _KEPT_SECONDS:
            _kept = time.monotonic(), _read_measures()
        return _kept[1]


def _read_measures() -> list[Measure]:
    platform = _platform()
    try:
        home, ring, calendar = platform.home, platform.ring, platform.calendar
        return list(list_measures(home, ring, calendar, at=platform.now, today=platform.today))
    except (DatabaseError, EcreditError, OSError):
        return []


@cache
def _platform() -> Platform:
    return Platform()
