"""The worker: takes one job after another, and looks at the schedule."""

import os
import secrets
import socket
import threading
from collections.abc import Mapping
from datetime import timedelta

import structlog
from django.db import close_old_connections, connection
from django.utils import timezone

from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.service.operation.job_actions import (
    beat,
    drop_old_runs,
    end_job,
    give_back,
    note_progress,
    start_job,
    take_job,
)
from ecredit.service.operation.job_kinds import get_kind
from ecredit.service.operation.job_types import JobCancelled, JobState
from ecredit.service.operation.models import Job
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.schedule_rules import due_run

_BEAT_SECONDS = 10.0
# A sentence of progress is written at most this often.
_TELL_SECONDS = 1.0
_LOOK_SECONDS = 1.0
# Runs of the schedule that ended so long ago are only in the journal.
_KEPT = timedelta(days=2)
_SCHEDULE = Actor("operator", "rule.schedule")

logger = structlog.get_logger("ecredit.worker")


class WorkerStopping(EcreditError):  # noqa: N818 - says what happened
    """The worker was told to stop: its job goes back into the queue."""

    code = "job.worker_stopping"


class Worker:
    """One worker. `run` until `stop` is called, from a signal or another thread."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._name = f"{socket.gethostname()[:32]}-{os.getpid()}-{secrets.token_hex(3)}"
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End after the block at hand."""
        self._stopping.set()

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping.is_set()

    def run(self) -> None:
        """Take jobs until stopped."""
        while not self.stopping:
            self.look_at_schedule()
            if not self.run_next():
                close_old_connections()
                self._stopping.wait(_LOOK_SECONDS)

    def run_next(self) -> bool:
        """Do one job, if one waits; tells whether one did."""
        job = take_job(worker=self._name, at=self._platform.now)
        if job is None:
            return False
        handle = _Handle(job, self)
        heart = _Heart(job, handle)
        heart.start()
        try:
            self._do(job, handle)
        finally:
            heart.end()
        return True

    def look_at_schedule(self) -> None:
        """Start what the schedule wants by now. Only the newest run of each is looked for."""
        now = timezone.localtime(self._platform.now)
        for job in self._platform.catalog.schedule:
            key = due_run(job, now)
            start_job(kind=job.kind, params={}, key=key, by=_SCHEDULE, at=self._platform.now)
        drop_old_runs(before=now - _KEPT)

    def _do(self, job: Job, handle: "_Handle") -> None:
        kind = get_kind(job.kind)
        logger.info("job.begin", job=job.pk, kind=job.kind, attempt=job.attempts)
        try:
            result: Mapping[str, object] = kind.run(self._platform, handle)
        except JobCancelled:
            self._end(job, JobState.CANCELLED, {}, "已取消", "cancelled")
        except WorkerStopping:
            give_back(job=job)
        except EcreditError as error:
            self._end(
                job, JobState.FAILED, {"code": error.code, "zh": error.zh, "en": error.en}, error.zh, error.en
            )
        except Exception:
            mark = secrets.token_hex(4)
            logger.exception("job.broken", job=job.pk, kind=job.kind, mark=mark)
            zh, en = f"内部错误，编号 {mark}；请联系管理员", f"internal error {mark}; ask the administrator"
            self._end(job, JobState.FAILED, {"code": "job.broken", "mark": mark, "zh": zh, "en": en}, zh, en)
        else:
            self._end(job, JobState.DONE, result)

    def _end(
        self, job: Job, state: JobState, result: Mapping[str, object], zh: str = "", en: str = ""
    ) -> None:
        mine = end_job(job=job, state=state, at=self._platform.now, result=result, zh=zh, en=en)
        logger.info("job.end", job=job.pk, kind=job.kind, state=state.value, mine=mine)


class _Handle:
    """A running job as its function sees it."""

    def __init__(self, job: Job, worker: Worker) -> None:
        self._job, self._worker = job, worker
        self._lost = threading.Event()
        self._told = timezone.now() - timedelta(days=1)

    @property
    def params(self) -> Mapping[str, object]:
        """What was asked for."""
        params: Mapping[str, object] = self._job.params
        return params

    @property
    def by(self) -> Actor:
        """Who asked for it, by which right."""
        return Actor(self._job.started_by, self._job.started_right)

    def lose(self) -> None:
        """The job is another worker's by now, or shall end."""
        self._lost.set()

    def tell(self, progress: int, total: int | None, zh: str, en: str) -> None:
        """See `job_kinds.Handle`. Called between transactions, so that what is done by then is kept."""
        if self._lost.is_set():
            raise JobCancelled("任务已取消", "the job was cancelled")
        if self._worker.stopping:
            raise WorkerStopping("服务正在停止", "the service is stopping")
        now = timezone.now()
        if (now - self._told).total_seconds() >= _TELL_SECONDS:
            note_progress(job=self._job, progress=progress, total=total, zh=zh, en=en)
            self._told = now


class _Heart(threading.Thread):
    """Says every few seconds that the worker lives, over a connection of its own."""

    def __init__(self, job: Job, handle: _Handle) -> None:
        super().__init__(name=f"beat-{job.pk}", daemon=True)
        self._job, self._handle = job, handle
        self._ended = threading.Event()

    def run(self) -> None:
        """Beat until ended."""
        try:
            while not self._ended.wait(_BEAT_SECONDS):
                if not beat(job=self._job, at=timezone.now()):
                    self._handle.lose()
        finally:
            connection.close()

    def end(self) -> None:
        """No more."""
        self._ended.set()
        self.join()
