"""What every maker of files asks: the day, the people, the departments, and rows in a source's columns."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from random import Random
from zoneinfo import ZoneInfo

from ecredit.foundation.catalog.types import Catalog, Source
from ecredit.foundation.kernel.periods import add_months
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.surface.cli.demo_codes import make_uscc
from ecredit.surface.cli.demo_conduct import Conduct, plant_conduct
from ecredit.surface.cli.demo_names import chooser
from ecredit.surface.cli.demo_types import City, Delivery, DemoRow, DemoSubject, Role, Sender, Shape

CITY_TIME = ZoneInfo("Asia/Shanghai")
RENAMED_MONTHS_AGO = 2
_AUTHORITIES = 90_000_000
_WORKBOOK_ROWS = 20_000
_EXEMPLARY_EVERY = 25
# Columns that say whom a row is about, in our own codes; each source has some of them.


@dataclass
class Plan:
    """The city on a day, and ways to write about it."""

    catalog: Catalog
    calendar: WorkCalendar
    city: City
    today: date
    seed: int
    _pools: dict[tuple[Role, ...], tuple[DemoSubject, ...]] = field(default_factory=dict, repr=False)

    def chance(self, topic: str) -> Random:
        """Chance of its own for a topic, so that a change in one file does not change the others."""
        return chooser(self.seed, topic)

    def count(self, share: float, at_least: int) -> int:
        """How many rows a share of the register's subjects makes, but never fewer than shown in a small city."""
        return max(at_least, round(len(self.city.traders) * share))

    def days_ago(self, days: int) -> date:
        """The last working day at least `days` days ago; 1 is the last day on which something can have come in."""
        day = self.today - timedelta(days=max(days, 1))
        while not self.calendar.is_workday(day).workday:
            day -= timedelta(days=1)
        return day

    def months_ago(self, months: int) -> date:
        """A working day that many months ago."""
        return self.days_ago((self.today - add_months(self.today, -months)).days)

    def source(self, source_id: str) -> Source:
        """A source of the catalogue."""
        return self.catalog.sources[source_id]

    def department(self, department_id: str) -> tuple[str, str]:
        """A department's name today and an invented code for it, which no authority has."""
        return self._departments[department_id]

    @cached_property
    def _departments(self) -> dict[str, tuple[str, str]]:
        city = next(e.code for e in self.catalog.code_tables["area"].entries.values() if e.parent is None)
        return {
            d.id: (d.name, make_uscc("11", city, _AUTHORITIES + n))
            for n, d in enumerate(self.catalog.departments.values())
        }

    @cached_property
    def senders(self) -> dict[Role, tuple[Sender, ...]]:
        """Suppliers that are no departments, by role; they are subjects of the city as well."""
        roles = {
            Role.PLATFORM: "platform",
            Role.COURIER: "courier",
            Role.PAYMENT: "payment_institution",
            Role.AGENCY: "agency",
            Role.ASSOCIATION: "association",
        }
        senders = {
            role: tuple(
                Sender(f"{kind.replace('_', '-')}-{n}", s.name, kind, s.uscc)
                for n, s in enumerate(self.city.by_role[role], start=1)
            )
            for role, kind in roles.items()
        }
        firm = self.reporting_firm
        senders[Role.FIRM] = (Sender("firm-1", firm.name, "firm", firm.uscc),)
        return senders

    @cached_property
    def reporting_firm(self) -> DemoSubject:
        """A firm that sends reports of its own."""
        return next(s for s in self.ordinary if s.role is Role.FIRM and not s.later_name)

    def agency(self, word: str) -> Sender:
        """The first agency with a word in its name (检测技术, 信用评级)."""
        return next(sender for sender in self.senders[Role.AGENCY] if word in sender.name)

    @cached_property
    def ordinary(self) -> tuple[DemoSubject, ...]:
        """Organisations with a code that did not change: what most rows are about."""
        return tuple(
            s for s in self.city.traders if s.uscc and s.code_since is None and s.role is not Role.ASSOCIATION
        )

    @cached_property
    def persons(self) -> tuple[DemoSubject, ...]:
        """The natural persons."""
        return self.city.by_role[Role.PERSON]

    @cached_property
    def exemplary(self) -> tuple[DemoSubject, ...]:
        """The few that do everything right for years; nothing bad is written about them."""
        old = self.today - timedelta(days=3 * 365)
        traders = (
            s for s in self.ordinary if s.role in (Role.FIRM, Role.INDIVIDUAL) and s != self.reporting_firm
        )
        return tuple(s for s in traders if s.founded < old and not s.later_name)[::_EXEMPLARY_EVERY]

    @cached_property
    def everyday(self) -> tuple[DemoSubject, ...]:
        """The ordinary ones without the exemplary."""
        few = {s.number for s in self.exemplary}
        return tuple(s for s in self.ordinary if s.number not in few)

    @cached_property
    def conduct(self) -> Conduct:
        """How everybody behaves, which only the truth says."""
        return plant_conduct(self.city.subjects, self.seed, self.today)

    def culprit(
        self, chance: Random, day: date, eye: str, *roles: Role, done_on: date | None = None
    ) -> DemoSubject:
        """One of the everyday subjects, of some role, whom an authority finds doing wrong."""
        return self.conduct.culprit(chance, self._pool(roles), day, eye, done_on)

    def worthy(self, chance: Random, day: date, besides: Collection[int] = ()) -> DemoSubject:
        """One of the everyday subjects of whom something good is heard, other than the numbers `besides`."""
        return self.conduct.worthy(chance, self.everyday, day, besides)

    def _pool(self, roles: tuple[Role, ...]) -> tuple[DemoSubject, ...]:
        if roles not in self._pools:
            self._pools[roles] = tuple(s for s in self.everyday if not roles or s.role in roles)
        return self._pools[roles]

    def pick(self, chance: Random, day: date, *roles: Role) -> DemoSubject:
        """One of the everyday subjects, of some role, who existed well before the day."""
        pool = self._pool(roles)
        for _ in range(200):
            found = chance.choice(pool)
            if found.founded < day - timedelta(days=10):
                return found
        return min(pool, key=lambda s: s.founded)

    def name_on(self, subject: DemoSubject, day: date) -> str:
        """What a subject is called on a day."""
        renamed = subject.later_name and day >= self.months_ago(RENAMED_MONTHS_AGO)
        return subject.later_name if renamed else subject.name

    def row(self, source_id: str, about: DemoSubject, day: date, cells: Mapping[str, str]) -> DemoRow:
        """A row of a source in our own column codes; `day` is when it is sent. Raises KeyError for a strange column."""
        source = self.source(source_id)
        known = {column.code for column in source.columns}
        party = {
            "subject_name": self.name_on(about, day),
            "subject_kind": about.kind,
            "uscc": about.uscc,
            "document_kind": "身份证" if about.is_person else "",
            "document_number": about.person_id,
        }
        if strange := cells.keys() - known:
            raise KeyError(f"{source_id}: {sorted(strange)}")
        whole = {code: text for code, text in {**party, **cells}.items() if text and code in known}
        return DemoRow(whole, about)

    def delivery(
        self,
        source: str,
        sender: str,
        name: str,
        day: date,
        shape: Shape,
        rows: list[DemoRow],
        called: str = "",
    ) -> Delivery:
        """A file sent on a day. `name` is without its ending; `called` another name of the sender than its id.

        What does not fit a workbook comfortably is sent as text.
        """
        if shape.format == "xlsx" and len(rows) > _WORKBOOK_ROWS:
            shape = replace(shape, format="csv", encoding="gb18030", dates="slash", merged="")
        filename = name + shape.suffix
        sent_at = datetime.combine(day, time(9), CITY_TIME)
        return Delivery(source, sender, called or sender, filename, sent_at, shape, rows)


def stamp(day: date) -> str:
    """A month as it stands in file names."""
    return f"{day:%Y%m}"


def iso(day: date) -> str:
    """A day as cells hold it."""
    return day.isoformat()


def clear_of_terms(day: date, today: date) -> date:
    """The day, or one a little earlier when a term that counts from it would end just about today."""
    ends = (add_months(day, months) for months in (3, 12, 36))
    return day - timedelta(days=12) if any(abs((end - today).days) <= 4 for end in ends) else day
