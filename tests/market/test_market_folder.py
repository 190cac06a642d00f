"""A folder of trade tables reads the same whatever its form, its types and its missing columns; what is wrong is told at once."""

import csv
import gzip
import io
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecredit.facts.market.trade_files import TradeRefused
from ecredit.facts.market.trade_folder import TradeFolder, open_trade
from ecredit.foundation.catalog.folder import default_folder
from ecredit.foundation.catalog.load import load_catalog
from ecredit.foundation.catalog.trade_types import TradeTable
from ecredit.foundation.engine.duck import open_duck

TRADE = load_catalog(default_folder()).trade
LOCAL = timezone(timedelta(hours=8))
NOON = datetime.fromisoformat("2026-03-01T12:00:00")

ORDERS = {
    "order_id": ["o1", "订单二", "o3"],
    "shop_id": ["s1", "s1", "s2"],
    "buyer_id": ["b1", "b2", "b3"],
    "amount": ["12.50", "0", "1,234.5"],
    "ordered_at": ["2026-03-01T12:00:00", "2026-03-01T04:00:00Z", "2026/3/1 12:00"],
    "status": ["paid", "Completed", "unheard of"],
    "quantity": ["1", "2.0", "2.5"],
}


@pytest.fixture
def connection(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    return open_duck(threads=2, spill=tmp_path / "spill")


def write_csv(path: Path, columns: dict[str, list[str]], encoding: str = "utf-8") -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    content = out.getvalue().encode(encoding)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content) if path.name.lower().endswith(".gz") else content)


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[object, ...]]:
    return connection.execute(sql).fetchall()


def read(connection: duckdb.DuckDBPyConnection, folder: Path) -> TradeFolder:
    return open_trade(folder, connection, TRADE)


@pytest.mark.parametrize(
    "name", ["orders.csv", "ORDERS.CSV.GZ", "orders/part-1.csv", "orders/day=1/x.csv.gz"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_text_in_every_form_and_encoding_reads_the_same(tmp_path, connection, name, encoding) -> None:
    write_csv(tmp_path / "in" / name, ORDERS, encoding)
    with read(connection, tmp_path / "in") as trade:
        assert trade.given == {"orders": frozenset(ORDERS)}
        assert rows(
            connection,
            "SELECT order_id, amount, ordered_at, status, quantity, paid_at FROM orders ORDER BY ALL",
        ) == [
            ("o1", 12.5, NOON, "paid", 1, None),
            ("o3", 1234.5, NOON, None, None, None),
            ("订单二", 0.0, NOON, "completed", 2, None),
        ]
        assert trade.count_unreadable("orders") == {"status": 1, "quantity": 1}
        assert trade.count_rows("orders") == 3


INSTANTS = {
    "text": pa.array(["2026-03-01T12:00:00", "2026-03-01T04:00:00Z", "2026-03-01 12:00:00+0800"]),
    "dictionary": pa.array(["2026-03-01 12:00:00"] * 3).dictionary_encode(),
    "naive ms": pa.array([NOON] * 3, pa.timestamp("ms")),
    "naive ns": pa.array([NOON] * 3, pa.timestamp("ns")),
    "zoned": pa.array([NOON.replace(tzinfo=LOCAL)] * 3, pa.timestamp("us", "America/New_York")),
    "seconds": pa.array([int(NOON.replace(tzinfo=LOCAL).timestamp())] * 3),
    "milliseconds": pa.array([int(NOON.replace(tzinfo=LOCAL).timestamp() * 1000)] * 3),
    "nanoseconds": pa.array([int(NOON.replace(tzinfo=LOCAL).timestamp()) * 10**9] * 3),
    "bytes": pa.array([b"2026-03-01T12:00:00"] * 3),
}
MONEY = {
    "text": pa.array(["12.50"] * 3),
    "decimal": pa.array([Decimal("12.50")] * 3, pa.decimal128(12, 2)),
    "float": pa.array([12.5] * 3, pa.float32()),
    "double": pa.array([12.5] * 3),
}
KEYS = {
    "text": pa.array(["1", "2", "3"]),
    "large text": pa.array(["1", "2", "3"], pa.large_string()),
    "dictionary": pa.array(["1", "2", "3"]).dictionary_encode(),
    "whole": pa.array([1, 2, 3]),
    "unsigned": pa.array([1, 2, 3], pa.uint64()),
    "real": pa.array([1.0, 2.0, 3.0]),
    "bytes": pa.array([b"1", b"2", b"3"]),
}


def write_orders(path: Path, **columns: pa.Array) -> None:
    three = pa.array(["x", "x", "x"])
    usual = {"order_id": KEYS["text"], "shop_id": three, "buyer_id": three, "amount": MONEY["double"]}
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({**usual, "ordered_at": INSTANTS["naive ms"], **columns}), path)


@pytest.mark.parametrize(
    ("column", "kind", "array", "expected"),
    [
        *[("ordered_at", kind, array, [NOON] * 3) for kind, array in INSTANTS.items()],
        *[("amount", kind, array, [12.5] * 3) for kind, array in MONEY.items()],
        *[("order_id", kind, array, ["1", "2", "3"]) for kind, array in KEYS.items()],
        ("quantity", "real", pa.array([1.0, 2.5, float("nan")]), [1, None, None]),
        ("quantity", "whole", pa.array([1, -2, None], pa.int16()), [1, None, None]),
        ("amount", "endless", pa.array([1.0, float("inf"), float("nan")]), [1.0, None, None]),
        ("amount", "no number", pa.array([1.0, 2.0, float("nan")]), [1.0, 2.0, None]),
        ("status", "whole", pa.array([1, 2, 3]), [None] * 3),
        ("paid_at", "nothing", pa.nulls(3), [None] * 3),
        ("paid_at", "lists", pa.array([[NOON]] * 3), [None] * 3),
        (
            "paid_at",
            "absurd",
            pa.array(
                [datetime.fromisoformat("9999-01-01"), datetime.fromisoformat("0001-01-01"), NOON],
                pa.timestamp("us"),
            ),
            [None, None, NOON],
        ),
    ],
)
def test_every_physical_type_of_parquet_is_read(tmp_path, connection, column, kind, array, expected) -> None:
    write_orders(tmp_path / "orders.parquet", **{column: array})
    with read(connection, tmp_path):
        found = [row[0] for row in rows(connection, f"SELECT {column} FROM orders")]
    assert sorted(found, key=str) == sorted(expected, key=str)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (pa.array(["2026-01-02", "2026/1/2", "20260102"]), [date(2026, 1, 2)] * 3),
        (pa.array([20260102, 20261399, None]), [date(2026, 1, 2), None, None]),
        (pa.array([date(2026, 1, 2)] * 3), [date(2026, 1, 2)] * 3),
        (
            pa.array([datetime(2026, 1, 1, 17, tzinfo=UTC)] * 3, pa.timestamp("us", "UTC")),
            [date(2026, 1, 2)] * 3,
        ),
    ],
)
def test_days_are_read_from_what_holds_them(tmp_path, connection, array, expected) -> None:
    pq.write_table(pa.table({"shop_id": ["1", "2", "3"], "opened_on": array}), tmp_path / "shops.parquet")
    with read(connection, tmp_path):
        found = [row[0] for row in rows(connection, "SELECT opened_on FROM shops")]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_parts_of_other_forms_types_and_columns_make_one_table(tmp_path, connection) -> None:
    write_orders(tmp_path / "orders" / "a.parquet", device_id=pa.array(["d1", "d2", None]))
    write_orders(tmp_path / "orders" / "b.parquet", order_id=pa.array([4, 5, 6]), ordered_at=INSTANTS["text"])
    write_csv(tmp_path / "orders" / "c.csv", {" Order_ID": ["7"], "SHOP_ID ": ["x"], "buyer_id": ["x"], "amount": ["12.5"],
                                              "ordered_at": ["2026-03-01T12:00:00"], "note": ["n"]})  # fmt: skip
    (tmp_path / "orders" / "_SUCCESS").touch()
    with read(connection, tmp_path) as trade:
        assert rows(connection, "SELECT DISTINCT ordered_at, amount FROM orders") == [(NOON, 12.5)]
        assert rows(
            connection, "SELECT string_agg(order_id, '' ORDER BY order_id), count(device_id) FROM orders"
        ) == [("1234567", 2)]
        assert "device_id" in trade.given["orders"]
        assert trade.ignored == {"orders": ("note",)}


def test_rows_with_other_than_the_headers_cells_are_left_out_and_counted(tmp_path, connection) -> None:
    (tmp_path / "buyers.csv").write_text("buyer_id,registered_at\nb1,2026-03-01\nb2\nb3,2026-03-01,x,y\n")
    with read(connection, tmp_path) as trade:
        assert trade.broken == {"buyers": 2}
        assert rows(connection, "SELECT buyer_id FROM buyers") == [("b1",)]


def test_names_of_files_and_headers_are_never_patterns_or_sql(tmp_path, connection) -> None:
    folder = tmp_path / "it's [a] *?"
    write_orders(folder / "orders" / "p[1]'.parquet", **{'a"b': pa.array([1, 2, 3])})
    with read(connection, folder) as trade:
        assert trade.count_rows("orders") == 3
        assert trade.count_unreadable("orders") == {}


def test_views_are_seen_by_every_cursor_of_the_connection(tmp_path, connection) -> None:
    write_orders(tmp_path / "orders.parquet")
    with read(connection, tmp_path):
        assert rows(connection.cursor(), "SELECT count(*) FROM orders") == [(3,)]


def test_nothing_is_left_behind(tmp_path, connection) -> None:
    write_csv(tmp_path / "in" / "orders.csv", ORDERS)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with open_trade(tmp_path / "in", connection, TRADE, scratch=scratch):
        assert list(scratch.rglob("*.parquet"))
    assert not list(scratch.iterdir())
    assert rows(connection, "SELECT count(*) FROM duckdb_views() WHERE view_name = 'orders'") == [(0,)]


def test_what_may_not_feed_scoring_is_not_there_for_it(tmp_path, connection) -> None:
    write_orders(tmp_path / "orders.parquet", device_id=pa.array(["d", "d", "d"]))
    with open_trade(tmp_path, connection, TRADE, purpose="scoring") as trade:
        assert "device_id" not in trade.given["orders"]
        assert rows(connection, "SELECT count(device_id), count(order_id) FROM orders") == [(0, 3)]


def spoil_all(folder: Path) -> None:
    """A folder in which every table is wrong in another way."""
    write_csv(folder / "orders.csv", {"order_id": ["1"], "shop_id": ["1"]})
    (folder / "shops.parquet").write_text("no parquet")
    (folder / "buyers.csv.gz").write_bytes(gzip.compress(b"buyer_id\n1\n" * 99)[:-20])
    (folder / "reviews.csv").touch()
    write_csv(folder / "payments.csv", {"payment_id": ["1"], " PAYMENT_ID": ["1"]})
    (folder / "scans.csv").write_text(
        'waybill_no,scanned_at,kind\n1,2026-01-01,"signed\n2,2026-01-01,signed\n'
    )


def test_everything_that_is_wrong_is_told_at_once_in_both_languages(tmp_path, connection) -> None:
    spoil_all(tmp_path)
    with pytest.raises(TradeRefused) as caught:
        read(connection, tmp_path)
    for sentence in (caught.value.zh, caught.value.en):
        for name in ("orders.csv", "shops.parquet", "buyers.csv.gz", "reviews.csv", "payments.csv"):
            assert str(tmp_path / name) in sentence
        assert "buyer_id, amount, ordered_at" in sentence.replace("、", ", ")


def test_a_quote_that_never_ends_is_refused(tmp_path, connection) -> None:
    (tmp_path / "scans.csv").write_text(
        "waybill_no,scanned_at,kind\n" + '1,2026-01-01,"signed\n' + "2,2026-01-01,signed\n" * 10
    )
    with pytest.raises(TradeRefused, match=r"scans\.csv"):
        read(connection, tmp_path)


@pytest.mark.parametrize("make", ["missing", "file", "empty", "others", "twice"])
def test_a_folder_that_is_none_is_refused_in_one_sentence(tmp_path, connection, make) -> None:
    folder = tmp_path / "in"
    if make == "file":
        folder.touch()
    elif make != "missing":
        folder.mkdir()
    if make == "others":
        (folder / "customers.csv").write_text("a,b\n1,2\n")
        (folder / "orders").mkdir()
    if make == "twice":
        write_orders(folder / "orders.parquet")
        write_csv(folder / "orders.csv", ORDERS)
    with pytest.raises(TradeRefused) as caught:
        read(connection, folder)
    assert str(folder) in caught.value.zh
    assert str(folder) in caught.value.en


def test_empty_tables_are_tables_without_rows(tmp_path, connection) -> None:
    for table in TRADE.tables.values():
        (tmp_path / f"{table.id}.csv").write_text(",".join(column.id for column in table.columns) + "\n")
    with read(connection, tmp_path) as trade:
        assert {name: trade.count_rows(name) for name in trade.given} == dict.fromkeys(TRADE.tables, 0)
        assert [trade.count_unreadable(name) for name in trade.given] == [{}] * 7


@st.composite
def some_columns(draw: st.DrawFn) -> tuple[TradeTable, list[str], str]:
    table = TRADE.tables[draw(st.sampled_from(sorted(TRADE.tables)))]
    optional = [column.id for column in table.columns if not column.required]
    kept = set(draw(st.lists(st.sampled_from(optional), unique=True)) if optional else [])
    kept |= set(table.required)
    return table, [c.id for c in table.columns if c.id in kept], draw(st.sampled_from(["csv", "parquet"]))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shape=some_columns(), cell=st.text(max_size=8))
def test_any_optional_columns_missing_and_any_cell_give_a_table(
    tmp_path_factory: pytest.TempPathFactory, shape: tuple[TradeTable, list[str], str], cell: str
) -> None:
    table, names, form = shape
    folder = tmp_path_factory.mktemp("trade")
    if form == "csv":
        write_csv(folder / f"{table.id}.csv", {name: [cell, "x"] for name in names})
    else:
        clean = cell.encode("utf-8", "replace").decode()
        pq.write_table(pa.table({name: [clean, "x"] for name in names}), folder / f"{table.id}.parquet")
    connection = open_duck(threads=1)
    with read(connection, folder) as trade:
        assert trade.given[table.id] == frozenset(names)
        assert trade.count_rows(table.id) + trade.broken.get(table.id, 0) in (1, 2)
        described = rows(connection, f"DESCRIBE {table.id}")
        assert [row[0] for row in described] == [column.id for column in table.columns]
        for column in table.columns:
            if column.id not in names:
                assert rows(connection, f"SELECT count({column.id}) FROM {table.id}") == [(0,)]
        trade.count_unreadable(table.id)
