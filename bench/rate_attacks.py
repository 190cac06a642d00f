"""Ratings under attack: YelpChi's recommended reviews with forged ones added, and synthetic years of trade with planted fraud.

ECREDIT_EVAL_DATA names the folder with `yelp_chi` (else `../shared/data`). Labels choose the honest reviews to attack and say
what the honest mean is; rating never sees them. `--trade DIR…` takes years of trade that are there (`truth` beside `trade`).
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

from ecredit.judgement.evaluation.rating_figures import compute_figures
from ecredit.judgement.evaluation.rating_reading import Rated
from ecredit.judgement.evaluation.rating_weights import weigh

ECREDIT = Path(sys.executable).parent / "ecredit"
FEWEST, MOST, PER_ACCOUNT = 30, 300, 4


class Yelp:
    """The recommended reviews, and shops with 30 to 300 of them to attack."""

    def __init__(self, data: Path) -> None:
        rows = duckdb.sql(
            f"SELECT user_id AS by, product_id AS of, rating AS stars, epoch(date::TIMESTAMP) / 86400 AS day "
            f"FROM read_csv('{data}/yelp_chi/yelpchi_reviews.csv.gz') WHERE filtered_label <> 1 ORDER BY review_id"
        ).fetchnumpy()
        self.by, self.of = (np.asarray(rows[name]).astype(np.int64) for name in ("by", "of"))
        self.stars, self.day = (np.asarray(rows[name]).astype(float) for name in ("stars", "day"))
        self.shops = int(self.of.max()) + 1
        self.each = np.bincount(self.of, minlength=self.shops)
        self.targets = np.flatnonzero((self.each >= FEWEST) & (self.each <= MOST))
        self.honest = np.bincount(self.of, weights=self.stars, minlength=self.shops) / np.maximum(
            self.each, 1
        )

    def attack(
        self, dose, *, star=5.0, days=14, camouflage=0, per=PER_ACCOUNT, targets=None, mixed=False, seed=0
    ):
        """`dose` forged ratings for each honest one, within `days` of each target's time; an account forges `per`, each of another shop.

        Shops hire crews: the accounts of one serve the others of its round too. `mixed`: each account's shops are drawn at random.
        """
        rng = np.random.default_rng(seed)
        targets = self.targets if targets is None else targets
        forged = np.maximum(1, np.round(dose * self.each[targets]).astype(int))
        of, at = np.repeat(targets, forged), np.empty(forged.sum())
        begins = np.cumsum(forged) - forged
        for target, begin, count in zip(targets, begins, forged, strict=True):
            own = self.day[self.of == target]
            start = rng.uniform(own.min(), max(own.min(), own.max() - days))
            at[begin : begin + count] = start + rng.uniform(0, days, count)
        accounts = -(-len(of) // per)
        places = rng.permutation(len(of)) if mixed else np.arange(len(of))
        by = rng.permutation(accounts)[places % accounts] + int(self.by.max()) + 1
        stars = np.full(len(of), star)
        if camouflage:
            # Beside each forged rating so many of other shops, as honest people rate those.
            copied = rng.integers(0, len(self.of), len(of) * camouflage)
            near = np.repeat(at, camouflage) + rng.uniform(-90, 90, len(copied))
            of, by = np.append(of, self.of[copied]), np.append(by, np.repeat(by, camouflage))
            stars, at = np.append(stars, self.stars[copied]), np.append(at, near)
        return of, by, stars, at

    def shown(self, attack=None, cap_only=False):
        """(plain mean, shown rating, weighted mean) of every shop."""
        of, by, stars, day = (self.of, self.by, self.stars, self.day)
        if attack is not None:
            of, by, stars, day = (
                np.concatenate(pair) for pair in zip((of, by, stars, day), attack, strict=True)
            )
        accounts, codes = np.unique(by, return_inverse=True)
        nothing = np.full(len(of), np.nan)
        rated = Rated(codes, accounts, of, np.arange(self.shops), stars, day, nothing, np.arange(len(of)))
        weight = capped(of, day) if cap_only else weigh(rated).weight
        figures = compute_figures(of, stars, weight, self.shops)
        own = np.bincount(of, weights=weight * stars, minlength=self.shops) / np.maximum(
            np.bincount(of, weights=weight, minlength=self.shops), 1e-9
        )
        return figures.mean, figures.rating, own

    def halves(self, seed=0) -> tuple[float, int]:
        """Shops drawn in two halves: how often the interval of one half, widened by the other's own error, holds the other's mean."""
        first = np.random.default_rng(seed).random(len(self.of)) < 0.5
        own, other = self._figures(first), self._figures(~first)
        some = (own.ratings >= 10) & (other.ratings >= 10)
        error = np.hypot((own.high - own.low) / 2, (other.high - other.low) / 2)
        return float(np.mean((np.abs(own.rating - other.mean) <= error)[some])), int(some.sum())

    def _figures(self, rows):
        accounts, codes = np.unique(self.by[rows], return_inverse=True)
        nothing = np.full(int(rows.sum()), np.nan)
        rated = Rated(
            codes,
            accounts,
            self.of[rows],
            np.arange(self.shops),
            self.stars[rows],
            self.day[rows],
            nothing,
            np.arange(len(nothing)),
        )
        return compute_figures(
            rated.of, rated.stars, (weights := weigh(rated)).weight, self.shops, weights.in_doubt
        )


def capped(of, day):
    """For comparison: a shop's fortnight weighs at most twice its median one."""
    cells, cell, size = np.unique(
        of * 10_000 + np.floor(day / 14).astype(int), return_inverse=True, return_counts=True
    )
    shop = cells // 10_000
    usual = np.array(
        [np.median(size[shop == each]) if (shop == each).any() else 1 for each in range(of.max() + 1)]
    )
    return np.minimum(1, 2 * usual[shop] / size)[cell]


def yelp(data: Path) -> None:
    world = Yelp(data)
    targets = world.targets
    print(
        f"YelpChi, recommended reviews {len(world.of):,}; shops with {FEWEST} to {MOST}: {len(targets)}, attacked all at once,"
    )
    print(
        f"  {PER_ACCOUNT} shops an account; mean shift in stars of plain mean, of twice-the-median cap, of ours; ours absolute; of other shops"
    )

    def line(name, attack, attacked=targets):
        plain, shown, _ = world.shown(attack)
        _, _, cap = world.shown(attack, cap_only=True)
        base = world.shown()[1] if attack is not None else world.honest
        honest = world.honest
        others = np.setdiff1d(np.flatnonzero(world.each >= 10), attacked)
        moved = shown - base if attack is not None else shown - honest
        print(
            f"  {name:42s} {np.mean(plain[attacked] - honest[attacked]):+.3f}  {np.mean(cap[attacked] - honest[attacked]):+.3f}  "
            f"{np.mean(shown[attacked] - honest[attacked]):+.4f}  |{np.mean(np.abs(shown[attacked] - honest[attacked])):.4f}|  others moved {np.mean(np.abs(moved[others])):.4f}"
        )

    plain, shown, own = world.shown()
    some = world.each >= 10
    _, _, cap = world.shown(cap_only=True)
    print(
        f"  no attack, {some.sum()} shops with 10 ratings and more, distance from their mean: by weights {np.mean(np.abs(own - plain)[some]):.4f} "
        f"(of the cap {np.mean(np.abs(cap - plain)[some]):.4f}), shown {np.mean(np.abs(shown - plain)[some]):.4f}"
    )
    held = [world.halves(seed) for seed in range(5)]
    print(
        f"  shops in two halves: interval holds the other half's mean {np.mean([share for share, _ in held]):.3f} of {held[0][1]} shops, five draws"
    )
    for name, kind in (
        ("half as many forged, burst", {}),
        ("half, one star, burst", {"star": 1.0}),
        ("half, drip over 900 days", {"days": 900}),
    ):
        line(name, world.attack(0.5, **kind))
        line("  shops of an account drawn at random", world.attack(0.5, mixed=True, **kind))
        line("  three honest-looking beside each", world.attack(0.5, camouflage=3, **kind))
        line("  both", world.attack(0.5, camouflage=3, mixed=True, **kind))
        line("  an account for each", world.attack(0.5, per=1, **kind))
    few = targets[len(targets) // 2 :][:4]
    line("only four shops, burst", world.attack(0.5, targets=few), few)
    line("only four shops, drip", world.attack(0.5, targets=few, days=900), few)
    print("  curve: colluders for each honest rating")
    for dose in (0.1, 0.2, 0.5, 1.0, 1.5, 2.0):
        line(f"  {dose} burst", world.attack(dose))
        line(f"  {dose} drip", world.attack(dose, days=900))
    several = []
    for seed in range(1, 6):
        several.append([
            np.mean(world.shown(world.attack(0.5, seed=seed, **kind))[1][targets] - world.honest[targets])
            for kind in ({}, {"star": 1.0}, {"days": 900})
        ])  # fmt: skip
    print(
        "  five other draws (burst, one star, drip): "
        + "; ".join(" ".join(f"{value:+.3f}" for value in each) for each in several)
    )


def city(folder: Path, work: Path) -> None:
    """Shown ratings against the mean of the honest ratings, by attack, and of shops nobody attacked."""
    start = time.perf_counter()
    out = work / "out"
    done = subprocess.run(
        [ECREDIT, "rate", folder / "trade", "--out", out], check=True, capture_output=True, text=True
    )
    print(
        f"{folder.name}: {next(line for line in done.stdout.splitlines() if 'time' in line)}; whole command {time.perf_counter() - start:.1f} s"
    )
    rows = duckdb.sql(_HONEST.format(folder=folder, out=out)).fetchnumpy()
    columns = {
        name: np.ma.filled(np.ma.asarray(rows[name]).astype(float), np.nan)
        for name in rows
        if name not in ("attack", "bad")
    }
    shown, plain, honest, voices = (columns[name] for name in ("rating", "mean", "honest", "voices"))
    inside = (columns["low"] <= voices) & (voices <= columns["high"])
    whole = columns["ratings"] * (1 - columns["weighted_down_share"])
    # What is shown without the two ratings' weight of the city's mean: what the weights alone do.
    own = (shown * (whole + 2) - 2 * columns["city"]) / whole
    attacked, attack = columns["forged"] > 0, rows["attack"].astype(object)

    def off(values, mask) -> str:
        return f"{np.nanmean(np.abs(values - voices)[mask]):.4f} ({np.nanmean(np.abs(values - honest)[mask]):.4f})"

    print(
        "  distance from the mean of honest ratings, follow-ups sharing one voice (in brackets: each with its own)"
    )
    print(
        f"  attacked shops {attacked.sum()}: plain mean {off(plain, attacked)}, shown {off(shown, attacked)}, by weights {off(own, attacked)}, "
        f"inside the interval {inside[attacked].mean():.3f}"
    )
    print(
        "    shown: "
        + " ".join(
            f"{kind} {np.nanmean(np.abs(shown - voices)[attack == kind]):.3f}"
            for kind in sorted(set(attack) - {""})
        )
    )
    for name, mask in (
        ("other shops", ~attacked), ("  with 30 ratings and more", ~attacked & (columns["n"] >= 30)),
        ("  honest but bad, with a true wave of one star", ~attacked & (rows["bad"].astype(object) != "")),
    ):  # fmt: skip
        print(
            f"  {name} {mask.sum()}: by weights {off(own, mask)}, shown {off(shown, mask)}, inside {inside[mask].mean():.3f}"
        )


# The honest mean of each shop, twice: of all ratings, and with a rating and its follow-up sharing a voice; `city` is the mean that speaks along.
_HONEST = """
WITH r AS (SELECT *, 1 / count(*) OVER (PARTITION BY coalesce(follows_review_id, review_id)) AS voice
  FROM '{folder}/trade/reviews.parquet' said JOIN '{folder}/truth/reviews.parquet' truth USING (review_id)
  WHERE direction IS DISTINCT FROM 'shop_to_buyer'),
h AS (SELECT shop_id, avg(score) FILTER (attack IS NULL) AS honest, count(*) FILTER (attack IS NULL) AS n,
  sum(score * voice) FILTER (attack IS NULL) / sum(voice) FILTER (attack IS NULL) AS voices, count(attack) AS forged,
  coalesce(any_value(attack), '') AS attack, coalesce(max(control) FILTER (control = 'honest_bad'), '') AS bad FROM r GROUP BY 1)
SELECT s.* EXCLUDE (shop_id, reasons, not_judged), h.* EXCLUDE (shop_id),
  (SELECT sum(rating * (ratings * (1 - weighted_down_share) + 2)) / sum(ratings * (1 - weighted_down_share) + 2)
   FROM '{out}/shop_ratings.parquet' WHERE ratings > 0) AS city
FROM '{out}/shop_ratings.parquet' s JOIN h USING (shop_id) WHERE honest IS NOT NULL
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trade", type=Path, nargs="*", help="folders with trade/ and truth/")
    parser.add_argument("--orders", type=int, default=200_000)
    parser.add_argument("--tier", default="standard")
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args()
    data = Path(os.environ.get("ECREDIT_EVAL_DATA", "../shared/data"))
    if (data / "yelp_chi").is_dir():
        yelp(data)
    else:
        print(f"{data} has no yelp_chi; set ECREDIT_EVAL_DATA")
    with tempfile.TemporaryDirectory() as work:
        folders = args.trade
        if folders is None:
            made = Path(work) / f"{args.tier}-{args.seed}"
            command = [
                ECREDIT,
                "demo",
                "--trade",
                "--orders",
                str(args.orders),
                "--tier",
                args.tier,
                "--seed",
                str(args.seed),
            ]
            subprocess.run([*command, "--out", made], check=True, capture_output=True)
            folders = [made]
        for folder in folders:
            city(folder, Path(work))
    return 0


if __name__ == "__main__":
    sys.exit(main())
