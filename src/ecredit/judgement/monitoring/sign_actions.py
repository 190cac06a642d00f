"""What people do with a draft: say something of it, and sign it, two of them; a signed report is withdrawn only by signing so."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from ecredit.facts.actors.errors import FourEyes
from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.monitoring.across_periods import find_telling
from ecredit.judgement.monitoring.document import canonical, digest_of, withdrawal_document
from ecredit.judgement.monitoring.make_actions import newest_versions, post_version, report_about
from ecredit.judgement.monitoring.models import MonitorComment, MonitorReport
from ecredit.judgement.monitoring.period_rules import read_period
from ecredit.judgement.monitoring.queries import list_published
from ecredit.judgement.monitoring.types import COMMENTED, SIGNED


def comment_report(*, report_id: int, words: str, ring: KeyRing, by: Actor, at: datetime) -> None:
    """Say something of a version; what it says of persons is masked. Raises WrongUse without words, or without a report."""
    said = redact(words.strip())
    if not said:
        raise WrongUse("请写下意见", "write what you have to say")
    with transaction.atomic():
        log = OpenLog(ring, at)
        row = get_version(report_id)
        about = report_about(row.period, row.platform, row.version)
        leaf = post_journal(log, by=by, verb=COMMENTED, about=about, detail=comment_detail(said))
        MonitorComment.objects.create(report=row, words=said, by=by.who, at=log.at, leaf=leaf)
        log.seal()


def post_signatures(
    log: OpenLog, *, reports: Mapping[str, str], asked_by: str, by: Actor
) -> Sequence[MonitorReport]:
    """Sign these versions (id → digest), in a transaction whose log is open.

    Raises WrongUse when one is signed already, is no longer the newest, is not what was asked to be signed, or would tell, with what
    was published since it was made, a figure that rests on few; and FourEyes when one person would do both.
    """
    if asked_by == by.who:
        raise FourEyes("监测报告须由另一人签发", "another person has to sign a report")
    drafts = {id: get_version(int(id)) for id in sorted(reports, key=int)}
    for id, row in drafts.items():
        check_draft(row, reports[id])
    _check_tells_nothing([*drafts.values()])
    signed = []
    for row in drafts.values():
        leaf = post_journal(
            log,
            by=by,
            verb=SIGNED,
            about=report_about(row.period, row.platform, row.version),
            detail={"digest": row.digest, "asked_by": asked_by},
        )
        row.asked_by, row.signed_by, row.signed_at, row.signed_leaf = asked_by, by.who, log.at, leaf
        row.save(update_fields=["asked_by", "signed_by", "signed_at", "signed_leaf"])
        signed.append(row)
    return signed


def _check_tells_nothing(drafts: Sequence[MonitorReport]) -> None:
    documents = [json.loads(row.document) for row in drafts if not row.withdraws]
    if not documents:
        return
    published = list_published([read_period(row.period) for row in drafts])
    telling = find_telling(documents, published)
    if telling:
        periods = "、".join(sorted({period.name for _, period in telling}))
        raise WrongUse(
            f"与生成之后公布的其他期间的报告相减，可以推算出人数很少的数字（{periods}）；请重新生成再签发",
            f"with reports published since, a figure that rests on few could be worked out from these ({periods}); make them anew, then sign",
        )


def check_draft(row: MonitorReport, digest: str) -> None:
    """Raises WrongUse unless this version may be signed as it was looked at."""
    newest = newest_versions(row.period)[row.platform]
    if row.signed_at is not None:
        raise WrongUse(
            f"{row.period} 的这份报告已经签发",
            f"this report of {row.period} is signed already",
            report=row.pk,
        )
    if newest.pk != row.pk:
        raise WrongUse(
            f"这一稿已被第 {newest.version} 稿取代，请看新稿",
            f"this draft was made anew (version {newest.version}); look at that one",
            report=newest.pk,
        )
    if not row.digest == digest == digest_of(row.document):
        raise WrongUse(
            "报告内容与提请签发时不一致，不能签发；请通知审计管理员",
            "the report is not what was asked to be signed; tell the audit administrator",
            report=row.pk,
        )


def withdraw_report(*, report_id: int, reason: str, ring: KeyRing, by: Actor, at: datetime) -> int:
    """Draft the version that says there is no such report any more, and why; it takes effect when it is signed.

    Gives its id. Raises WrongUse without a reason, and unless the report is the newest version and signed.
    """
    if not reason.strip():
        raise WrongUse("请写明撤回的理由", "say why it is withdrawn")
    with transaction.atomic():
        log = OpenLog(ring, at)
        row = get_version(report_id)
        if row.signed_at is None or row.withdraws or newest_versions(row.period)[row.platform].pk != row.pk:
            raise WrongUse(
                "只能撤回现行的、已签发的报告", "only the report that stands, and is signed, can be withdrawn"
            )
        document = withdrawal_document(
            json.loads(row.document),
            reason=redact(reason.strip()),
            made_on=timezone.localtime(log.at).date().isoformat(),
        )
        new = post_version(
            log,
            period=read_period(row.period),
            platform=row.platform,
            name=row.name,
            content=canonical(document),
            after=row,
            reason=reason,
            by=by,
            withdraws=True,
        )
        log.seal()
    return int(new.pk)


def get_version(report_id: int) -> MonitorReport:
    """One version. Raises WrongUse when there is none."""
    row = MonitorReport.objects.filter(pk=report_id).first()
    if row is None:
        raise WrongUse(f"没有编号为 {report_id} 的监测报告", f"there is no monitoring report {report_id}")
    return row


def comment_detail(words: str) -> dict[str, object]:
    """What the journal keeps of a comment: a digest, it may say something of a person."""
    return {"words": hashlib.sha256(words.encode()).hexdigest()}
