"""Rating logs for tests: honest people and shops of different quality, and what attackers add."""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from ecredit.facts.market.trade_folder import open_trade
from ecredit.foundation.engine.duck import open_duck
from ecredit.judgement.evaluation.rate_trade import RateReport, rate
from ecredit.judgement.evaluation.rating_reading import Rated


def honest_log(seed: int = 1, shops: int = 40, each: int = 60) -> dict[str, list]:
    """Four years of honest ratings, `each` a shop, by people who rate one shop or a few."""
    rng = np.random.default_rng(seed)
    of = np.repeat(np.arange(shops), each)
    quality = rng.normal(3.9, 0.4, shops)
    return {
        "by": rng.integers(0, shops * each // 2, len(of)).tolist(), "of": of.tolist(),
        "stars": np.round(rng.normal(quality[of], 0.9)).clip(1, 5).tolist(), "days": rng.uniform(16_000, 17_460, len(of)).tolist(),
    }  # fmt: skip


def add(log: dict[str, list], *, by, of, stars, days) -> dict[str, list]:
    """The log with more ratings at its end."""
    return {
        name: [*log[name], *more] for name, more in (("by", by), ("of", of), ("stars", stars), ("days", days))
    }


def as_rated(log: dict[str, list], chance: list[float] | None = None) -> Rated:
    """The log as columns; `chance` is detection's."""
    raters, by = np.unique(log["by"], return_inverse=True)
    shops, of = np.unique(log["of"], return_inverse=True)
    count = len(by)
    judged = np.full(count, np.nan) if chance is None else np.array(chance, dtype=float)
    return Rated(
        by,
        raters,
        of,
        shops,
        np.array(log["stars"], dtype=float),
        np.array(log["days"], dtype=float),
        judged,
        np.arange(count),
    )


def write_reviews(folder: Path, log: dict[str, list], **columns: list) -> Path:
    """The log as a table `reviews` with only what a bare rating log has, and `columns` besides."""
    folder.mkdir(parents=True, exist_ok=True)
    count = len(log["by"])
    table = pa.table({
        "review_id": [f"评{n}" for n in range(count)], "rater_id": [f"人{n}" for n in log["by"]], "shop_id": [f"店{n}" for n in log["of"]],
        "score": [float(star) for star in log["stars"]], "day": [float(day) for day in log["days"]], **columns,
    })  # fmt: skip
    connection = duckdb.connect()
    connection.register("log", table)
    connection.execute(
        f"COPY (SELECT * EXCLUDE (day), make_timestamp((day * 86400e6)::BIGINT) AS reviewed_at FROM log) TO '{folder}/reviews.parquet'"
    )
    connection.close()
    return folder


def run(folder: Path, out: Path, catalog, threads: int = 2) -> RateReport:
    """Rating of a folder, as the command does it."""
    connection = open_duck(threads=threads)
    with open_trade(folder, connection, catalog.trade, purpose="detection") as trade:
        report = rate(connection, trade.given, catalog.flags, out, threads=threads)
    connection.close()
    return report
