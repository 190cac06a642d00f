"""Detection day by day: how long after a shop's first forged order it is first flagged, seeing only what was known that day.

A synthetic year of trade is cut off at the end of every so many days: what is later was not sent, and what happens later to an
order (its completion, refund, signature) is not known. Each cut is judged from the start by `ecredit detect`.
"""

import argparse
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
from detect_public import ECREDIT

# table → the instant that brings a row, and those that come later to it
TABLES = {
    "orders": ("ordered_at", ("paid_at", "completed_at", "refunded_at")),
    "payments": ("paid_at", ("refunded_at",)),
    "parcels": ("created_at", ("signed_at",)),
    "scans": ("scanned_at", ()),
    "reviews": ("reviewed_at", ()),
    "buyers": ("registered_at", ()),
    "shops": ("opened_on", ()),
}
# what belongs to an instant and is not known before it
WITH = {"refunded_at": ("refund_amount",), "signed_at": ("signed_by",)}


def cut(trade: Path, day: date, out: Path) -> None:
    """Write what was known at the end of a day."""
    connection = duckdb.connect()
    end = f"TIMESTAMP '{day + timedelta(days=1)}'"
    for table, (brought, later) in TABLES.items():
        there = trade / f"{table}.parquet"
        if not there.exists():
            continue
        hidden = {
            name: f"CASE WHEN {at} < {end} THEN {name} END AS {name}"
            for at in later
            for name in (at, *WITH.get(at, ()))
        }
        columns = [row[0] for row in connection.execute(f"DESCRIBE FROM '{there}'").fetchall()]
        if "status" in columns:
            hidden["status"] = (
                f"CASE WHEN refunded_at < {end} THEN 'refunded' WHEN completed_at < {end} THEN 'completed' ELSE 'paid' END AS status"
            )
        chosen = ", ".join(hidden.get(name, name) for name in columns)
        connection.execute(
            f"COPY (SELECT {chosen} FROM '{there}' WHERE {brought} < {end}) TO '{out / table}.parquet' (FORMAT parquet)"
        )


def flagged(trade: Path, day: date, work: Path) -> set[str]:
    """The shops flagged with what was known at the end of a day."""
    with tempfile.TemporaryDirectory(dir=work) as folder:
        known = Path(folder) / "known"
        known.mkdir()
        cut(trade, day, known)
        subprocess.run(
            [ECREDIT, "detect", known, "--out", Path(folder) / "out"], check=True, capture_output=True
        )
        rows = duckdb.sql(
            f"SELECT shop_id FROM '{folder}/out/shop_scores.parquet' WHERE first_flagged_on IS NOT NULL"
        )
        return {row[0] for row in rows.fetchall()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=150_000)
    parser.add_argument("--tier", default="standard")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=int, default=3, help="days from one cut to the next")
    parser.add_argument("--after", type=int, default=120, help="days of the year before the first cut")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        city = Path(work) / "city"
        made = [ECREDIT, "demo", "--trade", "--orders", str(args.orders), "--tier", args.tier]
        subprocess.run([*made, "--seed", str(args.seed), "--out", city], check=True, capture_output=True)
        shops = duckdb.sql(
            f"SELECT shop_id, attack, victim, first_forged_on FROM '{city}/truth/shops.parquet' WHERE attack IS NOT NULL"
        ).fetchall()
        first, last = duckdb.sql(
            f"SELECT min(ordered_at)::DATE, max(ordered_at)::DATE FROM '{city}/trade/orders.parquet'"
        ).fetchone()
        found: dict[str, date] = {}
        honest: set[str] = set()
        attacked = {row[0]: row[3] for row in shops}
        # A shop that forges before the first cut could have been flagged earlier than anybody looked.
        start = first + timedelta(days=args.after)
        looked = {shop: on for shop, on in attacked.items() if on >= start}
        day = start
        while day <= last:
            for shop in flagged(city / "trade", day, Path(work)):
                if shop not in attacked or attacked[shop] > day:
                    honest.add(shop)
                else:
                    found.setdefault(shop, day)
            day += timedelta(days=args.every)
        late = {shop: (found[shop] - on).days for shop, on in looked.items() if shop in found}
        days = np.array(list(late.values()), dtype=float)
        print(
            f"{args.tier}, seed {args.seed}, {args.orders:,} orders, {start} to {last} every {args.every} days: "
            f"attacked since {len(looked)}, flagged {len(late)}, median days {np.median(days) if len(days) else float('nan'):.0f}, "
            f"nine of ten within {np.quantile(days, 0.9) if len(days) else float('nan'):.0f}; flagged before or without forging {len(honest)}"
        )
        kinds = {row[0]: row[1] for row in shops}
        for attack in sorted({kinds[shop] for shop in looked}):
            mine = [late[shop] for shop in looked if kinds[shop] == attack and shop in late]
            total = sum(kinds[shop] == attack for shop in looked)
            print(
                f"  {attack}: {len(mine)} of {total}, median {np.median(mine) if mine else float('nan'):.0f}"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
