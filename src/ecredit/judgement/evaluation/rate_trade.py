"""Robust reputation of a folder of trade tables: what shops, and people rated by shops, are worth to those who rated them."""

import resource
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np

from ecredit.foundation.catalog.flag_types import Flag
from ecredit.judgement.detection.detect import detect
from ecredit.judgement.detection.trade_view import Given
from ecredit.judgement.evaluation.rating_reading import PERSONS, SHOPS, read_rated
from ecredit.judgement.evaluation.rating_results import write_raters, write_shops
from ecredit.judgement.evaluation.rating_under import Under
from ecredit.judgement.evaluation.rating_weights import FORGED, REASONS, SURPLUS, Weights, weigh

# What each reason needs of the tables; without one of them it is not judged.
_NEEDS = {FORGED: ("orders", "reviews.order_id"), SURPLUS: ("reviews.reviewed_at",)}
_COUNTED = 0.1


@dataclass(slots=True)
class RateReport:
    """What a run did.

    rows          written: shops, raters; ratings that count of each direction; those without score or party
    reasons       → of ratings of shops that lost a tenth of their weight and more by it
    not_judged    reason → the tables and columns it would need
    """

    rows: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    not_judged: dict[str, tuple[str, ...]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    peak_mb: int = 0


def rate(
    connection: duckdb.DuckDBPyConnection,
    given: Given,
    flags: Mapping[str, Flag],
    out: Path,
    *,
    scratch: Path | None = None,
    threads: int = 1,
    under: Under | None = None,
    scores: Path | None = None,
) -> RateReport:
    """Rate the trade tables that are views of `connection` (with `reviews` among them) and write the results into `out`.

    given    table → its columns that are really there
    scratch  where detection's results lie in between
    threads  of detection; the result is the same for any number
    under    the city's rules: what is not shown yet does not count, and more is written; without them every rating counts
    scores   detection's of the reviews where they are there already; where it is not, detection runs and puts them there
    """
    there = {*given, *(f"{table}.{column}" for table, columns in given.items() for column in columns)}
    report = RateReport(
        not_judged={
            reason: lacking
            for reason, needs in _NEEDS.items()
            if (lacking := tuple(n for n in needs if n not in there))
        }
    )
    with tempfile.TemporaryDirectory(prefix="rate-", dir=scratch) as between:
        clock = time.perf_counter()
        judged = scores if FORGED not in report.not_judged else None
        if FORGED not in report.not_judged and (scores is None or not scores.exists()):
            detect(connection, given, flags, Path(between), threads)
            judged = Path(between) / "review_scores.parquet"
            if scores is not None:
                judged = Path(shutil.move(judged, scores))
        clock = _stage(report, "detect", clock)
        read = read_rated(connection, given, judged, under)
    clock = _stage(report, "read", clock)
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = {direction: weigh(rated) for direction, rated in read.rated.items()}
        clock = _stage(report, "weigh", clock)
        out.mkdir(parents=True, exist_ok=True)
        report.rows["shops"] = write_shops(connection, out, read, weights[SHOPS], under)
        report.rows["raters"] = write_raters(connection, out, read, weights[SHOPS], weights[PERSONS], under)
    _stage(report, "write", clock)
    report.rows["ratings"] = len(read.rated[SHOPS].stars)
    report.rows["ratings_of_buyers"] = len(read.rated[PERSONS].stars)
    report.rows["left_out"] = read.left_out
    report.rows["waiting"] = sum(len(rows) for rows in read.waiting.values())
    report.reasons = _reasons(weights[SHOPS])
    return report


def _reasons(weights: Weights) -> dict[str, int]:
    return {reason: int((weights.taken(reason) >= _COUNTED).sum()) for reason in REASONS}


def _stage(report: RateReport, name: str, since: float) -> float:
    now = time.perf_counter()
    report.seconds[name] = round(now - since, 3)
    report.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return now
