"""One line for every request: what pattern, how it ended, how long it took, who (as an id). Never what was typed.

An address, a query, a header, a body may hold an identity number or a name, so none of them is written, nor the text of an
exception: see `config/logs.py`.
"""

import logging
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from structlog.contextvars import bound_contextvars

from ecredit.surface.gate.numbers import count, method_of, route_of

Answer = Callable[[HttpRequest], HttpResponseBase]
_log = logging.getLogger("ecredit.request")


def with_log(answer: Answer) -> Answer:
    """Django middleware, outermost: counts and logs, and gives every answer a number that the log lines of it share."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        # Our own always: a number taken from a header could be somebody's telephone.
        number = secrets.token_hex(8)
        with bound_contextvars(request_id=number):
            response = answer(request)
            seconds = time.perf_counter() - began
            method, route, status = method_of(request), route_of(request), response.status_code
            count(method, route, status, seconds)
        level = logging.ERROR if status >= 500 else logging.INFO
        if _log.isEnabledFor(level):
            # Named values and nothing else, so it needs none of what makes a line of anybody's words fit to be written.
            said = {
                "method": method,
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
                "who": getattr(getattr(request, "account", None), "who", ""),
                "event": "request",
                "request_id": number,
            }
            _log.handle(_log.makeRecord(_log.name, level, "", 0, said, (), None, extra={"plain": True}))
        response.headers["X-Request-Id"] = number
        return response

    return answered
