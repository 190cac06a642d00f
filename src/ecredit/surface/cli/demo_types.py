"""Values of the demo city: who lives in it, what is sent about them, what is wrong with it on purpose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

FIRM, INDIVIDUAL, PERSON = "法人及非法人组织", "个体工商户", "自然人"


class Role(StrEnum):
    """What a subject of the city does."""

    FIRM = "firm"
    INDIVIDUAL = "individual"
    PERSON = "person"
    PLATFORM = "platform"
    COURIER = "courier"
    PAYMENT = "payment_institution"
    AGENCY = "agency"
    ASSOCIATION = "association"


@dataclass(frozen=True, slots=True)
class DemoSubject:
    """One subject. Organisations have a `uscc`, some an older `reg_no` as well; only people have `person_id`.

    `representative_id` is the identity number of an organisation's representative: it must never be shown.
    `code_since` is set where the register knew only `reg_no` at first and gave the USCC later.
    """

    number: int
    role: Role
    kind: str
    name: str
    uscc: str = ""
    reg_no: str = ""
    code_since: date | None = None
    person_id: str = ""
    representative: str = ""
    representative_id: str = ""
    phone: str = ""
    district: str = ""
    district_code: str = ""
    street: str = ""
    address: str = ""
    trade: str = ""
    industry: str = ""
    founded: date = date(2018, 1, 1)
    later_name: str = ""

    @property
    def is_person(self) -> bool:
        """True for natural persons, who never get a public page."""
        return self.kind == PERSON


@dataclass(frozen=True, slots=True)
class DemoShop:
    """An online shop on a platform of the city."""

    number: int
    owner: DemoSubject
    platform: DemoSubject
    shop_id: str
    name: str
    url: str
    category: str
    opened: date
    closed: date | None


@dataclass(frozen=True, slots=True)
class City:
    """The whole city. `branches` are (branch, head firm), `twins` two firms of almost one name in one street."""

    city: str
    subjects: tuple[DemoSubject, ...]
    shops: tuple[DemoShop, ...]
    branches: tuple[tuple[DemoSubject, DemoSubject], ...]
    twins: tuple[tuple[DemoSubject, DemoSubject], ...]
    by_role: Mapping[Role, tuple[DemoSubject, ...]] = field(repr=False)

    @property
    def traders(self) -> tuple[DemoSubject, ...]:
        """Everybody the register knows: organisations and individual businesses."""
        return tuple(s for s in self.subjects if not s.is_person)


Effect = Literal["held", "review", "refused", "warned", "harmless", "footer"]


@dataclass(frozen=True, slots=True)
class Plant:
    """Something wrong with a row on purpose.

    `rule` is the rule that must name it ("" when none can), `column` the column's code. `effect`: the row is `held`,
    waits for `review`, is `refused`; it is taken with a notice (`warned`), without one because nothing is really wrong
    (`harmless`); or it is no record at all (`footer`).
    """

    rule: str
    column: str
    effect: Effect


@dataclass(slots=True)
class DemoRow:
    """A row to be sent. All by column code; dates ISO, code values by Chinese name.

    cells      what is true
    written    what was typed instead, as it stands in the file
    taken      what the ledger takes for it where that is not the truth
    damage     breaks the line itself: a delimiter too many (`cells`) or a byte that is no character (`bytes`),
               in the column `damaged`
    as_number  columns that the spreadsheet stores as numbers
    copy       the row is a second one of a document already in the file
    decoys     codes of those whom a person could take it to be about
    secrets    numbers typed into its text, as they are spelled there
    line       where it stands, once it is written
    """

    cells: dict[str, str]
    about: DemoSubject
    written: dict[str, str] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)
    plants: list[Plant] = field(default_factory=list)
    damage: Literal["", "cells", "bytes"] = ""
    damaged: str = ""
    as_number: set[str] = field(default_factory=set)
    copy: bool = False
    decoys: tuple[str, ...] = ()
    secrets: list[str] = field(default_factory=list)
    line: int = 0

    @property
    def is_footer(self) -> bool:
        """True for a line below the table, which is no record."""
        return any(plant.effect == "footer" for plant in self.plants)

    def text(self, column: str) -> str:
        """What was typed into the cell, or is true if nothing else was."""
        return self.written.get(column, self.cells.get(column, ""))

    def in_ledger(self, column: str) -> str:
        """What the ledger holds for the cell once the row is taken."""
        return self.taken.get(column, self.cells.get(column, ""))

    @property
    def waits(self) -> bool:
        """True when the row does not reach the ledger."""
        return any(p.effect in ("held", "review", "refused") for p in self.plants)


FileFormat = Literal["csv", "tsv", "xlsx"]
DateStyle = Literal["iso", "slash", "dot", "compact", "chinese", "serial", "cell"]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a supplier writes its files.

    `headers`: official codes or Chinese names. `titles` stand above the header. `merged` is a column whose equal
    neighbours are merged (workbooks only). `dates` of style `cell` are a workbook's own date cells. `extra` are
    headers nobody knows.
    """

    format: FileFormat = "csv"
    encoding: str = "gb18030"
    headers: Literal["codes", "names"] = "names"
    titles: tuple[str, ...] = ()
    dates: DateStyle = "iso"
    merged: str = ""
    extra: tuple[str, ...] = ()

    @property
    def suffix(self) -> str:
        """How the file's name ends."""
        return {"csv": ".csv", "tsv": ".txt", "xlsx": ".xlsx"}[self.format]


def gb_csv(dates: DateStyle = "iso", *titles: str) -> Shape:
    """CSV as older systems export it."""
    return Shape("csv", "gb18030", "names", titles, dates)


def coded_csv(dates: DateStyle = "slash") -> Shape:
    """The same with the official column codes as headers."""
    return Shape("csv", "gb18030", "codes", (), dates)


def utf_csv(dates: DateStyle = "iso", *titles: str) -> Shape:
    """CSV as today's spreadsheets save it, with a byte order mark."""
    return Shape("csv", "utf-8-sig", "names", titles, dates)


def tabbed(encoding: str = "utf-8", dates: DateStyle = "iso") -> Shape:
    """Text with tabs."""
    return Shape("tsv", encoding, "names", (), dates)


def workbook(*titles: str, merged: str = "") -> Shape:
    """A workbook with title rows, Chinese headers and date cells."""
    return Shape("xlsx", "", "names", titles, "cell", merged)


@dataclass(slots=True)
class Delivery:
    """One file as it is sent. `sender` is the supplier's id, `called` the name under which it is sent.

    `repeats` is the path of an earlier file whose very bytes these are.
    """

    source: str
    sender: str
    called: str
    filename: str
    sent_at: datetime
    shape: Shape
    rows: list[DemoRow]
    path: str = ""
    repeats: str = ""
    corrects: bool = False


@dataclass(frozen=True, slots=True)
class Sender:
    """A supplier that must be registered before it can send (departments need not)."""

    id: str
    name: str
    kind: str
    uscc: str
