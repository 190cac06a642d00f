"""Findings for tests: made up as detection writes them, and a small year of trade in a home's lake."""

from datetime import date
from pathlib import Path
from typing import Any

from ecredit.facts.actors.journal_notes import note_read
from ecredit.facts.actors.types import Actor, Supplier
from ecredit.facts.market.collect_actions import Market, collect_market
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.triage.keep_findings import keep_findings
from ecredit.judgement.triage.models import DetectionRun, Finding
from ecredit.judgement.triage.types import READ, ShopNote
from ecredit.surface.cli.trade_build import build_trade
from tests.conftest import NOON

PLATFORM = Supplier("plat-a", "平台甲", "platform")
LAST = date(2026, 5, 10)


def lead(shop: str = "s1", orders: int | list[str] = 6, **more: Any) -> dict[str, Any]:
    """A finding as a line of `findings.jsonl`."""
    ids = [f"{shop}-o{n}" for n in range(orders)] if isinstance(orders, int) else orders
    said = {"zh": "句子", "en": "a sentence"}
    piece = {"flag": "weight_low", "family": "weight", "value": 0.9, "usual": 0.01, "contribution": 2.0, "judged": len(ids),
             "shown": len(ids), "sentence": said, "rows": ids[:50]}  # fmt: skip
    rest = {**piece, "flag": "rest", "family": "rest", "contribution": 1.0, "rows": []}
    return {
        "finding_id": "F-of-the-run", "kind": "brushing", "score": 0.95, "log_odds": 3.0, "victim": False, "shops": [shop],
        "tied_shops": [], "buyers": ["b1"], "orders": ids, "parcels": [], "reviews": [],
        "window": ["2026-03-01T10:00:00+08:00", "2026-03-09T10:00:00+08:00"],
        "innocent": {"zh": "赠品", "en": "samples"}, "evidence": [piece, rest], **more,
    }  # fmt: skip


def run_with(
    catalog: Catalog, *found: dict[str, Any], codes: dict[str, str] | None = None
) -> tuple[DetectionRun, dict[str, int]]:
    """A run that found these; the operators' codes by shop. Gives the run and what was counted."""
    run = DetectionRun.objects.create(
        as_of=NOON.date(), at=NOON, by="operator", lake="l", rules="r", engine="e", edition=catalog.edition,
        folder="lake/detection/none", manifest="m", counts={}, not_judged={"five_stars": ["reviews.score"]},
    )  # fmt: skip
    notes = {
        f["shops"][0]: ShopNote(
            f["shops"][0], f"店{f['shops'][0]}", "p1", (codes or {}).get(f["shops"][0], "")
        )
        for f in found
    }
    return run, dict(keep_findings(found, run, notes, catalog.triage))


def look_at(ring: KeyRing, row: Finding, by: Actor, digest: str = "") -> None:
    """Open a finding at the desk, as it is now (or was, by its digest)."""
    about = f"finding:{row.pk}"
    note_read(ring=ring, by=by, about=about, purpose="finding", at=NOON, verb=READ, seen=digest or row.digest)


def write_trade(out: Path, orders: int = 40_000, days: int = 60, **more: Any) -> Path:
    """The end of a year of trade that is easy to see through; returns the folder of its tables."""
    build_trade(
        out,
        orders=orders,
        tier="easy",
        seed=5,
        last=LAST,
        texts=False,
        progress=lambda *_: None,
        days=days,
        **more,
    )
    return out / "trade"


def send_trade(home: Any, catalog: Catalog, folder: Path) -> None:
    """The folder into the lake of a home."""
    market = Market(home, catalog, KeyRing.load(home.keys))
    collect_market(market, folder, supplier=PLATFORM, by=Actor(PLATFORM.id, "supplier.submit"), at=NOON)
