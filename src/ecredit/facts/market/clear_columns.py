"""Telephones, identity numbers and addresses in clear: people and what is theirs come as tokens or not at all.

A column is looked at as a whole, because any token may look like a telephone by chance: of random numbers of eleven digits
seven in a hundred do, of telephones all.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb

from ecredit.foundation.catalog.trade_types import StandsFor, TradeColumn, TradeTable
from ecredit.foundation.engine.duck import sql_name, sql_text

# Headers that say what is in them. A header that ends in one of _TOKENS says that it is a token of it.
_HEADERS = (
    "phone", "mobile", "telephone", "idcard", "id_card", "identity_no", "identity_number", "id_number", "realname",
    "real_name", "full_name", "手机", "电话", "身份证", "证件号", "地址", "姓名", "收货人", "收件人",
)  # fmt: skip
_WORDS = frozenset({"tel", "addr", "address", "consignee", "ip", "mac"})
_TOKENS = ("_id", "_token", "_hash", "标识")
# So many in a hundred of a column's filled cells, and the column as a whole is refused; fewer, and those rows wait.
_MANY = 100


@dataclass(frozen=True, slots=True)
class _Kind:
    """`looks` fits a value in clear of `least` to `most` bytes; `alike`, those of `alike_bytes` that would look so by chance.

    `quick` is a cheap test that every value in clear passes: an expression is costly, and a hundred million tokens are none.
    """

    zh: str
    en: str
    looks: str
    alike: str | None
    least: int
    most: int
    quick: str
    alike_bytes: tuple[int, int] = (0, 0)
    only: frozenset[StandsFor] | None = None

    def test(self, name: str) -> str:
        """SQL that is true for a value in clear."""
        return _fits(name, self.least, self.most, self.looks, self.quick.format(name))

    def chance(self, name: str) -> str:
        """SQL that is true for a value of the same shape."""
        return "false" if self.alike is None else _fits(name, *self.alike_bytes, self.alike)


def _fits(name: str, least: int, most: int, pattern: str, quick: str = "true") -> str:
    long = f"strlen({name}) BETWEEN {least} AND {most}"
    return f"({long} AND ({quick}) AND regexp_full_match({name}, {sql_text(pattern)}))"


_KINDS = (
    _Kind(
        "电话号码",
        "a telephone number",
        r"(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}|0\d{2,3}-\d{7,8}",
        r"\d{11}|\d{13}",
        11,
        18,
        "strlen({0}) = 11 OR starts_with({0}, '+') OR starts_with({0}, '86') OR contains({0}, '-') OR contains({0}, ' ')",
        (11, 13),
    ),
    _Kind(
        "身份证号码",
        "an identity number",
        r"[1-8]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]",
        r"\d{17}[\dXx]",
        18,
        18,
        "true",
        (18, 18),
    ),
    _Kind(
        "地址",
        "an address",
        r".*[省市区县镇乡村].*[路街道巷弄号栋幢室村组].*",
        None,
        18,
        600,
        "true",
        only=frozenset({"person", "address", "phone"}),
    ),
    _Kind(
        "网络地址",
        "a network address",
        r"\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}",
        None,
        7,
        17,
        "contains({0}, '.') OR contains({0}, ':') OR contains({0}, '-')",
        only=frozenset({"network", "device"}),
    ),
    _Kind(
        "银行卡号",
        "a bank card number",
        r"62\d{14,17}",
        r"\d{16,19}",
        16,
        19,
        "starts_with({0}, '62')",
        (16, 19),
        frozenset({"account"}),
    ),
)


@dataclass(frozen=True, slots=True)
class InClear:
    """What a table holds in clear: `columns` that are refused as (name, Chinese kind, English kind), and by column the
    SQL test of the few rows that wait."""

    columns: tuple[tuple[str, str, str], ...]
    tests: dict[str, str]


def list_named_in_clear(headers: Iterable[str]) -> list[str]:
    """Return the headers that say that they hold a telephone, an identity number, a name or an address."""
    found = []
    for header in headers:
        name = re.sub(r"[\s-]+", "_", header.strip().lower())
        said = any(word in name for word in _HEADERS) or bool(_WORDS & set(name.split("_")))
        if said and not name.endswith(_TOKENS):
            found.append(header)
    return found


def find_in_clear(
    connection: duckdb.DuckDBPyConnection, table: TradeTable, given: frozenset[str], view: str
) -> InClear:
    """Look through the tokens and texts of a view. Reads it once."""
    pairs = [
        (column, kind)
        for column in table.columns
        if column.id in given and column.type in ("token", "text")
        for kind in _kinds_of(column)
    ]
    if not pairs:
        return InClear((), {})
    sums = []
    for column, kind in pairs:
        name = sql_name(column.id)
        sums += [
            f"count({name})",
            f"count(*) FILTER {_where(kind.test(name))}",
            f"count(*) FILTER {_where(kind.chance(name))}",
        ]
    counts = connection.execute(f"SELECT {', '.join(sums)} FROM {view}").fetchone() or ()
    columns: list[tuple[str, str, str]] = []
    tests: dict[str, list[str]] = {}
    for place, (column, kind) in enumerate(pairs):
        filled, found, alike = counts[3 * place : 3 * place + 3]
        if not found or 2 * found < alike:
            continue
        if found * _MANY >= filled:
            columns.append((column.id, kind.zh, kind.en))
        else:
            tests.setdefault(column.id, []).append(kind.test(sql_name(column.id)))
    return InClear(tuple(columns), {name: " OR ".join(found) for name, found in tests.items()})


def _kinds_of(column: TradeColumn) -> Sequence[_Kind]:
    return [
        kind
        for kind in _KINDS
        if kind.only is None or (column.stands_for is not None and column.stands_for in kind.only)
    ]


def _where(test: str) -> str:
    return f"(WHERE {test})"
