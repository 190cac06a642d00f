"""What every door needs to act: the home, the catalogue, the keys, the time."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Generic, TypeVar

from django.conf import settings
from django.utils import timezone

from ecredit.facts.actors.queries import log_origin
from ecredit.facts.collection.collect_actions import Collector
from ecredit.foundation.catalog.load import load_catalog
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.workdays import DayKind, WorkCalendar
from ecredit.foundation.proof.checkpoint import verifier_key
from ecredit.foundation.proof.keys import KeyRing
from ecredit.foundation.proof.sealing import Sealer

Thing = TypeVar("Thing")


class Beside(Generic[Thing]):
    """A thing as an argument of a cached function that is not looked at: another argument says which it is."""

    def __init__(self, thing: Thing) -> None:
        self.thing = thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Beside)

    def __hash__(self) -> int:
        return 0


@dataclass
class Platform:
    """The running city, lazily made. The one place that asks the clock: everything below is told the time."""

    @cached_property
    def home(self) -> Home:
        """The home of this run; it must have been made."""
        home = Home(settings.ECREDIT_HOME)
        if not (home.keys / "index.key").exists():
            raise WrongUse(
                f"{home.root} 还不是数据目录；请先执行：ecredit --home {home.root} init",
                f"{home.root} is no home yet; make it first with: ecredit --home {home.root} init",
            )
        return home

    @cached_property
    def catalog(self) -> Catalog:
        """The city's rules."""
        return load_catalog(settings.ECREDIT_CATALOG)

    @cached_property
    def ring(self) -> KeyRing:
        """The home's keys."""
        return KeyRing.load(self.home.keys)

    @cached_property
    def sealer(self) -> Sealer:
        """Seals and opens personal data."""
        return Sealer(self.ring)

    @cached_property
    def calendar(self) -> WorkCalendar:
        """Working days: the city's own table over the official calendar."""
        own = {day: DayKind.WORK if works else DayKind.OFF for day, works in self.catalog.own_days.items()}
        return WorkCalendar(own)

    @cached_property
    def verifier(self) -> str:
        """The log's public key, as anybody needs it to check a head."""
        return verifier_key(log_origin(), self.ring.log_key)

    @property
    def collector(self) -> Collector:
        """What collecting needs."""
        return Collector(self.home, self.catalog, self.ring, self.calendar)

    @property
    def now(self) -> datetime:
        """This instant."""
        return timezone.now()

    @property
    def today(self) -> date:
        """Today in the city's time."""
        return timezone.localtime(self.now).date()
