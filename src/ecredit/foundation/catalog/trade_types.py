"""What the catalogue says of trade tables: which columns they have, what may be in them and what they may be used for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

TradeType = Literal["token", "text", "integer", "number", "money", "instant", "date", "choice"]
Feed = Literal["detection", "scoring"]
TRADE_TYPES: tuple[TradeType, ...] = get_args(TradeType)
StandsFor = Literal["person", "device", "network", "address", "phone", "account"]
STANDS_FOR: tuple[StandsFor, ...] = get_args(StandsFor)
FEEDS: tuple[Feed, ...] = get_args(Feed)


@dataclass(frozen=True, slots=True)
class TradeColumn:
    """One column of a trade table.

    type       token: opaque, stands for a person, device, address, telephone or account · money: decimal yuan ·
               instant: without an offset it is +08:00 · choice: one of `choices`
    refers     (table, column) whose value it repeats, or None
    choices    accepted value → its Chinese name
    low, high  the range of a number, both ends in it
    feeds      what the column may be used for
    after      the instant of the same row that it does not come before, or None
    stands_for what a token stands for where that is personal, or None
    """

    id: str
    name: str
    type: TradeType
    required: bool
    refers: tuple[str, str] | None
    choices: Mapping[str, str]
    low: float | None
    high: float | None
    feeds: frozenset[Feed]
    after: str | None
    stands_for: StandsFor | None


@dataclass(frozen=True, slots=True)
class TradeTable:
    """A trade table. `key`: the columns that make a row one; `day`: the instant by whose day it is kept, None for a register."""

    id: str
    zh: str
    en: str
    key: tuple[str, ...]
    day: str | None
    columns: tuple[TradeColumn, ...]

    def column(self, name: str) -> TradeColumn:
        """Return a column by its id; KeyError when the table has none."""
        for column in self.columns:
            if column.id == name:
                return column
        raise KeyError(name)

    @property
    def required(self) -> tuple[str, ...]:
        """Ids of the columns without which the table says nothing."""
        return tuple(column.id for column in self.columns if column.required)


@dataclass(frozen=True, slots=True)
class TradeLimit:
    """A limit that the law sets: what columns from suppliers of these kinds may be used for; nothing: they are not taken.

    `law` and `article` say where it is written, by the ids of `Catalog.laws`.
    """

    id: str
    zh: str
    en: str
    suppliers: frozenset[str]
    columns: frozenset[tuple[str, str]]
    feeds: frozenset[Feed]
    law: str
    article: str | None


@dataclass(frozen=True, slots=True)
class Trade:
    """The trade tables by id, in the order written, the limits on their use, and the kinds of supplier that may send them."""

    tables: Mapping[str, TradeTable]
    limits: tuple[TradeLimit, ...]
    suppliers: frozenset[str]

    def feeds(self, table: str, column: str, supplier_kind: str | None = None) -> frozenset[Feed]:
        """What a column may be used for; with the kind of supplier, also what the law leaves of that."""
        allowed = self.tables[table].column(column).feeds
        for limit in self.limits:
            if supplier_kind in limit.suppliers and (table, column) in limit.columns:
                allowed &= limit.feeds
        return allowed

    def columns_for(self, feed: Feed, table: str, supplier_kind: str | None = None) -> frozenset[str]:
        """Ids of the columns of a table that may be used for a purpose; with the kind of supplier, as sent by such a one."""
        columns = self.tables[table].columns
        return frozenset(
            column.id for column in columns if feed in self.feeds(table, column.id, supplier_kind)
        )
