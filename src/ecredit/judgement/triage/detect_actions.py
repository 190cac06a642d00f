"""Looking for forged trade in the lake, and keeping what was found."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.facts.market.lake_queries import lake_digest, open_lake
from ecredit.facts.market.models import TradeBatch
from ecredit.foundation.catalog.flag_types import Flag
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.engine.duck import open_duck
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.detection.detect import detect
from ecredit.judgement.detection.report import Report
from ecredit.judgement.triage.keep_findings import keep_findings, tie_subjects
from ecredit.judgement.triage.lake_rows import write_rows
from ecredit.judgement.triage.models import DetectionRun, Finding
from ecredit.judgement.triage.run_folder import (
    MANIFEST,
    ROWS,
    SCORES,
    drop_others,
    engine_version,
    open_draft,
    settle_draft,
)
from ecredit.judgement.triage.shop_notes import find_subjects, read_shop_notes
from ecredit.judgement.triage.teach_actions import weights_in_force
from ecredit.judgement.triage.teaching_rules import weighed
from ecredit.judgement.triage.triage_rules import finding_name, rows_of
from ecredit.judgement.triage.types import DETECTED, WAITING, DetectionSummary, ShopNote

_FINDINGS = "findings.jsonl"


def look_for_forged_trade(
    *, home: Home, catalog: Catalog, ring: KeyRing, as_of: date, by: Actor, at: datetime, full: bool = False
) -> DetectionSummary:
    """Judge the trade in the lake, keep scores and findings, and tie findings to subjects.

    A lake that was judged already, by these flags with the weights in force and this program, is not judged again unless `full`; who is who may have
    changed all the same. The caller is alone in the lake.
    """
    if not TradeBatch.objects.filter(state="done").exists():
        return DetectionSummary(ran=False, why="no_trade")
    version, factors = weights_in_force()
    flags = weighed(catalog.flags, factors)
    lake, rules, engine = lake_digest(), rules_digest(flags), engine_version()
    last = DetectionRun.objects.order_by("-id").first()
    same = last is not None and (last.lake, last.rules, last.engine) == (lake, rules, engine)
    if last is not None and same and not full and (home.root / last.folder / MANIFEST).exists():
        _tie(home)
        return _summary(last, ran=False, why="unchanged")
    began = time.perf_counter()
    draft = open_draft(home)
    spill = draft / "spill"
    spill.mkdir()
    with open_duck(spill=spill) as connection, ExitStack() as opened:
        # What is judged is what the digest names: nothing is taken in between the two.
        with home.alone_in_trade():
            lake = lake_digest()
            trade = opened.enter_context(open_lake(home, connection, catalog.trade))
        report = detect(connection, trade.given, flags, draft / SCORES, os.cpu_count() or 1)
        found = _read_findings(draft / SCORES / _FINDINGS)
        notes = read_shop_notes(connection, trade.given, (finding["shops"][0] for finding in found))
        wanted, shops = _wanted(found)
        write_rows(connection, trade.given, wanted, shops, draft / ROWS)
    (draft / SCORES / _FINDINGS).unlink()
    shutil.rmtree(spill)
    head = {
        "as_of": as_of.isoformat(), "at": at.isoformat(), "engine": engine, "rules": rules, "edition": catalog.edition,
        "lake": lake, "weights": version, "rows": report.rows, "findings": report.findings, "not_judged": report.not_judged,
    }  # fmt: skip
    folder, manifest = settle_draft(home, draft, at, head)
    run = DetectionRun(
        as_of=as_of, at=at, by=by.who, lake=lake, rules=rules, engine=engine, edition=catalog.edition, folder=folder,
        manifest=manifest, counts={}, weights=version, not_judged={flag: list(needs) for flag, needs in report.not_judged.items()},
    )  # fmt: skip
    _keep(run, found, notes, report, catalog, ring, by, time.perf_counter() - began)
    drop_others(home, folder)
    _tie(home)
    return _summary(run, ran=True, why="asked" if full and same else "changed" if last else "first")


def rules_digest(flags: Mapping[str, Flag]) -> str:
    """SHA-256 over all that the flags say."""
    return hashlib.sha256("\n".join(repr(flags[name]) for name in sorted(flags)).encode()).hexdigest()


def _read_findings(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _wanted(found: list[dict[str, Any]]) -> tuple[list[tuple[str, str, str]], set[str]]:
    """(finding, table, row) of everything that findings are about: of this run, and of those it did not find again."""
    wanted: list[tuple[str, str, str]] = []
    shops: set[str] = set()
    for finding in found:
        name, (table, ids) = finding_name(finding["shops"][0], victim=finding["victim"]), rows_of(finding)
        wanted += [(name, table, row) for row in ids]
        shops.add(finding["shops"][0])
    here = {name for name, _, _ in wanted}
    for kept in Finding.objects.only("pk", "shop_id", "rows_of", "rows").iterator(chunk_size=200):
        if kept.pk not in here:
            wanted += [(kept.pk, kept.rows_of, row) for row in json.loads(kept.rows)]
            shops.add(kept.shop_id)
    return wanted, shops


def _keep(
    run: DetectionRun,
    found: list[dict[str, Any]],
    notes: Mapping[str, ShopNote],
    report: Report,
    catalog: Catalog,
    ring: KeyRing,
    by: Actor,
    seconds: float,
) -> None:
    """Findings, run and journal, all or none."""
    with transaction.atomic():
        log = OpenLog(ring, run.at)
        run.at = log.at
        run.save(force_insert=True)
        counts = keep_findings(found, run, notes, catalog.triage)
        run.counts = {**counts, "rows": report.rows, "seconds": round(seconds, 1)}
        run.save(update_fields=["counts"])
        detail = {
            "as_of": run.as_of.isoformat(), "lake": run.lake, "rules": run.rules, "engine": run.engine,
            "manifest": run.manifest, "weights": run.weights, "counts": dict(counts),
        }  # fmt: skip
        post_journal(log, by=by, verb=DETECTED, about=f"detection:{run.pk}", detail=detail)
        log.seal()


def _tie(home: Home) -> None:
    rows = Finding.objects.values_list("shop_id", "shop_name", "platform_id", "operator_uscc")
    suppliers = set(TradeBatch.objects.filter(state="done").values_list("supplier", flat=True))
    tie_subjects(find_subjects(home, [ShopNote(*row) for row in rows], suppliers))


def _summary(run: DetectionRun, *, ran: bool, why: str) -> DetectionSummary:
    fresh = run.counts if ran else {}
    return DetectionSummary(
        ran=ran,
        why=why,
        run_id=run.pk,
        found=run.counts["found"],
        new=fresh.get("new", 0),
        kept=run.counts["kept"] if ran else run.counts["found"],
        gone=fresh.get("gone", 0),
        returned=fresh.get("returned", 0),
        waiting=Finding.objects.filter(state=WAITING, gone=False).count(),
        without_subject=Finding.objects.filter(subject_id=None).count(),
        rows=run.counts["rows"],
        seconds=fresh.get("seconds", 0.0),
    )
