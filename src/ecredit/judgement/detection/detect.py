"""Detection from one end to the other: the tables of a folder in, scores and findings out."""

import resource
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from ecredit.foundation.catalog.flag_types import Flag
from ecredit.judgement.detection.crews import find_crews
from ecredit.judgement.detection.evidence import Binned
from ecredit.judgement.detection.findings import Judged, find_at_shops, finding_id
from ecredit.judgement.detection.flag_list import bin_flags, missing
from ecredit.judgement.detection.forged_trade import Forged, judge_trade
from ecredit.judgement.detection.group_rows import Array, match
from ecredit.judgement.detection.malice import Malice, judge_malice
from ecredit.judgement.detection.ratings import Ratings, read_ratings
from ecredit.judgement.detection.results import list_ids, pick, write_findings, write_scores
from ecredit.judgement.detection.scores import (
    KINDS,
    MALICE,
    NONE,
    bounded,
    commonest_kind,
    first_flagged,
    group_scores,
    order_kinds,
    shop_scores,
    together,
)
from ecredit.judgement.detection.shared_columns import Shared
from ecredit.judgement.detection.ties import Ties
from ecredit.judgement.detection.trade_view import Given, TradeView, read_view

_SCORES = {
    "orders": ("order_scores", "order_id"), "parcels": ("parcel_scores", "waybill_no"), "reviews": ("review_scores", "review_id"),
    "buyers": ("buyer_scores", "buyer_id"), "shops": ("shop_scores", "shop_id"),
}  # fmt: skip
# What is asked of a view once its flags are computed.
_TOLD = frozenset({"shop", "buyer", "at", "stars", "device", "address", "payer", "origin"})
_TIED_SHOWN = 100
_KIND_CODES = {name: code for code, name in enumerate(KINDS)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Report:
    """What a run did: rows of each table, seconds of each stage, findings by kind, what could not be judged and why."""

    rows: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=dict)
    not_judged: dict[str, tuple[str, ...]] = field(default_factory=dict)
    peak_mb: int = 0


@dataclass(slots=True)
class _Trade:
    """What was judged of orders."""

    view: TradeView
    forged: Forged
    flags: list[Binned]
    malice: Malice
    malicious: Array
    kinds: Array
    tied: Mapping[int, list[int]]


class _Clock:
    def __init__(self, report: Report) -> None:
        self.report, self.start = report, time.perf_counter()

    def stage(self, name: str) -> None:
        now = time.perf_counter()
        self.report.seconds[name] = round(now - self.start, 3)
        self.start = now
        self.report.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def detect(
    connection: duckdb.DuckDBPyConnection,
    given: Given,
    flags: Mapping[str, Flag],
    out: Path,
    threads: int = 1,
) -> Report:
    """Judge the trade tables that are views of `connection` and write the results into `out`.

    given    table → its columns that are really there. Labels are never read.
    threads  how many flags are computed at once; the result is the same for any number
    """
    report = Report(
        not_judged={flag.id: missing(flag, given) for flag in flags.values() if missing(flag, given)}
    )
    clock = _Clock(report)
    view = read_view(connection, given)
    clock.stage("read")
    # What is not known is NaN all the way through, and a logarithm of nothing is one more of it.
    with np.errstate(divide="ignore", invalid="ignore"):
        trade = _judge(view, flags, given, clock, threads) if view is not None and view.rows else None
        ratings = read_ratings(connection, given)
    clock.stage("ratings")
    out.mkdir(parents=True, exist_ok=True)
    for name, _ in _SCORES.values():
        (out / f"{name}.parquet").unlink(missing_ok=True)
    _write(connection, given, trade, ratings, out, report)
    clock.stage("write")
    return report


def _judge(view: TradeView, flags: Mapping[str, Flag], given: Given, clock: _Clock, threads: int) -> _Trade:
    shared = Shared(view)
    binned = bin_flags(shared, flags, "trade", given, threads=threads)
    low = np.flatnonzero(np.asarray(view["stars"]) <= 2)
    low_binned = bin_flags(shared, flags, "malice", given, low, threads)
    shared.forget()
    view.keep(_TOLD)
    clock.stage("flags")
    forged = judge_trade(binned, Ties(view, threads))
    malice = judge_malice(view, low_binned)
    malicious = np.zeros(view.rows, dtype=np.float32)
    malicious[malice.rows] = malice.chance
    kinds = order_kinds(forged.chance, malicious, binned, forged.weights)
    of_crew, tied = find_crews(view, forged.chance)
    kinds = np.where((of_crew != NONE) & (kinds != MALICE), of_crew, kinds).astype(np.int8)
    clock.stage("judge")
    return _Trade(view, forged, binned, malice, malicious, kinds, tied)


def _write(
    connection: duckdb.DuckDBPyConnection,
    given: Given,
    trade: _Trade | None,
    ratings: Ratings | None,
    out: Path,
    report: Report,
) -> None:
    found: list[dict[str, Any]] = []
    if trade is not None:
        both = together(trade.forged.chance, trade.malicious)
        subject, column = (
            ("orders", "order_id") if trade.view.subject == "orders" else ("parcels", "waybill_no")
        )
        ids, hashes = list_ids(connection, subject, column)
        name = "order_scores" if subject == "orders" else "parcel_scores"
        place = match(trade.view.keys, hashes)
        write_scores(out, name, column, ids, both[place], trade.kinds[place])
        report.rows[subject] = len(ids)
        named = _Names(connection, trade, ids, hashes, given)
        found = named.findings()
        if subject == "orders" and "parcels" in given:
            _write_parcels(connection, given, trade, both, out, report)
    if ratings is not None:
        _write_reviews(connection, trade, ratings, out, report)
    _write_parties(connection, given, trade, ratings, out, report, found)
    for table, (name, column) in _SCORES.items():
        if table in given and not (out / f"{name}.parquet").exists():
            ids, _ = list_ids(connection, table, column)
            never = {"first_flagged_on": pa.nulls(len(ids), pa.date32())} if table == "shops" else None
            write_scores(out, name, column, ids, np.zeros(len(ids)), np.zeros(len(ids), dtype=np.int8), never)
            report.rows[table] = len(ids)
    write_findings(out, found)
    for finding in found:
        report.findings[finding["kind"]] = report.findings.get(finding["kind"], 0) + 1


def _write_parcels(
    connection: duckdb.DuckDBPyConnection, given: Given, trade: _Trade, both: Array, out: Path, report: Report
) -> None:
    """A parcel is as its order; one whose order is not known stands at the middle of all."""
    ids, hashes = list_ids(connection, "parcels", "waybill_no")
    score, kind = np.full(len(ids), float(np.median(both))), np.zeros(len(ids), dtype=np.int8)
    if "order_id" in given["parcels"]:
        joined = connection.execute(
            "SELECT hash(waybill_no) AS parcel, min(hash(order_id)) AS ordered FROM parcels "
            "WHERE waybill_no IS NOT NULL AND order_id IS NOT NULL GROUP BY 1"
        ).fetchnumpy()
        mine = match(np.asarray(joined["parcel"]), hashes)
        order = (
            match(trade.view.keys, np.asarray(joined["ordered"])[np.maximum(mine, 0)])
            if len(joined["parcel"])
            else mine
        )
        known = (mine >= 0) & (order >= 0)
        score[known] = trade.forged.chance[order[known]]
        kind[known] = trade.kinds[order[known]]
        kind[kind == MALICE] = NONE
    write_scores(out, "parcel_scores", "waybill_no", ids, score, kind)
    report.rows["parcels"] = len(ids)


def _write_reviews(
    connection: duckdb.DuckDBPyConnection, trade: _Trade | None, ratings: Ratings, out: Path, report: Report
) -> None:
    """A review is as its order where that is known; what ratings alone say orders the rest."""
    ids, hashes = list_ids(connection, "reviews", "review_id")
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
    connection: duckdb.DuckDBPyConnection,
    given: Given,
    trade: _Trade | None,
    ratings: Ratings | None,
    out: Path,
    report: Report,
    found: list[dict[str, Any]],
) -> None:
    _write_buyers(connection, given, trade, ratings, out, report)
    where = _stands_in(given, trade, ratings, "shops", "shop_id", "shop_id")
    if where is None:
        return
    ids, hashes = list_ids(connection, *where)
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
    given: Given, trade: _Trade | None, ratings: Ratings | None, table: str, column: str, rated: str
) -> tuple[str, str, bool] | None:
    """(table, column, several rows each) in which the ids of a party stand: its own table, else that of orders, else of reviews."""
    if table in given:
        return table, column, False
    if trade is not None and len(trade.view.shop_keys if column == "shop_id" else trade.view.buyer_keys):
        return trade.view.subject, column, True
    return None if ratings is None else ("reviews", rated, True)


def _write_buyers(
    connection: duckdb.DuckDBPyConnection,
    given: Given,
    trade: _Trade | None,
    ratings: Ratings | None,
    out: Path,
    report: Report,
) -> None:
    where = _stands_in(given, trade, ratings, "buyers", "buyer_id", "rater_id")
    if where is None:
        return
    ids, hashes = list_ids(connection, *where)
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


class _Names:
    """Findings with the ids their readers know."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, trade: _Trade, ids: pa.Array, hashes: Array, given: Given
    ) -> None:
        self.connection, self.trade, self.given = connection, trade, given
        self.place = match(hashes, trade.view.keys)
        self.ids = ids

    def findings(self) -> list[dict[str, Any]]:
        """All findings, strongest first."""
        trade, every = self.trade, np.arange(self.trade.view.rows)
        words = dict(enumerate(KINDS))
        forged = Judged(
            every,
            trade.forged.chance,
            trade.forged.log_odds,
            trade.flags,
            trade.forged.weights,
            trade.forged.ties,
            trade.forged.share,
        )
        bad = trade.malice
        malicious = Judged(
            bad.rows,
            bad.chance,
            bad.log_odds,
            bad.flags,
            bad.weights,
            bad.ties,
            bad.share,
            ("低星订单", "orders with low stars"),
        )
        kinds_bad = np.full(trade.view.rows, MALICE, dtype=np.int8)
        raw = list(find_at_shops(trade.view, forged, trade.kinds, words, victim=False))
        raw += list(find_at_shops(trade.view, malicious, kinds_bad, words, victim=True))
        shop_names, buyer_names = self._party("shop_id", "shop_keys"), self._party("buyer_id", "buyer_keys")
        parcels, reviews = (
            self._linked("parcels", "waybill_no", raw),
            self._linked("reviews", "review_id", raw),
        )
        findings = [self._name(each, shop_names, buyer_names, parcels, reviews) for each in raw]
        findings.sort(key=lambda finding: (-finding["score"], -len(finding["orders"]), finding["finding_id"]))
        return findings

    def _party(self, column: str, keys: str) -> list[str]:
        table = self.trade.view.subject
        hashes = getattr(self.trade.view, keys)
        if not len(hashes):
            return []
        ids, found = list_ids(self.connection, table, column, several=True)
        return [str(name) for name in ids.take(pa.array(match(found, hashes))).to_pylist()]

    def _linked(self, table: str, column: str, raw: list[dict[str, Any]]) -> dict[int, list[str]]:
        """Order's place → ids of another table that name it, for the orders findings are about."""
        if (
            self.trade.view.subject != "orders"
            or table not in self.given
            or "order_id" not in self.given[table]
            or not raw
        ):
            return {}
        rows = np.unique(np.concatenate([each["rows"] for each in raw]))
        wanted = pa.table({"hash": self.trade.view.keys[rows], "place": rows})
        self.connection.register("wanted_orders", wanted)
        pairs = self.connection.execute(
            f"SELECT w.place, t.{column} FROM {table} t JOIN wanted_orders w ON hash(t.order_id) = w.hash "
            f"WHERE t.{column} IS NOT NULL ORDER BY 1, 2"
        ).fetchall()
        self.connection.unregister("wanted_orders")
        linked: dict[int, list[str]] = {}
        for place, name in pairs:
            linked.setdefault(int(place), []).append(str(name))
        return linked

    def _names(self, rows: Array) -> list[str]:
        return [str(name) for name in self.ids.take(pa.array(self.place[rows])).to_pylist()]

    def _name(
        self,
        raw: dict[str, Any],
        shop_names: list[str],
        buyer_names: list[str],
        parcels: dict[int, list[str]],
        reviews: dict[int, list[str]],
    ) -> dict[str, Any]:
        rows: Array = raw["rows"]
        orders = self._names(rows)
        codes = np.unique(self.trade.view["buyer"][rows])
        shops = [shop_names[raw["shop"]]]
        pieces = []
        for piece in raw["evidence"]:
            shown = piece.pop("rows")
            pieces.append({**piece, "rows": sorted(self._names(shown))})
        whole = self.trade.view.subject == "orders"
        return {
            "finding_id": finding_id(raw["kind"], shops, orders),
            "kind": raw["kind"],
            "score": float(1 / (1 + np.exp(-raw["log_odds"]))),
            "log_odds": raw["log_odds"],
            "victim": raw["victim"],
            "shops": shops,
            "tied_shops": []
            if raw["victim"]
            else sorted(shop_names[shop] for shop in self.trade.tied.get(raw["shop"], [])[:_TIED_SHOWN]),
            "buyers": sorted(buyer_names[code] for code in codes if code >= 0),
            "orders": sorted(orders) if whole else [],
            "parcels": sorted(n for row in rows for n in parcels.get(int(row), []))
            if whole
            else sorted(orders),
            "reviews": sorted(n for row in rows for n in reviews.get(int(row), [])),
            "window": [_instant(at) for at in raw["window"]] if raw["window"] else [],
            "innocent": raw["innocent"],
            "evidence": pieces,
        }


def _instant(seconds: float) -> str:
    """An instant of the tables, which are kept at +08:00."""
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S") + "+08:00"
