"""When a scheduled job is due: which run of it a moment belongs to. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from ecredit.foundation.catalog.schedule_types import ScheduledJob

# What comes more often than this is not shown by itself among the jobs when it went well.
_OFTEN = timedelta(minutes=30)


def frequent_kinds(schedule: Iterable[ScheduledJob]) -> frozenset[str]:
    """The kinds of jobs that the schedule runs every few minutes."""
    return frozenset(job.kind for job in schedule if job.every is not None and job.every < _OFTEN)


def due_run(job: ScheduledJob, now: datetime) -> str:
    """The key of the run that should have begun by `now` (an instant in the city's time): one key, one run.

    A machine that was off has missed runs; it does the last of them. A clock set back gives the key of a run that was.
    """
    if job.at is not None:
        due = now.replace(hour=job.at.hour, minute=job.at.minute, second=0, microsecond=0)
        begins = due if due <= now else due - timedelta(days=1)
    else:
        every = (job.every or timedelta(days=1)).total_seconds()
        begins = datetime.fromtimestamp(now.timestamp() // every * every, UTC)
    return f"{job.id}@{begins.isoformat(timespec='minutes')}"
