"""Reading the lake of trade: views of the rows that count, the latest of each key."""

import hashlib
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import duckdb

from ecredit.facts.market.lake_files import ROWS, SUPERSEDED, files_of, trade_folder
from ecredit.facts.market.models import TradeBatch, TradePart
from ecredit.facts.market.trade_folder import TradeFolder
from ecredit.facts.market.trade_values import SQL_TYPES
from ecredit.foundation.catalog.trade_types import Feed, Trade, TradeTable
from ecredit.foundation.engine.duck import sql_files, sql_name, sql_text
from ecredit.foundation.kernel.home import Home


def open_lake(
    home: Home, connection: duckdb.DuckDBPyConnection, trade: Trade, *, purpose: Feed = "detection"
) -> TradeFolder:
    """Open the lake as `open_trade` opens a folder: a view of each table that has come, with every column of the catalogue.

    A row is the latest its supplier sent under its key. What the law does not let a supplier's column be used for is NULL
    for `purpose`. The views stay as they were opened: a batch that comes later is not in them.
    """
    given: dict[str, frozenset[str]] = {}
    for name, table in trade.tables.items():
        batches = list(TradeBatch.objects.filter(table=name, state="done").order_by("pk"))
        if not batches:
            continue
        rows = sql_current(home, table, trade, batches, purpose=purpose)
        names = ", ".join(sql_name(column.id) for column in table.columns)
        if purpose == "scoring" and name == "reviews":
            rows = f"SELECT rows_of_all.* FROM ({rows}) rows_of_all {_of_own_shops(home, trade, batches)}"
        connection.execute(f"CREATE OR REPLACE VIEW {sql_name(name)} AS SELECT {names} FROM ({rows})")
        given[name] = frozenset.union(
            *(
                frozenset(batch.columns) & trade.columns_for(purpose, name, batch.supplier_kind)
                for batch in batches
            )
        )
    counts = dict.fromkeys(given, 'SELECT 0 AS ""')
    scratch = tempfile.TemporaryDirectory(prefix="trade-")
    return TradeFolder(trade_folder(home), given, {}, {}, {}, connection, counts, scratch)


def _of_own_shops(home: Home, trade: Trade, batches: Iterable[TradeBatch]) -> str:
    """SQL that keeps rows of shops their sender has itself: nobody rates another platform's shop by sending its number."""
    theirs = list(TradeBatch.objects.filter(table="shops", state="done").order_by("pk"))
    if not theirs:
        return ""
    senders = _values([(batch.pk, batch.supplier) for batch in batches])
    holders = _values([(batch.pk, batch.supplier) for batch in theirs])
    shops = sql_current(home, trade.tables["shops"], trade, theirs)
    return (
        f"JOIN {senders} sent(_batch, supplier) USING (_batch) LEFT JOIN (SELECT shop_id, min(held.supplier) AS holder "
        f"FROM ({shops}) JOIN {holders} held(_batch, supplier) USING (_batch) GROUP BY 1) shop_held USING (shop_id) "
        "WHERE shop_held.holder IS NULL OR shop_held.holder = sent.supplier"
    )


def _values(pairs: list[tuple[int, str]]) -> str:
    return f"(VALUES {', '.join(f'({batch}, {sql_text(supplier)})' for batch, supplier in pairs)})"


def lake_digest() -> str:
    """SHA-256 over the list of the lake's files."""
    digest = hashlib.sha256()
    parts = TradePart.objects.filter(batch__state="done").order_by("name").values_list("name", "digest")
    for name, content in parts.iterator():
        digest.update(f"{name} {content}\n".encode())
    return digest.hexdigest()


def sql_current(
    home: Home, table: TradeTable, trade: Trade, batches: Iterable[TradeBatch], *, purpose: Feed | None = None
) -> str:
    """SQL of a table's rows that count, with `_batch`; without a purpose all columns."""
    kinds = {batch.pk: batch.supplier_kind for batch in batches}
    files: dict[frozenset[str], list[Path]] = defaultdict(list)
    parts = TradePart.objects.filter(batch__table=table.id, batch__in=list(kinds), kind=ROWS)
    for part in parts.order_by("day", "batch_id", "name"):
        kind = kinds[part.batch_id]
        allowed = (
            {c.id for c in table.columns} if purpose is None else trade.columns_for(purpose, table.id, kind)
        )
        files[frozenset(allowed)].extend(files_of(home, [part]))
    selects = [_select(table, allowed, paths) for allowed, paths in files.items()]
    rows = " UNION ALL ".join(selects) or f"{_select(table, frozenset(), [])} WHERE false"
    superseded = TradePart.objects.filter(batch__table=table.id, batch__in=list(kinds), kind=SUPERSEDED)
    gone = list(files_of(home, superseded.order_by("batch_id")))
    if not gone:
        return rows
    using = ", ".join([*map(sql_name, table.key), "_batch"])
    return f"SELECT * FROM ({rows}) ANTI JOIN {_read(gone)} USING ({using})"


def _select(table: TradeTable, allowed: frozenset[str], paths: list[Path]) -> str:
    columns = [
        sql_name(column.id)
        if column.id in allowed
        else f"CAST(NULL AS {SQL_TYPES[column.type]}) AS {sql_name(column.id)}"
        for column in table.columns
    ]
    if not paths:
        return f"SELECT {', '.join(columns)}, CAST(NULL AS BIGINT) AS _batch"
    # Files stay as they were written: what the catalogue has learnt to take since is NULL in older ones.
    every = ", ".join(
        f"CAST(NULL AS {SQL_TYPES[each.type]}) AS {sql_name(each.id)}" for each in table.columns
    )
    source = f"(SELECT {every} WHERE false UNION ALL BY NAME SELECT * FROM {_read(paths)})"
    return f"SELECT {', '.join(columns)}, _batch FROM {source}"


def _read(paths: list[Path]) -> str:
    return f"read_parquet({sql_files(paths)}, hive_partitioning=false, union_by_name=true)"
