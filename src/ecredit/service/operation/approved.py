"""Four eyes, from asking to doing: what each act is, tried before it is asked for, done when another person agrees.

A request is tried whole and rolled back before it is put down, so that a fault is told to the one who asks, not to the one
who agrees. Agreement and act share one transaction and one log: both happen or neither.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction

from ecredit.facts.actors.approval_actions import ask_approval, post_decision
from ecredit.facts.actors.approval_queries import get_approval
from ecredit.facts.actors.errors import AskerWithoutRight, FourEyes
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import Approval
from ecredit.facts.actors.queries import find_account_of
from ecredit.facts.actors.rights import Account, allow, may
from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.facts.collection.correct_actions import post_correction
from ecredit.facts.collection.release_actions import find_posted, post_release, post_waiting_undo
from ecredit.facts.collection.withdraw_actions import post_batch_withdrawal
from ecredit.facts.records.post_actions import current_entry, withdraw_document
from ecredit.facts.subjects.merge_actions import post_merge, post_split
from ecredit.facts.subjects.review_types import ReviewView
from ecredit.foundation.catalog.load_roles import MUST_WAIT
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.judgement.disclosure.handle_actions import post_confirmation
from ecredit.judgement.disclosure.types import CONFIRM as CONFIRM_GAP
from ecredit.judgement.evaluation.draft_actions import post_adoption
from ecredit.judgement.evaluation.version_types import ADOPT as ADOPT_MODEL
from ecredit.judgement.monitoring.sign_actions import post_signatures
from ecredit.judgement.monitoring.types import SIGNED
from ecredit.judgement.triage.decide_actions import check_seen, get_reason, post_finding_decision
from ecredit.judgement.triage.queries import get_finding
from ecredit.judgement.triage.teach_actions import ADOPT, post_weights
from ecredit.judgement.triage.types import CONFIRM
from ecredit.service.commitments.types import DECIDE, UNDO
from ecredit.service.operation.case_guards import check_batch_free, check_entry_free, check_not_by_hand
from ecredit.service.operation.commitment_records import post_breach_decision, post_breach_undo
from ecredit.service.operation.finding_records import post_record_of
from ecredit.service.operation.job_actions import start_job
from ecredit.service.operation.platform import Platform
from ecredit.service.publicity.report_actions import publish_reports
from ecredit.service.publicity.take_down_actions import take_down
from ecredit.service.telling.publish_actions import check_looked, post_agreement, publish_due
from ecredit.service.telling.standing import get_kind
from ecredit.service.telling.story_rows import get_story, story_about
from ecredit.service.telling.types import AGREED
from ecredit.service.telling.write_actions import check_role

# After these the public page would show what was, until the evaluation of the night.
# How long one may take one's own answer back alone.
_SLIP: Final = timedelta(minutes=10)
# Among what an act takes: who agreed to it.
_AGREED: Final = "_agreed"
_RENEWS = frozenset({"record.correct", "subject.merge", "subject.split", ADOPT_MODEL, DECIDE, UNDO})
# Where somebody acts who is named at the console.
CONSOLE: Final = "console/operator"
# How the right of an act reads that another agreed to.
_APPROVAL: Final = re.compile(r" approval/(\d+)$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: the permission it needs, the object, and what it takes. `params` hold nothing personal."""

    verb: str
    about: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of a wish: the number of the request that waits for another person, or what was done at once."""

    asked: int | None = None
    outcome: str = ""


def correction(platform: Platform, *, leaf: int, changes: Mapping[str, str]) -> Request:
    """A correction of the entry `leaf`. The new values may be personal: they are sealed until another agrees."""
    sealed = platform.sealer.seal(_seal_of(leaf), json.dumps(dict(changes), ensure_ascii=False))
    return Request(
        "record.correct", f"entry:{leaf}", {"leaf": leaf, "columns": sorted(changes), "sealed": sealed}
    )


def withdrawal(*, leaf: int) -> Request:
    """A withdrawal of the document of which `leaf` is the current entry."""
    return Request("record.withdraw", f"entry:{leaf}", {"leaf": leaf})


def undoing(platform: Platform, view: ReviewView, *, by: Actor, at: datetime) -> Request | None:
    """What taking an answer of the review queue back has to ask for; None when its officer may do it alone.

    An adverse record that everybody may see is not made to disappear by one person, but for a slip of the hand: one's own
    answer of the last minutes. Raises WrongUse while a case holds it.
    """
    leaf, source = find_posted(view.held_row_id), platform.catalog.sources[view.source_id]
    check_entry_free(leaf)
    if leaf is None or source.tone != "bad" or source.publicity == "none":
        return None
    if view.decided_by == by.who and view.decided_at is not None and at - view.decided_at < _SLIP:
        return None
    return Request("record.withdraw", f"entry:{leaf}", {"leaf": leaf, "review": view.id})


def batch_withdrawal(*, batch_id: int) -> Request:
    """Taking a whole batch back."""
    return Request("batch.withdraw", f"batch:{batch_id}", {"batch": batch_id})


def release(*, batch_id: int, line: int) -> Request:
    """Letting in a row that waits because of what became of its document."""
    return Request("held.release", f"held:{batch_id}:{line}", {"batch": batch_id, "line": line})


def merger(*, subject_id: int, other_id: int, despite_codes: bool = False) -> Request:
    """Saying that two subjects are one."""
    first, second = sorted((subject_id, other_id))
    params = {"subject": first, "other": second, "despite_codes": despite_codes}
    return Request("subject.merge", f"subject:{first}+{second}", params)


def splitting(*, subject_id: int) -> Request:
    """Saying that a subject merged into another is one of its own."""
    return Request("subject.split", f"subject:{subject_id}", {"subject": subject_id})


def confirmation(*, finding_id: str, digest: str, reason: str) -> Request:
    """Confirming a finding, on the evidence of this digest, for a reason of the catalogue."""
    return Request(
        CONFIRM, f"finding:{finding_id}", {"finding": finding_id, "evidence": digest, "reason": reason}
    )


def adoption(*, after: int, factors: Mapping[str, float]) -> Request:
    """Putting factors of flags in force after the version `after`."""
    return Request(ADOPT, f"weights:{after + 1}", {"after": after, "factors": dict(sorted(factors.items()))})


def signature(*, period: str, reports: Mapping[int, str]) -> Request:
    """Signing these versions (id → digest) of a period's reports on platforms. Alone or together, each period once at a time."""
    digests = {str(id): digest for id, digest in sorted(reports.items())}
    return Request(SIGNED, f"monitor:{period}", {"reports": digests})


def gap_decision(*, number: int, act: str, digest: str) -> Request:
    """Confirming a gap of disclosure, or taking that back, on what it says (its digest)."""
    return Request(CONFIRM_GAP, f"gap:{number}", {"gap": number, "act": act, "digest": digest})


def model_adoption(*, model_id: str, number: int, from_on: date, trial: str) -> Request:
    """Putting a version of a grade model in force from a day, on the dry run of this digest."""
    params = {"model": model_id, "number": number, "from": from_on.isoformat(), "trial": trial}
    return Request(ADOPT_MODEL, f"model:{model_id}/{number}", params)


def breach_decision(*, case: int, digest: str, outcome: str, breach_on: date | None) -> Request:
    """Finding in a case that a commitment was broken (`breach`, on a day) or was not (`clear`), on what this digest is of."""
    params = {
        "case": case,
        "digest": digest,
        "outcome": outcome,
        "breach_on": "" if breach_on is None else breach_on.isoformat(),
    }
    return Request(DECIDE, f"breach:{case}", params)


def breach_undoing(*, case: int, digest: str) -> Request:
    """Taking back that a commitment was found broken."""
    return Request(UNDO, f"breach:{case}", {"case": case, "digest": digest})


def telling(
    *, number: int, version: int, digest: str, from_at: datetime | None = None, until_on: date | None = None
) -> Request:
    """Showing a version of an article from an instant (None: when it is agreed to) until a day (None: as its kind says)."""
    params = {
        "story": number,
        "version": version,
        "digest": digest,
        "from": "" if from_at is None else from_at.isoformat(),
        "until": "" if until_on is None else until_on.isoformat(),
    }
    return Request(AGREED, story_about(number), params)


def confirming_words(platform: Platform, *, reason: str, words: str) -> str:
    """What a confirmation's request says: the reason, and what the officer adds. Raises WrongUse as `get_reason`."""
    known = get_reason(platform.catalog.triage.confirm, reason, words)
    return f"{known.zh}：{words.strip()}" if words.strip() else known.zh


def carry_out(platform: Platform, request: Request, *, reason: str, by: Actor, at: datetime) -> Carried:
    """Do it, or ask another person for it: what the catalogue says of the act (`four_eyes`). Raises what doing it raises."""
    if platform.catalog.permissions[request.verb].four_eyes or request.verb in MUST_WAIT:
        return Carried(asked=ask(platform, request, reason=reason, by=by, at=at))
    if not reason.strip():
        raise WrongUse("请写明理由", "say why")
    with transaction.atomic():
        log = OpenLog(platform.ring, at)
        outcome = _act_of(request.verb)(platform, log, request.params, reason, by)
        log.seal()
        publish_soon(platform, request.verb, by=by, at=at)
    take_down(home=platform.home, ring=platform.ring, by=by, at=at)
    return Carried(outcome=outcome)


def publish_soon(platform: Platform, verb: str, *, by: Actor, at: datetime) -> int | None:
    """Put an evaluation into the queue when the act changes what is public of somebody without taking it down; its job."""
    if verb not in _RENEWS:
        return None
    return start_job(kind="evaluate", params={}, ring=platform.ring, by=by, at=at)


def ask(platform: Platform, request: Request, *, reason: str, by: Actor, at: datetime) -> int:
    """Put a request down for another person; gives its number. Raises what doing it would raise, and as `ask_approval`."""
    if not reason.strip():
        raise WrongUse("请写明理由", "say why")
    with transaction.atomic():
        _check_looked(request.verb, request.params, by)
        # Tried and taken back: the log opened here is never sealed.
        _act_of(request.verb)(platform, OpenLog(platform.ring, at), request.params, reason, by)
        transaction.set_rollback(True)
    asked = ask_approval(
        verb=request.verb,
        about=request.about,
        params=request.params,
        reason=reason,
        ring=platform.ring,
        by=by,
        at=at,
    )
    return int(asked.pk)


def decide(
    platform: Platform, *, approval_id: int, agree: bool, note: str, account: Account, at: datetime
) -> str:
    """Agree and do it, or refuse; gives what came of it (`entry:12`, "" for a refusal).

    One may agree only to what one might do oneself, and to what who asked may still do. Raises NotAllowed, FourEyes,
    AskerWithoutRight, ApprovalChanged, and what the act raises (then nothing is decided: the request goes on waiting and
    can be refused).
    """
    by = allow(platform.catalog, account, "approval.decide")
    with transaction.atomic():
        log = OpenLog(platform.ring, at)
        asked = post_decision(log, approval_id=approval_id, agree=agree, note=note, by=by)
        outcome = ""
        if agree:
            agreed = allow(platform.catalog, account, asked.verb)
            _check_may_agree(platform, asked, account)
            _check_asker(platform, asked)
            _check_not_one_console(asked, by)
            _check_looked(asked.verb, asked.params, by)
            asker = Actor(asked.asked_by, f"{asked.asked_right} approval/{asked.pk}"[:64])
            params = {**asked.params, _AGREED: agreed}
            outcome = _act_of(asked.verb)(platform, log, params, asked.reason, asker)
            publish_soon(platform, asked.verb, by=by, at=at)
        log.seal()
    if agree:
        take_down(home=platform.home, ring=platform.ring, by=by, at=at)
        if asked.verb in (SIGNED, CONFIRM_GAP):
            publish_reports(home=platform.home, ring=platform.ring, by=by, at=at)
        if asked.verb == AGREED:
            publish_due(catalog=platform.catalog, home=platform.home, ring=platform.ring, by=by, at=at)
    return outcome


def _check_looked(verb: str, params: Mapping[str, Any], by: Actor) -> None:
    """Both people who confirm a finding have had its evidence on their screens, and both who publish an article its pictures."""
    if verb == CONFIRM:
        check_seen(params["finding"], who=by.who)
    if verb == AGREED:
        check_looked(number=params["story"], version=params["version"], who=by.who)


def _check_may_agree(platform: Platform, asked: Approval, account: Account) -> None:
    """Who may agree to an article is said of its kind."""
    if asked.verb == AGREED:
        kind = get_kind(platform.catalog, get_story(asked.params["story"]).kind)
        check_role(kind, kind.approve, [seat.role for seat in account.seats])


def _check_not_one_console(asked: Approval, by: Actor) -> None:
    """Whoever sits at the console can name anybody: two names typed there are not two people."""
    here = CONSOLE in asked.asked_right or asked.asked_right == OPERATOR.right
    if asked.verb in MUST_WAIT and here and CONSOLE in by.right:
        raise FourEyes(
            "这项操作是在控制台提出的，须由另一人在工作台登录后复核",
            "this was asked for at the console; another person has to sign in at the desk and agree there",
        )


def _check_asker(platform: Platform, asked: Approval) -> None:
    """Who asked may have left, or lost the role, since; the console's operator may always ask."""
    if (asked.asked_by, asked.asked_right) == (OPERATOR.who, OPERATOR.right):
        return
    asker = find_account_of(asked.asked_by, where=f"approval/{asked.pk}", on=platform.today)
    if asker is None or not may(platform.catalog, asker, asked.verb):
        raise AskerWithoutRight(
            "提出人已不再有这项操作的权限，不能同意；由有权限的人重新提出",
            "who asked may no longer do this, so it cannot be agreed to; somebody who may has to ask anew",
            approval=asked.pk,
        )


def read_changes(platform: Platform, approval_id: int) -> dict[str, str]:
    """The new values that a correction asks for, by column code. Personal data may be among them."""
    params = get_approval(approval_id).params
    changes: dict[str, str] = json.loads(platform.sealer.unseal(_seal_of(params["leaf"]), params["sealed"]))
    return changes


def _seal_of(leaf: int) -> str:
    return f"approval/entry/{leaf}"


_Act = Callable[[Platform, OpenLog, Mapping[str, Any], str, Actor], str]


def _act_of(verb: str) -> _Act:
    act = _ACTS.get(verb)
    if act is None:
        raise WrongUse(f"没有可复核的操作 {verb}", f"nothing called {verb} is done on agreement")
    return act


def _correct(platform: Platform, log: OpenLog, params: Mapping[str, Any], reason: str, by: Actor) -> str:
    changes = json.loads(platform.sealer.unseal(_seal_of(params["leaf"]), params["sealed"]))
    check_not_by_hand(current_entry(params["leaf"]), changes)
    done = post_correction(
        platform.collector, log, leaf=params["leaf"], changes=changes, reason=reason, by=by
    )
    return f"entry:{done.leaf}"


def _withdraw(platform: Platform, log: OpenLog, params: Mapping[str, Any], reason: str, by: Actor) -> str:
    check_entry_free(params["leaf"])
    if "review" in params:
        where = {"item_id": params["review"], "leaf": params["leaf"]}
        post_waiting_undo(platform.collector, log, **where, note=reason, by=by)
        return f"review:{params['review']}"
    edition = platform.catalog.edition
    new = withdraw_document(leaf=params["leaf"], reason=reason, log=log, by=by, edition=edition)
    return f"entry:{new}"


def _withdraw_batch(
    platform: Platform, log: OpenLog, params: Mapping[str, Any], reason: str, by: Actor
) -> str:
    check_batch_free(params["batch"])
    post_batch_withdrawal(platform.collector, log, batch_id=params["batch"], reason=reason, by=by)
    return f"batch:{params['batch']}"


def _release(platform: Platform, log: OpenLog, params: Mapping[str, Any], reason: str, by: Actor) -> str:
    where = {"batch_id": params["batch"], "line": params["line"]}
    new = post_release(platform.collector, log, **where, reason=reason, by=by)
    # Under which document it goes in is known once it is read again.
    check_entry_free(new)
    return "" if new is None else f"entry:{new}"


def _merge(platform: Platform, log: OpenLog, params: Mapping[str, Any], reason: str, by: Actor) -> str:  # noqa: ARG001
    merged = post_merge(
        log,
        subject_id=params["subject"],
        other_id=params["other"],
        reason=reason,
        despite_codes=params["despite_codes"],
        by=by,
    )
    return f"subject:{merged.survivor_id}"


def _split(platform: Platform, log: OpenLog, params: Mapping[str, Any], reason: str, by: Actor) -> str:  # noqa: ARG001
    post_split(log, subject_id=params["subject"], reason=reason, by=by)
    return f"subject:{params['subject']}"


def _confirm(platform: Platform, log: OpenLog, params: Mapping[str, Any], reason: str, by: Actor) -> str:
    known = platform.catalog.triage.confirm.get(params["reason"])
    words = reason if known is None else reason.removeprefix(known.zh).removeprefix("：")
    post_finding_decision(
        log,
        finding_id=params["finding"],
        digest=params["evidence"],
        verb=CONFIRM,
        reason=params["reason"],
        words=words,
        rules=platform.catalog.triage,
        by=by,
    )
    post_record_of(platform, get_finding(params["finding"]), log=log, by=by)
    return f"finding:{params['finding']}"


def _adopt(platform: Platform, log: OpenLog, params: Mapping[str, Any], reason: str, by: Actor) -> str:
    rules = platform.catalog.triage.teaching
    version = post_weights(
        log, after=params["after"], factors=params["factors"], rules=rules, reason=reason, by=by
    )
    return f"weights:{version}"


def _sign(platform: Platform, log: OpenLog, params: Mapping[str, Any], reason: str, by: Actor) -> str:  # noqa: ARG001
    # While it is only tried nobody has agreed yet: anybody but who asks stands for them.
    agreed: Actor = params.get(_AGREED, Actor("?", by.right))
    post_signatures(log, reports=params["reports"], asked_by=by.who, by=agreed)
    return "monitor:signed"


def _tell(platform: Platform, log: OpenLog, params: Mapping[str, Any], reason: str, by: Actor) -> str:  # noqa: ARG001
    agreed: Actor = params.get(_AGREED, Actor("?", by.right))
    post_agreement(
        log,
        catalog=platform.catalog,
        sealer=platform.sealer,
        number=params["story"],
        version=params["version"],
        digest=params["digest"],
        from_at=datetime.fromisoformat(params["from"]) if params["from"] else None,
        until_on=date.fromisoformat(params["until"]) if params["until"] else None,
        asked_by=by.who,
        by=agreed,
    )
    return story_about(params["story"])


def _adopt_model(platform: Platform, log: OpenLog, params: Mapping[str, Any], reason: str, by: Actor) -> str:
    agreed = _APPROVAL.search(by.right)
    name = post_adoption(
        log,
        catalog=platform.catalog,
        model_id=params["model"],
        number=params["number"],
        from_on=date.fromisoformat(params["from"]),
        trial=params["trial"],
        reason=reason,
        approval=None if agreed is None else int(agreed[1]),
        by=by,
    )
    return f"model:{name}"


def _confirm_gap(platform: Platform, log: OpenLog, params: Mapping[str, Any], reason: str, by: Actor) -> str:  # noqa: ARG001
    number: int = params["gap"]
    post_confirmation(log, number=number, act=params["act"], digest=params["digest"], words=reason, by=by)
    return f"gap:{number}"


_ACTS: Mapping[str, _Act] = {
    DECIDE: post_breach_decision,
    UNDO: post_breach_undo,
    AGREED: _tell,
    CONFIRM_GAP: _confirm_gap,
    ADOPT_MODEL: _adopt_model,
    SIGNED: _sign,
    ADOPT: _adopt,
    CONFIRM: _confirm,
    "record.correct": _correct,
    "record.withdraw": _withdraw,
    "batch.withdraw": _withdraw_batch,
    "held.release": _release,
    "subject.merge": _merge,
    "subject.split": _split,
}
