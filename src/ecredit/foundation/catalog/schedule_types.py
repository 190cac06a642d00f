"""What the catalogue says of what the platform does by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta


@dataclass(frozen=True, slots=True)
class ScheduledJob:
    """What the platform does by itself: every so often, or each day at a time of the city. `kind` is a kind of job, `params` what it is asked."""

    id: str
    zh: str
    en: str
    kind: str
    params: Mapping[str, str]
    every: timedelta | None
    at: time | None
