"""Bringing the kept findings up to a run: found again, new, not found any more, or grown since they were decided."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ecredit.foundation.catalog.triage_types import Triage
from ecredit.judgement.triage.models import DetectionRun, Finding, FindingDecision
from ecredit.judgement.triage.triage_rules import (
    document_of,
    finding_digest,
    finding_name,
    has_grown,
    rows_of,
)
from ecredit.judgement.triage.types import WAITING, ShopNote

_AT_ONCE = 200
_CHANGING = (
    "kind", "shop_name", "platform_id", "operator_uscc", "score", "log_odds", "row_count", "window_from", "window_to",
    "state", "gone", "returned", "last_run", "rows_of", "rows", "document", "digest",
)  # fmt: skip


def keep_findings(
    found: Iterable[Mapping[str, Any]], run: DetectionRun, notes: Mapping[str, ShopNote], rules: Triage
) -> Counter[str]:
    """Write what a run found over what was known, in the caller's transaction; counts `found`, `new`, `kept`, `gone`, `returned`.

    A lead keeps its name and its decision. One that is not found again is marked and stays; a decided one of which clearly
    more is suspect than when it was decided waits again.
    """
    counts: Counter[str] = Counter(dict.fromkeys(("found", "new", "kept", "gone", "returned"), 0))
    kept = {row.pk: row for row in Finding.objects.defer("rows", "document")}
    fresh: list[Finding] = []
    changed: list[Finding] = []
    for finding in found:
        name = finding_name(finding["shops"][0], victim=finding["victim"])
        row = kept.pop(name, None)
        counts["found"] += 1
        counts["new" if row is None else "kept"] += 1
        written = row or Finding(finding_id=name, state=WAITING, first_run=run)
        _write(written, finding, run, notes.get(finding["shops"][0]))
        if row is not None and row.state != WAITING and _has_grown(row, finding, rules):
            row.state, row.returned = WAITING, True
            counts["returned"] += 1
        (fresh if row is None else changed).append(written)
    lost = [name for name, row in kept.items() if not row.gone]
    counts["gone"] = len(lost)
    Finding.objects.bulk_create(fresh, batch_size=_AT_ONCE)
    Finding.objects.bulk_update(changed, _CHANGING, batch_size=_AT_ONCE)
    for start in range(0, len(lost), _AT_ONCE):
        Finding.objects.filter(pk__in=lost[start : start + _AT_ONCE]).update(gone=True)
    return counts


def _write(row: Finding, finding: Mapping[str, Any], run: DetectionRun, note: ShopNote | None) -> None:
    table, ids = rows_of(finding)
    window = [datetime.fromisoformat(at) for at in finding["window"]]
    row.kind, row.victim, row.shop_id = finding["kind"], finding["victim"], finding["shops"][0]
    row.shop_name = "" if note is None else note.name[:300]
    row.platform_id = "" if note is None else note.platform_id
    row.operator_uscc = "" if note is None else note.operator_uscc[:64]
    row.score, row.log_odds, row.row_count = finding["score"], finding["log_odds"], len(ids)
    row.window_from, row.window_to = (window[0], window[1]) if window else (None, None)
    row.gone, row.last_run = False, run
    row.rows_of, row.rows = table, json.dumps(ids, ensure_ascii=False)
    row.document = json.dumps(document_of(finding), ensure_ascii=False)
    row.digest = finding_digest(finding)


def _has_grown(row: Finding, finding: Mapping[str, Any], rules: Triage) -> bool:
    last = FindingDecision.objects.filter(finding=row).order_by("-id").first()
    if last is None:
        return False
    before = json.loads(last.rows)
    # What was decided of parcels is held against parcels, also once their orders are sent.
    parcels = not set(before).isdisjoint(finding["parcels"])
    return has_grown(rules, before, finding["parcels"] if parcels else rows_of(finding)[1])


def tie_subjects(subjects: Mapping[str, int]) -> int:
    """Tie every finding to the subject its shop is tied to now (none where it is not); returns how many changed."""
    changed = []
    for row in Finding.objects.only("pk", "shop_id", "subject_id"):
        now = subjects.get(row.shop_id)
        if row.subject_id != now:
            row.subject_id = now
            changed.append(row)
    Finding.objects.bulk_update(changed, ["subject_id"], batch_size=_AT_ONCE)
    return len(changed)
