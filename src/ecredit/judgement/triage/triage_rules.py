"""What makes two leads of two runs the same, and when a decided one is looked at again. Pure."""

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from ecredit.foundation.catalog.triage_types import Triage

# Scores from which a finding is called strong, and middling.
STRENGTHS: Final = {"strong": (0.99, 1.01), "middling": (0.9, 0.99), "weak": (0.0, 0.9)}
_IDS: Final = ("finding_id", "orders", "parcels", "reviews", "buyers")


def strength_of(score: float) -> str:
    """The word for a score."""
    return next((name for name, (low, high) in STRENGTHS.items() if low <= score < high), "weak")


def finding_name(shop_id: str, *, victim: bool) -> str:
    """The name a lead keeps from run to run: there is one of what a shop did, and one of what was done to it.

    Which orders are suspect, and of which kind most are, may differ when more is known; the lead is the same.
    """
    told = f"{'victim' if victim else 'forger'}\0{shop_id}"
    return "F" + hashlib.sha256(told.encode()).hexdigest()[:16]


def has_grown(rules: Triage, before: Collection[str], now: Collection[str]) -> bool:
    """Whether clearly more is suspect than when it was decided: rows that were not there then, many and in proportion."""
    fresh = len(set(now) - set(before))
    return fresh >= rules.reopen_orders and fresh >= rules.reopen_share * len(set(before))


def rows_of(finding: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The table whose rows a finding is about, and their ids: orders, or parcels where no orders were sent."""
    return ("orders", finding["orders"]) if finding["orders"] else ("parcels", finding["parcels"])


def document_of(finding: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a finding beside the ids of its rows, which are kept once, and those that follow from them."""
    return {name: value for name, value in finding.items() if name not in _IDS} | {
        "counts": {name: len(finding[name]) for name in _IDS[1:]}
    }


def finding_digest(finding: Mapping[str, Any]) -> str:
    """SHA-256 over a finding as detection gave it: the same evidence of the same rows has the same."""
    return hashlib.sha256(json.dumps(finding, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
