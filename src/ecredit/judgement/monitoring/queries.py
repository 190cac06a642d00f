"""Reads of reports."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.monitoring.models import MonitorReport
from ecredit.judgement.monitoring.period_rules import ReportPeriod
from ecredit.judgement.monitoring.types import Comment, ReportLine


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report with its figures, and what was said of it."""

    line: ReportLine
    document: dict[str, Any]
    comments: tuple[Comment, ...]


@dataclass(frozen=True, slots=True)
class SignedReport:
    """A signed version as it is published: `ended_at` is when another took its place."""

    platform: str
    period: str
    version: int
    name: str
    digest: str
    document: str
    withdraws: bool
    signed_at: datetime
    ended_at: datetime | None


def list_reports(
    *, period: str | None = None, platform: str | None = None, every_version: bool = False
) -> list[ReportLine]:
    """Reports (of a period, on a platform), the newest period first; drafts made anew since only when every version is asked for."""
    rows = MonitorReport.objects.order_by("period", "platform", "version").defer("document")
    if platform is not None:
        rows = rows.filter(platform=platform)
    if period is not None:
        rows = rows.filter(period=period)
    lines = _lines(list(rows))
    if not every_version:
        lines = [line for line in lines if line.state != "replaced"]
    return sorted(lines, key=lambda line: (line.starts_on, line.ends_on), reverse=True)


def list_periods() -> list[str]:
    """The periods there are reports of, the newest first."""
    rows = MonitorReport.objects.order_by("-starts_on", "ends_on").values_list("period", flat=True)
    return list(dict.fromkeys(rows))


def get_report(report_id: int) -> ReportView:
    """One version. Raises WrongUse when there is none."""
    row = MonitorReport.objects.filter(pk=report_id).first()
    if row is None:
        raise WrongUse(f"没有编号为 {report_id} 的监测报告", f"there is no monitoring report {report_id}")
    beside = MonitorReport.objects.filter(period=row.period, platform=row.platform).order_by("version")
    [line] = [line for line in _lines(list(beside.defer("document"))) if line.id == row.pk]
    comments = tuple(Comment(c.words, c.by, c.at) for c in row.comments.order_by("id"))
    return ReportView(line, json.loads(row.document), comments)


def find_report(period: str, platform: str) -> ReportView | None:
    """The newest version of a report, or None."""
    row = MonitorReport.objects.filter(period=period, platform=platform).order_by("-version").first()
    return None if row is None else get_report(row.pk)


def list_documents(platform: str, *, unit: str, limit: int = 24) -> list[tuple[ReportLine, dict[str, Any]]]:
    """The newest version of each of a platform's reports on periods of one unit, the oldest first."""
    rows = list(MonitorReport.objects.filter(platform=platform).order_by("starts_on", "version"))
    documents = {row.pk: json.loads(row.document) for row in rows}
    newest = {row.period: row.pk for row in rows}
    lines = {line.id: line for line in _lines(rows)}
    found = [(lines[pk], documents[pk]) for pk in newest.values()]
    return [pair for pair in found if pair[1]["period"]["unit"] == unit][-limit:]


def signed_reports() -> Iterator[SignedReport]:
    """Every signed version, those that another took the place of included."""
    rows = list(
        MonitorReport.objects.filter(signed_at__isnull=False).order_by("period", "platform", "version")
    )
    for place, row in enumerate(rows):
        after = rows[place + 1] if place + 1 < len(rows) else None
        same = after is not None and (after.period, after.platform) == (row.period, row.platform)
        if row.signed_at is not None:
            yield SignedReport(
                row.platform, row.period, row.version, row.name, row.digest, row.document, row.withdraws, row.signed_at,
                after.signed_at if after is not None and same else None,
            )  # fmt: skip


def list_published(periods: Sequence[ReportPeriod]) -> list[dict[str, Any]]:
    """What everybody was ever told of the calendar years of these periods: every signed version, in the order they were signed."""
    first = date(min(period.starts_on for period in periods).year, 1, 1)
    last = date(max(period.starts_on for period in periods).year + 1, 1, 1)
    rows = MonitorReport.objects.filter(signed_at__isnull=False, starts_on__lt=last, ends_on__gt=first)
    return [json.loads(row.document) for row in rows.order_by("signed_leaf")]


def _lines(rows: list[MonitorReport]) -> list[ReportLine]:
    """With the state of each: it follows from the versions beside it, all of which must be among `rows`."""
    newest: dict[tuple[str, str], MonitorReport] = {}
    signed: dict[tuple[str, str], list[MonitorReport]] = {}
    for row in rows:
        key = row.period, row.platform
        if key not in newest or newest[key].version < row.version:
            newest[key] = row
        if row.signed_at is not None:
            signed.setdefault(key, []).append(row)
    lines = []
    for row in rows:
        key = row.period, row.platform
        later = [other for other in signed.get(key, ()) if other.version > row.version]
        ended_at = min((other.signed_at for other in later if other.signed_at), default=None)
        if row.signed_at is None:
            state = "draft" if newest[key].pk == row.pk else "replaced"
        elif ended_at is not None:
            state = "superseded"
        else:
            state = "withdrawn" if row.withdraws else "signed"
        lines.append(
            ReportLine(
                row.pk, row.period, row.platform, row.name, row.version, row.starts_on, row.ends_on, row.digest, row.reason,
                state, row.made_at, row.made_by, row.asked_by, row.signed_at, row.signed_by,
                ended_at if row.signed_at is not None else None,
            )
        )  # fmt: skip
    return lines
