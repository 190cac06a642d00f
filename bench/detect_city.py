"""Detection on synthetic years of trade: how well, how fast. `--trade DIR` takes one that is there (with `truth` beside `trade`)."""

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import numpy as np
from detect_public import ECREDIT, average_precision, detect


def judge(folder: Path, out: Path) -> None:
    """Print what the results are worth against the planted truth."""
    connection = duckdb.connect()
    rows = connection.execute(
        f"SELECT s.score, coalesce(t.attack, '') attack, coalesce(t.control, '') control "
        f"FROM '{out}/order_scores.parquet' s JOIN '{folder}/truth/orders.parquet' t USING (order_id)"
    ).fetchnumpy()
    score = rows["score"]
    attack, control = (np.asarray(rows[name], dtype=object) for name in ("attack", "control"))
    label = (attack != "").astype(int)
    forged = int(label.sum())
    top = np.zeros(len(label), dtype=bool)
    top[np.argsort(-score, kind="stable")[:forged]] = True
    budget = np.argsort(-score, kind="stable")[: max(len(label) // 200, 1)]
    print(
        f"  orders {len(label):,}, forged {forged:,}: AP {average_precision(score, label):.3f}, at 0.5% P {label[budget].mean():.3f}"
    )
    print(
        "  recall at true count: "
        + " ".join(f"{a} {top[attack == a].mean():.2f}" for a in sorted(set(attack) - {""}))
    )
    alerted = score >= 0.5
    print(
        "  honest look-alikes alerted (score 0.5 and more, %): "
        + " ".join(
            f"{c} {100 * (alerted & (control == c) & (label == 0)).sum() / max((control == c).sum(), 1):.2f}"
            for c in sorted(set(control) - {""})
        )
    )
    shops = connection.execute(
        f"SELECT s.score, (t.attack IS NOT NULL)::INT attacked, (t.attack IS NOT NULL AND NOT t.victim)::INT forging, "
        f"date_diff('day', t.first_forged_on, s.first_flagged_on) AS late "
        f"FROM '{out}/shop_scores.parquet' s JOIN '{folder}/truth/shops.parquet' t USING (shop_id)"
    ).fetchnumpy()
    best = np.argsort(-shops["score"], kind="stable")[:100]
    late = np.ma.filled(np.ma.asarray(shops["late"]).astype(float), np.nan)[shops["attacked"] == 1]
    print(
        f"  shops {len(best) and len(shops['score']):,}, attacked {int(shops['attacked'].sum())}: AP "
        f"{average_precision(shops['score'], shops['attacked']):.3f} (victims as honest {average_precision(shops['score'], shops['forging']):.3f}), "
        f"P@100 {shops['attacked'][best].mean():.2f}; flagged {np.isfinite(late).sum()}, median days {np.nanmedian(late):.0f} (with hindsight)"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trade", type=Path, help="a folder with trade/ and truth/")
    parser.add_argument("--size", default="S")
    parser.add_argument("--tier", default="standard")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        folder = args.trade
        if folder is None:
            folder = Path(work) / "city"
            command = [
                ECREDIT,
                "demo",
                "--trade",
                "--size",
                args.size,
                "--tier",
                args.tier,
                "--seed",
                str(args.seed),
            ]
            subprocess.run([*command, "--out", folder], check=True, capture_output=True)
        took = detect(folder / "trade", Path(work) / "out")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        print(f"  whole command {took:.1f} s, peak of all children {peak:,} MB")
        judge(folder, Path(work) / "out")
    return 0


if __name__ == "__main__":
    sys.exit(main())
