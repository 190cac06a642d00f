"""Jobs as other rooms and doors see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.errors import EcreditError, WrongUse

COLLECT: Final = "collect"
TRY: Final = "try"
REMIND: Final = "remind"
EVALUATE: Final = "evaluate"
"""The kinds of job that others name: a file is collected, or only checked; reports that are due are looked for."""


class JobState(StrEnum):
    """How a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    ATTENTION = "attention"
    """Ended without an error, and something is left for a person: nothing was backed up, a calendar lacks a year."""
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED: Final = (JobState.DONE, JobState.ATTENTION, JobState.FAILED, JobState.CANCELLED)
"""How a job stands to which nothing more will happen."""


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
        return self.state in ENDED


Result = Mapping[str, object]
"""What came of a job, as JSON holds it: no personal data."""


class Handle(Protocol):
    """How a running job is spoken with."""

    @property
    def id(self) -> int:
        """The job's number."""
        ...

    @property
    def params(self) -> Mapping[str, object]:
        """What was asked for."""
        ...

    @property
    def by(self) -> Actor:
        """Who asked for it, by which right."""
        ...

    def tell(self, progress: int, total: int | None, zh: str, en: str) -> None:
        """Say how far it is. Raises JobCancelled when its end was asked for."""
        ...


class JobCancelled(EcreditError):  # noqa: N818 - says what happened
    """Whoever started the job asked for its end."""

    code = "job.cancelled"


class NoSuchJob(WrongUse):
    """There is no job of this number, or it is another organisation's."""

    code = "job.unknown"
