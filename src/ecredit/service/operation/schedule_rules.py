"""When a scheduled job is due: which run of it a moment belongs to. Pure."""

from datetime import datetime, timedelta

from ecredit.foundation.catalog.types import ScheduledJob


def due_run(job: ScheduledJob, now: datetime) -> str:
    """The key of the run that should have begun by `now` (an instant in the city's time): one key, one run.

    A machine that was off has missed runs; it does the last of them. A clock set back gives the key of a run that was.
    """
    if job.at is not None:
        due = now.replace(hour=job.at.hour, minute=job.at.minute, second=0, microsecond=0)
        day = now.date() if due <= now else now.date() - timedelta(days=1)
        return f"schedule:{job.id}:{day.isoformat()}"
    every = job.every or timedelta(days=1)
    slot = int(now.timestamp() // every.total_seconds())
    return f"schedule:{job.id}:{slot}"
