"""Small trade for tests: a synthetic year with planted fraud, and the same in other shapes."""

from pathlib import Path

import duckdb

from ecredit.facts.market.trade_folder import open_trade
from ecredit.foundation.engine.duck import open_duck
from ecredit.judgement.detection.detect import detect
from ecredit.judgement.detection.labels import read_labels
from ecredit.judgement.detection.report import Report
from ecredit.surface.cli.trade_build import build_trade
from ecredit.surface.cli.trade_types import LAST_DAY

TABLES = ("shops", "buyers", "orders", "payments", "parcels", "scans", "reviews")


def build(out: Path, *, orders: int = 30_000, tier: str = "easy", seed: int = 5) -> Path:
    """Write a year of trade under `out`; returns the folder of its tables."""
    build_trade(
        out, orders=orders, tier=tier, seed=seed, last=LAST_DAY, texts=False, progress=lambda *_: None
    )
    return out / "trade"


def run(folder: Path, out: Path, catalog, threads: int = 2, labels: Path | None = None) -> Report:
    """Detection of a folder, as the command does it."""
    connection = open_duck(threads=threads)
    with open_trade(folder, connection, catalog.trade, purpose="detection") as trade:
        told = None if labels is None else read_labels(labels)
        report = detect(connection, trade.given, catalog.flags, out, threads, told)
    connection.close()
    return report


def rewrite(folder: Path, out: Path, table: str, query: str = "SELECT * FROM it") -> None:
    """The same table, changed by a query over `it`."""
    out.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    connection.execute(f"CREATE VIEW it AS FROM '{folder}/{table}.parquet'")
    connection.execute(f"COPY ({query}) TO '{out}/{table}.parquet'")
    connection.close()


def ask(out: Path, query: str, **tables: Path) -> list[tuple]:
    """Rows of a query; `scores(name)` are views of the results, others as given."""
    connection = duckdb.connect()
    for path in out.glob("*.parquet"):
        connection.execute(f"CREATE VIEW {path.stem} AS FROM '{path}'")
    for name, path in tables.items():
        connection.execute(f"CREATE VIEW {name} AS FROM '{path}'")
    return connection.execute(query).fetchall()
