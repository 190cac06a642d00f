"""Scores of every table as files: of orders as judged, of the others from the orders they belong to, or from ratings alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ecredit.foundation.engine.steps import Step, Tables
from ecredit.judgement.detection.group_rows import Array, match
from ecredit.judgement.detection.judged_trade import JudgedTrade
from ecredit.judgement.detection.named_findings import NamedFindings
from ecredit.judgement.detection.ratings import Ratings
from ecredit.judgement.detection.report import Report
from ecredit.judgement.detection.results import list_ids, pick, write_findings, write_scores
from ecredit.judgement.detection.scores import (
    KINDS,
    MALICE,
    NONE,
    bounded,
    commonest_kind,
    first_flagged,
    group_scores,
    shop_scores,
    together,
)
from ecredit.judgement.detection.trade_view import Given, fetch_grouped

SCORES = {
    "orders": ("order_scores", "order_id"), "parcels": ("parcel_scores", "waybill_no"), "reviews": ("review_scores", "review_id"),
    "buyers": ("buyer_scores", "buyer_id"), "shops": ("shop_scores", "shop_id"),
}  # fmt: skip
_KIND_CODES = {name: code for code, name in enumerate(KINDS)}


def write_results(
    tables: Tables,
    given: Given,
    trade: JudgedTrade | None,
    ratings: Ratings | None,
    out: Path,
    report: Report,
) -> None:
    """Write the scores of every table that was given, and the findings; tell the report how many of each."""
    found: list[dict[str, Any]] = []
    if trade is not None:
        both = together(trade.forged.chance, trade.malicious)
        subject = trade.view.subject
        name, column = SCORES[subject]
        ids, hashes = list_ids(tables, subject, column)
        place = match(trade.view.keys, hashes)
        write_scores(out, name, column, ids, both[place], trade.kinds[place])
        report.rows[subject] = len(ids)
        named = NamedFindings(tables, trade, ids, hashes, given)
        found = named.findings()
        if subject == "orders" and "parcels" in given:
            _write_parcels(tables, given, trade, both, out, report)
    if ratings is not None:
        _write_reviews(tables, trade, ratings, out, report)
    _write_parties(tables, given, trade, ratings, out, report, found)
    for table, (name, column) in SCORES.items():
        if table in given and not (out / f"{name}.parquet").exists():
            ids, _ = list_ids(tables, table, column)
            never = {"first_flagged_on": pa.nulls(len(ids), pa.date32())} if table == "shops" else None
            write_scores(out, name, column, ids, np.zeros(len(ids)), np.zeros(len(ids), dtype=np.int8), never)
            report.rows[table] = len(ids)
    write_findings(out, found)
    for finding in found:
        report.findings[finding["kind"]] = report.findings.get(finding["kind"], 0) + 1


def _write_parcels(
    tables: Tables,
    given: Given,
    trade: JudgedTrade,
    both: Array,
    out: Path,
    report: Report,
) -> None:
    """A parcel is as its order; one whose order is not known stands at the middle of all."""
    ids, hashes = list_ids(tables, "parcels", "waybill_no")
    score, kind = np.full(len(ids), float(np.median(both))), np.zeros(len(ids), dtype=np.int8)
    if "order_id" in given["parcels"]:
        known = "FROM parcels WHERE waybill_no IS NOT NULL AND order_id IS NOT NULL"
        joined = fetch_grouped(
            tables,
            Step(
                f"SELECT hash(waybill_no) AS key, hash(order_id) AS ordered {known}",
                "parcels",
                "waybill_no",
                "key",
            ),
            f"SELECT hash(waybill_no) AS key, min(hash(order_id)) AS ordered {known} GROUP BY 1",
        )
        mine = match(joined["key"], hashes)
        order = match(trade.view.keys, joined["ordered"][np.maximum(mine, 0)]) if len(joined["key"]) else mine
        judged = (mine >= 0) & (order >= 0)
        score[judged] = trade.forged.chance[order[judged]]
        kind[judged] = trade.kinds[order[judged]]
        kind[kind == MALICE] = NONE
    write_scores(out, "parcel_scores", "waybill_no", ids, score, kind)
    report.rows["parcels"] = len(ids)


def _write_reviews(
    tables: Tables,
    trade: JudgedTrade | None,
    ratings: Ratings,
    out: Path,
    report: Report,
) -> None:
    """A review is as its order where that is known; what ratings alone say orders the rest."""
    ids, hashes = list_ids(tables, "reviews", "review_id")
    place = match(ratings.keys, hashes)
    alone = _ranked(ratings.score)[place]
    # Ratings alone rank; they are no ground to call one forged.
    score, kind = alone, np.zeros(len(ids), dtype=np.int8)
    if trade is not None and trade.view.subject == "orders":
        order = match(trade.view.keys, ratings.order_hash[place])
        known = (order >= 0) & (ratings.order_hash[place] != 0)
        both = together(trade.forged.chance, trade.malicious)[order]
        # Of reviews of no known order, what ratings alone say decides.
        score = np.where(known, both, 0.02 * alone)
        kind = np.where(known, trade.kinds[order], np.int8(NONE)).astype(np.int8)
    write_scores(out, "review_scores", "review_id", ids, score, kind)
    report.rows["reviews"] = len(ids)


def _ranked(raw: Array) -> Array:
    """[0, 1] by rank, equals equal."""
    if not len(raw):
        return raw
    _, inverse, counts = np.unique(raw, return_inverse=True, return_counts=True)
    upto = np.cumsum(counts)
    return np.asarray(((upto - counts / 2) / len(raw))[inverse])


def _write_parties(
    tables: Tables,
    given: Given,
    trade: JudgedTrade | None,
    ratings: Ratings | None,
    out: Path,
    report: Report,
    found: list[dict[str, Any]],
) -> None:
    _write_buyers(tables, given, trade, ratings, out, report)
    where = _stands_in(given, trade, ratings, "shops", "shop_id", "shop_id")
    if where is None:
        return
    ids, hashes = list_ids(tables, *where)
    if trade is not None:
        raw = shop_scores(trade.view, trade.forged.chance, trade.malicious)
        score = pick(raw, trade.view.shop_keys, hashes, 0.0)
        kinds_of = {finding["shops"][0]: _KIND_CODES[finding["kind"]] for finding in reversed(found)}
        names = ids.to_pylist()
        kind = np.array([kinds_of.get(name, NONE) for name in names], dtype=np.int8)
        forging = {finding["shops"][0] for finding in found if not finding["victim"]}
        marked = np.zeros(len(trade.view.shop_keys), dtype=bool)
        place = match(trade.view.shop_keys, hashes[np.array([name in forging for name in names], dtype=bool)])
        marked[place[place >= 0]] = True
        days_of = first_flagged(trade.view, trade.forged.chance, marked)
        first = pick(days_of, trade.view.shop_keys, hashes, np.nan)
    elif ratings is not None:
        total = np.bincount(
            ratings.shop[ratings.shop >= 0],
            weights=_ranked(ratings.score)[ratings.shop >= 0],
            minlength=len(ratings.shop_keys),
        )
        size = np.bincount(ratings.shop[ratings.shop >= 0], minlength=len(ratings.shop_keys))
        score = pick(total / np.maximum(size, 1), ratings.shop_keys, hashes, 0.0)
        kind, first = np.zeros(len(ids), dtype=np.int8), np.full(len(ids), np.nan)
    else:
        return
    days = pa.array(np.where(np.isfinite(first), first, 0).astype(np.int32), mask=~np.isfinite(first)).cast(
        pa.date32()
    )
    write_scores(out, "shop_scores", "shop_id", ids, score, kind, {"first_flagged_on": days})
    report.rows["shops"] = len(ids)


def _stands_in(
    given: Given, trade: JudgedTrade | None, ratings: Ratings | None, table: str, column: str, rated: str
) -> tuple[str, str, bool] | None:
    """(table, column, several rows each) in which the ids of a party stand: its own table, else that of orders, else of reviews."""
    if table in given:
        return table, column, False
    if trade is not None and len(trade.view.shop_keys if column == "shop_id" else trade.view.buyer_keys):
        return trade.view.subject, column, True
    return None if ratings is None else ("reviews", rated, True)


def _write_buyers(
    tables: Tables,
    given: Given,
    trade: JudgedTrade | None,
    ratings: Ratings | None,
    out: Path,
    report: Report,
) -> None:
    where = _stands_in(given, trade, ratings, "buyers", "buyer_id", "rater_id")
    if where is None:
        return
    ids, hashes = list_ids(tables, *where)
    if trade is not None and len(trade.view.buyer_keys):
        count = len(trade.view.buyer_keys)
        raw = group_scores(trade.view["buyer"], together(trade.forged.chance, trade.malicious), count)
        score = pick(bounded(raw), trade.view.buyer_keys, hashes, 0.0)
        kind = pick(
            commonest_kind(trade.view["buyer"], trade.kinds, count), trade.view.buyer_keys, hashes, NONE
        ).astype(np.int8)
    elif ratings is not None:
        score = pick(_ranked(ratings.rater_score), ratings.rater_keys, hashes, 0.0)
        kind = np.zeros(len(ids), dtype=np.int8)
    else:
        score, kind = np.zeros(len(ids)), np.zeros(len(ids), dtype=np.int8)
    write_scores(out, "buyer_scores", "buyer_id", ids, score, kind)
    report.rows["buyers"] = len(ids)
