"""The audit of reports on platforms: each version, signature and comment is the journal's, and none is missing."""

import json
from collections.abc import Iterator

from ecredit.facts.actors.audit_types import AuditFinding
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.queries import read_journal
from ecredit.judgement.monitoring.document import digest_of
from ecredit.judgement.monitoring.make_actions import made_detail, report_about
from ecredit.judgement.monitoring.models import MonitorComment, MonitorReport
from ecredit.judgement.monitoring.sign_actions import comment_detail
from ecredit.judgement.monitoring.types import COMMENTED, MADE, SIGNED


def audit_reports() -> Iterator[AuditFinding]:
    """Reports that were altered, added, removed or signed without the journal, each by its name."""
    made = {entry.leaf: entry for entry in read_journal(MADE)}
    signed = {entry.leaf: entry for entry in read_journal(SIGNED)}
    for row in MonitorReport.objects.order_by("id").iterator():
        about = report_about(row.period, row.platform, row.version)
        entry = made.pop(row.made_leaf, None)
        wanted = made_detail(row.digest, row.reason, row.withdraws)
        if (
            entry is None
            or (entry.object, entry.who, entry.at) != (about, row.made_by, row.made_at)
            or read_object(entry.detail) != wanted
        ):
            yield _finding(row.made_leaf, about, "与日志不一致", "is not what the journal says was made")
        elif digest_of(row.document) != row.digest or not _as_in_document(row):
            yield _finding(row.made_leaf, about, "的内容被改动", "was altered")
        signature = None if row.signed_leaf is None else signed.pop(row.signed_leaf, None)
        if row.signed_leaf is not None and (
            signature is None
            or (signature.object, signature.who, signature.at) != (about, row.signed_by, row.signed_at)
            or read_object(signature.detail) != {"digest": row.digest, "asked_by": row.asked_by}
        ):
            yield _finding(row.signed_leaf, about, "的签发与日志不一致", "was not signed so by the journal")
    for leaf, entry in made.items():
        yield _finding(leaf, entry.object, "不见了", "is gone")
    for leaf, entry in signed.items():
        yield _finding(leaf, entry.object, "的签发不见了", "has lost its signature")
    yield from _audit_comments()


def _as_in_document(row: MonitorReport) -> bool:
    """Whether name and period beside the document, which pages and lists show, are the document's own."""
    document = json.loads(row.document)
    platform, period = document["platform"], document["period"]
    days = (row.starts_on.isoformat(), row.ends_on.isoformat())
    return (platform["name"], period["starts_on"], period["ends_on"]) == (row.name, *days)


def _audit_comments() -> Iterator[AuditFinding]:
    said = {entry.leaf: entry for entry in read_journal(COMMENTED)}
    for row in MonitorComment.objects.select_related("report").order_by("id").iterator():
        about = report_about(row.report.period, row.report.platform, row.report.version)
        entry = said.pop(row.leaf, None)
        if (
            entry is None
            or (entry.object, entry.who) != (about, row.by)
            or read_object(entry.detail) != comment_detail(row.words)
        ):
            yield _finding(
                row.leaf, about, "的一条意见与日志不一致", "has a comment the journal does not have"
            )
    for leaf, entry in said.items():
        yield _finding(leaf, entry.object, "的一条意见不见了", "has lost a comment")


def _finding(leaf: int | None, about: str, zh: str, en: str) -> AuditFinding:
    name = about.partition(":")[2]
    return AuditFinding("monitor", leaf, f"监测报告 {name} {zh}", f"the monitoring report {name} {en}")
