"""`/desk/jobs`: work in the background: how far it is, trying again, ending it."""

from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation.job_actions import cancel_job, retry_job, start_job
from ecredit.service.operation.job_kinds import KINDS
from ecredit.service.operation.job_queries import get_job, list_jobs
from ecredit.service.operation.job_types import JobState, JobView, NoSuchJob
from ecredit.service.operation.schedule_rules import frequent_kinds
from ecredit.surface.desk.doors import actor, needs
from ecredit.surface.desk.errors import NotThere
from ecredit.surface.desk.forms import asked_number
from ecredit.surface.desk.frame import Frame, frame_of
from ecredit.surface.desk.menu import Entry
from ecredit.surface.desk.notices import done
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.table_sources import Asked, KeysetSource
from ecredit.surface.desk.tables import Column, Filter, Table, show_table

_ALL: Final = "all"
_READ, _MANAGE = "job.read", "job.manage"
# What may be started by hand, and the permission it takes.
STARTED: Final = {"evaluate": "evaluation.run", "audit": "log.audit"}
_BADGES: Final = {
    "waiting": "blue",
    "running": "blue",
    "done": "good",
    "attention": "warn",
    "failed": "bad",
    "cancelled": "",
}


def kind_words(frame: Frame, kind: str) -> str:
    """What a kind of job does, in words; its name where it is no longer known."""
    return frame.say(KINDS[kind]) if kind in KINDS else kind


def how_far(job: JobView, frame: Frame) -> str:
    """Rows or steps done, and the sentence of the job; of one that is done, what it did."""
    part = f"{job.progress:,} / {job.total:,}" if job.total else f"{job.progress or ''}"
    if job.state in (JobState.DONE, JobState.ATTENTION):
        part = ""
    said = job.message_zh if frame.lang == "zh" else job.message_en
    return " · ".join(word for word in (part, said) if word)


TABLE: Final[Table[JobView]] = Table(
    "jobs",
    columns=(
        Column("job_number", lambda job, _: f"#{job.id}"),
        Column("job_kind", lambda job, frame: kind_words(frame, job.kind)),
        Column(
            "state",
            lambda job, frame: frame.t["job_state_" + job.state.value],
            badge=lambda job: _BADGES[job.state.value],
        ),
        Column("job_progress", how_far),
        Column("job_by", lambda job, _: job.started_by),
        Column("job_created", lambda job, _: job.created_at),
        Column("job_started", lambda job, _: job.started_at),
        Column("job_finished", lambda job, _: job.finished_at),
    ),
    filters=(
        Filter(
            "state", "state", lambda frame: [(s.value, frame.t["job_state_" + s.value]) for s in JobState]
        ),
        Filter("runs", "job_runs", lambda frame: [(_ALL, frame.t["job_runs_all"])], empty="job_runs_quiet"),
    ),
    acts="desk/admin_job_acts.html",
)


@needs(_READ)
def jobs(request: HttpRequest) -> HttpResponseBase:
    """Jobs, newest first; what the schedule did every few minutes, and did well, only when asked for."""

    def read(asked: Asked, after: str, limit: int) -> list[JobView]:
        before = asked_number(after)
        wanted = asked.filters.get("state", "")
        states = (JobState(wanted),) if wanted in tuple(JobState) else ()
        quiet = () if asked.filters.get("runs") == _ALL else frequent_kinds(city().catalog.schedule)
        return list_jobs(states=states, quiet=quiet, before=before, limit=limit)

    source, frame = KeysetSource(read, lambda job: str(job.id)), frame_of(request)
    mine = [(kind, kind_words(frame, kind)) for kind, permission in STARTED.items() if frame.may(permission)]
    return show_table(request, TABLE, source, "desk/admin_jobs.html", caption=frame.t.jobs, started=mine)


@needs(*STARTED.values(), methods=("POST",))
def start(request: HttpRequest) -> HttpResponseBase:
    """Put what the schedule also does into the queue now; one of a kind waits or runs at a time."""
    kind = request.POST.get("kind", "")
    if kind not in STARTED:
        raise NotThere
    by = actor(request, STARTED[kind])
    unended = list_jobs(states=(JobState.WAITING, JobState.RUNNING))
    other = next((job for job in unended if job.kind == kind), None)
    if other is not None:
        raise WrongUse(f"任务 #{other.id} 已在做这件事", f"job #{other.id} does this already")
    start_job(kind=kind, params={}, ring=city().ring, by=by, at=city().now)
    return done(request, "job_started", "desk:jobs")


@needs(_MANAGE, methods=("POST",))
def retry(request: HttpRequest, number: int) -> HttpResponseBase:
    """Put one that failed or was cancelled into the queue again."""
    _check_there(number)
    retry_job(job_id=number, ring=city().ring, by=actor(request, _MANAGE), at=city().now)
    return done(request, "job_retried", "desk:jobs")


@needs(_MANAGE, methods=("POST",))
def cancel(request: HttpRequest, number: int) -> HttpResponseBase:
    """End one that waits, or ask one that runs to end."""
    _check_there(number)
    cancel_job(job_id=number, ring=city().ring, by=actor(request, _MANAGE), at=city().now)
    return done(request, "job_cancelled", "desk:jobs")


def _check_there(number: int) -> None:
    try:
        get_job(number)
    except NoSuchJob as unknown:
        raise NotThere from unknown


MENU: Final = (Entry("desk:jobs", "jobs", "administer", 50, (_READ,)),)
urlpatterns = [
    path("jobs", jobs, name="jobs"),
    path("jobs/start", start, name="job_start"),
    path("jobs/<int:number>/retry", retry, name="job_retry"),
    path("jobs/<int:number>/cancel", cancel, name="job_cancel"),
]
