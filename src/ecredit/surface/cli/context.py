"""What every command may need."""

from dataclasses import dataclass

from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.service.operation.platform import Platform


@dataclass
class Context(Platform):
    """The running city, and who acts at its console."""

    @property
    def operator(self) -> Actor:
        """Who acts at a console."""
        return OPERATOR
