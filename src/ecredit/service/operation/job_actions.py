"""Starting, cancelling and retrying jobs, and how a worker takes and ends one."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from ecredit.facts.actors.journal_notes import note
from ecredit.facts.actors.types import Actor
from ecredit.foundation.catalog.texts import text
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.languages import Lang
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.kernel.text_forms import printable
from ecredit.foundation.proof.binding import bind, is_bound
from ecredit.foundation.proof.keys import KeyRing
from ecredit.service.operation.job_types import ENDED, JobState, NoSuchJob
from ecredit.service.operation.models import Job
from ecredit.service.operation.webhook_actions import open_calls_again

# A worker that has not been heard of for so long is taken for dead.
LEASE = timedelta(seconds=60)
_MOST_ATTEMPTS = 5
_BOUND: Final = "operation_job"
_WORKER: Final = Actor("operator", "rule.job")


def start_job(
    *,
    kind: str,
    params: Mapping[str, object],
    organisation: str = "",
    key: str | None = None,
    ring: KeyRing,
    by: Actor,
    at: datetime,
) -> int:
    """Put work into the queue, in the caller's transaction if there is one; gives the job's number.

    With `key` there is one job of that key for ever: again gives the number of the first. Such a job is a run of the
    schedule and not noted: who seals the notes every minute would never be done with noting that.
    """
    if key is not None:
        known = Job.objects.filter(key=key).values_list("id", flat=True).first()
        if known is not None:
            return known
    try:
        with transaction.atomic():
            job = Job.objects.create(
                kind=kind,
                params=_kept(params),
                organisation=organisation,
                key=key,
                state=JobState.WAITING.value,
                started_by=by.who,
                started_right=by.right,
                created_at=at,
            )
            job.binding = bind(ring, _BOUND, *_fields(job))
            job.save(update_fields=["binding"])
            if key is None:
                note(ring=ring, by=by, verb="job.start", about=f"job:{job.pk}", detail={"kind": kind}, at=at)
    except IntegrityError:  # another worker put the same key in between
        return Job.objects.values_list("id", flat=True).get(key=key)
    return job.pk


def _kept(params: Mapping[str, object]) -> dict[str, object]:
    """Params as the table keeps them: a file's name may be a person's number."""
    kept = dict(params)
    if isinstance(name := kept.get("filename"), str):
        kept["filename"] = redact(printable(name))[:300]
    return kept


def cancel_job(*, job_id: int, ring: KeyRing, by: Actor, at: datetime) -> JobState:
    """End a job that waits now, and ask one that runs to end; gives how it stands. One that has ended stays as it is."""
    with transaction.atomic():
        ended = Job.objects.filter(id=job_id, state=JobState.WAITING.value).update(
            state=JobState.CANCELLED.value, finished_at=at, cancel_asked=True
        )
        asked = Job.objects.filter(id=job_id, state=JobState.RUNNING.value).update(cancel_asked=True)
        if ended or asked:
            note(ring=ring, by=by, verb="job.cancel", about=f"job:{job_id}", detail={}, at=at)
    return JobState(_state(job_id))


def retry_job(*, job_id: int, ring: KeyRing, by: Actor, at: datetime) -> None:
    """Put a job that failed, was cancelled or left something to do into the queue again. Raises WrongUse for any other."""
    with transaction.atomic():
        again = Job.objects.filter(
            id=job_id,
            state__in=(JobState.FAILED.value, JobState.CANCELLED.value, JobState.ATTENTION.value),
        ).update(
            state=JobState.WAITING.value,
            cancel_asked=False,
            attempts=0,
            finished_at=None,
            result={},
            message_zh="",
            message_en="",
        )
        if not again:
            state = _state(job_id)
            raise WrongUse(
                f"只有失败、已取消或有事待办的任务才能重试（现在是{_said(state, 'zh')}）",
                f"only a job that failed, was cancelled or needs attention can be tried again (it is {_said(state, 'en')})",
            )
        open_calls_again(job_id=job_id, at=at)
        note(ring=ring, by=by, verb="job.retry", about=f"job:{job_id}", detail={}, at=at)


def take_job(
    *,
    worker: str,
    ring: KeyRing,
    at: datetime,
    only: Collection[str] | None = None,
    but: Collection[str] = (),
) -> Job | None:
    """The next job for this worker, now running; None when nothing waits. Two workers never take the same.

    `only` of these kinds (None: of all), and none of the kinds in `but`.
    A job whose worker died is taken again, but not for ever: what has killed five workers has failed. A job that is not as
    this home started it fails, and the journal has it.
    """
    dead = at - LEASE
    waiting = Q(state=JobState.WAITING.value) | Q(state=JobState.RUNNING.value, beat_at__lt=dead)
    if only is not None:
        waiting &= Q(kind__in=only)
    if but:
        waiting &= ~Q(kind__in=but)
    while (job := Job.objects.filter(waiting).order_by("id").first()) is not None:
        held = Job.objects.filter(waiting, id=job.pk, attempts=job.attempts)
        if job.cancel_asked:
            held.update(state=JobState.CANCELLED.value, finished_at=at)
            continue
        if job.attempts >= _MOST_ATTEMPTS:
            held.update(
                state=JobState.FAILED.value,
                finished_at=at,
                message_zh="多次中断，未能完成；请查看服务日志",
                message_en="it was cut off again and again; see the service's log",
            )
            continue
        taken = held.update(
            state=JobState.RUNNING.value,
            attempts=job.attempts + 1,
            worker=worker,
            beat_at=at,
            started_at=job.started_at or at,
        )
        if taken:
            job.refresh_from_db()
            if is_bound(ring, job.binding, _BOUND, *_fields(job)):
                return job
            _refuse(job, ring, at)
    return None


def _fields(job: Job) -> tuple[object, ...]:
    return (job.pk, job.kind, job.params, job.organisation, job.key, job.started_by, job.started_right)


def _refuse(job: Job, ring: KeyRing, at: datetime) -> None:
    zh = "任务与发起时不一致（数据库被直接改动），未执行；请执行 ecredit log audit 查明"
    en = "the job is not as it was started (the database was written by hand), so it was not done; see ecredit log audit"
    with transaction.atomic():
        told = {"code": "job.strange", "zh": zh, "en": en}
        if end_job(job=job, state=JobState.FAILED, at=at, result=told, zh=zh, en=en):
            note(ring=ring, by=_WORKER, verb="job.refuse", about=f"job:{job.pk}", detail={}, at=at)


def give_back(*, job: Job, counts: bool = False) -> None:
    """A worker that is told to stop, or cannot go on, leaves its job to the next one. `counts`: as an attempt."""
    attempts = job.attempts if counts else max(0, job.attempts - 1)
    _mine(job).update(state=JobState.WAITING.value, attempts=attempts, beat_at=None)


def beat(*, job: Job, at: datetime) -> None:
    """Say that the job's worker lives."""
    _mine(job).update(beat_at=at)


def is_mine(*, job: Job) -> bool:
    """Whether the job is still this worker's and nobody asked for its end. Reads only."""
    return _mine(job).filter(cancel_asked=False).exists()


def note_progress(*, job: Job, progress: int, total: int | None, zh: str, en: str) -> None:
    """How far the job is, with a sentence."""
    _mine(job).update(progress=progress, total=total, message_zh=zh[:300], message_en=en[:300])


def end_job(
    *, job: Job, state: JobState, at: datetime, result: Mapping[str, object], zh: str = "", en: str = ""
) -> bool:
    """The job has ended; False when it was another worker's by then. One that is done has done all of its steps."""
    ended: dict[str, object] = {"state": state.value, "finished_at": at, "result": dict(result)}
    if state in (JobState.DONE, JobState.ATTENTION):
        ended["progress"] = Coalesce("total", "progress")
    if zh:
        ended |= {"message_zh": zh[:300], "message_en": en[:300]}
    return bool(_mine(job).update(**ended))


def has_open_run(schedule_id: str) -> bool:
    """Whether a run of this line of the schedule waits or is being done: the next one then waits for its turn."""
    open_states = (JobState.WAITING.value, JobState.RUNNING.value)
    return Job.objects.filter(key__startswith=f"{schedule_id}@", state__in=open_states).exists()


def drop_old_runs(*, before: datetime, schedule_id: str | None = None) -> None:
    """Forget runs (of one line) of the schedule that ended before an instant. Jobs that people started stay."""
    ended = [state.value for state in ENDED]
    runs = Job.objects.filter(key__isnull=False, state__in=ended, finished_at__lt=before)
    if schedule_id is not None:
        runs = runs.filter(key__startswith=f"{schedule_id}@")
    runs.delete()


def _mine(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(
        id=job.pk, worker=job.worker, attempts=job.attempts, state=JobState.RUNNING.value
    )


def _said(state: str, lang: Lang) -> str:
    """How a job stands, as the page of jobs says it."""
    said = text(f"desk.job_state_{state}", lang)
    return said if lang == "zh" else said.lower()


def _state(job_id: int) -> str:
    state = Job.objects.filter(id=job_id).values_list("state", flat=True).first()
    if state is None:
        raise NoSuchJob(f"没有编号为 {job_id} 的后台任务", f"there is no job {job_id}", job=job_id)
    return state
