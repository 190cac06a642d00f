"""Leads an officer can defend: which shop, which orders, why, against what is usual, and what else it could be.

A finding's listed contributions sum to its log-odds, and its score is their logistic. It needs evidence of two families. It is a
lead: only a confirmed case becomes a record.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ecredit.foundation.catalog.flag_types import Flag
from ecredit.judgement.detection.evidence import Binned
from ecredit.judgement.detection.group_rows import Array
from ecredit.judgement.detection.scores import MALICE
from ecredit.judgement.detection.trade_view import TradeView

# A lead: at least so many suspect orders at a shop, and at least so much log-evidence from each of two families.
FEWEST, FAMILY_LEAST = 3, 0.15
_ROWS_SHOWN = 50
_TAIL = 0.15
_TIES = {
    "shop": ("同店同期其他订单", "other orders of the shop in the same weeks"),
    "buyer": ("同一买家其他订单", "other orders of the buyers"),
    "persons": (
        "同设备、同地址、同付款账户的其他订单",
        "other orders of the same devices, addresses and payers",
    ),
    "told": ("已核实的订单、买家、店铺", "what is known of these orders, buyers or shops"),
    "outlet": ("同一揽收网点其他订单", "other orders sent from the same outlets"),
}


@dataclass(frozen=True, slots=True)
class Judged:
    """One class of judgement over some rows of a view: what each flag, tie and the starting odds add to each row's log-odds."""

    rows: Array
    chance: Array
    log_odds: Array
    flags: Sequence[Binned]
    weights: Mapping[str, Array]
    ties: Mapping[str, Array]
    share: float
    population: tuple[str, str] = ("全市订单", "orders of the city")
    counted: tuple[str, str] = ("单", "orders")


def find_at_shops(
    view: TradeView, judged: Judged, kind_of: Array, words: Mapping[int, str], victim: bool
) -> Iterator[dict[str, Any]]:
    """Yield a finding for each shop with enough suspect orders and evidence of two families. Ids are places in the view."""
    suspect = np.flatnonzero(judged.chance >= 0.5)
    shop = view["shop"][judged.rows[suspect]]
    suspect, shop = suspect[shop >= 0], shop[shop >= 0]
    order = np.lexsort((suspect, shop))
    suspect, shop = suspect[order], shop[order]
    if not len(shop):
        return
    starts = np.flatnonzero(np.concatenate([[True], shop[1:] != shop[:-1]]))
    shares = {each.flag.id: _firing(each, judged.weights) for each in judged.flags}
    for start, end in zip(starts, np.append(starts[1:], len(shop)), strict=True):
        places = suspect[start:end]
        if len(places) < FEWEST:
            continue
        evidence, families = _evidence(judged, places, shares)
        if sum(value >= FAMILY_LEAST for value in families.values()) < 2:  # of what is listed
            continue
        total = float(np.mean(judged.log_odds[places]))
        rows = judged.rows[places]
        kinds = np.bincount(kind_of[rows], minlength=len(words))
        kinds[0] = 0
        if not victim:
            kinds[MALICE] = 0
        at = view.instants("at", rows)
        known = at[np.isfinite(at)]
        yield {
            "kind": words[int(kinds.argmax())] if kinds.any() else words[1],
            "log_odds": total,
            "shop": int(shop[start]),
            "victim": victim,
            "rows": rows,
            "window": (float(known.min()), float(known.max())) if len(known) else None,
            "evidence": evidence,
            "innocent": _innocent(judged, evidence),
        }


@dataclass(frozen=True, slots=True)
class _Firing:
    """Which bins show a flag; the share of all orders that can be judged which stand in one; for each bin, the share of those
    orders which show the flag less."""

    bins: Array
    usual: float
    below: Array


def _firing(binned: Binned, weights: Mapping[str, Array]) -> _Firing:
    """How a flag's bins stand among all orders.

    A bin shows it when it speaks against an order and lies in the suspicious tail: what half of all orders do is no sign.
    """
    counts = binned.counts[1:].astype(np.float64)
    known = max(float(counts.sum()), 1.0)
    tail = np.cumsum(counts[::-1])[::-1] if binned.flag.direction == "high" else np.cumsum(counts)
    against = np.zeros(len(binned.counts), dtype=bool)
    against[1:] = (weights[binned.flag.id][1:] > 0.05) & (tail <= _TAIL * known)
    below = np.zeros(len(binned.counts))
    below[1:] = 1.0 - tail / known
    return _Firing(against, float(binned.counts[against].sum()) / known, below)


def _evidence(
    judged: Judged, places: Array, shares: Mapping[str, _Firing]
) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Pieces whose contributions sum to the mean log-odds of the rows, strongest first; what each family adds.

    `percentile`: of all orders that can be judged, how many in a hundred show the flag less than the middle one of those shown.
    """
    pieces: list[dict[str, Any]] = []
    families: dict[str, float] = {}
    listed = 0.0
    for each in judged.flags:
        flag, bins = each.flag, each.bins[places]
        adds = float(np.mean(judged.weights[flag.id][bins]))
        usual = shares[flag.id].usual
        shown = shares[flag.id].bins[bins]
        known = int((bins > 0).sum())
        if adds < 0.02 or shown.sum() <= usual * known:
            continue
        families[flag.family] = families.get(flag.family, 0.0) + adds
        listed += adds
        pieces.append(
            {
                "flag": flag.id, "family": flag.family, "value": float(shown.sum() / max(known, 1)), "usual": usual,
                "percentile": 100.0 * float(np.median(shares[flag.id].below[bins[shown]])),
                "contribution": adds, "judged": known, "shown": int(shown.sum()),
                "rows": judged.rows[places[shown]][:_ROWS_SHOWN], "sentence": _sentence(flag, int(shown.sum()), known, usual, judged),
            }
        )  # fmt: skip
    for name, effect in judged.ties.items():
        adds = float(np.mean(effect[places]))
        listed += adds
        zh, en = _TIES[name]
        pieces.append(
            {
                "flag": f"tie_{name}", "family": "tie", "value": float(np.exp(adds)), "usual": 1.0, "contribution": adds,
                "judged": len(places), "shown": len(places), "rows": judged.rows[places][:0],
                "sentence": {
                    "zh": f"{zh}使可疑的几率变为 {np.exp(adds):.1f} 倍（有上限，不计本{judged.counted[0]}）",
                    "en": f"{en} multiply the odds by {np.exp(adds):.1f} (capped; one's own is left out)",
                },
            }
        )  # fmt: skip
    pieces.sort(key=lambda piece: (-piece["contribution"], piece["flag"]))
    rest = float(np.mean(judged.log_odds[places])) - listed
    pieces.append(
        {
            "flag": "rest", "family": "rest", "value": float(np.mean(judged.chance[places])), "usual": judged.share,
            "contribution": rest, "judged": len(places), "shown": len(places), "rows": judged.rows[places][:0],
            "sentence": {
                "zh": f"起始：估计{judged.population[0]}每百{judged.counted[0]}约 {judged.share * 100:.1f} {judged.counted[0]}；另含各族上限、单独突出的折减与其余小项",
                "en": f"start: an estimated {judged.share * 100:.1f} in a hundred {judged.population[1]}; with the families' caps, "
                "what stands alone counted less, and all small items",
            },
        }
    )  # fmt: skip
    return pieces, families


def _sentence(flag: Flag, shown: int, known: int, usual: float, judged: Judged) -> dict[str, str]:
    """What was counted: orders (or parcels) among those that show the flag most, and how many are so anywhere. It claims no more."""
    percent = 100.0 * shown / max(known, 1)
    one, many = judged.counted
    return {
        "zh": f"{flag.zh}：{known} {one}可判，其中 {shown} {one}（{percent:.1f}%）属于{judged.population[0]}中此项最突出的 {100 * usual:.1f}%"
        f"（此项：{flag.meaning_zh}）",
        "en": f"{flag.en}: of {known} {many} that can be judged, {shown} ({percent:.1f} %) are among the {100 * usual:.1f} % of "
        f"{judged.population[1]} that show it most (it: {flag.meaning_en})",
    }


def _innocent(judged: Judged, evidence: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The best honest explanation: that of the strongest flag that is listed."""
    flags = {each.flag.id: each.flag for each in judged.flags}
    chosen = next(flags[piece["flag"]] for piece in evidence if piece["flag"] in flags)
    return {"zh": chosen.honest_zh, "en": chosen.honest_en}


def finding_id(kind: str, shops: Sequence[str], orders: Sequence[str]) -> str:
    """A name that stays while the same orders of the same shop are meant."""
    told = "\0".join([kind, *sorted(shops), "", *sorted(orders)[:200]])
    return "F" + hashlib.sha256(told.encode()).hexdigest()[:16]
