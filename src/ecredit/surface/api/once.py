"""A POST with an `Idempotency-Key` happens once: the same again gets the first answer, anything else under the key is refused."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from ecredit.service.operation.answers import keep_answer
from ecredit.surface.api.keys import account_of
from ecredit.surface.api.problems import ApiProblem
from ecredit.surface.api.running import platform

_KEY: Final = re.compile(r"[\x21-\x7e]{1,128}", re.A)
Made = tuple[int, dict[str, Any], dict[str, str]]
"""Status, document, headers."""


def is_once(request: HttpRequest) -> bool:
    """Whether the sender asks that it happen once."""
    return "Idempotency-Key" in request.headers


def once(request: HttpRequest, content: bytes, make: Callable[[], Made]) -> HttpResponse:
    """The answer of `make`, or the kept one. `content` is the digest of what was sent.

    Both are one transaction: a process killed in between leaves neither, and of two at once the second gets the first's.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return respond(*make())
    if not _KEY.fullmatch(key):
        raise ApiProblem(422, "idempotency_key")
    asked = hashlib.sha256(
        b"\n".join([(request.method or "").encode(), request.get_full_path().encode(), content])
    ).hexdigest()

    def made() -> dict[str, Any]:
        status, document, headers = make()
        return {"status": status, "document": document, "headers": headers}

    kept = keep_answer(
        who=account_of(request).where.removeprefix("api/"), key=key, asked=asked, make=made, at=platform().now
    )
    if kept is None:
        raise ApiProblem(422, "idempotency_other")
    answer, first = kept
    response = respond(answer["status"], answer["document"], answer["headers"])
    if not first:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def respond(status: int, document: dict[str, Any], headers: dict[str, str]) -> HttpResponse:
    """What was made as an answer."""
    response = HttpResponse(
        json.dumps(document, ensure_ascii=False), content_type="application/json", status=status
    )
    for name, value in headers.items():
        response.headers[name] = value
    return response
