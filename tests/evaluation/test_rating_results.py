"""What `rate` writes: every shop and every rater once, nothing deleted, the same bytes whatever the order of rows."""

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.judgement.evaluation.rating_chains import list_chains
from ecredit.judgement.evaluation.rating_weights import REASONS
from tests.detection.detection_world import TABLES, ask, build, rewrite
from tests.evaluation.rating_world import add, honest_log, run, write_reviews

FILES = ("shop_ratings.parquet", "rater_ratings.parquet")


@pytest.fixture(scope="module")
def trade(tmp_path_factory):
    return build(tmp_path_factory.mktemp("trade"), orders=6_000)


@pytest.fixture(scope="module")
def rated(trade, tmp_path_factory, catalog):
    out = tmp_path_factory.mktemp("out")
    return out, run(trade, out, catalog)


def test_every_review_is_counted_and_every_shop_and_rater_has_a_row(trade, rated):
    out, report = rated
    source = {"reviews": trade / "reviews.parquet", "shops": trade / "shops.parquet"}
    for direction, table in (("buyer_to_shop", "shop_ratings"), ("shop_to_buyer", "rater_ratings")):
        [(there,)] = ask(out, f"SELECT count(*) FROM reviews WHERE direction = '{direction}'", **source)
        assert ask(out, f"SELECT sum(ratings) FROM {table}") == [(there,)]
    [(shops, different)] = ask(out, "SELECT count(*), count(DISTINCT shop_id) FROM shop_ratings")
    assert shops == different == report.rows["shops"]
    assert ask(out, "SELECT count(*) FROM shops ANTI JOIN shop_ratings USING (shop_id)", **source) == [(0,)]
    assert ask(out, "SELECT sum(given) FROM rater_ratings") == [(report.rows["ratings"],)]
    assert report.not_judged == {} and report.rows["left_out"] == 0


def test_figures_stand_in_their_bounds_and_reasons_add_up(rated):
    out, _ = rated
    bad = "SELECT count(*) FROM {} WHERE ratings > 0 AND NOT (1 <= low AND low <= rating AND rating <= high AND high <= 5)"
    assert ask(out, bad.format("shop_ratings")) == ask(out, bad.format("rater_ratings")) == [(0,)]
    rows = ask(
        out,
        "SELECT ratings * weighted_down_share, list_sum(list_transform(reasons, lambda r: r.weight)), "
        "list_transform(reasons, lambda r: r.reason) FROM shop_ratings WHERE weighted_down > 0",
    )
    assert rows
    for taken, listed, names in rows:
        assert listed <= taken + 1e-6 and listed > 0.5 * taken
        assert names == [reason for reason in REASONS if reason in names]


def test_a_shop_without_ratings_has_none_and_says_so(trade, rated, tmp_path, catalog):
    rewrite(
        trade,
        tmp_path / "some",
        "shops",
        "SELECT * FROM it UNION ALL BY NAME SELECT 'nobody rates it' AS shop_id",
    )
    rewrite(trade, tmp_path / "some", "reviews")
    run(tmp_path / "some", tmp_path / "out", catalog)
    assert ask(
        tmp_path / "out",
        "SELECT rating, low, ratings, mean, not_judged FROM shop_ratings WHERE shop_id = 'nobody rates it'",
    ) == [(None, None, 0, None, ["no_rating"])]


def test_shuffled_rows_and_another_number_of_threads_give_the_same_bytes(trade, rated, tmp_path, catalog):
    for table in TABLES:
        rewrite(trade, tmp_path / "shuffled", table, "SELECT * FROM it ORDER BY random()")
    run(tmp_path / "shuffled", tmp_path / "out", catalog, threads=1)
    for name in FILES:
        assert (tmp_path / "out" / name).read_bytes() == (rated[0] / name).read_bytes(), name


def test_a_row_given_twice_counts_once(trade, rated, tmp_path, catalog):
    for table in TABLES:
        rewrite(trade, tmp_path / "twice", table, "SELECT * FROM it UNION ALL SELECT * FROM it")
    rewrite(trade, tmp_path / "twice", "scans")
    run(tmp_path / "twice", tmp_path / "out", catalog)
    for name in FILES:
        assert (tmp_path / "out" / name).read_bytes() == (rated[0] / name).read_bytes(), name


def test_a_bare_log_is_rated_and_what_it_cannot_tell_is_said(tmp_path, catalog):
    folder = write_reviews(tmp_path / "bare", honest_log())
    report = run(folder, tmp_path / "out", catalog)
    assert report.not_judged == {"forged": ("orders", "reviews.order_id")}
    assert report.rows["shops"] == 40
    assert ask(tmp_path / "out", "SELECT DISTINCT not_judged FROM shop_ratings") == [(["no_trade"],)]


def test_planted_fraud_loses_weight_and_honest_ratings_hardly_any(trade, rated):
    out, report = rated
    assert report.reasons["forged"] > 0
    [(plain, shown)] = ask(
        out,
        "WITH h AS (SELECT shop_id, avg(score) FILTER (attack IS NULL) honest, count(attack) forged FROM reviews JOIN truth USING (review_id) "
        "WHERE direction = 'buyer_to_shop' GROUP BY 1) SELECT avg(abs(mean - honest)), avg(abs(rating - honest)) "
        "FROM shop_ratings JOIN h USING (shop_id) WHERE forged >= 5",
        reviews=trade / "reviews.parquet", truth=trade.parent / "truth" / "reviews.parquet",
    )  # fmt: skip
    assert shown < 0.5 * plain


def test_a_buyer_is_rated_by_the_shop_of_its_order_when_the_shop_is_written_as_the_rater(
    trade, rated, tmp_path, catalog
):
    for table in ("orders", "shops"):
        rewrite(trade, tmp_path / "other", table)
    swapped = "SELECT * REPLACE (CASE WHEN direction = 'shop_to_buyer' THEN shop_id ELSE rater_id END AS rater_id) FROM it"
    rewrite(trade, tmp_path / "other", "reviews", swapped)
    rewrite(trade, tmp_path / "same", "reviews")
    for table in ("orders", "shops"):
        rewrite(trade, tmp_path / "same", table)
    for name in ("other", "same"):
        run(tmp_path / name, tmp_path / f"{name}-out", catalog)
    shown = "SELECT rater_id, ratings, rating FROM rater_ratings WHERE ratings > 0 ORDER BY 1"
    assert ask(tmp_path / "other-out", shown) == ask(tmp_path / "same-out", shown)
    rewrite(tmp_path / "other", tmp_path / "bare", "reviews")
    report = run(tmp_path / "bare", tmp_path / "bare-out", catalog)
    assert report.rows["ratings_of_buyers"] == 0 and report.rows["left_out"] > 0


@settings(max_examples=20)
@given(data=st.data())
def test_any_tables_and_columns_may_be_missing(data, trade, tmp_path_factory, catalog):
    folder, out = tmp_path_factory.mktemp("some"), tmp_path_factory.mktemp("out")
    chosen = {"reviews", *data.draw(st.sets(st.sampled_from(TABLES)))}
    for table in sorted(chosen):
        there = {
            name for (name, *_) in ask(folder, "DESCRIBE SELECT * FROM it", it=trade / f"{table}.parquet")
        }
        kept = [
            f'"{column.id}"' for column in catalog.trade.tables[table].columns
            if column.id in there and (column.required or data.draw(st.booleans(), label=f"{table}.{column.id}"))
        ]  # fmt: skip
        rewrite(trade, folder, table, f"SELECT {', '.join(kept)} FROM it")
    report = run(folder, out, catalog)
    [(ratings,)] = ask(out, "SELECT sum(ratings) FROM shop_ratings")
    assert ratings == report.rows["ratings"] > 0
    assert ("forged" in report.not_judged) == ("orders" not in chosen or "order_id" not in _columns(folder))


def _columns(folder):
    return {name for (name, *_) in duckdb.sql(f"DESCRIBE FROM '{folder}/reviews.parquet'").fetchall()}


@pytest.mark.parametrize(
    "reviews",
    [
        "SELECT * FROM it LIMIT 0",
        "SELECT * FROM it LIMIT 1",
        "SELECT * REPLACE ('一家' AS shop_id) FROM it",
        "SELECT * REPLACE ('one' AS rater_id) FROM it",
        "SELECT * REPLACE (3 AS score) FROM it",
        "SELECT * REPLACE (9 AS score) FROM it",
        "SELECT * REPLACE (TIMESTAMP '2199-01-01' AS reviewed_at) FROM it",
        "SELECT * REPLACE (NULL AS reviewed_at, NULL AS rater_id) FROM it",
        "SELECT * REPLACE ('🙂\u202e\u0301' || shop_id AS shop_id) FROM it",
        "SELECT * REPLACE (review_id AS follows_review_id) FROM it",
        "SELECT * REPLACE (coalesce(lag(review_id) OVER (ORDER BY review_id), max(review_id) OVER ()) AS follows_review_id, "
        "'one' AS rater_id, 'one' AS shop_id) FROM it",
        "SELECT * REPLACE ('nowhere' AS direction) FROM it",
    ],
)  # fmt: skip
def test_odd_ratings_give_a_result(reviews, trade, tmp_path, catalog):
    rewrite(trade, tmp_path / "odd", "reviews", reviews)
    rewrite(trade, tmp_path / "odd", "orders")
    report = run(tmp_path / "odd", tmp_path / "out", catalog)
    for table in ("shop_ratings", "rater_ratings"):
        assert ask(
            tmp_path / "out",
            f"SELECT count(*) FROM {table} WHERE (ratings > 0) <> (rating IS NOT NULL AND low <= rating AND rating <= high)",
        ) == [(0,)]
    [(there,)] = ask(tmp_path / "out", "SELECT count(*) FROM it", it=tmp_path / "odd" / "reviews.parquet")
    assert report.rows["ratings"] + report.rows["ratings_of_buyers"] + report.rows["left_out"] == there


def test_a_follow_up_is_counted_and_shares_a_voice(tmp_path, catalog):
    log = add(honest_log(), by=[90_000, 90_000], of=[0, 0], stars=[5.0, 1.0], days=[17_000.0, 17_020.0])
    count = len(log["by"])
    follows = [None] * (count - 1) + [f"评{count - 2}"]
    run(write_reviews(tmp_path / "log", log, follows_review_id=follows), tmp_path / "out", catalog)
    [(ratings, mean, reasons)] = ask(
        tmp_path / "out",
        "SELECT given, given_mean, given_reasons FROM rater_ratings WHERE rater_id = '人90000'",
    )
    assert (ratings, mean) == (2, 3.0)
    assert [(piece["reason"], piece["ratings"], piece["weight"]) for piece in reasons] == [
        ("repeated", 2, 1.0)
    ]
    assert ask(tmp_path / "out", "SELECT ratings FROM shop_ratings WHERE shop_id = '店0'") == [(62,)]


@pytest.mark.parametrize(
    ("follows", "person", "groups"),
    [
        ([0, 0, 0], [7, 7, 7], 3),
        ([0, 1, 2], [7, 7, 7], 1),
        ([3, 1, 2], [7, 7, 7], 1),
        ([1, 1, 1], [7, 7, 7], 1),
        ([2, 1, 1], [7, 7, 7], 1),
        ([0, 1, 2], [7, 8, 8], 2),
        ([0, 99, 0], [7, 7, 7], 3),
    ],
)
def test_chains_of_follow_ups(follows, person, groups):
    """Keys are 1, 2, 3; 0 follows nothing, 99 something that is not there; a circle is one chain."""
    chain = list_chains(
        np.array([1, 2, 3], dtype=np.uint64),
        np.array(follows, dtype=np.uint64),
        np.array(person),
        np.zeros(3),
    )
    assert len(set(chain.tolist())) == groups


def test_a_very_long_chain_and_a_very_long_circle_are_one_each():
    count = 70_000
    key = np.arange(1, count + 1, dtype=np.uint64)
    same = np.zeros(count)
    for first in (0, count):
        follows = np.concatenate([[first], key[:-1]]).astype(np.uint64)
        assert len(set(list_chains(key, follows, same, same).tolist())) == 1
