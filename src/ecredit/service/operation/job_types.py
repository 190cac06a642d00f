"""Jobs as other rooms and doors see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ecredit.foundation.kernel.errors import EcreditError, WrongUse


class JobState(StrEnum):
    """How a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class JobView:
    """A job. `progress` of `total` (None: not known) in rows or steps; `result` by kind; no personal data in any of it."""

    id: int
    kind: str
    params: Mapping[str, object]
    organisation: str
    state: JobState
    progress: int
    total: int | None
    message_zh: str
    message_en: str
    result: Mapping[str, object]
    started_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cancel_asked: bool

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class JobCancelled(EcreditError):  # noqa: N818 - says what happened
    """Whoever started the job asked for its end."""

    code = "job.cancelled"


class NoSuchJob(WrongUse):
    """There is no job of this number, or it is another organisation's."""

    code = "job.unknown"
