"""Files a job leaves for whoever started it: a report, a marked workbook, an export. Kept for a month.

A job's folder is named by its number alone, so no name that came from outside is ever a path.
"""

import re
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from ecredit.foundation.kernel.home import Home

KEPT = timedelta(days=30)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}\.(csv|xlsx|json)")


def job_folder(home: Home, job_id: int) -> Path:
    """The folder of a job's files, made if it is missing; only the service reads it."""
    folder = home.reports / f"job-{job_id}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def find_job_file(home: Home, job_id: int, name: str) -> Path | None:
    """A file of a job; None when there is none, when it was swept, or when the name is none that a job gives."""
    path = home.reports / f"job-{job_id}" / name
    return path if _NAME.fullmatch(name) and path.is_file() else None


def sweep_job_files(home: Home, *, at: datetime) -> int:
    """Remove the files of jobs older than a month; returns of how many jobs."""
    oldest = (at - KEPT).timestamp()
    swept = 0
    for folder in _folders(home):
        if folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)
            swept += 1
    return swept


def _folders(home: Home) -> Iterator[Path]:
    return (folder for folder in home.reports.glob("job-*") if folder.is_dir())
