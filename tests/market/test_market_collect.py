"""Trade taken into the lake: fates that add up, nothing twice, corrections, what waits and why, and nothing half done."""

import csv
import gzip
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.types import Actor, Supplier
from ecredit.facts.market import collect_actions
from ecredit.facts.market.collect_actions import Market, collect_market
from ecredit.facts.market.lake_files import trade_folder
from ecredit.facts.market.lake_queries import open_lake
from ecredit.facts.market.models import TradeBatch, TradePart
from ecredit.facts.market.trade_files import TradeRefused
from ecredit.facts.market.types import TradeReceipt
from ecredit.foundation.catalog.trade_types import TradeTable
from ecredit.foundation.engine.duck import open_duck
from ecredit.foundation.proof.keys import KeyRing

AT = datetime(2026, 5, 12, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
PLATFORM = Supplier("plat-a", "平台甲", "platform")
OTHER = Supplier("plat-b", "平台乙", "platform")
BANK = Supplier("pay-a", "支付甲", "payment_institution")
ORDER = {
    "order_id": "o1", "shop_id": "s1", "buyer_id": "b1", "amount": "10.00", "ordered_at": "2026-03-01T12:00:00",
}  # fmt: skip

Rows = list[dict[str, str]]
Send = Callable[..., list[TradeReceipt]]


def write(path: Path, rows: Rows, encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([row.get(name, "") for name in names] for row in rows)]
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(lines)


@pytest.fixture
def market(home, catalog, db) -> Market:
    return Market(home, catalog, KeyRing.load(home.keys))


@pytest.fixture
def send(market, tmp_path) -> Send:
    """send(orders=rows, …, supplier=…) → receipts; each call is a new folder."""
    count = iter(range(1000))

    def run(*, supplier=PLATFORM, at=AT, encoding="utf-8", folder=None, **tables) -> list[TradeReceipt]:
        if folder is None:
            folder = tmp_path / f"sent-{next(count)}"
            for name, rows in tables.items():
                write(folder / f"{name}.csv", rows, encoding)
        return collect_market(
            market, folder, supplier=supplier, by=Actor(supplier.id, "supplier.submit"), at=at
        )

    return run


def lake(market: Market, sql: str, **kind: str) -> list[tuple[object, ...]]:
    with open_duck(threads=1) as connection, open_lake(market.home, connection, market.catalog.trade, **kind):
        return connection.execute(sql).fetchall()


def fates(receipt: TradeReceipt) -> tuple[int, ...]:
    assert receipt.rows == (
        receipt.accepted + receipt.superseded + receipt.duplicate + receipt.quarantined + receipt.refused
    )
    return receipt.accepted, receipt.superseded, receipt.duplicate, receipt.quarantined


def report(receipt: TradeReceipt) -> list[dict[str, str]]:
    with Path(receipt.report).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def files(market: Market) -> set[str]:
    base = trade_folder(market.home)
    return {path.relative_to(base).as_posix() for path in base.rglob("*") if path.is_file()}


def manifest() -> set[str]:
    return set(TradePart.objects.values_list("name", flat=True))


def test_rows_go_into_the_lake_by_day_and_are_read_back(market, send) -> None:
    rows = [ORDER, {**ORDER, "order_id": "订单二", "ordered_at": "2026-03-01T17:00:00Z", "device_id": "d1"}]
    (receipt,) = send(orders=rows, encoding="gb18030")
    assert fates(receipt) == (2, 0, 0, 0)
    assert lake(market, "SELECT order_id, amount, device_id FROM orders ORDER BY 1") == [
        ("o1", 10.0, None),
        ("订单二", 10.0, "d1"),
    ]
    assert sorted(TradePart.objects.values_list("day", flat=True)) == ["2026-03-01", "2026-03-02"]
    assert files(market) == manifest()
    entry = JournalEntry.objects.get(verb="trade.collect")
    assert (entry.who, entry.object) == (PLATFORM.id, f"trade_batch:{receipt.batch_id}")


def test_what_the_catalogue_has_learnt_to_take_since_is_unknown_in_older_files(
    market, send, tmp_path
) -> None:
    orders = market.catalog.trade.tables["orders"]
    fewer = replace(orders, columns=tuple(c for c in orders.columns if c.id != "device_id"))
    trade = replace(market.catalog.trade, tables={**market.catalog.trade.tables, "orders": fewer})
    write(tmp_path / "old" / "orders.csv", [ORDER])
    before = Market(market.home, replace(market.catalog, trade=trade), market.ring)
    by = Actor(PLATFORM.id, "supplier.submit")
    collect_market(before, tmp_path / "old", supplier=PLATFORM, by=by, at=AT)
    read = "SELECT order_id, amount, device_id FROM orders ORDER BY 1"
    assert lake(market, read) == [("o1", 10.0, None)]
    later = {**ORDER, "order_id": "o2", "device_id": "d1"}
    assert [fates(each) for each in send(orders=[later, {**ORDER, "amount": "11.00"}])] == [(1, 1, 0, 0)]
    assert lake(market, read) == [("o1", 11.0, None), ("o2", 10.0, "d1")]


def test_the_same_files_again_change_nothing(market, send, tmp_path) -> None:
    write(tmp_path / "day" / "orders.csv", [ORDER])
    (first,) = send(folder=tmp_path / "day")
    before, told = files(market), JournalEntry.objects.count()
    (again,) = send(folder=tmp_path / "day", at=AT + timedelta(days=1))
    assert again.already_received
    assert (again.batch_id, again.received_at) == (first.batch_id, first.received_at)
    assert files(market) == before
    assert JournalEntry.objects.count() == told


def test_the_same_rows_in_another_form_are_duplicates_and_write_no_file(market, send, tmp_path) -> None:
    send(orders=[ORDER])
    before = lake(market, "FROM orders")
    packed = tmp_path / "packed" / "orders"
    packed.mkdir(parents=True)
    (packed / "part.csv.gz").write_bytes(
        gzip.compress((",".join(ORDER) + "\r\n" + ",".join(ORDER.values()) + "\r\n").encode())
    )
    (receipt,) = send(folder=tmp_path / "packed")
    assert not receipt.already_received
    assert fates(receipt) == (0, 0, 1, 0)
    assert lake(market, "FROM orders") == before
    assert TradePart.objects.filter(batch=receipt.batch_id).count() == 0


def test_a_later_correction_supersedes_and_a_later_one_again(market, send) -> None:
    send(orders=[ORDER, {**ORDER, "order_id": "o2"}])
    (second,) = send(orders=[{**ORDER, "amount": "20"}])
    assert fates(second) == (0, 1, 0, 0)
    # The day may be what was wrong.
    (third,) = send(orders=[{**ORDER, "amount": "30", "ordered_at": "2026-04-01T00:00:00"}])
    assert fates(third) == (0, 1, 0, 0)
    assert lake(market, "SELECT order_id, amount FROM orders ORDER BY 1") == [("o1", 30.0), ("o2", 10.0)]
    # What was true first comes once more: it is the latest now.
    (fourth,) = send(orders=[ORDER, {**ORDER, "order_id": "o3"}])
    assert fates(fourth) == (1, 1, 0, 0)
    assert lake(market, "SELECT order_id, amount FROM orders ORDER BY 1") == [
        ("o1", 10.0), ("o2", 10.0), ("o3", 10.0),
    ]  # fmt: skip


def test_another_suppliers_key_waits_and_its_row_stays(market, send) -> None:
    send(orders=[ORDER])
    (receipt,) = send(orders=[{**ORDER, "amount": "99"}, {**ORDER, "order_id": "p2"}], supplier=OTHER)
    assert fates(receipt) == (1, 0, 0, 1)
    assert [(p["line"], p["rule"]) for p in report(receipt)] == [("2", "trade_key_anothers")]
    assert lake(market, "SELECT amount FROM orders WHERE order_id = 'o1'") == [(10.0,)]


def test_one_key_twice_in_one_delivery(market, send) -> None:
    same, other = {**ORDER, "order_id": "same"}, {**ORDER, "order_id": "other"}
    (receipt,) = send(orders=[same, other, same, {**other, "amount": "1"}, ORDER])
    assert fates(receipt) == (2, 0, 1, 2)
    assert {(p["line"], p["rule"]) for p in report(receipt)} == {
        ("3", "trade_key_twice"),
        ("5", "trade_key_twice"),
    }
    assert lake(market, "SELECT order_id FROM orders ORDER BY 1") == [("o1",), ("same",)]


def test_bad_rows_wait_with_every_reason_and_line(market, send, tmp_path) -> None:
    folder = tmp_path / "bad"
    write(folder / "orders.csv", [
        ORDER,
        {**ORDER, "order_id": "", "amount": "much", "status": "lost"},
        {**ORDER, "order_id": "o3", "ordered_at": "2027-01-01", "paid_at": "2026-12-01"},
        {**ORDER, "order_id": "o4", "amount": "-1"},
    ])  # fmt: skip
    with (folder / "orders.csv").open("a", encoding="utf-8") as file:
        file.write("o5,s1\n" + ",".join(["o6", "s1", "b1", "5", "2026-03-01", "paid", ""]) + "\n")
    (receipt,) = send(folder=folder)
    assert fates(receipt) == (2, 0, 0, 4)
    told = {(p["line"], p["column"], p["rule"]) for p in report(receipt)}
    assert told == {
        ("3", "order_id", "trade_missing"), ("3", "amount", "trade_unreadable"), ("3", "status", "trade_unreadable"),
        ("4", "ordered_at", "trade_future"), ("4", "paid_at", "trade_future"), ("4", "paid_at", "trade_reversed"),
        ("5", "amount", "trade_unreadable"), ("6", "", "trade_cells"),
    }  # fmt: skip
    assert all(p["message"] and p["hint"] and p["file"] == "orders.csv" for p in report(receipt))
    assert sum(receipt.problem_counts.values()) == len(told)
    (held,) = TradePart.objects.filter(kind="held")
    kept = pq.read_table(trade_folder(market.home) / held.name).to_pylist()
    assert [row["line"] for row in kept] == [3, 4, 5, 6]
    assert kept[0]["rules"] == ["trade_missing", "trade_unreadable"]
    assert '"much"' in kept[0]["cells"] and "o5,s1" in kept[3]["cells"]
    # Put right, they are taken.
    (fixed,) = send(orders=[{**ORDER, "order_id": "o3"}, {**ORDER, "order_id": "o4", "amount": "1"}])
    assert fates(fixed) == (2, 0, 0, 0)


def test_parquet_rows_are_checked_like_text(market, tmp_path, send) -> None:
    folder = tmp_path / "columns"
    folder.mkdir()
    times = pa.array([AT.replace(tzinfo=None), None, AT.replace(year=2030, tzinfo=None)], pa.timestamp("ms"))
    text = pa.array(["x", "x", "x"])
    pq.write_table(
        pa.table({"order_id": [1, 2, 3], "shop_id": text, "buyer_id": text, "amount": [1.0, 2.0, float("nan")], "ordered_at": times}),
        folder / "orders.parquet",
    )  # fmt: skip
    (receipt,) = send(folder=folder)
    assert fates(receipt) == (1, 0, 0, 2)
    assert {(p["line"], p["column"], p["rule"]) for p in report(receipt)} == {
        ("2", "ordered_at", "trade_missing"), ("3", "ordered_at", "trade_future"), ("3", "amount", "trade_unreadable"),
    }  # fmt: skip


def test_references_to_nothing_are_told_and_taken(market, send) -> None:
    receipts = send(shops=[{"shop_id": "s1"}], orders=[ORDER, {**ORDER, "order_id": "o2", "shop_id": "s9"}])
    orders = receipts[1]
    assert fates(orders) == (2, 0, 0, 0)
    assert [(p["line"], p["column"], p["rule"], p["value"]) for p in report(orders)] == [
        ("3", "shop_id", "trade_reference", "s9")
    ]
    assert (orders.problems, orders.warnings) == (0, 1)


PHONES = ["13812345678", "+86 139 1234 5678", "15012345678"]
IDENTITY = ["320402199001011234", "32040219851231567X"]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("buyer_id", PHONES),
        ("buyer_id", IDENTITY),
        ("order_id", PHONES),
        ("address_id", ["江苏省常州市武进区湖塘镇花园街1号2幢301室"]),
        ("ip_id", ["192.168.1.7"]),
        ("device_id", ["00:1B:44:11:3A:B7"]),
    ],
)
def test_a_column_in_clear_is_refused_by_name_and_nothing_is_kept(market, send, column, values) -> None:
    rows = [{**ORDER, "order_id": f"k{n}", column: value} for n, value in enumerate(values)]
    with pytest.raises(TradeRefused) as caught:
        send(orders=rows, shops=[{"shop_id": "s1"}])
    assert f"orders.{column}" in caught.value.zh
    assert f"orders.{column}" in caught.value.en
    assert not any(value in str(caught.value) for value in values)
    assert files(market) == set()
    assert not TradeBatch.objects.exists()


@pytest.mark.parametrize(
    "header", ["phone", "Buyer Mobile", "收货地址", "身份证号", "id_card", "receiver_address"]
)
def test_a_header_that_says_personal_data_is_refused_by_name(send, header) -> None:
    with pytest.raises(TradeRefused, match=header):
        send(orders=[{**ORDER, header: "x"}])


def test_headers_of_tokens_are_only_unknown(market, send) -> None:
    (receipt,) = send(orders=[{**ORDER, "buyer_phone_id": "x", "note": "y"}])
    assert fates(receipt) == (1, 0, 0, 0)
    assert any("buyer_phone_id" in note and "note" in note for note in receipt.notes)


def test_random_numbers_are_no_telephones_and_one_telephone_among_tokens_waits(market, send) -> None:
    numbers = [{**ORDER, "order_id": f"{n * 7919 % 9 + 1}{n * 104729 % 10**10:010d}"} for n in range(1, 400)]
    longer = [{**ORDER, "order_id": f"86{n * 61803398871 % 10**11:011d}"} for n in range(1, 400)]
    assert fates(send(orders=longer)[0])[3] == 0
    tokens = [{**ORDER, "order_id": f"t{n}", "buyer_id": f"{n:016x}"} for n in range(300)]
    tokens.append({**ORDER, "order_id": "t300", "buyer_id": PHONES[0]})
    assert fates(send(orders=numbers)[0])[3] == 0
    (receipt,) = send(orders=tokens)
    assert fates(receipt) == (300, 0, 0, 1)
    (problem,) = report(receipt)
    assert (problem["line"], problem["rule"]) == ("302", "trade_in_clear")
    assert PHONES[0] not in Path(receipt.report).read_text(encoding="utf-8-sig")
    held = TradePart.objects.get(kind="held")
    assert PHONES[0] not in str(pq.read_table(trade_folder(market.home) / held.name).to_pylist())


def test_numbers_of_persons_inside_a_text_are_masked_and_told(market, send) -> None:
    review = {"review_id": "r1", "shop_id": "s1", "rater_id": "b1", "score": "1", "reviewed_at": "2026-03-02",
              "text": "加我 13812345678 返现"}  # fmt: skip
    (receipt,) = send(reviews=[review])
    assert fates(receipt) == (1, 0, 0, 0)
    assert [p["rule"] for p in report(receipt)] == ["trade_masked"]
    ((text,),) = lake(market, "SELECT text FROM reviews")
    assert "13812345678" not in str(text) and "返现" in str(text)
    (again,) = send(reviews=[review, {**review, "review_id": "r2"}])
    assert fates(again) == (1, 0, 1, 0)


def test_device_data_of_payment_institutions_is_not_taken(market, send) -> None:
    (receipt,) = send(orders=[{**ORDER, "device_id": "d1", "ip_id": "n1"}], supplier=BANK)
    assert any("反电信网络诈骗法第18条" in note and "device_id, ip_id" in note for note in receipt.notes)
    assert lake(market, "SELECT device_id, ip_id FROM orders") == [(None, None)]
    assert "device_id" not in TradeBatch.objects.get().columns


def test_what_may_not_feed_scoring_is_not_read_for_it(market, send) -> None:
    send(orders=[{**ORDER, "device_id": "d1"}])
    assert lake(market, "SELECT device_id FROM orders") == [("d1",)]
    assert lake(market, "SELECT device_id FROM orders", purpose="scoring") == [(None,)]


def test_who_may_not_send_trade_is_refused(send) -> None:
    with pytest.raises(TradeRefused, match="platform"):
        send(orders=[ORDER], supplier=Supplier("shangwu", "商务局", "department"))


@pytest.mark.parametrize("where", ["_write", "write_held", "write_report", "settle", "_commit"])
def test_cut_off_anywhere_nothing_is_half_done_and_the_same_again_is_whole(
    market, send, tmp_path, monkeypatch, where
) -> None:
    send(orders=[{**ORDER, "amount": "5"}, {**ORDER, "order_id": "old"}])
    before = lake(market, "FROM orders ORDER BY order_id")
    folder = tmp_path / "cut"
    write(
        folder / "orders.csv",
        [ORDER, {**ORDER, "order_id": "new"}, {**ORDER, "order_id": "bad", "amount": "x"}],
    )
    real = getattr(collect_actions, where)

    def cut(*args: object, **kwargs: object) -> object:
        if where == "settle":
            real(*args, **kwargs)  # the files are in their places, the manifest is not
        raise KeyboardInterrupt

    monkeypatch.setattr(collect_actions, where, cut)
    with pytest.raises(KeyboardInterrupt):
        send(folder=folder)
    monkeypatch.undo()
    assert lake(market, "FROM orders ORDER BY order_id") == before
    (receipt,) = send(folder=folder)
    assert fates(receipt) == (1, 1, 0, 1)
    assert files(market) == manifest()
    assert lake(market, "SELECT order_id, amount FROM orders ORDER BY 1") == [
        ("new", 10.0), ("o1", 10.0), ("old", 10.0),
    ]  # fmt: skip
    assert not TradeBatch.objects.filter(state="open").exists()


def sample(table: TradeTable, names: list[str], key: str) -> dict[str, str]:
    """A row with a value that can be read in each column."""
    usual = {
        "instant": "2026-03-01T12:00:00",
        "date": "2026-03-01",
        "integer": "2",
        "number": "2",
        "money": "2.50",
    }
    return {
        name: next(iter(column.choices)) if column.choices else usual.get(column.type, key)
        for name in names
        for column in [table.column(name)]
    }


@st.composite
def shapes(draw: st.DrawFn) -> tuple[str, frozenset[str]]:
    table = draw(st.sampled_from(["shops", "buyers", "orders", "payments", "parcels", "scans", "reviews"]))
    return table, frozenset(
        draw(st.lists(st.integers(0, 20), unique=True).map(lambda n: [str(i) for i in n]))
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shape=shapes(),
    keys=st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=5),
        min_size=1,
        max_size=4,
    ),
)
def test_any_optional_columns_missing_and_any_unicode_key_give_fates_that_add_up(
    market, send, shape, keys
) -> None:
    table = market.catalog.trade.tables[shape[0]]
    places = {str(n): c.id for n, c in enumerate(c for c in table.columns if not c.required)}
    optional = {places[n] for n in shape[1] if n in places}
    names = [c.id for c in table.columns if c.required or c.id in optional]
    before = TradeBatch.objects.count()
    (receipt,) = send(**{table.id: [sample(table, names, key) for key in keys]})
    assert sum(fates(receipt)) == len(keys)
    assert receipt.quarantined == 0, report(receipt)
    assert TradeBatch.objects.count() in (before, before + 1)
    distinct = {key.strip() for key in keys}
    found = {row[0] for row in lake(market, f"SELECT {table.key[0]} FROM {table.id}")}
    assert distinct <= found


def test_empty_tables_are_taken_as_nothing(market, tmp_path, send) -> None:
    for table in market.catalog.trade.tables.values():
        path = tmp_path / "empty" / f"{table.id}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(",".join(table.required) + "\n")
    receipts = send(folder=tmp_path / "empty")
    assert [fates(receipt) for receipt in receipts] == [(0, 0, 0, 0)] * 7
    assert files(market) == set()
    assert lake(market, "SELECT count(*) FROM scans") == [(0,)]


def test_nobody_rates_another_platforms_shop_by_sending_its_number(market, send) -> None:
    review = {
        "review_id": "r1",
        "shop_id": "s1",
        "rater_id": "b1",
        "score": "1",
        "reviewed_at": ORDER["ordered_at"],
    }
    send(
        shops=[{"shop_id": "s1", "name": "店"}],
        reviews=[review, {**review, "review_id": "r3", "shop_id": "s2"}],
    )
    send(supplier=OTHER, reviews=[{**review, "review_id": "r2", "score": "5"}])
    sql = "SELECT review_id, score FROM reviews ORDER BY 1"
    assert lake(market, sql, purpose="scoring") == [("r1", 1), ("r3", 1)]
    assert [row[0] for row in lake(market, sql)] == ["r1", "r2", "r3"]  # it is there, and looked at
