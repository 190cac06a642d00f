"""A server that holds only a copy of the public database (ADR 1) shows what is public; the inner doors are not there."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from ecredit.foundation.kernel.home import Home
from ecredit.service.operation.readiness import has_operational_database
from ecredit.surface.gate.refusals import not_found

Answer = Callable[[HttpRequest], HttpResponseBase]
_INNER: Final = re.compile(r"/desk(/|$)|/api/v1/(?!public(/|$)|openapi\.json$|$)")


def with_inner_doors_shut(answer: Answer) -> Answer:
    """Django middleware: "no such page" for the desk and the API of keys where there is no operational database.

    Asking it would make an empty one, with SQLite.
    """

    def answered(request: HttpRequest) -> HttpResponseBase:
        if _INNER.match(request.path_info) and not has_operational_database(
            Home(Path(settings.ECREDIT_HOME))
        ):
            return not_found(request, Http404())
        return answer(request)

    return answered
