"""Reads `trade.yaml`: the trade tables platforms, couriers and payment institutions send, and what may be done with them."""

from collections.abc import Iterable
from pathlib import Path

from ecredit.foundation.catalog.load_laws import read_basis
from ecredit.foundation.catalog.load_sources import SUPPLIER_KINDS
from ecredit.foundation.catalog.trade_types import (
    FEEDS,
    STANDS_FOR,
    TRADE_TYPES,
    Feed,
    Trade,
    TradeColumn,
    TradeLimit,
    TradeTable,
)
from ecredit.foundation.catalog.yaml_nodes import FaultLog, Fields, Place, nearest, read_fields

_RANGED = ("integer", "number", "money")


def load_trade(root: Path, log: FaultLog) -> Trade:
    """Return the trade tables and the limits on their use."""
    tables: dict[str, TradeTable] = {}
    fields = read_fields(root / "trade.yaml", root, log)
    if fields is None:
        return Trade(tables, (), frozenset())
    usual, suppliers = _read_feeds(fields), _read_suppliers(fields)
    named: list[tuple[str, Place]] = []
    for part in fields.subs("tables"):
        table = _read_table(part, usual, named)
        if table.id in tables:
            _twice(part, table.id)
        tables[table.id] = table
    limits = tuple(_read_limit(part, named) for part in fields.subs("limits"))
    fields.done()
    known = {f"{table.id}.{column.id}" for table in tables.values() for column in table.columns}
    for name, place in named:
        if name not in known:
            zh, en = nearest(name, known)
            log.add(
                place, "unknown_column", f"没有名为 {name} 的列；{zh}", f"no column is called {name}; {en}"
            )
    return Trade(tables, limits, suppliers)


def _twice(fields: Fields, written: str) -> None:
    fields.fault(
        "id",
        "duplicate_id",
        f"{written} 写了两次；请改名或删去一个",
        f"{written} is written twice; rename or remove one",
    )


def _read_table(fields: Fields, usual: frozenset[Feed], named: list[tuple[str, Place]]) -> TradeTable:
    feeds = _read_feeds(fields, usual)
    columns: dict[str, TradeColumn] = {}
    for part in fields.subs("columns"):
        column = _read_column(part, feeds, named)
        if column.id in columns:
            _twice(part, column.id)
        columns[column.id] = column
    table = TradeTable(
        id=fields.text("id"),
        zh=fields.text("zh"),
        en=fields.text("en"),
        key=fields.texts("key"),
        day=fields.maybe_text("day"),
        columns=tuple(columns.values()),
    )
    if not table.key:
        fields.fault(
            "key", "missing_key", "缺少 key；请写明一行的键", "key is missing; say what makes a row one"
        )
    for name in table.key:
        _check_column(fields, "key", name, columns)
        if name in columns and not columns[name].required:
            fields.fault(
                "key",
                "key_optional",
                f"键中的 {name} 不是必有的列；请写 required: true",
                f"{name} in the key may be missing; write required: true",
            )
    instants = {column.id for column in table.columns if column.type == "instant"}
    for name in {column.after for column in table.columns if column.after is not None}:
        _check_column(fields, "columns", name, instants)
    if table.day is not None:
        _check_column(fields, "day", table.day, columns)
        if table.day in columns and columns[table.day].type != "instant":
            fields.fault("day", "bad_type", "day 应是一列 instant", "day should be a column of instants")
    fields.done()
    return table


def _check_column(fields: Fields, key: str, name: str, columns: Iterable[str]) -> None:
    if name not in columns:
        zh, en = nearest(name, list(columns))
        fields.fault(
            key, "unknown_column", f"没有名为 {name} 的列；{zh}", f"no column is called {name}; {en}"
        )


def _read_column(fields: Fields, usual: frozenset[Feed], named: list[tuple[str, Place]]) -> TradeColumn:
    refers = fields.maybe_text("refers")
    if refers is not None:
        named.append((refers, fields.at("refers")))
    choices = fields.sub("choices")
    low, high = fields.decimal("low"), fields.decimal("high")
    column = TradeColumn(
        id=fields.text("id"),
        name=fields.text("name"),
        type=fields.one_of("type", TRADE_TYPES),
        required=fields.flag("required", default=False),
        refers=None if refers is None else _pair(refers),
        choices={} if choices is None else {name: choices.text(name) for name in choices.names()},
        low=None if low is None else float(low),
        high=None if high is None else float(high),
        feeds=_read_feeds(fields, usual),
        after=fields.maybe_text("after"),
        stands_for=fields.one_of("stands_for", STANDS_FOR) if fields.has("stands_for") else None,
    )
    if (column.type == "choice") != bool(column.choices):
        fields.fault(
            "choices" if column.choices else "type",
            "missing_key",
            "type: choice 与 choices 须同时写",
            "type: choice and choices go together",
        )
    if (low is not None or high is not None) and column.type not in _RANGED:
        fields.fault("type", "bad_type", "只有数有 low、high", "only numbers have low and high")
    if low is not None and high is not None and high < low:
        fields.fault("high", "bad_range", "high 小于 low；请更正", "high is below low; put it right")
    fields.done()
    return column


def _read_limit(fields: Fields, named: list[tuple[str, Place]]) -> TradeLimit:
    columns = fields.placed_texts("columns")
    named.extend(columns)
    basis = read_basis(fields)
    limit = TradeLimit(
        id=fields.text("id"),
        zh=fields.text("zh"),
        en=fields.text("en"),
        suppliers=_read_suppliers(fields),
        columns=frozenset(_pair(name) for name, _ in columns),
        feeds=_read_feeds(fields),
        law="" if basis is None else basis.law,
        article=None if basis is None else basis.article,
    )
    if basis is None:
        fields.fault(
            "basis",
            "missing_key",
            "缺少 basis；请写明依据哪条",
            "basis is missing; say which article it rests on",
        )
    fields.done()
    return limit


def _read_suppliers(fields: Fields) -> frozenset[str]:
    kinds = fields.texts("suppliers")
    for kind in kinds:
        if kind not in SUPPLIER_KINDS:
            zh, en = nearest(kind, SUPPLIER_KINDS)
            fields.fault(
                "suppliers",
                "bad_choice",
                f"报送方种类不能是 {kind}；{zh}",
                f"a supplier cannot be of the kind {kind}; {en}",
            )
    return frozenset(kinds)


def _read_feeds(fields: Fields, usual: frozenset[Feed] = frozenset()) -> frozenset[Feed]:
    """What is written under `feeds`, an empty list too; `usual` where nothing is."""
    if not fields.has("feeds"):
        return usual
    words = fields.texts("feeds")
    for word in words:
        if word not in FEEDS:
            zh, en = nearest(word, FEEDS)
            fields.fault("feeds", "bad_choice", f"feeds 不能是 {word}；{zh}", f"feeds cannot be {word}; {en}")
    return frozenset(feed for feed in FEEDS if feed in words)


def _pair(name: str) -> tuple[str, str]:
    table, _, column = name.partition(".")
    return table, column
