"""Detection on public data: YelpChi reviews without text, Bitcoin OTC ratings, UCI online retail. Labels only score the result.

ECREDIT_EVAL_DATA names the folder with `yelp_chi`, `bitcoin_trust`, `online_retail_uci`.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np

ECREDIT = Path(sys.executable).parent / "ecredit"


def average_precision(score, label) -> float:
    """Mean precision at each threshold, equal scores taken together."""
    order = np.argsort(-score, kind="stable")
    ranked, hit = score[order], np.cumsum(label[order])
    last = np.append(ranked[1:] != ranked[:-1], True)
    precision, recall = (hit / np.arange(1, len(hit) + 1))[last], (hit / hit[-1])[last]
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def area_under(score, label) -> float:
    """The chance that a forged one stands above an honest one, ties half."""
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    positive = int(label.sum())
    return float(
        (rank[label == 1].sum() - positive * (positive + 1) / 2) / (positive * (len(label) - positive))
    )


def detect(folder: Path, out: Path) -> float:
    """Run the command; returns seconds of the whole process."""
    start = time.perf_counter()
    done = subprocess.run(
        [ECREDIT, "detect", folder, "--out", out], check=True, capture_output=True, text=True
    )
    took = time.perf_counter() - start
    print("   ", next(line for line in done.stdout.splitlines() if "time" in line))
    return took


def show(name: str, score, label) -> None:
    print(f"    {name:34s} AP {average_precision(score, label):.4f}  AUC {area_under(score, label):.4f}")


def yelp(data: Path, work: Path) -> None:
    """67,395 reviews; label: filtered by Yelp. Beside it the plainest score: minus the number of an account's reviews."""
    source = f"read_csv('{data}/yelp_chi/yelpchi_reviews.csv.gz')"
    connection = duckdb.connect()
    (work / "yelp").mkdir()
    connection.execute(
        f"COPY (SELECT review_id::VARCHAR review_id, user_id::VARCHAR rater_id, product_id::VARCHAR shop_id, rating score, "
        f"date::TIMESTAMP reviewed_at FROM {source}) TO '{work}/yelp/reviews.parquet'"
    )
    print("YelpChi, no text")
    took = detect(work / "yelp", work / "yelp-out")
    print(f"    whole command {took:.2f} s")
    found = connection.execute(
        f"SELECT s.score, (y.filtered_label = 1)::INT AS label, -count(*) OVER (PARTITION BY user_id) AS few "
        f"FROM '{work}/yelp-out/review_scores.parquet' s JOIN {source} y ON s.review_id = y.review_id::VARCHAR"
    ).fetchnumpy()
    show("reviews, degree only", found["few"].astype(float), found["label"])
    show("reviews", found["score"], found["label"])
    found = connection.execute(
        f"SELECT s.score, u.label, u.few FROM '{work}/yelp-out/buyer_scores.parquet' s JOIN (SELECT user_id::VARCHAR id, "
        f"max((filtered_label = 1)::INT) AS label, -count(*) AS few FROM {source} GROUP BY 1) u ON s.buyer_id = u.id"
    ).fetchnumpy()
    show("accounts, degree only", found["few"].astype(float), found["label"])
    show("accounts", found["score"], found["label"])


def otc(data: Path, work: Path) -> None:
    """Ratings between traders; only what an account gave counts for it, and the labels are of raters."""
    source = f"read_csv('{data}/bitcoin_trust/otc_ratings.csv.gz')"
    connection = duckdb.connect()
    (work / "otc").mkdir()
    connection.execute(
        f"COPY (SELECT row_number() OVER (ORDER BY rater, ratee, unix_time)::VARCHAR review_id, rater::VARCHAR rater_id, ratee::VARCHAR shop_id, "
        f"(rating + 10) / 5.0 + 1 AS score, make_timestamp((unix_time * 1000000)::BIGINT) reviewed_at FROM {source}) "
        f"TO '{work}/otc/reviews.parquet'"
    )
    print("Bitcoin OTC, outgoing ratings only")
    detect(work / "otc", work / "otc-out")
    found = connection.execute(
        f"SELECT s.score, l.fraud::INT AS label FROM '{work}/otc-out/buyer_scores.parquet' s "
        f"JOIN read_csv('{data}/bitcoin_trust/otc_labels_dev.csv') l ON s.buyer_id = l.user::VARCHAR"
    ).fetchnumpy()
    show(f"raters ({len(found['label'])} labelled)", found["score"], found["label"])


def retail(data: Path, work: Path) -> None:
    """Honest orders of one shop: how many of its customers would be looked at."""
    connection = duckdb.connect()
    (work / "retail").mkdir()
    connection.execute(
        f"COPY (SELECT InvoiceNo order_id, 'the shop' shop_id, CustomerID::VARCHAR buyer_id, sum(Quantity * UnitPrice) amount, "
        f"min(InvoiceDate)::TIMESTAMP ordered_at, sum(Quantity)::BIGINT quantity "
        f"FROM read_csv('{data}/online_retail_uci/orders_2010-12_2011-08.csv.gz', all_varchar = false) "
        f"WHERE CustomerID IS NOT NULL AND NOT starts_with(InvoiceNo::VARCHAR, 'C') GROUP BY ALL) TO '{work}/retail/orders.parquet'"
    )
    print("UCI online retail, honest orders")
    detect(work / "retail", work / "retail-out")
    [(customers, alerted)] = connection.execute(
        f"SELECT count(*), count(*) FILTER (kind <> 'none') FROM '{work}/retail-out/buyer_scores.parquet'"
    ).fetchall()
    findings = (work / "retail-out" / "findings.jsonl").read_text(encoding="utf-8").splitlines()
    print(f"    customers {customers:,}, of them alerted {alerted:,}; findings {len(findings)}")
    top = connection.execute(
        f"WITH b AS (SELECT buyer_id, count(*) orders, sum(amount) amount FROM '{work}/retail/orders.parquet' GROUP BY 1) "
        f"SELECT buyer_id, round(score, 4), orders, amount FROM '{work}/retail-out/buyer_scores.parquet' JOIN b USING (buyer_id) "
        f"ORDER BY score DESC LIMIT 10"
    ).fetchall()
    for buyer, score, orders, amount in top:
        print(f"      {buyer}: score {score}, {orders} orders, {amount:,.2f}")


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    data = Path(os.environ["ECREDIT_EVAL_DATA"])
    with tempfile.TemporaryDirectory() as work:
        for part in (yelp, otc, retail):
            part(data, Path(work))
    return 0


if __name__ == "__main__":
    sys.exit(main())
