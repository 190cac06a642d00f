"""A file that comes whole in one request: staged while it comes, then collected or checked in the background."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.errors import InputRefused
from ecredit.service.operation.job_actions import start_job
from ecredit.service.operation.job_types import COLLECT, TRY
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.staging import append_staged, forget_staged, open_staged
from ecredit.service.operation.uploads import safe_filename
from ecredit.service.operation.webhook_actions import open_call


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file that is here: its token, its bytes and their SHA-256."""

    token: str
    size: int
    digest: bytes


def stage_file(platform: Platform, pieces: Iterable[bytes]) -> StagedFile:
    """Take a file as it comes; of one that is cut off or too large nothing stays. Raises InputRefused."""
    token = open_staged(platform.home).token
    digest = hashlib.sha256()

    def seen() -> Iterator[bytes]:
        for piece in pieces:
            digest.update(piece)
            yield piece

    try:
        size = append_staged(platform.home, token, seen(), offset=0).size
        if size == 0:
            raise InputRefused("文件是空的（0 字节）", "the file is empty (0 bytes)")
    except BaseException:
        forget_staged(platform.home, token)
        raise
    return StagedFile(token, size, digest.digest())


def drop_file(platform: Platform, staged: StagedFile) -> None:
    """The file is not wanted after all."""
    forget_staged(platform.home, staged.token)


def submit_file(
    platform: Platform,
    staged: StagedFile,
    *,
    source: str,
    supplier: str,
    filename: str,
    trial: bool,
    corrects: int | None,
    by: Actor,
) -> int:
    """Start the job that collects a staged file, or only checks it; gives its number. Call it in a transaction."""
    params: dict[str, object] = {
        "token": staged.token, "filename": safe_filename(filename), "source": source, "supplier": supplier,
        "corrects": corrects,
    }  # fmt: skip
    job = start_job(
        kind=TRY if trial else COLLECT,
        params=params,
        organisation=supplier,
        ring=platform.ring,
        by=by,
        at=platform.now,
    )
    open_call(organisation=supplier, job_id=job, at=platform.now)
    return job
