"""What the public database should hold of reports on platforms, and the audit of what it does hold."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.foundation.kernel.home import Home
from ecredit.judgement.monitoring.document import public_document
from ecredit.judgement.monitoring.queries import SignedReport, signed_reports
from ecredit.service.publicity.public_reports import ReportRow
from ecredit.service.publicity.what_changed import read_last_run


def report_rows() -> Iterator[ReportRow]:
    """What the public database should hold of reports now."""
    for report in signed_reports():
        yield report.period, report.platform, report.version, _doc(report)


def _doc(report: SignedReport) -> str:
    return json.dumps(
        {
            "name": report.name,
            "digest": report.digest,
            "signed_at": report.signed_at.isoformat(),
            "ended_at": None if report.ended_at is None else report.ended_at.isoformat(),
            "withdrawn": report.withdraws,
            "document": public_document(json.loads(report.document)),
        },
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )


def audit_public_reports(home: Home) -> Iterator[AuditFinding]:
    """Signed reports that are not in the public database as they were signed, and any other there, each by its name."""
    try:
        if read_last_run(home.public_db) is None:
            return
        held = {row[:3]: row[3] for row in _held(home.public_db)}
    except sqlite3.DatabaseError:  # it is no database any more, which `audit_public` names
        return
    wanted = {row[:3]: row[3] for row in report_rows()}
    for key in sorted(wanted.keys() | held.keys()):
        name = f"{key[0]}/{key[1] or 'city'}/{key[2]}"
        if key not in held:
            zh, en = "已签发，公示库里没有", "is signed and not in the public database"
        elif key not in wanted:
            zh, en = "没有签发，却在公示库里", "is in the public database and was never signed"
        elif held[key] != wanted[key]:
            zh, en = "在公示库里被改动", "was altered in the public database"
        else:
            continue
        yield AuditFinding(
            "public_report",
            None,
            f"监测报告 {name} {zh}；执行 ecredit monitor publish 重新公布",
            f"the monitoring report {name} {en}; ecredit monitor publish puts it right",
        )


def _held(path: Path) -> list[ReportRow]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            return connection.execute("SELECT period, platform, version, doc FROM report").fetchall()
        except sqlite3.OperationalError:  # a database from before there were reports
            return []
