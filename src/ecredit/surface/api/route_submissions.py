"""Sending: a whole file in one request, collected in the background, with a receipt to poll; and the same without sending it."""

from typing import Annotated, Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from ecredit.facts.collection.collect_actions import check_entitled
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.service.operation.job_actions import cancel_job
from ecredit.service.operation.job_files import find_job_file
from ecredit.service.operation.job_queries import get_job, list_jobs
from ecredit.service.operation.job_types import COLLECT, TRY, JobView
from ecredit.service.operation.submissions import drop_file, submit_file
from ecredit.surface.api.cursors import cursor, place_of
from ecredit.surface.api.keys import Needs, account_of, actor_of
from ecredit.surface.api.once import Made, once
from ecredit.surface.api.problems import not_found
from ecredit.surface.api.reading_bodies import KINDS, MULTIPART, XLSX, Received, receive
from ecredit.surface.api.route_batches import own, own_batch, problem_page
from ecredit.surface.api.running import platform, supplier_of
from ecredit.surface.api.shapes import ProblemPageShape, SubmissionPageShape, SubmissionShape
from ecredit.surface.api.told import (
    Cursor,
    Limit,
    Name,
    Number,
    Rule,
    get_source,
    job_shape,
    reads,
    sends,
)

router = Router(tags=["submissions"])
FILE_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            **{kind: {"schema": {"type": "string", "format": "binary", "minLength": 1}} for kind in KINDS},
            MULTIPART: {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary", "minLength": 1}},
                    "required": ["file"],
                    "additionalProperties": False,
                }
            },
        },
    },
    "x-once": True,
}
FileName = Annotated[str | None, Query(min_length=1, max_length=300, pattern="^[^\\x00-\\x1f\\x7f]+$")]
Corrects = Annotated[int | None, Query(ge=1, le=2**53)]


@router.post(
    "/sources/{source_id}/submissions",
    auth=Needs("batch.submit", streams=True),
    response=sends(202, SubmissionShape),
    summary="报送文件 Submit a file",
    openapi_extra=FILE_BODY,
)
def submit(
    request: HttpRequest, source_id: Name, filename: FileName = None, corrects: Corrects = None
) -> HttpResponse:
    """Send a file (CSV, XLSX, XLS, JSON lines) as the body or as the form's `file`. It is collected in the background: poll
    `Location`. In JSON lines each line is an object by column code or name; object n is told of as line n + 1."""
    return _send(request, source_id, filename, corrects, trial=False)


@router.post(
    "/sources/{source_id}/trials",
    auth=Needs("batch.try", streams=True),
    response=sends(202, SubmissionShape),
    summary="试查文件（不报送） Check a file without sending it",
    openapi_extra=FILE_BODY,
)
def try_file(request: HttpRequest, source_id: Name, filename: FileName = None) -> HttpResponse:
    """The same checks on the same file; nothing of it is kept but its problems."""
    return _send(request, source_id, filename, None, trial=True)


@router.get(
    "/submissions",
    auth=Needs("batch.read"),
    response=reads(SubmissionPageShape),
    summary="报送记录 List submissions",
)
def list_submissions(request: HttpRequest, limit: Limit = 50, cursor_: Cursor = None) -> dict[str, Any]:
    """What the organisation has sent, newest first."""
    before = place_of(cursor_, of="submissions")
    jobs = list_jobs(
        organisations=own(request, "batch.read"), kinds=(COLLECT,), before=before, limit=limit + 1
    )
    further = jobs[limit - 1].id if len(jobs) > limit else None
    return {"items": [job_shape(job) for job in jobs[:limit]], "next": cursor(further, of="submissions")}


@router.get(
    "/submissions/{number}",
    auth=Needs("batch.read"),
    response=reads(SubmissionShape),
    summary="回执 One submission",
)
def read_submission(request: HttpRequest, number: Number) -> dict[str, Any]:
    """How a submission stands, and its receipt when it is done."""
    return job_shape(_own_job(request, number, "batch.read", COLLECT))


@router.delete(
    "/submissions/{number}",
    auth=Needs("batch.submit"),
    response=reads(SubmissionShape),
    summary="取消 Cancel a submission",
)
def cancel_submission(request: HttpRequest, number: Number) -> dict[str, Any]:
    """Ask for its end. Rows already taken stay taken; what has ended stays as it is."""
    job = _own_job(request, number, "batch.submit", COLLECT)
    cancel_job(job_id=job.id, ring=platform().ring, by=actor_of(request, "batch.submit"), at=platform().now)
    return job_shape(get_job(job.id))


@router.get(
    "/trials/{number}", auth=Needs("batch.try"), response=reads(SubmissionShape), summary="试查结果 One trial"
)
def read_trial(request: HttpRequest, number: Number) -> dict[str, Any]:
    """How a trial stands, and what sending the file would give."""
    return job_shape(_own_job(request, number, "batch.try", TRY))


@router.get(
    "/trials/{number}/problems",
    auth=Needs("batch.try"),
    response=reads(ProblemPageShape),
    summary="试查的问题 Its problems",
)
def list_trial_problems(
    request: HttpRequest,
    number: Number,
    rule: Rule = None,
    limit: Limit = 50,
    cursor_: Cursor = None,
) -> dict[str, Any]:
    """The problems of a file that was only checked; kept for a month."""
    job = _own_job(request, number, "batch.try", TRY)
    report = find_job_file(platform().home, job.id, "report.csv")
    if report is None or not job.ended:
        return {"items": [], "found": 0, "by_rule": {}, "next": None}
    return problem_page(report, f"trial.{number}.{rule}", rule, limit, cursor_)


@router.get(
    "/trials/{number}/marked.xlsx",
    auth=Needs("batch.try"),
    response=reads(bytes),
    summary="标注的文件 The file with its problems marked",
    openapi_extra={"x-content": XLSX},
)
def read_marked(request: HttpRequest, number: Number) -> HttpResponse:
    """The file as a workbook with every problem at its cell; kept for a month."""
    job = _own_job(request, number, "batch.try", TRY)
    marked = find_job_file(platform().home, job.id, "marked.xlsx")
    if marked is None or not job.ended:
        raise not_found()
    return HttpResponse(marked.read_bytes(), content_type=XLSX)


def started(job_id: int, *, trial: bool) -> Made:
    """The answer to something that now is on its way."""
    place = f"/api/v1/{'trials' if trial else 'submissions'}/{job_id}"
    return 202, job_shape(get_job(job_id)), {"Location": place, "Retry-After": "1"}


def _send(
    request: HttpRequest, source_id: str, filename: str | None, corrects: int | None, *, trial: bool
) -> HttpResponse:
    permission = "batch.try" if trial else "batch.submit"
    by = actor_of(request, permission)
    source = get_source(source_id)
    sender = supplier_of(account_of(request))
    check_entitled(source, sender, platform().catalog)
    if corrects is not None:
        own_batch(request, corrects, permission)
    received = receive(request, filename)

    def make() -> Made:
        job = submit_file(
            platform(),
            received.staged,
            source=source.id,
            supplier=sender.id,
            filename=received.filename,
            trial=trial,
            corrects=corrects,
            by=by,
        )
        return started(job, trial=trial)

    return _once_with_file(request, received, make)


def _once_with_file(request: HttpRequest, received: Received, make: Any) -> HttpResponse:
    try:
        response = once(request, received.staged.digest, make)
    except EcreditError:
        drop_file(platform(), received.staged)
        raise
    if response.headers.get("Idempotency-Replayed"):
        drop_file(platform(), received.staged)
    return response


def _own_job(request: HttpRequest, number: int, permission: str, kind: str) -> JobView:
    job = get_job(number)
    if job.kind != kind or job.organisation not in own(request, permission):
        raise not_found()
    return job
