"""Deciding a finding: confirmed or dismissed, with a reason of the catalogue."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from ecredit.facts.actors.approval_queries import list_waiting_about
from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.journal_queries import has_seen
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.catalog.triage_types import DecisionReason, Triage
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.masking import redact
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.triage.errors import FindingChanged, NoSuchFinding
from ecredit.judgement.triage.models import Finding, FindingDecision
from ecredit.judgement.triage.teaching_rules import SPEAKS
from ecredit.judgement.triage.types import CONFIRM, CONFIRMED, DISMISS, OUTCOMES, READ, WAITING

_LONGEST = 500


def get_reason(reasons: Mapping[str, DecisionReason], reason: str, words: str) -> DecisionReason:
    """The reason of that id. Raises WrongUse when there is none, or it has to be put in words and is not."""
    found = reasons.get(reason)
    if found is None:
        raise WrongUse("请选择理由", "choose a reason")
    if found.words and not words.strip():
        raise WrongUse(f"理由是“{found.zh}”时，请写明情况", f"with the reason '{found.en}', say what it is")
    return found


def dismiss_finding(
    *,
    finding_id: str,
    digest: str,
    reason: str,
    words: str,
    rules: Triage,
    ring: KeyRing,
    by: Actor,
    at: datetime,
) -> None:
    """Dismiss a finding; see `post_finding_decision`. Raises FindingChanged also while another person is asked to confirm it,
    when two people confirmed it before, and when `by` has not opened its evidence."""
    with transaction.atomic():
        log = OpenLog(ring, at)
        # Asking opens the log too, so nobody asks between this look and the decision.
        _check_not_asked(finding_id)
        _check_never_confirmed(finding_id)
        check_seen(finding_id, who=by.who)
        post_finding_decision(
            log,
            finding_id=finding_id,
            digest=digest,
            verb=DISMISS,
            reason=reason,
            words=words,
            rules=rules,
            by=by,
        )
        log.seal()


def post_finding_decision(
    log: OpenLog,
    *,
    finding_id: str,
    digest: str,
    verb: str,
    reason: str,
    words: str,
    rules: Triage,
    by: Actor,
) -> Finding:
    """Decide a finding that waits, by the verb `finding.confirm` or `finding.dismiss`, in a transaction whose log is open.

    `digest` is of the evidence that was looked at. Raises NoSuchFinding; FindingChanged when the evidence is another by now, or
    the finding is decided already; WrongUse as `get_reason`.
    """
    row = Finding.objects.filter(pk=finding_id).first()
    if row is None:
        raise no_such_finding(finding_id)
    if row.state != WAITING:
        raise FindingChanged("这条线索已经处理过了", "this finding was decided already", finding=finding_id)
    if row.digest != digest:
        raise FindingChanged(
            "线索的证据在查看之后有变化，请重新查看后再处理",
            "the evidence has changed since it was looked at; look again, then decide",
            finding=finding_id,
        )
    known = get_reason(rules.confirm if verb == CONFIRM else rules.dismiss, reason, words)
    said = redact(words.strip()[:_LONGEST])
    leaf = post_journal(
        log,
        by=by,
        verb=verb,
        about=f"finding:{finding_id}",
        detail=decision_detail(known.id, said, row.digest),
    )
    FindingDecision.objects.create(
        finding=row,
        outcome=OUTCOMES[verb],
        reason=known.id,
        words=said,
        by=by.who,
        at=log.at,
        leaf=leaf,
        kind=row.kind,
        shop_name=row.shop_name,
        window_from=row.window_from,
        window_to=row.window_to,
        score=row.score,
        rows=row.rows,
        digest=row.digest,
        flags=_speaking(row),
    )
    row.state, row.returned = OUTCOMES[verb], False
    # A confirmation after more came to light puts down the document's next version.
    row.record = None if row.state == CONFIRMED else row.record
    row.save(update_fields=["state", "returned", "record"])
    return row


def check_seen(finding_id: str, *, who: str) -> None:
    """Nobody decides on evidence that was not on the own screen. Raises FindingChanged; NoSuchFinding."""
    row = Finding.objects.filter(pk=finding_id).first()
    if row is None:
        raise no_such_finding(finding_id)
    if not has_seen(who=who, verb=READ, about=f"finding:{finding_id}", seen=row.digest):
        raise FindingChanged(
            "您还没有打开过这条线索现在的证据；请先打开线索页查看，再作决定",
            "you have not opened the evidence of this finding as it is now; open its page, look at it, then decide",
            finding=finding_id,
        )


def _check_not_asked(finding_id: str) -> None:
    """Agreeing to what was dismissed meanwhile would fail, and its request would wait for nothing."""
    about = f"finding:{finding_id}"
    asked = list_waiting_about([about]).get(about)
    if asked is not None:
        raise FindingChanged(
            f"这条线索已提请确认，正等待复核（第 {asked.id} 号）；请先由另一人退回，或由提请人撤回，再排除",
            f"another person is asked to confirm this finding (request {asked.id}); have it refused or taken back, then dismiss",
            finding=finding_id,
            approval=asked.id,
        )


def _check_never_confirmed(finding_id: str) -> None:
    """What two people said one alone does not take back, also when it waits again because more came to light."""
    if FindingDecision.objects.filter(finding_id=finding_id, outcome=CONFIRMED).exists():
        raise FindingChanged(
            "这条线索曾由两人确认，不能由一人排除；已入账的记录有误的，请在记录页提请撤销（须另一人同意），线索的确认结果保留",
            "two people confirmed this finding, one alone cannot dismiss it; if its record is wrong, ask on the record's page that "
            "it be withdrawn (another person agrees); the finding stays confirmed",
            finding=finding_id,
        )


def _speaking(row: Finding) -> list[str]:
    """The flags that carry weight in the evidence; ties and what is left over are none."""
    return sorted(
        piece["flag"]
        for piece in json.loads(row.document)["evidence"]
        if piece["contribution"] >= SPEAKS and piece["family"] not in ("tie", "rest")
    )


def decision_detail(reason: str, words: str, digest: str) -> dict[str, object]:
    """What the journal keeps of a decision; of the words a digest, they may say something of a person."""
    return {"reason": reason, "words": hashlib.sha256(words.encode()).hexdigest(), "evidence": digest}


def no_such_finding(finding_id: str) -> NoSuchFinding:
    """The error for a name that no finding has."""
    return NoSuchFinding(
        f"没有编号为 {finding_id} 的线索", f"there is no finding {finding_id}", finding=finding_id
    )
