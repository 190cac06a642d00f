"""The rows that findings are about, taken out of the lake of trade once a run so that a page need not search the lake.

Files of Parquet, each with `finding_id` first and in its order, every column of the catalogue behind it (what may not be used
for detection is NULL, as detection saw it): orders, payments, parcels, scans, reviews; and `shop_days`, all orders of the shops
by day. No Django here.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from ecredit.foundation.engine.duck import sql_name, sql_text

# Of a parcel what was scanned, of an order the rest; and what the rows of each table are read in the order of.
_ORDER_OF = {
    "orders": "ordered_at, order_id",
    "payments": "paid_at, payment_id",
    "parcels": "created_at, waybill_no",
    "reviews": "reviewed_at, review_id",
}
SHOP_DAYS = "shop_days"
TABLES = (*_ORDER_OF, "scans")


def write_rows(
    connection: duckdb.DuckDBPyConnection,
    given: Mapping[str, frozenset[str]],
    wanted: Iterable[tuple[str, str, str]],
    shops: Iterable[str],
    out: Path,
) -> None:
    """Write the rows of `wanted` (finding, `orders` or `parcels`, id of a row) and the days of `shops` into `out`.

    The tables are views of `connection`; one that is not in `given` gives no file.
    """
    listed = list(wanted)
    for table in ("orders", "parcels"):
        mine = [(finding, row) for finding, of, row in listed if of == table]
        pairs = pa.table(
            {
                "finding_id": pa.array([finding for finding, _ in mine], pa.string()),
                "row_id": pa.array([row for _, row in mine], pa.string()),
            }
        )
        connection.register(f"wanted_{table}", pairs)
    connection.register("wanted_shops", pa.table({"shop_id": pa.array(sorted(set(shops)), pa.string())}))
    try:
        for table in _ORDER_OF:
            if table in given:
                _copy(
                    connection,
                    _select(table, given),
                    f"finding_id, {_ORDER_OF[table]}",
                    out / f"{table}.parquet",
                )
        if "scans" in given and "parcels" in given:
            parcels = f"read_parquet({sql_text(str(out / 'parcels.parquet'))})"
            select = f"SELECT p.finding_id, s.* FROM scans s JOIN {parcels} p USING (waybill_no)"
            _copy(connection, select, "finding_id, waybill_no, scanned_at, kind", out / "scans.parquet")
        timed = ("orders", "ordered_at") if "orders" in given else ("parcels", "created_at")
        if timed[0] in given:
            select = (
                f"SELECT shop_id, CAST({timed[1]} AS DATE) AS day, count(*) AS orders FROM {timed[0]} "
                f"JOIN wanted_shops USING (shop_id) WHERE {timed[1]} IS NOT NULL GROUP BY ALL"
            )
            _copy(connection, select, "shop_id, day", out / f"{SHOP_DAYS}.parquet")
    finally:
        for name in ("wanted_orders", "wanted_parcels", "wanted_shops"):
            connection.unregister(name)


def _select(table: str, given: Mapping[str, frozenset[str]]) -> str:
    """The rows of a table that belong to findings, by its order, or by itself where findings are about parcels."""
    select = (
        f"SELECT w.finding_id, t.* FROM {sql_name(table)} t JOIN wanted_orders w ON t.order_id = w.row_id"
    )
    if table == "parcels" and "orders" not in given:
        return "SELECT w.finding_id, t.* FROM parcels t JOIN wanted_parcels w ON t.waybill_no = w.row_id"
    return select


def _copy(connection: duckdb.DuckDBPyConnection, select: str, order: str, path: Path) -> None:
    connection.execute(
        f"COPY ({select} ORDER BY {order}) TO {sql_text(str(path))} "
        "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 20000)"
    )
