"""A few labels: they help, they are refused when they cannot be read, and without effect where they tell nothing."""

import json

import duckdb
import numpy as np
import pytest

from ecredit.facts.market.trade_folder import open_trade
from ecredit.foundation.engine.duck import open_duck
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.detection.labels import fit_weights, read_labels, tell_orders
from ecredit.judgement.detection.trade_view import read_view
from tests.detection.detection_world import ask, build, run


def average_precision(score, label) -> float:
    label = np.asarray(label)[np.argsort(-np.asarray(score), kind="stable")]
    return float((np.cumsum(label) / np.arange(1, len(label) + 1) * label).sum() / label.sum())


@pytest.fixture(scope="module")
def hard(tmp_path_factory):
    return build(tmp_path_factory.mktemp("labelled"), orders=40_000, tier="standard", seed=8)


def test_known_orders_help_to_find_the_others(hard, tmp_path, catalog):
    truth = {"truth": hard.parent / "truth" / "orders.parquet"}
    known = "hash(order_id) % 12 = 0"
    path = tmp_path / "labels.csv"
    duckdb.execute(
        f"COPY (SELECT order_id, (attack IS NOT NULL)::INT AS forged FROM '{truth['truth']}' WHERE {known}) TO '{path}'"
    )
    run(hard, tmp_path / "without", catalog)
    run(hard, tmp_path / "with", catalog, labels=path)
    query = f"SELECT score, (attack IS NOT NULL)::INT FROM order_scores JOIN truth USING (order_id) WHERE NOT ({known}) ORDER BY order_id"
    plain, helped = (
        average_precision(*zip(*ask(tmp_path / each, query, **truth), strict=True))
        for each in ("without", "with")
    )
    assert helped > plain + 0.02
    query = f"SELECT min(score) FILTER (attack IS NOT NULL), max(score) FILTER (attack IS NULL) FROM order_scores JOIN truth USING (order_id) WHERE {known}"
    [(forged, _)] = ask(tmp_path / "with", query, **truth)
    [(unknown, _)] = ask(tmp_path / "without", query, **truth)
    assert forged > unknown
    for line in (tmp_path / "with" / "findings.jsonl").read_text(encoding="utf-8").splitlines():
        finding = json.loads(line)
        assert sum(piece["contribution"] for piece in finding["evidence"]) == pytest.approx(
            finding["log_odds"], abs=1e-6
        )


def test_the_same_bytes_whatever_the_order_of_labels(hard, tmp_path, catalog):
    shop = ask(hard, "SELECT shop_id FROM shops ORDER BY shop_id LIMIT 40")
    lines = [f"{shop_id},{place % 2}" for place, (shop_id,) in enumerate(shop)]
    for name, order in (("one", lines), ("other", lines[::-1])):
        path = tmp_path / f"{name}.csv"
        path.write_text("shop_id,forged\n" + "\n".join(order), encoding="utf-8")
        run(hard, tmp_path / name, catalog, labels=path)
    for file in sorted((tmp_path / "one").iterdir()):
        assert file.read_bytes() == (tmp_path / "other" / file.name).read_bytes(), file.name


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("order_id\nA\n", "forged"),
        ("name,forged\nA,1\n", "order_id"),
        ("order_id,forged\nA,1\nB,maybe\nC,2\n", "3, 4"),
        ("order_id,forged\n\n\nA,maybe\n", "line.* 4"),
        ("", "order_id"),
        ("order_id,forged\n" + "A" * 200_000 + ",1\n", "cannot be read"),
    ],
)
def test_a_file_that_is_no_labels_is_refused_with_what_is_wrong(content, named, tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(WrongUse, match=named):
        read_labels(path)


def test_labels_in_gb18030_and_in_chinese_are_read_and_what_is_said_both_ways_is_forged(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_bytes("order_id,forged\n甲,是\n甲,否\n乙,否\n丙,\n".encode("gb18030"))
    hashes, forged = read_labels(path).known["order_id"]
    assert sorted(forged.tolist()) == [False, True]
    assert (hashes[1:] > hashes[:-1]).all()


def test_few_labels_change_nothing_and_many_show_what_counts():
    rng = np.random.default_rng(3)
    parts = rng.normal(0, 1, (400, 4))
    start = np.ones(4)
    folds = np.arange(400)
    log_odds = parts @ start - 2
    told = (rng.random(400) < 1 / (1 + np.exp(-log_odds))).astype(float)
    few = np.zeros(400)
    few[:3] = 1
    assert (fit_weights(parts, np.zeros(400), few, start, folds) == start).all()
    assert fit_weights(parts, np.zeros(400), told, start, folds) == pytest.approx(start, abs=0.5)
    other = (rng.random(400) < 1 / (1 + np.exp(-(6 * parts[:, 0] - 3)))).astype(float)
    learnt = fit_weights(parts, np.zeros(400), other, start, folds)
    assert learnt[0] > 2 * learnt[1:].max()
    assert (learnt >= 0).all()


def test_numbers_of_parquet_are_labels_too(tmp_path):
    path = tmp_path / "labels.PARQUET"
    duckdb.execute(
        f"COPY (SELECT 'A' AS order_id, 1.0::DOUBLE AS forged UNION ALL SELECT 'B', 0.0) TO '{path}' (FORMAT parquet)"
    )
    assert sorted(read_labels(path).known["order_id"][1].tolist()) == [False, True]


def test_an_order_is_known_by_its_reviews_and_a_sound_shop_leaves_its_orders_open(tmp_path, catalog):
    for table, rows in (
        ("orders", "SELECT 'o' || n AS order_id, 's' || (n % 2) AS shop_id, 'b' || n AS buyer_id, 1.0 AS amount, TIMESTAMP '2025-03-01' AS ordered_at FROM range(4) r(n)"),
        ("reviews", "SELECT 'r' || n AS review_id, 'o' || (n // 2) AS order_id, 's0' AS shop_id, 'b0' AS rater_id, 5 AS score, TIMESTAMP '2025-03-02' AS reviewed_at FROM range(6) r(n)"),
    ):  # fmt: skip
        duckdb.execute(f"COPY ({rows}) TO '{tmp_path}/{table}.parquet'")
    path = tmp_path / "labels.csv"
    path.write_text("review_id,shop_id,forged\nr0,,1\nr1,,0\nr2,,0\nr3,,1\n,s1,0\nr4,,0\n", encoding="utf-8")
    with (
        open_duck(threads=1) as connection,
        open_trade(tmp_path, connection, catalog.trade, purpose="detection") as trade,
    ):
        view = read_view(connection, trade.given)
        told = tell_orders(read_labels(path), view, connection, trade.given)
        names = dict(connection.execute("SELECT hash(order_id), order_id FROM orders").fetchall())
    known = {names[key]: int(known) for key, known in zip(view.keys.tolist(), told.known, strict=True)}
    assert known == {"o0": 1, "o1": 1, "o2": 0, "o3": -1}
    effect = {names[key]: float(said) for key, said in zip(view.keys.tolist(), told.effect, strict=True)}
    assert effect["o3"] == -3.0 and effect["o0"] == 6.0
