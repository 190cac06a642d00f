"""Reads `schedule.yaml`: what the platform does by itself, and when."""

import re
from datetime import time, timedelta
from pathlib import Path

from ecredit.foundation.catalog.schedule_types import ScheduledJob
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, read_fields

# Kinds of job that need nobody to ask for them; a test holds the jobs themselves against this.
SCHEDULED_KINDS = (
    "seal_notes",
    "resume",
    "deliver",
    "collect_records",
    "expire",
    "evaluate",
    "badges",
    "publish_static",
    "remind",
    "watch_calendar",
    "audit",
    "backup",
    "monitor",
    "tell",
    "signing_lists",
    "export",
)
_EVERY = re.compile(r"([1-9][0-9]{0,3})([mh])")
_AT = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def load_schedule(root: Path, log: FaultLog) -> tuple[ScheduledJob, ...]:
    """Return the scheduled jobs in the order written."""
    found: dict[str, ScheduledJob] = {}
    fields = read_fields(root / "schedule.yaml", root, log)
    if fields is None:
        return ()
    for part in fields.subs("schedule"):
        job = _read_job(part)
        if job.id in found:
            part.fault(
                "id",
                "duplicate_id",
                f"定时任务 {job.id} 写了两次；请改名或删去一个",
                f"the scheduled job {job.id} is written twice; rename or remove one",
            )
        found[job.id] = job
    fields.done()
    return tuple(found.values())


def _read_job(fields: Fields) -> ScheduledJob:
    every, at = fields.maybe_text("every"), fields.maybe_text("at")
    job = ScheduledJob(
        id=fields.text("id"),
        zh=fields.text("zh"),
        en=fields.text("en"),
        kind=fields.one_of("kind", SCHEDULED_KINDS),
        params=_params(fields.sub("params")),
        every=_every(every),
        at=_at(at),
    )
    if (job.every is None) == (job.at is None):
        fields.fault(
            "every" if every else "at" if at else "id",
            "bad_schedule",
            '写 every（如 1m、2h）或 at（如 "00:05"）中的一个',
            'write either every (1m, 2h) or at ("00:05")',
        )
    fields.done()
    return job


def _params(fields: Fields | None) -> dict[str, str]:
    return {} if fields is None else {name: fields.text(name) for name in fields.names()}


def _every(text: str | None) -> timedelta | None:
    match = None if text is None else _EVERY.fullmatch(text)
    if match is None:
        return None
    return timedelta(minutes=int(match[1])) if match[2] == "m" else timedelta(hours=int(match[1]))


def _at(text: str | None) -> time | None:
    match = None if text is None else _AT.fullmatch(text)
    return None if match is None else time(int(match[1]), int(match[2]))
