"""Spark and DuckDB agree byte for byte."""

import importlib.util
import os
import shutil

import duckdb
import pytest

from ecredit.facts.market.trade_folder import open_trade
from ecredit.foundation.engine.duck import open_duck
from ecredit.foundation.engine.spark import SparkTables, start_spark
from ecredit.foundation.engine.steps import Step, run_here, run_step
from ecredit.judgement.detection.detect import detect
from tests.detection.detection_world import TABLES, build, run

_JAVA = shutil.which("java") is not None or bool(os.environ.get("JAVA_HOME"))
pytestmark = pytest.mark.skipif(
    not (_JAVA and importlib.util.find_spec("pyspark")), reason="没有 Java 或 pyspark / no Java or no pyspark"
)


@pytest.fixture(scope="module")
def session():
    session = start_spark(2)
    yield session
    session.stop()


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """A few shops' trade, two tables of it as text in GB18030 and in two parts."""
    whole, out = build(tmp_path_factory.mktemp("whole"), orders=20_000), tmp_path_factory.mktemp("few")
    with duckdb.connect() as connection:
        for table in TABLES:
            connection.execute(f"CREATE VIEW {table} AS FROM '{whole}/{table}.parquet'")
        connection.execute("CREATE TABLE kept AS SELECT shop_id FROM shops ORDER BY hash(shop_id) LIMIT 12")
        connection.execute("CREATE TABLE bought AS FROM orders SEMI JOIN kept USING (shop_id)")
        linked = {
            "shops": "FROM shops SEMI JOIN kept USING (shop_id)",
            "buyers": "FROM buyers SEMI JOIN bought USING (buyer_id)",
            "orders": "FROM bought",
            "payments": "FROM payments SEMI JOIN bought USING (order_id)",
            "parcels": "FROM parcels SEMI JOIN bought USING (order_id)",
            "scans": "FROM scans SEMI JOIN (FROM parcels SEMI JOIN bought USING (order_id)) USING (waybill_no)",
            "reviews": "FROM reviews SEMI JOIN bought USING (order_id)",
        }
        for table, query in linked.items():
            if table == "scans":
                (out / table).mkdir()
                for part in (0, 1):
                    connection.execute(
                        f"COPY (SELECT * FROM ({query}) WHERE hash(waybill_no) % 2 = {part}) TO '{out}/{table}/{part}.parquet'"
                    )
            elif table in ("shops", "reviews"):
                connection.execute(f"COPY ({query}) TO '{out}/{table}.csv' (HEADER)")
                path = out / f"{table}.csv"
                path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
            else:
                connection.execute(f"COPY ({query}) TO '{out}/{table}.parquet'")
    return out


def test_the_results_are_the_same_bytes(session, few, tmp_path, catalog):
    run(few, tmp_path / "duckdb", catalog)
    with (
        open_duck(threads=2) as connection,
        open_trade(few, connection, catalog.trade, purpose="detection") as trade,
    ):
        detect(SparkTables(session, trade.pieces, 2), trade.given, catalog.flags, tmp_path / "spark", 2)
    files = sorted(path.name for path in (tmp_path / "duckdb").iterdir())
    assert len(files) == 6
    for name in files:
        assert (tmp_path / "duckdb" / name).read_bytes() == (tmp_path / "spark" / name).read_bytes(), name


def test_a_step_over_shares_is_the_step_over_the_whole(session, few, catalog):
    step = Step(
        "SELECT hash(waybill_no) AS key, count(*) AS scans, min(scanned_at) AS first, max(kind) AS last FROM scans GROUP BY 1",
        "scans",
        "waybill_no",
        "key",
    )
    with (
        open_duck(threads=2) as connection,
        open_trade(few, connection, catalog.trade, purpose="detection") as trade,
    ):
        here = run_here(connection, step)
        spread = run_step(SparkTables(session, trade.pieces, 3), step)
    assert here.num_rows > 100
    assert spread.equals(here)
