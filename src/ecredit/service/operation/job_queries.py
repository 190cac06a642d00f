"""Reads of jobs."""

from collections.abc import Collection

from django.db.models import Max

from ecredit.service.operation.job_types import ENDED, JobState, JobView, NoSuchJob
from ecredit.service.operation.models import Job


def get_job(job_id: int) -> JobView:
    """One job. Raises NoSuchJob."""
    row = Job.objects.filter(id=job_id).first()
    if row is None:
        raise NoSuchJob(f"没有编号为 {job_id} 的后台任务", f"there is no job {job_id}", job=job_id)
    return view_of(row)


def list_jobs(
    *,
    organisations: Collection[str] | None = None,
    states: Collection[JobState] = (),
    kinds: Collection[str] = (),
    quiet: Collection[str] = (),
    started_by: str = "",
    before: int | None = None,
    limit: int = 50,
) -> list[JobView]:
    """Jobs, newest first; of these organisations only (None: all), started by one ("": by anybody), and with numbers below
    `before` for the next page.

    Of the kinds in `quiet`, runs of the schedule that are done are left out.
    """
    rows = Job.objects.order_by("-id")
    if organisations is not None:
        rows = rows.filter(organisation__in=organisations)
    if states:
        rows = rows.filter(state__in=[state.value for state in states])
    if kinds:
        rows = rows.filter(kind__in=kinds)
    if started_by:
        rows = rows.filter(started_by=started_by)
    if quiet:
        rows = rows.exclude(kind__in=quiet, key__isnull=False, state=JobState.DONE.value)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [view_of(row) for row in rows[:limit]]


def count_waiting() -> int:
    """How many jobs nobody has taken yet."""
    return Job.objects.filter(state=JobState.WAITING.value).count()


def count_left() -> int:
    """How many kinds of the schedule's work left something for a person, or failed, when they were last done."""
    runs = Job.objects.filter(key__isnull=False, state__in=[state.value for state in ENDED])
    last = runs.values("kind").annotate(last=Max("id")).order_by().values_list("last", flat=True)
    left = (JobState.ATTENTION.value, JobState.FAILED.value)
    return Job.objects.filter(id__in=list(last), state__in=left).count()


def view_of(row: Job) -> JobView:
    """A table row as a value."""
    return JobView(
        id=row.pk,
        kind=row.kind,
        params=row.params,
        organisation=row.organisation,
        state=JobState(row.state),
        progress=row.progress,
        total=row.total,
        message_zh=row.message_zh,
        message_en=row.message_en,
        result=row.result,
        started_by=row.started_by,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        cancel_asked=row.cancel_asked,
    )
