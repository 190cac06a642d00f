"""The synthetic year of trade: references that hold, times in order, every attack and look-alike present, the truth apart,
the same bytes for the same seed."""

import hashlib
from datetime import date
from pathlib import Path

import duckdb
import pytest

from ecredit.foundation.kernel.codes import is_org_code, is_uscc
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.surface.cli.trade_build import build_trade
from ecredit.surface.cli.trade_types import ATTACKS, CONTROLS, LAST_DAY

TABLES = ("shops", "buyers", "orders", "payments", "parcels", "scans", "reviews")
TRUTHS = ("shops", "buyers", "orders", "parcels", "reviews")


def build(out: Path, *, seed: int = 5, tier: str = "standard", texts: bool = False, orders: int = 30_000):
    return build_trade(
        out, orders=orders, tier=tier, seed=seed, last=LAST_DAY, texts=texts, progress=lambda *_: None
    )


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.parquet"))
    }


def opened(folder: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for name in TABLES:
        connection.execute(f"create view {name} as from '{folder}/trade/{name}.parquet'")
    for name in TRUTHS:
        connection.execute(f"create view true_{name} as from '{folder}/truth/{name}.parquet'")
    return connection


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("trade") / "year"
    build(out)
    return out


@pytest.fixture(scope="module")
def db(made):
    with opened(made) as connection:
        yield connection


def one(db, query: str):
    return db.execute(query).fetchone()[0]


@pytest.mark.parametrize(
    ("table", "column", "other", "key"),
    [
        ("orders", "shop_id", "shops", "shop_id"),
        ("orders", "buyer_id", "buyers", "buyer_id"),
        ("payments", "order_id", "orders", "order_id"),
        ("parcels", "order_id", "orders", "order_id"),
        ("parcels", "shop_id", "shops", "shop_id"),
        ("scans", "waybill_no", "parcels", "waybill_no"),
        ("reviews", "order_id", "orders", "order_id"),
        ("reviews", "rater_id", "buyers", "buyer_id"),
        ("reviews", "follows_review_id", "reviews", "review_id"),
    ],
)
def test_references_hold(db, table, column, other, key) -> None:
    lost = f"from {table} t anti join {other} o on t.{column} = o.{key} where t.{column} is not null"
    assert one(db, f"select count(*) {lost}") == 0
    assert one(db, f"select count({column}) from {table}") > 0


@pytest.mark.parametrize("name", TRUTHS)
def test_the_truth_has_each_row_once(db, name) -> None:
    key = {"parcels": "waybill_no"}.get(name, f"{name[:-1]}_id")
    assert one(db, f"select count(*) from {name} join true_{name} using ({key})") == one(
        db, f"select count(*) from {name}"
    )
    assert one(db, f"select count(distinct {key}) from {name}") == one(
        db, f"select count(*) from true_{name}"
    )


def test_times_are_in_order(db) -> None:
    customers = "from orders join shops using (shop_id) join buyers using (buyer_id)"
    assert (
        one(db, f"select count(*) {customers} where ordered_at < opened_on or ordered_at < registered_at")
        == 0
    )
    assert one(db, "select count(*) from orders where paid_at <= ordered_at or completed_at <= paid_at") == 0
    assert (
        one(db, "select count(*) from parcels join orders using (order_id) where created_at < paid_at") == 0
    )
    assert one(db, "select count(*) from parcels where signed_at < created_at") == 0
    assert one(db, "select count(*) from orders where refunded_at < paid_at") == 0
    assert (
        one(db, "select count(*) from reviews join parcels using (order_id) where reviewed_at < signed_at")
        == 0
    )
    late = "select count(*) from (select max(ordered_at) t from orders union all select max(reviewed_at) from reviews)"
    assert one(db, f"{late} where t >= date '{LAST_DAY}' + 1") == 0


def test_every_attack_and_every_look_alike_is_there(db) -> None:
    planted = {
        row[0]
        for row in db.execute("select distinct attack from true_orders where attack is not null").fetchall()
    }
    assert planted == set(ATTACKS) - {""}
    seen = {
        row[0]
        for row in db.execute(
            "select control from true_orders union select control from true_parcels union select control from true_shops"
        ).fetchall()
    }
    assert set(CONTROLS) - {""} <= seen
    assert one(db, "select count(*) from true_orders where attack is not null and control is not null") == 0


def test_the_world_is_believable(db) -> None:
    orders = one(db, "select count(*) from orders")
    assert 27_000 < orders < 36_000
    assert 0.01 < one(db, "select avg((attack is not null)::int) from true_orders") < 0.1
    assert 0.02 < one(db, "select avg((status = 'cancelled')::int) from orders") < 0.04
    assert 0.04 < one(db, "select avg((status = 'refunded')::int) from orders") < 0.14
    assert 0.2 < one(db, "select avg((device_id is null)::int) from orders") < 0.4
    assert 0.05 < one(db, "select avg((weight_g is null)::int) from parcels") < 0.15
    assert 0.3 < one(db, "select count(*) from reviews") / orders < 0.5
    assert 4.2 < one(db, "select avg(score) from reviews") < 4.8
    assert 5 < one(db, "select count(*) from scans") / one(db, "select count(*) from parcels") < 9
    assert 1 < one(db, "select median(epoch(signed_at - created_at)) / 86400 from parcels") < 4
    busiest = one(db, "select hour(ordered_at) from orders group by 1 order by count(*) desc limit 1")
    assert 12 <= busiest <= 22


def test_what_forgery_shows_honest_orders_show_too(db) -> None:
    """No single value says who forged: each extreme is found among honest parcels and reviews as well."""
    for tell in (
        "weight_g < 120", "weight_g = 0", "fee < 1.8", "signed_at < created_at + interval 20 hour",
    ):  # fmt: skip
        shares = dict(
            db.execute(
                f"select attack is not null, avg(({tell})::int) from parcels join true_parcels using (waybill_no) group by 1"
            ).fetchall()
        )
        assert shares[True] > shares[False] > 0, tell


def test_no_key_and_no_order_of_rows_tells_the_truth(db) -> None:
    """Forged rows lie evenly among the keys and among the rows of their table."""
    for name, key in (
        ("orders", "order_id"),
        ("parcels", "waybill_no"),
        ("buyers", "buyer_id"),
        ("shops", "shop_id"),
    ):
        keys = [
            row[0] for row in db.execute(f"select {key} from true_{name} where attack is not null").fetchall()
        ]
        assert all(len(k) == 16 and int(k, 16) >= 0 for k in keys)
        share = sum(k < "8" for k in keys) / len(keys)
        assert abs(share - 0.5) < 2.2 / len(keys) ** 0.5, name
    assert (
        one(db, "select count(*) from (select ordered_at < lag(ordered_at) over () b from orders) where b")
        == 0
    )


def test_operators_codes_pass_but_can_be_nobodys(db) -> None:
    codes = [
        row[0]
        for row in db.execute(
            "select distinct operator_uscc from shops where operator_uscc is not null"
        ).fetchall()
    ]
    assert len(codes) > 80
    assert all(is_uscc(code) and not is_org_code(code[8:17]) for code in codes)


def test_the_truth_lies_apart(made) -> None:
    assert sorted(p.name for p in (made / "trade").iterdir()) == sorted(f"{name}.parquet" for name in TABLES)
    assert sorted(p.name for p in (made / "truth").iterdir()) == sorted(f"{name}.parquet" for name in TRUTHS)
    with opened(made) as db:
        for name in TABLES:
            columns = {row[0] for row in db.execute(f"describe {name}").fetchall()}
            assert not columns & {"attack", "control", "tells", "victim", "crew", "hired"}


def test_same_seed_same_bytes_other_seed_other_world(made, tmp_path) -> None:
    build(tmp_path / "again")
    assert digests(tmp_path / "again") == digests(made)
    build(tmp_path / "again", seed=6)
    assert not set(digests(tmp_path / "again").values()) & set(digests(made).values())


def test_csv_says_the_same_in_gb18030(made, tmp_path) -> None:
    import csv
    import gzip

    build(tmp_path / "texts", texts=True)
    folder = tmp_path / "texts" / "trade"
    assert sorted(p.name for p in folder.iterdir()) == sorted(f"{name}.csv.gz" for name in TABLES)
    rows = list(
        csv.DictReader(
            gzip.decompress((folder / "reviews.csv.gz").read_bytes()).decode("gb18030").splitlines()
        )
    )
    with opened(made) as db:
        assert len(rows) == one(db, "select count(*) from reviews")
    assert any(row["text"] == "系统默认好评" for row in rows)


def test_a_folder_with_something_else_is_left_alone(tmp_path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(WrongUse):
        build(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_the_command_says_that_all_is_invented(command, tmp_path) -> None:
    answer = command(
        "demo", "--trade", "--out", str(tmp_path / "year"), "--orders", "20000", "--tier", "hard"
    )
    assert answer.code == 0
    assert "invented" in answer.lines[0]
    assert answer.document["rows"]["orders"] > 18_000
    assert (tmp_path / "year" / "truth" / "orders.parquet").is_file()
    with pytest.raises(WrongUse):
        command("demo", "--trade")
    with pytest.raises(WrongUse):
        command("demo", "--trade", "--out", str(tmp_path / "few"), "--orders", "10")


def test_another_last_day_is_another_year(tmp_path) -> None:
    build_trade(
        tmp_path,
        orders=20_000,
        tier="easy",
        seed=1,
        last=date(2024, 2, 29),
        texts=False,
        progress=lambda *_: None,
    )
    with opened(tmp_path) as db:
        assert one(db, "select max(ordered_at)::date from orders") == date(2024, 2, 29)
        assert one(db, "select min(ordered_at)::date from orders") == date(2023, 3, 2)
