"""Findings with the ids their readers know, instead of places in a view."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from ecredit.foundation.engine.steps import Step, Tables, run_step
from ecredit.judgement.detection.findings import Judged, find_at_shops, finding_id
from ecredit.judgement.detection.group_rows import Array, match
from ecredit.judgement.detection.judged_trade import JudgedTrade
from ecredit.judgement.detection.scores import KINDS, MALICE
from ecredit.judgement.detection.trade_view import Given

_TIED_SHOWN = 100
# What is counted where no orders were sent.
_PARCELS = ("全市运单", "parcels of the city"), ("件", "parcels")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NamedFindings:
    """Findings with the ids their readers know."""

    def __init__(
        self,
        tables: Tables,
        trade: JudgedTrade,
        ids: pa.Array,
        hashes: Array,
        given: Given,
    ) -> None:
        self.tables, self.trade, self.given = tables, trade, given
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
            *(() if trade.view.subject == "orders" else _PARCELS),
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
        shops = {each["shop"] for each in raw}.union(*(trade.tied.get(each["shop"], ()) for each in raw))
        rows = (
            np.unique(np.concatenate([each["rows"] for each in raw])) if raw else np.zeros(0, dtype=np.int64)
        )
        buyers = set(trade.view["buyer"][rows].tolist()) - {-1}
        shop_names = self._party("shop_id", trade.view.shop_keys, shops)
        buyer_names = self._party("buyer_id", trade.view.buyer_keys, buyers)
        parcels, reviews = (
            self._linked("parcels", "waybill_no", raw),
            self._linked("reviews", "review_id", raw),
        )
        findings = [self._name(each, shop_names, buyer_names, parcels, reviews) for each in raw]
        findings.sort(key=lambda finding: (-finding["score"], -len(finding["orders"]), finding["finding_id"]))
        return findings

    def _party(self, column: str, keys: Array, codes: set[int]) -> dict[int, str]:
        """Code → id, of those that findings name."""
        if not codes or not len(keys):
            return {}
        table = self.trade.view.subject
        wanted = np.array(sorted(codes), dtype=np.int64)
        beside = {"wanted_parties": pa.table({"hash": keys[wanted], "code": wanted})}
        step = Step(
            f"SELECT w.code, min(t.{column}) AS name FROM {table} t JOIN wanted_parties w ON hash(t.{column}) = w.hash "
            f"WHERE t.{column} IS NOT NULL AND t.{column} <> '' GROUP BY 1",
            table,
            column,
            "code",
            beside,
        )
        found = run_step(self.tables, step)
        return dict(zip(found["code"].to_pylist(), found["name"].to_pylist(), strict=True))

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
        pairs = run_step(
            self.tables,
            Step(
                f"SELECT w.place, t.{column} AS name FROM {table} t JOIN wanted_orders w ON hash(t.order_id) = w.hash "
                f"WHERE t.{column} IS NOT NULL",
                table,
                "order_id",
                "place, name",
                {"wanted_orders": wanted},
            ),
        )
        linked: dict[int, list[str]] = {}
        for place, name in zip(pairs["place"].to_pylist(), pairs["name"].to_pylist(), strict=True):
            linked.setdefault(place, []).append(name)
        return linked

    def _names(self, rows: Array) -> list[str]:
        return [str(name) for name in self.ids.take(pa.array(self.place[rows])).to_pylist()]

    def _name(
        self,
        raw: dict[str, Any],
        shop_names: dict[int, str],
        buyer_names: dict[int, str],
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
            "buyers": sorted(buyer_names[code] for code in codes.tolist() if code >= 0),
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
