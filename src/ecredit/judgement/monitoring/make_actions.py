"""Making the reports of a period: drafts, which wait for two people; corrected only by being made again."""

import hashlib
import time
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.monitoring.count_figures import count_figures, open_asked
from ecredit.judgement.monitoring.document import (
    build_documents,
    canonical,
    digest_of,
    same_figures,
)
from ecredit.judgement.monitoring.models import MonitorReport
from ecredit.judgement.monitoring.period_rules import ReportPeriod
from ecredit.judgement.monitoring.queries import list_published
from ecredit.judgement.monitoring.types import MADE, Made


def make_reports(
    *,
    home: Home,
    catalog: Catalog,
    calendar: WorkCalendar,
    ring: KeyRing,
    period: ReportPeriod,
    by: Actor,
    at: datetime,
    reason: str = "",
) -> Made:
    """Make the report of every platform and of the city for a period that is over, as known now.

    One that says the same as the newest version is not made again. One that is signed and would now say something else is
    made anew only with a reason, as a draft beside it. Raises WrongUse before the period is over, and before the first evaluation.
    """
    if timezone.localtime(at).date() < period.ends_on:
        raise WrongUse(
            f"{period.name} 还没有结束；期满（{period.ends_on}）以后再生成",
            f"{period.name} is not over; make it from {period.ends_on} on",
        )
    if not catalog.monitoring.figures:
        raise WrongUse("目录里没有监测指标", "the catalogue has no figures to monitor by")
    began = time.perf_counter()
    with open_asked(home, catalog, calendar, period, timezone.localtime(at)) as asked:
        contents = {
            code: (document["platform"]["name"], canonical(document))
            for code, document in build_documents(
                asked, count_figures(asked), list_published(asked.periods)
            ).items()
        }
    made: list[int] = []
    signed: list[str] = []
    with transaction.atomic():
        log = OpenLog(ring, at)
        newest = newest_versions(period.name)
        for code, (name, content) in sorted(contents.items()):
            last = newest.get(code)
            if last is not None and same_figures(last.document, content):
                continue
            if last is not None and last.signed_at is not None and not reason.strip():
                signed.append(code)
                continue
            row = post_version(
                log,
                period=period,
                platform=code,
                name=name,
                content=content,
                after=last,
                reason=reason,
                by=by,
            )
            made.append(row.pk)
        log.seal()
    return Made(
        period=period.name,
        made=len(made),
        unchanged=len(contents) - len(made) - len(signed),
        signed=tuple(signed),
        reports=tuple(made),
        seconds=time.perf_counter() - began,
    )


def newest_versions(period: str) -> dict[str, MonitorReport]:
    """The newest version of each report of a period, by platform."""
    rows = MonitorReport.objects.filter(period=period).order_by("platform", "version")
    return {row.platform: row for row in rows}


def post_version(
    log: OpenLog,
    *,
    period: ReportPeriod,
    platform: str,
    name: str,
    content: str,
    after: MonitorReport | None,
    reason: str,
    by: Actor,
    withdraws: bool = False,
) -> MonitorReport:
    """Put down a version in a transaction whose log is open, with its journal row."""
    version, digest, words = (
        1 if after is None else after.version + 1,
        digest_of(content),
        redact(reason.strip()),
    )
    leaf = post_journal(
        log,
        by=by,
        verb=MADE,
        about=report_about(period.name, platform, version),
        detail=made_detail(digest, words, withdraws),
    )
    return MonitorReport.objects.create(
        period=period.name,
        platform=platform,
        name=name,
        version=version,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        document=content,
        digest=digest,
        reason=words,
        withdraws=withdraws,
        made_at=log.at,
        made_by=by.who,
        made_leaf=leaf,
    )


def report_about(period: str, platform: str, version: int) -> str:
    """As the journal names a version of a report."""
    return f"monitor:{period}/{platform or 'city'}/{version}"


def made_detail(digest: str, reason: str, withdraws: bool) -> dict[str, object]:
    """What the journal keeps of a version; of the reason a digest, it may say something of a person."""
    return {"digest": digest, "reason": hashlib.sha256(reason.encode()).hexdigest(), "withdraws": withdraws}
