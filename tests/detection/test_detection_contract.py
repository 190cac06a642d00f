"""What detection promises: a score for every row, findings that add up, the same bytes whatever the order of rows."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detection.detection_world import TABLES, ask, build, rewrite, run

KEYS = {
    "orders": ("order_scores", "order_id"), "parcels": ("parcel_scores", "waybill_no"), "reviews": ("review_scores", "review_id"),
    "buyers": ("buyer_scores", "buyer_id"), "shops": ("shop_scores", "shop_id"),
}  # fmt: skip
KINDS = {
    "brushing",
    "malicious_review",
    "empty_parcel",
    "sybil",
    "exchange_ring",
    "refund_abuse",
    "none",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory, request):
    from ecredit.foundation.catalog.load import load_catalog

    catalog = load_catalog(Path(__file__).parents[2] / "catalog")
    folder = build(tmp_path_factory.mktemp("trade"))
    out = tmp_path_factory.mktemp("out")
    return folder, out, catalog, run(folder, out, catalog)


def findings(out: Path) -> list[dict]:
    return [json.loads(line) for line in (out / "findings.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("table", KEYS)
def test_every_row_has_one_score_between_0_and_1_and_a_kind(world, table):
    folder, out, _, report = world
    name, key = KEYS[table]
    source = {"source": folder / f"{table}.parquet"}
    [(rows, ids, low, high)] = ask(
        out, f"SELECT count(*), count(DISTINCT {key}), min(score), max(score) FROM {name}"
    )
    [(there,)] = ask(out, "SELECT count(*) FROM source", **source)
    assert rows == ids == there == report.rows[table]
    assert 0 <= low <= high <= 1
    assert ask(out, f"SELECT count(*) FROM source ANTI JOIN {name} USING ({key})", **source) == [(0,)]
    assert {kind for (kind,) in ask(out, f"SELECT DISTINCT kind FROM {name}")} <= KINDS


def test_a_flagged_shop_has_its_day_and_no_other(world):
    _, out, _, _ = world
    shops = {shop for finding in findings(out) for shop in finding["shops"]}
    flagged = {
        shop for (shop,) in ask(out, "SELECT shop_id FROM shop_scores WHERE first_flagged_on IS NOT NULL")
    }
    assert flagged and flagged <= shops
    assert {shop for (shop,) in ask(out, "SELECT shop_id FROM shop_scores WHERE kind <> 'none'")} <= shops


def test_what_a_finding_lists_sums_to_its_score(world):
    _, out, catalog, _ = world
    found = findings(out)
    assert len(found) > 3
    assert [finding["score"] for finding in found] == sorted((f["score"] for f in found), reverse=True)
    for finding in found:
        total = sum(piece["contribution"] for piece in finding["evidence"])
        assert total == pytest.approx(finding["log_odds"], abs=1e-6)
        families = {
            catalog.flags[piece["flag"]].family
            for piece in finding["evidence"]
            if piece["flag"] in catalog.flags
        }
        assert len(families) >= 2
        assert finding["innocent"]["zh"] and finding["innocent"]["en"]
        assert all(piece["sentence"]["zh"] and piece["sentence"]["en"] for piece in finding["evidence"])
        assert len(set(finding["orders"])) == len(finding["orders"]) >= 3


def test_a_piece_of_evidence_names_rows_that_show_it(world):
    folder, out, _, _ = world
    light = [
        (piece, finding)
        for finding in findings(out)
        for piece in finding["evidence"]
        if piece["flag"] == "weight_low"
    ]
    assert light
    piece, finding = light[0]
    assert set(piece["rows"]) <= set(finding["orders"])
    ids = ", ".join(f"'{order}'" for order in piece["rows"])
    shown = ask(
        out,
        f"SELECT weight_g, declared_weight_g FROM parcels WHERE order_id IN ({ids}) AND declared_weight_g > 0",
        parcels=folder / "parcels.parquet",
    )
    assert shown and all(weight < declared for weight, declared in shown)


def test_the_victims_of_malicious_reviews_are_said_to_be(world):
    _, out, _, _ = world
    for finding in findings(out):
        assert finding["victim"] == (finding["kind"] == "malicious_review")


def test_planted_fraud_stands_far_above_honest_trade(world):
    folder, out, _, _ = world
    truth = folder.parent / "truth" / "orders.parquet"
    [(forged, top)] = ask(
        out,
        """WITH ranked AS (SELECT truth.attack IS NOT NULL AS forged, row_number() OVER (ORDER BY score DESC) AS place
           FROM order_scores JOIN truth USING (order_id))
           SELECT count(*) FILTER (forged), count(*) FILTER (forged AND place <= (SELECT count(*) FILTER (forged) FROM ranked))
           FROM ranked""",
        truth=truth,
    )
    assert top / forged > 0.5


def test_shuffled_rows_and_another_number_of_threads_give_the_same_bytes(world, tmp_path):
    folder, out, catalog, _ = world
    shuffled = tmp_path / "shuffled"
    for table in TABLES:
        rewrite(folder, shuffled, table, "SELECT * FROM it ORDER BY random()")
    run(shuffled, tmp_path / "out", catalog, threads=1)
    for path in sorted(out.iterdir()):
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_row_given_twice_counts_once(world, tmp_path):
    folder, out, catalog, _ = world
    for table in TABLES:
        rewrite(folder, tmp_path / "twice", table, "SELECT * FROM it UNION ALL SELECT * FROM it")
    # Scans have no key of their own: twice the scans are twice as many.
    rewrite(folder, tmp_path / "twice", "scans")
    run(tmp_path / "twice", tmp_path / "out", catalog)
    for name, _ in KEYS.values():
        assert (tmp_path / "out" / f"{name}.parquet").read_bytes() == (
            out / f"{name}.parquet"
        ).read_bytes(), name


def test_keys_given_twice_with_other_content_do_not_depend_on_their_order(little, tmp_path, catalog):
    other = {
        "orders": "amount + 1 AS amount, NULL AS device_id", "parcels": "weight_g + 500 AS weight_g, 'x' AS receiver_phone_id",
        "reviews": "1 AS score, '不同的话，完全不同' AS text", "payments": "'someone' AS payer_id",
    }  # fmt: skip
    for name, order in (("up", "hash(one)"), ("down", "-hash(one)::HUGEINT")):
        for table in TABLES:
            changed = other.get(table)
            rows = (
                f"SELECT * FROM it UNION ALL SELECT * REPLACE ({changed}) FROM it"
                if changed
                else "SELECT * FROM it"
            )
            rewrite(little, tmp_path / name, table, f"SELECT * FROM ({rows}) one ORDER BY {order}")
        run(tmp_path / name, tmp_path / f"{name}-out", catalog)
    for path in sorted((tmp_path / "up-out").iterdir()):
        assert path.read_bytes() == (tmp_path / "down-out" / path.name).read_bytes(), path.name


def test_each_finding_excuses_what_it_lists_and_lists_what_is_more_than_usual(world):
    _, out, catalog, _ = world
    for finding in findings(out):
        listed = [piece for piece in finding["evidence"] if piece["flag"] in catalog.flags]
        assert all(piece["value"] > piece["usual"] for piece in listed)
        # What shows a flag lies in the tail of it.
        assert all(85 <= piece["percentile"] < 100 for piece in listed)
        assert finding["innocent"]["en"] in {catalog.flags[piece["flag"]].honest_en for piece in listed}


def test_a_shop_that_is_only_a_victim_is_never_said_to_forge(world):
    _, out, _, _ = world
    found = findings(out)
    victims = {s for f in found if f["victim"] for s in f["shops"]} - {
        s for f in found if not f["victim"] for s in f["shops"]
    }
    assert victims
    marked = ask(out, "SELECT shop_id, kind, first_flagged_on FROM shop_scores WHERE kind <> 'none'")
    for shop, kind, day in marked:
        if shop in victims:
            assert (kind, day) == ("malicious_review", None)


@pytest.fixture(scope="module")
def little(tmp_path_factory):
    return build(tmp_path_factory.mktemp("little"), orders=3_000)


@settings(max_examples=25)
@given(data=st.data())
def test_any_tables_and_columns_may_be_missing(data, little, tmp_path_factory, catalog):
    """Whatever is given, every row of it is scored and what cannot be judged is named."""
    folder = tmp_path_factory.mktemp("some")
    chosen = data.draw(st.sets(st.sampled_from(TABLES), min_size=1))
    for table in sorted(chosen):
        known = catalog.trade.tables[table].columns
        kept = [
            column.id
            for column in known
            if column.required or data.draw(st.booleans(), label=f"{table}.{column.id}")
        ]
        there = {
            name for (name, *_) in ask(folder, "DESCRIBE SELECT * FROM it", it=little / f"{table}.parquet")
        }
        columns = ", ".join(f'"{name}"' for name in kept if name in there)
        rewrite(little, folder, table, f"SELECT {columns} FROM it")
    out = tmp_path_factory.mktemp("out")
    report = run(folder, out, catalog)
    for table in chosen & set(KEYS):
        name, _ = KEYS[table]
        [(rows,)] = ask(out, f"SELECT count(*) FROM {name} WHERE score BETWEEN 0 AND 1")
        assert rows == report.rows[table]
    for flag, needs in report.not_judged.items():
        assert needs, flag


@pytest.mark.parametrize(
    "orders",
    [
        "SELECT * FROM it LIMIT 0",
        "SELECT * FROM it LIMIT 1",
        "SELECT * REPLACE ('same' AS shop_id) FROM it",
        "SELECT * REPLACE ('same' AS buyer_id) FROM it",
        "SELECT * REPLACE ('一址' AS address_id, TIMESTAMP '2199-01-01' AS ordered_at) FROM it",
        "SELECT * REPLACE ('🙂\u202e' || order_id AS order_id, 0 AS amount) FROM it",
        "SELECT * REPLACE (NULL AS shop_id, NULL AS buyer_id, NULL AS ordered_at) FROM it",
        "SELECT * REPLACE (1e39 AS amount) FROM it",
        "SELECT * REPLACE (CASE WHEN hash(order_id) % 3 = 0 THEN shop_id END AS shop_id) FROM it",
    ],
)
def test_odd_orders_give_a_result(orders, little, tmp_path, catalog):
    for table in TABLES:
        rewrite(little, tmp_path / "odd", table, orders if table == "orders" else "SELECT * FROM it")
    report = run(tmp_path / "odd", tmp_path / "out", catalog)
    [(rows,)] = ask(tmp_path / "out", "SELECT count(*) FROM order_scores WHERE score BETWEEN 0 AND 1")
    assert rows == report.rows.get("orders", 0)
