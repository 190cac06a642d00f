"""Forged trade looked for in a home's lake: what is kept, when it is looked for again, to whom findings are tied."""

import json

import pyarrow.parquet as pq
import pytest

from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.market.models import TradePart
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.triage.audit_findings import audit_findings
from ecredit.judgement.triage.detect_actions import look_for_forged_trade
from ecredit.judgement.triage.models import DetectionRun, Finding
from ecredit.judgement.triage.run_folder import detection_folder
from ecredit.service.operation.job_endings import evaluated
from ecredit.surface.cli.command_evaluate import detection_lines
from tests.conftest import NOON
from tests.subjects.test_subjects_review_journey import register
from tests.triage.triage_world import send_trade, write_trade

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def trade(tmp_path_factory):
    return write_trade(tmp_path_factory.mktemp("trade"))


@pytest.fixture
def look(home, catalog):
    def run(**more):
        ring = KeyRing.load(home.keys)
        return look_for_forged_trade(
            home=home, catalog=catalog, ring=ring, as_of=NOON.date(), by=OPERATOR, at=NOON, **more
        )

    return run


def state(home) -> tuple[object, ...]:
    """Everything a run writes."""
    files = {path: path.stat().st_mtime_ns for path in home.lake.rglob("*") if path.is_file()}
    return files, JournalEntry.objects.count(), list(Finding.objects.order_by("pk").values())


def test_without_trade_nothing_is_done(home, look):
    found = look()
    assert (found.ran, found.why) == (False, "no_trade")
    assert not detection_folder(home).exists() and not JournalEntry.objects.exists()


def test_findings_and_scores_are_kept_and_nothing_is_done_twice(home, catalog, trade, look, collect):
    send_trade(home, catalog, trade)
    first = look()
    assert first.ran and first.new == first.found == first.waiting == Finding.objects.count() > 3
    assert (first.kept, first.gone, first.returned) == (0, 0, 0)
    [folder] = detection_folder(home).iterdir()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    run = DetectionRun.objects.get()
    assert (manifest["rules"], manifest["engine"], manifest["lake"]) == (run.rules, run.engine, run.lake)
    assert manifest["files"]["scores/order_scores.parquet"]["rows"] == first.rows["orders"]
    entry = JournalEntry.objects.get(verb="detection.run")
    assert json.loads(entry.detail)["manifest"] == run.manifest
    assert list(audit_findings(home)) == []

    # The rows of every finding are there, and no others.
    wanted = {(f.pk, row) for f in Finding.objects.all() for row in json.loads(f.rows)}
    orders = pq.read_table(folder / "rows" / "orders.parquet", columns=["finding_id", "order_id"])
    assert set(zip(*(column.to_pylist() for column in orders.columns), strict=True)) == wanted
    assert pq.read_metadata(folder / "rows" / "scans.parquet").num_rows > 0

    # Nothing changed: nothing is written.
    before = state(home)
    again = look()
    assert (again.ran, again.why, again.waiting) == (False, "unchanged", first.waiting)
    assert state(home) == before

    # Asked for all the same: the same findings, all kept.
    asked = look(full=True)
    assert (asked.ran, asked.new, asked.kept, asked.gone) == (True, 0, first.found, 0)
    assert len(list(detection_folder(home).iterdir())) == 1

    # Whose shop it is, once its operator is registered.
    row = Finding.objects.exclude(operator_uscc="").first()
    assert row.subject_id is None
    collect("registration", register(("常州市示范网络有限公司", row.operator_uscc, "常州市新北区通江路1号")))
    assert look().ran is False
    row.refresh_from_db()
    assert row.subject_id is not None

    # Lost scores are made again; altered ones are named.
    (folder := next(detection_folder(home).iterdir()) / "scores" / "shop_scores.parquet").write_bytes(b"x")
    assert "shop_scores" in next(audit_findings(home)).zh
    (folder.parent.parent / "manifest.json").unlink()
    assert look().ran

    # Other trade: it is looked for again.
    TradePart.objects.filter(kind="rows", batch__table="reviews").delete()
    changed = look()
    assert (changed.ran, changed.why) == (True, "changed")


def test_what_would_not_be_taken_is_told_by_name_also_when_trade_did_not_change():
    found = {"why": "unchanged", "ran": False, "waiting": 3, "posted": 1, "not_posted": ["Fodd"]}
    assert "Fodd" in detection_lines(found)[-1]
    assert "Fodd" not in "".join(detection_lines({**found, "not_posted": []}))
    result = {
        "detection": found,
        "evaluation": {"looked_at": 1, "changed": 0},
        "publicity": {"added": 0, "removed": 0, "items": 0},
        "branches": {"linked": 0},
    }
    assert all("Fodd" in said for said in evaluated(result))
