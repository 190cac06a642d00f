"""What every command may need."""

from dataclasses import dataclass
from functools import cached_property

from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.foundation.kernel.home import Home
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.schema import check_schema


@dataclass
class Context(Platform):
    """The running city, and who acts at its console."""

    @cached_property
    def home(self) -> Home:
        """The home of this run, fit for this program. Raises HomeTooOld or HomeTooNew, with what to do."""
        home = super().home
        check_schema()
        return home

    @property
    def operator(self) -> Actor:
        """Who acts at a console."""
        return OPERATOR
