"""The worker: takes one job after another, and looks at the schedule."""

import os
import secrets
import socket
import threading
import time
import traceback
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.db import DatabaseError, OperationalError, close_old_connections, connection
from django.utils import timezone

from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.errors import EcreditError
from ecredit.service.operation.job_actions import (
    beat,
    drop_old_runs,
    end_job,
    give_back,
    has_open_run,
    is_mine,
    note_progress,
    start_job,
    take_job,
)
from ecredit.service.operation.job_kinds import ASKED, KINDS, LANES, OUTWARD, QUICK, get_kind
from ecredit.service.operation.job_types import JobCancelled, JobState
from ecredit.service.operation.models import Job
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.schedule_rules import due_run
from ecredit.service.operation.webhook_actions import find_call

_BEAT_SECONDS = 10.0
# A sentence of progress is written at most this often.
_TELL_SECONDS = 1.0
_LOOK_SECONDS = 1.0
_SCHEDULE_SECONDS = 5.0
_SWEEP = timedelta(hours=1)
_PATIENCE_SECONDS = 5.0
_TRIES = 5
# How long runs of the schedule are kept: what comes every few minutes, and what comes once a day (also so that a clock
# set back finds the run that was).
_KEPT_SHORT, _KEPT_LONG = timedelta(days=2), timedelta(days=90)
_SCHEDULE = Actor("operator", "rule.schedule")

logger = structlog.get_logger("ecredit.worker")


class WorkerStopping(EcreditError):  # noqa: N818 - says what happened
    """The worker was told to stop: its job goes back into the queue."""

    code = "job.worker_stopping"


class LaneEnded(EcreditError):  # noqa: N818 - says what happened
    """A lane of the worker ended by itself: whoever started the worker starts it anew."""

    code = "job.lane_ended"


class Worker:
    """One worker. `run` until `stop` is called, from a signal or another thread.

    It has a lane for each of `job_kinds.LANES`: what takes a moment (and the schedule) does not wait behind a file of a million
    rows, nor behind a webhook that does not answer, nor a file somebody waits for behind either.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._name = f"{socket.gethostname()[:32]}-{os.getpid()}-{secrets.token_hex(3)}"
        self._stopping = threading.Event()
        self._swept: datetime | None = None
        self._ended = ""

    def stop(self) -> None:
        """End after the block at hand."""
        self._stopping.set()

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping.is_set()

    def run(self) -> None:
        """Take jobs until stopped. Raises LaneEnded when a lane ended by itself: half a worker looks like a whole one."""
        kinds = {lane: frozenset(k.id for k in KINDS.values() if k.lane == lane) for lane in LANES}
        beside = [
            threading.Thread(target=self._beside, args=(lane, step), name=lane, daemon=True)
            for lane, step in (
                (QUICK, self._quick_step(kinds[QUICK])),
                (OUTWARD, lambda: self.run_next(only=kinds[OUTWARD])),
                (ASKED, lambda: self.run_next(only=kinds[ASKED])),
            )
        ]
        for lane in beside:
            lane.start()
        try:
            self._lane(lambda: self.run_next(but=kinds[QUICK] | kinds[OUTWARD] | kinds[ASKED]))
        finally:
            self.stop()
            for lane in beside:
                lane.join(_PATIENCE_SECONDS)
        if self._ended:
            raise LaneEnded(
                f"后台任务的 {self._ended} 道已停", f"the lane {self._ended} has ended", lane=self._ended
            )

    def _quick_step(self, quick: frozenset[str]) -> Callable[[], bool]:
        looked = 0.0

        def step() -> bool:
            nonlocal looked
            if time.monotonic() - looked >= _SCHEDULE_SECONDS:
                self.look_at_schedule()
                looked = time.monotonic()
            return self.run_next(only=quick)

        return step

    def _beside(self, lane: str, step: Callable[[], bool]) -> None:
        try:
            self._lane(step)
        finally:
            if not self.stopping:
                self._ended = lane
                logger.critical("worker.lane_ended", lane=lane)
                self.stop()
            connection.close()

    def _lane(self, step: Callable[[], bool]) -> None:
        """Take step after step; what fails between two jobs is waited for, and the lane goes on."""
        while not self.stopping:
            pause = _LOOK_SECONDS
            try:
                if step():
                    continue
                close_old_connections()
            except DatabaseError as error:
                logger.error("worker.database", error=type(error).__name__)
                connection.close()
                pause = _PATIENCE_SECONDS
            except Exception as error:  # noqa: BLE001 - the process edge: a lane must not end unseen
                logger.error("worker.lane", error=type(error).__name__, where=_place(error))
                pause = _PATIENCE_SECONDS
            self._stopping.wait(pause)

    def run_next(self, *, only: Collection[str] | None = None, but: Collection[str] = ()) -> bool:
        """Do one job (of these kinds), if one waits; tells whether one did."""
        job = take_job(worker=self._name, ring=self._platform.ring, at=self._platform.now, only=only, but=but)
        if job is None:
            return False
        handle = _Handle(job, self)
        if connection.in_atomic_block:
            # Over a connection of its own a heart would not see the job before the caller's transaction ends.
            self._do(job, handle)
            return True
        heart = _Heart(job, handle)
        heart.start()
        try:
            self._do(job, handle)
        finally:
            heart.end()
        return True

    def look_at_schedule(self) -> None:
        """Start what the schedule wants by now. Only the newest run of each is looked for, so what was missed runs once."""
        at = self._platform.now
        schedule = self._platform.catalog.schedule
        for job in schedule:
            if not has_open_run(job.id):
                key = due_run(job, timezone.localtime(at))
                start_job(
                    kind=job.kind, params=job.params, key=key, ring=self._platform.ring, by=_SCHEDULE, at=at
                )
        if self._swept is None or abs(at - self._swept) >= _SWEEP:
            self._swept = at
            drop_old_runs(before=at - _KEPT_LONG)
            for job in schedule:
                if job.every is not None:
                    drop_old_runs(before=at - _KEPT_SHORT, schedule_id=job.id)

    def _do(self, job: Job, handle: "_Handle") -> None:
        logger.info("job.begin", job=job.pk, kind=job.kind, attempt=job.attempts)
        try:
            kind = get_kind(job.kind)
            result: Mapping[str, object] = kind.run(self._platform, handle)
            ending = kind.ending(result)
            left = kind.attention(result)
        except JobCancelled:
            self._end(job, JobState.CANCELLED, {}, "已取消", "cancelled")
        except WorkerStopping:
            give_back(job=job)
        except OperationalError as error:
            # The database was busy for a minute or gone for a moment; the next try goes on from here.
            logger.error("job.database", job=job.pk, kind=job.kind, error=type(error).__name__)
            give_back(job=job, counts=True)
        except EcreditError as error:
            told = {"code": error.code, "zh": error.zh, "en": error.en}
            self._end(job, JobState.FAILED, told, error.zh, error.en)
        except Exception as error:  # noqa: BLE001 - the process edge: one broken job must not end the worker
            mark = secrets.token_hex(4)
            # The kind and the place, not the sentence.
            logger.error("job.broken", job=job.pk, kind=job.kind, mark=mark, error=type(error).__name__, where=_place(error))  # fmt: skip
            zh, en = f"内部错误，编号 {mark}；请联系管理员", f"internal error {mark}; ask the administrator"
            self._end(job, JobState.FAILED, {"code": "job.broken", "mark": mark, "zh": zh, "en": en}, zh, en)
        else:
            # The work is done: a last sentence that cannot be written must not have it done again.
            with suppress(DatabaseError):
                handle.flush()
            self._end(job, JobState.ATTENTION if left else JobState.DONE, result, *ending)

    def _end(
        self, job: Job, state: JobState, result: Mapping[str, object], zh: str = "", en: str = ""
    ) -> None:
        mine = self._patiently(
            lambda: end_job(job=job, state=state, at=self._platform.now, result=result, zh=zh, en=en)
        )
        logger.info("job.end", job=job.pk, kind=job.kind, state=state.value, mine=mine)
        call = find_call(job.pk) if mine else None
        if call is not None:
            start_job(
                kind="deliver",
                params={},
                key=f"deliver@{call}",
                ring=self._platform.ring,
                by=_SCHEDULE,
                at=self._platform.now,
            )

    def _patiently(self, step: Callable[[], bool]) -> bool:
        """Try again for a while: a job that is done and not written down as done would be done again."""
        for _ in range(_TRIES - 1):
            try:
                return step()
            except OperationalError as error:
                if connection.in_atomic_block:
                    raise
                logger.error("job.end_database", error=type(error).__name__)
                connection.close()
                self._stopping.wait(_PATIENCE_SECONDS)
        return step()


def _place(error: Exception) -> str:
    """Where something broke, without the sentence: what a library says may quote a row."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(place.filename).name}:{place.lineno}"


class _Handle:
    """A running job as its function sees it."""

    def __init__(self, job: Job, worker: Worker) -> None:
        self._job, self._worker = job, worker
        self._lost = threading.Event()
        self._written = 0.0
        self._unwritten: tuple[int, int | None, str, str] | None = None

    @property
    def id(self) -> int:
        """The job's number."""
        number: int = self._job.pk
        return number

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
        """See `job_types.Handle`. Called between transactions, so that what is done by then is kept."""
        if self._lost.is_set():
            raise JobCancelled("任务已取消", "the job was cancelled")
        if self._worker.stopping:
            raise WorkerStopping("服务正在停止", "the service is stopping")
        self._unwritten = (progress, total, zh, en)
        if time.monotonic() - self._written >= _TELL_SECONDS:
            if not is_mine(job=self._job):
                raise JobCancelled("任务已取消", "the job was cancelled")
            self.flush()

    def flush(self) -> None:
        """Write what was told last and not written yet."""
        told = self._unwritten
        if told is not None:
            progress, total, zh, en = told
            note_progress(job=self._job, progress=progress, total=total, zh=zh, en=en)
            self._written = time.monotonic()
            if self._unwritten is told:
                self._unwritten = None


class _Heart(threading.Thread):
    """Says every few seconds that the worker lives, over a connection of its own, and writes progress told too soon."""

    def __init__(self, job: Job, handle: _Handle) -> None:
        super().__init__(name=f"beat-{job.pk}", daemon=True)
        self._job, self._handle = job, handle
        self._ended = threading.Event()

    def run(self) -> None:
        """Beat until ended."""
        beaten = time.monotonic()
        try:
            while not self._ended.wait(_TELL_SECONDS):
                try:
                    self._handle.flush()
                    if not is_mine(job=self._job):
                        self._handle.lose()
                    if time.monotonic() - beaten >= _BEAT_SECONDS:
                        beaten = time.monotonic()
                        beat(job=self._job, at=timezone.now())
                except DatabaseError as error:
                    # Busy for a minute or gone for a moment: the next beat tries again.
                    logger.error("job.beat", job=self._job.pk, error=type(error).__name__)
                    connection.close()
        finally:
            connection.close()

    def end(self) -> None:
        """No more."""
        self._ended.set()
        self.join()
