"""What each order comes to, against a slow and obvious reading of the same rows in plain Python."""

import math
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.foundation.engine import duck
from ecredit.judgement.detection.trade_view import read_view

EPOCH = datetime.fromisoformat("1970-01-01")
START = datetime.fromisoformat("2025-03-01")
tokens = st.sampled_from([None, "a", "b", "丙", "d e"])
instants = st.one_of(st.none(), st.integers(0, 5_000_000).map(lambda s: START + timedelta(seconds=s)))
numbers = st.one_of(st.none(), st.integers(1, 900).map(float))


def rows_of(**columns):
    return st.lists(st.fixed_dictionaries(columns), min_size=6, max_size=14)


orders = st.lists(
    st.fixed_dictionaries({"order_id": st.integers(0, 3).map(lambda n: f"o{n}"), "shop_id": tokens, "buyer_id": tokens, "ordered_at": instants}),
    min_size=1, max_size=4, unique_by=lambda row: row["order_id"],
)  # fmt: skip
order_ids = st.one_of(st.none(), st.integers(0, 4).map(lambda n: f"o{n}"))
waybills = st.integers(0, 4).map(lambda n: f"w{n}")
parcels = st.lists(
    st.fixed_dictionaries({"waybill_no": waybills, "order_id": order_ids, "weight_g": numbers}),
    min_size=2, max_size=5, unique_by=lambda row: row["waybill_no"],
)  # fmt: skip
scans = rows_of(
    waybill_no=waybills,
    scanned_at=instants,
    kind=st.sampled_from(["pickup", "arrive", "signed"]),
    operator_id=tokens,
)
reviews = st.lists(
    st.fixed_dictionaries(
        {"review_id": st.integers(0, 30).map(lambda n: f"r{n}"), "order_id": order_ids, "score": st.integers(1, 5).map(float), "reviewed_at": instants}
    ),
    max_size=10, unique_by=lambda row: row["review_id"],
)  # fmt: skip
payments = rows_of(order_id=order_ids, payer_id=tokens)

TYPES = {"_at": pa.timestamp("us"), "_g": pa.float64(), "score": pa.float64()}


def hash_of(text: str) -> int:
    return duckdb.execute("SELECT hash(?::VARCHAR)", [text]).fetchone()[0]


def seconds(at: datetime | None) -> float:
    return math.nan if at is None else (at - EPOCH).total_seconds()


def slow(tables: dict[str, list[dict]]) -> dict[str, dict[str, object]]:
    """Order id → what is known of it."""
    found = {}
    for order in tables["orders"]:
        known: dict[str, object] = {
            "at": seconds(order["ordered_at"]),
            "shop": order["shop_id"],
            "buyer": order["buyer_id"],
        }
        payers = [
            row["payer_id"]
            for row in tables["payments"]
            if row["order_id"] == order["order_id"] and row["payer_id"]
        ]
        known["payer"] = min(payers, key=hash_of, default=None)
        sent = [row for row in tables["parcels"] if row["order_id"] == order["order_id"]]
        parcel = min(sent, key=lambda row: hash_of(row["waybill_no"]), default=None)
        known["weight"] = math.nan if parcel is None or parcel["weight_g"] is None else parcel["weight_g"]
        way = [
            row for row in tables["scans"] if parcel is not None and row["waybill_no"] == parcel["waybill_no"]
        ]
        known["scans"] = float(len(way)) if way else math.nan
        known["unnamed"] = float(sum(row["operator_id"] is None for row in way)) if way else math.nan
        for name, kind in (("picked", "pickup"), ("handed", "signed")):
            times = [seconds(row["scanned_at"]) for row in way if row["kind"] == kind and row["scanned_at"]]
            known[name] = min(times, default=math.nan)
        said = [row for row in tables["reviews"] if row["order_id"] == order["order_id"]]
        review = min(said, key=lambda row: hash_of(row["review_id"]), default=None)
        known["stars"] = math.nan if review is None else review["score"]
        known["reviewed"] = math.nan if review is None else seconds(review["reviewed_at"])
        found[order["order_id"]] = known
    return found


def as_table(rows: list[dict], columns: list[str]) -> pa.Table:
    types = [
        next((kind for end, kind in TYPES.items() if name.endswith(end)), pa.string()) for name in columns
    ]
    return pa.table(
        [pa.array([row[name] for row in rows], kind) for name, kind in zip(columns, types, strict=True)],
        names=columns,
    )


COLUMNS = {
    "orders": ["order_id", "shop_id", "buyer_id", "ordered_at"], "payments": ["order_id", "payer_id"],
    "parcels": ["waybill_no", "order_id", "weight_g"], "scans": ["waybill_no", "scanned_at", "kind", "operator_id"],
    "reviews": ["review_id", "order_id", "score", "reviewed_at"],
}  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(orders, payments, parcels, scans, reviews, st.sampled_from([1, 2]))
def test_an_order_comes_to_what_a_slow_reading_says(orders, payments, parcels, scans, reviews, threads):
    tables = {"orders": orders, "payments": payments, "parcels": parcels, "scans": scans, "reviews": reviews}
    with duckdb.connect() as connection:
        for name, rows in tables.items():
            connection.register("given_rows", as_table(rows, COLUMNS[name]))
            connection.execute(f"CREATE TABLE {name} AS FROM given_rows")
        view = read_view(connection, {name: frozenset(columns) for name, columns in COLUMNS.items()}, threads)
    expected = slow(tables)
    place = {hash_of(order_id): known for order_id, known in expected.items()}
    assert sorted(view.keys.tolist()) == sorted(place)
    told = [place[key] for key in view.keys.tolist()]
    for name in ("at", "weight", "scans", "unnamed", "picked", "handed", "stars", "reviewed"):
        wanted = np.array([known[name] for known in told], dtype=float)
        assert np.array_equal(np.asarray(view[name], dtype=float), wanted, equal_nan=True), name
    for name in ("shop", "buyer", "payer"):
        codes = view[name].tolist()
        names = [known[name] for known in told]
        assert [code < 0 for code in codes] == [text is None for text in names], name
        assert len(set(zip(codes, names, strict=True))) == len(set(codes)) == len(set(names)), name


@pytest.mark.parametrize("threads", [1, 2])
def test_what_cannot_be_read_ends_the_run_and_keeps_nobody_waiting(threads):
    with duckdb.connect() as connection:
        for name, columns in COLUMNS.items():
            rows = "FROM range(3)" if name != "parcels" else "FROM range(3) WHERE error('torn') IS NULL"
            chosen = ", ".join(
                f"make_timestamp(range) AS {column}"
                if column.endswith("_at")
                else f"range::VARCHAR AS {column}"
                for column in columns
            )
            connection.execute(f"CREATE VIEW {name} AS SELECT {chosen} {rows}")
        there = {name: frozenset(columns) for name, columns in COLUMNS.items()}
        with pytest.raises(duckdb.Error, match="torn"):
            read_view(connection, there, threads)


@pytest.mark.parametrize("count", [0, 1, 7, 20])
def test_columns_come_whole_however_they_are_cut(count, monkeypatch):
    monkeypatch.setattr(duck, "_BLOCK", 4)
    monkeypatch.setattr(duck, "_BATCH", 3)
    query = f"SELECT hash(range) AS key, range::FLOAT AS number, range % 2 = 0 AS even FROM range({count})"
    with duck.open_duck(threads=1) as connection:
        found = duck.fetch_columns(connection, query)
        expected = connection.execute(query).fetchnumpy()
    order, wanted = np.argsort(found["number"]), np.argsort(expected["number"])
    for name, kind in (("key", np.uint64), ("number", np.float32), ("even", np.bool_)):
        assert found[name].dtype == kind
        assert found[name][order].tolist() == expected[name][wanted].tolist()
