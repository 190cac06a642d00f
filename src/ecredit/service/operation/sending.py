"""Handing over a file that has come whole: to be collected, or only to be checked, in the background."""

import os
import secrets

from ecredit.facts.actors.types import Actor
from ecredit.service.operation.job_actions import start_job
from ecredit.service.operation.job_types import COLLECT, TRY
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.staging import staged_path
from ecredit.service.operation.uploads import close_upload, handing_over, take_upload


def hand_over(platform: Platform, token: str, *, who: str, by: Actor) -> int:
    """Start the job that collects or checks the file of an upload, once: who asks again is given the same job's number.

    Raises InputRefused while bytes are missing, NoSuchUpload.
    """
    with handing_over(platform.home, token, who=who) as upload:
        if upload.job is not None:
            return upload.job
        path = take_upload(platform.home, token, who=who)
        staged = secrets.token_hex(16)
        place = staged_path(platform.home, staged)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.link(path, place)
        params: dict[str, object] = {
            "token": staged, "filename": upload.filename, "source": upload.source, "supplier": upload.organisation,
            "corrects": upload.corrects,
        }  # fmt: skip
        job = start_job(
            kind=TRY if upload.trial else COLLECT,
            params=params,
            organisation=upload.organisation,
            ring=platform.ring,
            by=by,
            at=platform.now,
        )
        close_upload(platform.home, upload, job=job)
    return job
