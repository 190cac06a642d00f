"""What a finding's page shows of the trade behind it, read from the files of the last run: its rows, its days, what its
orders share with each other and with other findings' orders. Tokens only: nothing here says who anybody is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

import duckdb

from ecredit.foundation.engine.duck import open_duck, sql_name, sql_text
from ecredit.judgement.triage.lake_rows import SHOP_DAYS
from ecredit.judgement.triage.run_folder import ROWS

_LOCAL: Final = timezone(timedelta(hours=8))
PAGED: Final = {
    "orders": ("ordered_at", "order_id"), "payments": ("paid_at", "payment_id"), "parcels": ("created_at", "waybill_no"),
    "reviews": ("reviewed_at", "review_id"),
}  # fmt: skip
"""The tables a finding's rows are shown of, each with the order they are read in."""
# What several orders may have in common: its kind, the table and the column.
_SHARED: Final = (
    ("device", "orders", "device_id"), ("address", "orders", "address_id"), ("network", "orders", "ip_id"),
    ("buyer", "orders", "buyer_id"), ("payer", "payments", "payer_id"), ("phone", "parcels", "receiver_phone_id"),
)  # fmt: skip
_MOST_GROUPS: Final = 12


@dataclass(frozen=True, slots=True)
class DayCount:
    """A day of a shop: all its orders, and those of the finding among them."""

    day: date
    orders: int
    suspect: int


@dataclass(frozen=True, slots=True)
class SharedGroup:
    """Orders of a finding that have a device, address, network, payer, telephone or buyer in common.

    orders, buyers  of the finding · others: (finding, shop, orders) of other findings with the same token
    """

    kind: str
    token: str
    orders: int
    buyers: int
    others: Sequence[tuple[str, str, int]]


class FindingRows:
    """The files of a run that hold the rows of findings; a table that never came has none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / ROWS

    def count(self, finding_id: str) -> dict[str, int]:
        """How many rows of each table a finding has."""
        with open_duck(threads=1) as connection:
            return {
                table: _one(
                    connection, f"SELECT count(*) FROM {self._of(table)} WHERE finding_id = ?", finding_id
                )
                for table in PAGED
                if self._has(table)
            }

    def read(self, table: str, finding_id: str, *, limit: int, offset: int = 0) -> list[dict[str, Any]]:
        """A page of a finding's rows of a table, by column; instants with their offset, parcels with their `scans`."""
        if table not in PAGED or not self._has(table):
            return []
        order = ", ".join(map(sql_name, PAGED[table]))
        with open_duck(threads=1) as connection:
            rows = _dicts(
                connection,
                f"SELECT * EXCLUDE (finding_id) FROM {self._of(table)} WHERE finding_id = ? "
                f"ORDER BY {order} LIMIT {int(limit)} OFFSET {int(offset)}",
                [finding_id],
            )
            if table == "parcels" and self._has("scans"):
                scans: dict[str, list[dict[str, Any]]] = {row["waybill_no"]: [] for row in rows}
                found = _dicts(
                    connection,
                    f"SELECT * FROM {self._of('scans')} WHERE finding_id = ? AND list_contains(?, waybill_no) "
                    "ORDER BY scanned_at, kind",
                    [finding_id, list(scans)],
                )
                for scan in found:
                    scans[scan["waybill_no"]].append(scan)
                for row in rows:
                    row["scans"] = scans[row["waybill_no"]]
            return rows

    def days(self, finding_id: str, shop_id: str, rows_of: str) -> list[DayCount]:
        """The shop's days with any order, in order."""
        timed = PAGED[rows_of][0]
        if not self._has(SHOP_DAYS) or not self._has(rows_of):
            return []
        with open_duck(threads=1) as connection:
            rows = connection.execute(
                f"WITH mine AS (SELECT CAST({timed} AS DATE) AS day, count(*) AS suspect FROM {self._of(rows_of)} "
                "WHERE finding_id = ? GROUP BY 1) "
                f"SELECT d.day, d.orders, coalesce(m.suspect, 0) FROM {self._of(SHOP_DAYS)} d LEFT JOIN mine m USING (day) "
                "WHERE d.shop_id = ? ORDER BY d.day",
                [finding_id, shop_id],
            ).fetchall()
        return [DayCount(*row) for row in rows]

    def shared(self, finding_id: str) -> list[SharedGroup]:
        """What orders of this finding have in common: with each other (two buyers and more), or with other findings' orders.

        Those that reach other shops first, then those of most orders; a dozen at most.
        """
        if not self._has("orders"):
            return []
        parts = [self._tokens(kind, table, column) for kind, table, column in _SHARED if self._has(table)]
        with open_duck(threads=1) as connection:
            connection.execute(f"CREATE TABLE tokens AS {' UNION ALL '.join(parts)}")
            rows = connection.execute(
                "WITH mine AS (SELECT kind, token, count(DISTINCT order_id) AS orders, count(DISTINCT buyer_id) AS buyers "
                "FROM tokens WHERE finding_id = ? GROUP BY ALL), "
                "others AS (SELECT t.kind, t.token, t.finding_id, min(t.shop_id) AS shop_id, "
                "count(DISTINCT t.order_id) AS orders FROM tokens t JOIN mine USING (kind, token) "
                "WHERE t.finding_id <> ? AND t.shop_id NOT IN (SELECT shop_id FROM tokens WHERE finding_id = ?) GROUP BY ALL), "
                "listed AS (SELECT kind, token, list(struct_pack(f := finding_id, s := shop_id, n := orders) "
                "ORDER BY orders DESC, finding_id) AS found, "
                "count(*) AS shops FROM others GROUP BY ALL) "
                "SELECT m.kind, m.token, m.orders, m.buyers, l.found FROM mine m LEFT JOIN listed l USING (kind, token) "
                "WHERE l.shops > 0 OR (m.kind <> 'buyer' AND m.buyers > 1) "
                "ORDER BY coalesce(l.shops, 0) DESC, m.orders DESC, m.kind, m.token "
                f"LIMIT {_MOST_GROUPS}",
                [finding_id, finding_id, finding_id],
            ).fetchall()
        return [
            SharedGroup(kind, token, orders, buyers, [(o["f"], o["s"], o["n"]) for o in found or ()])
            for kind, token, orders, buyers, found in rows
        ]

    def _tokens(self, kind: str, table: str, column: str) -> str:
        orders = self._of("orders")
        if table == "orders":
            return (
                f"SELECT finding_id, shop_id, order_id, buyer_id, '{kind}' AS kind, {column} AS token FROM {orders} "
                f"WHERE {column} IS NOT NULL"
            )
        return (
            f"SELECT o.finding_id, o.shop_id, o.order_id, o.buyer_id, '{kind}', t.{column} FROM {orders} o "
            f"JOIN {self._of(table)} t USING (finding_id, order_id) WHERE t.{column} IS NOT NULL"
        )

    def _has(self, table: str) -> bool:
        return (self.folder / f"{table}.parquet").exists()

    def _of(self, table: str) -> str:
        return f"read_parquet({sql_text(str(self.folder / f'{table}.parquet'))})"


def _one(connection: duckdb.DuckDBPyConnection, sql: str, *values: Any) -> int:
    found = connection.execute(sql, list(values)).fetchone()
    return 0 if found is None else int(found[0])


def _dicts(connection: duckdb.DuckDBPyConnection, sql: str, values: list[Any]) -> list[dict[str, Any]]:
    found = connection.execute(sql, values)
    names = [column[0] for column in found.description or ()]
    return [{name: _aware(value) for name, value in zip(names, row, strict=True)} for row in found.fetchall()]


def _aware(value: Any) -> Any:
    """The tables' instants are kept at +08:00."""
    return value.replace(tzinfo=_LOCAL) if isinstance(value, datetime) and value.tzinfo is None else value
