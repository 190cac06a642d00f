"""An error of any floor as a problem document (RFC 9457): its code, its sentence in the language asked for, both beside it."""

import json
import logging
import secrets
from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja.errors import HttpError, ValidationError

from ecredit.facts.actors.errors import FourEyes, NotAllowed, OrganisationOver
from ecredit.facts.collection.batch_queries import NoSuchBatch
from ecredit.facts.collection.errors import NotEntitled
from ecredit.foundation.catalog.texts import text
from ecredit.foundation.kernel.errors import CheckFailed, EcreditError, NotThere
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.kernel.problem_form import KIND, problem_document
from ecredit.judgement.disclosure.errors import GapMoved, NoSuchGap
from ecredit.judgement.measures.errors import NoSuchWarning, WarningMoved
from ecredit.service.operation.job_types import NoSuchJob
from ecredit.service.operation.uploads import NoSuchUpload, PieceOutOfPlace
from ecredit.service.publicity.errors import NoPublicDatabase
from ecredit.surface.api.language import language_of

_STATUS: Final[tuple[tuple[type[EcreditError], int], ...]] = (
    (NotAllowed, 403),
    (OrganisationOver, 403),
    (NotEntitled, 403),
    (NotThere, 404),
    (NoSuchUpload, 404),
    (PieceOutOfPlace, 409),
    (FourEyes, 409),
    (CheckFailed, 409),
    (WarningMoved, 409),
    (GapMoved, 409),
    (NoPublicDatabase, 503),
)
_MOST_ERRORS: Final = 20
# What the command line tells by its number is here, as at the desk, one thing that is not there.
_GONE: Final = (NoSuchBatch, NoSuchJob, NoSuchWarning, NoSuchGap)
# What of an error's own values may leave: numbers that say how to go on.
_TOLD: Final = frozenset({"received", "size", "permission"})

logger = logging.getLogger("ecredit.api")


class ApiProblem(EcreditError):  # noqa: N818 - says what happened
    """What this door itself refuses. The sentence is `api.<name>` of the catalogue's texts; so is the code."""

    def __init__(
        self,
        status: int,
        name: str,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
        **values: object,
    ) -> None:
        super().__init__(text(f"api.{name}", "zh", **values), text(f"api.{name}", "en", **values))
        self.code = f"api.{name}"
        self.status = status
        self.headers = dict(headers or {})
        self.more = dict(more or {})


def not_found() -> NotThere:
    """There is no such thing, or it is another organisation's: the two are told alike, here and at the desk."""
    return NotThere()


def problem_of(request: HttpRequest, error: Exception) -> HttpResponse:
    """The answer to an error: a refusal with its sentence, or a 500 with a reference number and nothing else."""
    if isinstance(error, ApiProblem):
        return _answer(request, error, error.status, error.more, error.headers)
    if isinstance(error, _GONE):
        return problem_of(request, not_found())
    if isinstance(error, EcreditError):
        told = {name: value for name, value in error.data.items() if name in _TOLD}
        headers = {"Retry-After": "30"} if isinstance(error, NoPublicDatabase) else {}
        if isinstance(error, NoPublicDatabase):  # its own sentence names a path
            return problem_of(request, ApiProblem(503, "no_public_data", headers=headers))
        return _answer(request, error, _status_of(error), told, headers)
    if (known := _of_the_framework(error)) is not None:
        return problem_of(request, known)
    mark = secrets.token_hex(6)
    # The kind and the place: what a library says may quote what was sent.
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
    logger.error("api.broken mark=%s error=%s where=%s", mark, type(error).__name__, where)
    return problem_of(request, ApiProblem(500, "broken", more={"reference": mark}, mark=mark))


def _of_the_framework(error: Exception) -> ApiProblem | None:
    match error:
        case ValidationError():
            return ApiProblem(422, "invalid", more={"errors": _errors(error.errors)})
        case RequestDataTooBig():
            return ApiProblem(413, "too_large", most="2.5 MB", headers={"Connection": "close"})
        case UnreadablePostError():
            return ApiProblem(400, "cut_off")
        case HttpError(status_code=400) | BadRequest() | SuspiciousOperation() | MultiPartParserError():
            return ApiProblem(400, "unreadable")
        case OperationalError():
            return ApiProblem(503, "busy", headers={"Retry-After": "5"})
        case _:
            return None


def _errors(found: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Where and what; never the value that was sent, nor a sentence that may hold it."""
    return [
        {
            "at": redact(".".join(str(part) for part in each.get("loc", ()))[:200]),
            "rule": str(each.get("type", "")),
        }
        for each in found[:_MOST_ERRORS]
    ]


def _status_of(error: EcreditError) -> int:
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 422)


def _answer(
    request: HttpRequest,
    error: EcreditError,
    status: int,
    more: Mapping[str, Any],
    headers: Mapping[str, str],
) -> HttpResponse:
    lang = language_of(request)
    document = problem_document(
        status=status,
        code=error.code,
        title=text(f"api.title.{status}", lang),
        zh=error.zh,
        en=error.en,
        lang=lang,
        more=more,
    )
    response = HttpResponse(json.dumps(document, ensure_ascii=False), content_type=KIND, status=status)
    for name, value in headers.items():
        response.headers[name] = value
    return response
