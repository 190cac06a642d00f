"""What a command is given that needs no home and no tables."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What checking something offline needs: the time."""

    @property
    def now(self) -> datetime:
        """This instant."""
        ...


class BareContext:
    """Nothing but the time."""

    @property
    def now(self) -> datetime:
        """This instant."""
        return datetime.now(UTC)
