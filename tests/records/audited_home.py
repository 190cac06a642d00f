"""A home for the audit's tests: collected, reviewed, corrected, graded and published, and one way to audit all of it."""

from collections.abc import Callable

import pytest
from django.db import connection

from ecredit.facts.actors.queries import log_origin
from ecredit.foundation.proof.checkpoint import verifier_key
from ecredit.service.operation.whole_audit import audit_home

PENALTY = "dual_publicity_penalty"
Named = list[str]


@pytest.fixture
def audit(collector, db) -> Callable[..., Named]:
    """audit(against) → the findings' kinds and English sentences, as `kind: sentence`."""
    key = collector.home.public_key

    def run(against: str | None = None) -> Named:
        verifier = verifier_key(log_origin(), collector.ring.log_key)
        if not key.exists():
            key.write_text(verifier)
        report = audit_home(
            collector.home,
            catalog=collector.catalog,
            verifier=verifier,
            sealer=collector.sealer,
            against=against,
        )
        assert all(finding.zh for finding in report.findings)
        return [f"{finding.code}: {finding.en}" for finding in report.findings]

    return run


def tamper(sql: str, *values: object) -> None:
    """One statement behind the log's back; it must have hit something."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values) or None)
        assert cursor.rowcount


def register(*firms: tuple[str, str, str]) -> str:
    """Rows of the register: name, code, address."""
    head = "企业名称,统一社会信用代码,成立日期,住所,法定代表人,登记状态\r\n"
    return head + "".join(f"{name},{code},2019-03-01,{place},王某,存续\r\n" for name, code, place in firms)
