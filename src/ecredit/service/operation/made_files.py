"""Files made in the background for somebody who asked: sealed on the disk, for that person alone, kept for three days.

What a file is made of is a maker's: a registry, to which a door's room adds its own in a module `file_makers`, which is read
when a maker is first looked for.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Final

from django.utils.module_loading import autodiscover_modules

from ecredit.facts.actors.types import Actor
from ecredit.facts.collection.landing import scratch_folder
from ecredit.facts.collection.marked_workbook import write_marked_workbook
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.home import Home
from ecredit.service.operation.job_actions import start_job
from ecredit.service.operation.job_files import job_folder
from ecredit.service.operation.job_queries import get_job, list_jobs
from ecredit.service.operation.job_types import Handle, JobState, JobView, NoSuchJob, Result
from ecredit.service.operation.platform import Platform

FILE: Final = "file"
"""The kind of job."""
MARKED: Final = "marked"
KEPT: Final = timedelta(days=3)
_MOST_AT_ONCE: Final = 3
_NAME: Final = "made.sealed"

About = Mapping[str, object]
"""What a maker is told, as JSON holds it. It is kept sealed: what somebody looked for may name a person."""


@dataclass(frozen=True, slots=True)
class FileMaker:
    """What makes a file: `make(platform, job, about, out)` writes it to `out` and gives how many rows it has (None: it has
    none to count), and tells the job how far it is."""

    id: str
    make: Callable[[Platform, Handle, About, Path], int | None]


def ask_for_file(
    platform: Platform,
    maker: str,
    about: About,
    *,
    filename: str,
    permission: str,
    of: str = "",
    by: Actor,
) -> int:
    """Have a file made; gives the job's number. The same asked again while it is being made is the same job.

    `permission` (with things of the organisation `of`) is what the one who asks must still have when fetching it. Raises WrongUse above three at a time.
    """
    params = {
        "maker": maker,
        "about": platform.sealer.seal(_sealed_for(by.who), json.dumps(about, sort_keys=True)),
        "filename": filename,
        "permission": permission,
        "of": of,
    }
    open_states = (JobState.WAITING, JobState.RUNNING)
    mine = list_jobs(started_by=by.who, kinds=(FILE,), states=open_states)
    # Sealing the same gives the same.
    again = next((job for job in mine if job.params.get("about") == params["about"]), None)
    if again is not None:
        return again.id
    if len(mine) >= _MOST_AT_ONCE:
        raise WrongUse(
            f"您已有 {len(mine)} 个文件正在生成，请等其中一个完成",
            f"{len(mine)} files are being made for you already; wait until one is done",
        )
    return start_job(kind=FILE, params=params, ring=platform.ring, by=by, at=platform.now)


def make_file(platform: Platform, job: Handle) -> Result:
    """What the job does. Cut off, it begins anew: nothing is there before it is whole."""
    maker = _get_maker(str(job.params["maker"]))
    about = json.loads(platform.sealer.unseal(_sealed_for(job.by.who), str(job.params["about"])))
    job.tell(0, None, "正在生成文件", "making the file")
    plain = scratch_folder(platform.home) / f"made-{secrets.token_hex(8)}"
    try:
        rows = maker.make(platform, job, about, plain)
        size = platform.sealer.seal_file(plain, job_folder(platform.home, job.id) / _NAME)
    finally:
        plain.unlink(missing_ok=True)
        with suppress(OSError):
            plain.parent.rmdir()
    return {"rows": rows, "bytes": size}


def get_made(number: int, *, who: str) -> JobView:
    """A file one has asked for, or what has become of it. Raises NoSuchJob, also for another person's."""
    job = get_job(number)
    if job.kind != FILE or job.started_by != who:
        raise NoSuchJob(f"没有编号为 {number} 的后台任务", f"there is no job {number}", job=number)
    return job


def list_made(who: str, *, at: datetime) -> list[JobView]:
    """What a person asked for in the last three days, newest first."""
    found = list_jobs(started_by=who, kinds=(FILE,))
    return [job for job in found if not job.ended or job.created_at > at - KEPT]


def ends_at(job: JobView) -> datetime | None:
    """When a file that was made is gone; None for one that was not."""
    return job.finished_at + KEPT if job.state is JobState.DONE and job.finished_at else None


def open_made(platform: Platform, job: JobView) -> IO[bytes] | None:
    """The file in clear; None when it is not made, or its time is over."""
    end, path = ends_at(job), _path(platform.home, job.id)
    if end is None or end <= platform.now or not path.is_file():
        return None
    return platform.sealer.open_sealed(path)


def sweep_made(home: Home, *, at: datetime) -> int:
    """Remove the files whose time is over; returns how many."""
    oldest, swept = (at - KEPT).timestamp(), 0
    for path in home.reports.glob(f"job-*/{_NAME}"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
            with suppress(OSError):
                path.parent.rmdir()
            swept += 1
    return swept


def offer(maker: FileMaker) -> None:
    """Add a maker to the registry."""
    _MAKERS[maker.id] = maker


def _get_maker(maker: str) -> FileMaker:
    if maker not in _MAKERS:
        autodiscover_modules("file_makers")
    if maker not in _MAKERS:
        raise WrongUse(f"不会生成 {maker} 这种文件", f"nothing makes files of the kind {maker}")
    return _MAKERS[maker]


def _mark(platform: Platform, job: Handle, about: About, out: Path) -> None:
    job.tell(0, None, "正在标注文件", "marking the file")
    write_marked_workbook(platform.collector, batch_id=int(str(about["batch"])), out=out)


def _path(home: Home, number: int) -> Path:
    return home.reports / f"job-{number}" / _NAME


def _sealed_for(who: str) -> str:
    return f"operation_job.about/{who}"


_MAKERS: Final = {MARKED: FileMaker(MARKED, _mark)}
