"""The audit of back-tests: each stands as it was run, and the journal says so."""

import hashlib
from collections.abc import Iterator

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.queries import read_journal
from ecredit.judgement.evaluation.backtest_actions import BACKTESTED
from ecredit.judgement.evaluation.backtest_models import BacktestRun


def audit_backtests() -> Iterator[AuditFinding]:
    """Back-tests that were altered, added or removed since the journal bound them."""
    said = {
        entry.object: (entry.leaf, str(read_object(entry.detail).get("report_digest")))
        for entry in read_journal(BACKTESTED)
    }
    for row in BacktestRun.objects.order_by("id").iterator():
        leaf, digest = said.pop(f"backtest:{row.id}", (None, ""))
        made = hashlib.sha256(row.document.encode()).hexdigest()
        if digest == "":
            yield _finding(
                leaf, f"日志里没有第 {row.id} 次回测", f"the journal knows of no back-test {row.id}"
            )
        elif made != digest or row.digest != digest:
            yield _finding(
                leaf, f"第 {row.id} 次回测的结果被改动", f"the figures of back-test {row.id} were altered"
            )
    for name, (leaf, _) in said.items():
        number = name.partition(":")[2]
        yield _finding(leaf, f"第 {number} 次回测不见了", f"back-test {number} is gone")


def _finding(leaf: int | None, zh: str, en: str) -> AuditFinding:
    return AuditFinding("backtest", leaf, zh, en)
