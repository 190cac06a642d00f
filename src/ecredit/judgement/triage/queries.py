"""Reads of findings: the queue a page at a time, and one whole."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from ecredit.facts.actors.approval_queries import list_asked_about
from ecredit.judgement.triage.decide_actions import no_such_finding
from ecredit.judgement.triage.models import DetectionRun, Finding, FindingDecision
from ecredit.judgement.triage.triage_rules import STRENGTHS
from ecredit.judgement.triage.types import (
    CONFIRM,
    CONFIRMED,
    WAITING,
    ConfirmedTrade,
    DecisionView,
    FindingFilter,
    FindingLine,
    FindingView,
)

# What a finding's state may be asked for as, beside the states themselves.
ASKED: Final = "asked"
RETURNED: Final = "returned"
GONE: Final = "gone"
_SORTS: Final = {
    "score": ("-log_odds", "pk"), "rows": ("-row_count", "-log_odds", "pk"), "window": ("-window_to", "-log_odds", "pk"),
    "shop": ("-shop_name", "-shop_id", "pk"),
}  # fmt: skip


def list_findings(wanted: FindingFilter, *, limit: int, offset: int = 0) -> list[FindingLine]:
    """A page of findings, by default the strongest first."""
    order = _SORTS.get(wanted.sort, _SORTS["score"])
    if not wanted.descending:
        order = tuple(name[1:] if name.startswith("-") else name for name in order)
    rows = (
        _matching(wanted).select_related("first_run", "last_run").defer("rows", "document").order_by(*order)
    )
    return [_line(row) for row in rows[offset : offset + limit]]


def count_findings(wanted: FindingFilter) -> int:
    """How many findings there are of these."""
    return _matching(wanted).count()


def count_waiting_findings() -> int:
    """How many wait for an officer."""
    return Finding.objects.filter(state=WAITING, gone=False).count()


def count_findings_by_kind() -> dict[str, int]:
    """Kind → how many findings of the last run there are, whatever was decided of them; the commonest first."""
    kinds = (
        Finding.objects.filter(gone=False)
        .values_list("kind")
        .annotate(count=Count("pk"))
        .order_by("-count", "kind")
    )
    return {str(kind): int(count) for kind, count in kinds}


def list_kinds() -> list[str]:
    """The kinds of the findings there are."""
    return sorted(Finding.objects.values_list("kind", flat=True).distinct())


def list_platforms() -> list[str]:
    """The platforms of the findings there are."""
    return sorted(filter(None, Finding.objects.values_list("platform_id", flat=True).distinct()))


def get_finding(finding_id: str) -> FindingView:
    """One finding whole. Raises NoSuchFinding."""
    row = Finding.objects.select_related("first_run", "last_run").filter(pk=finding_id).first()
    if row is None:
        raise no_such_finding(finding_id)
    # The last run's files hold the rows of all findings, also of those that it did not find.
    latest = DetectionRun.objects.order_by("-id").first() or row.last_run
    return FindingView(
        line=_line(row),
        operator_uscc=row.operator_uscc,
        document=json.loads(row.document),
        rows_of=row.rows_of,
        digest=row.digest,
        record=row.record,
        folder=latest.folder,
        not_judged=row.last_run.not_judged,
        run_id=row.last_run.pk,
        run_at=timezone.localtime(row.last_run.at),
        decisions=_decisions(row),
    )


def list_shop_names(shop_ids: Iterable[str]) -> dict[str, str]:
    """What the shops of findings are called, by their ids; those without a name are left out."""
    rows = Finding.objects.filter(shop_id__in=set(shop_ids)).exclude(shop_name="")
    return dict(rows.values_list("shop_id", "shop_name"))


def list_to_post() -> list[str]:
    """Confirmed findings that belong into the ledger and are not there: what a shop did, tied to a subject by now.

    Also those that wait again because more came to light: what was confirmed stands.
    """
    again = Q(state=WAITING, returned=True, decisions__outcome=CONFIRMED)
    rows = Finding.objects.filter(
        Q(state=CONFIRMED) | again, victim=False, record=None, subject_id__isnull=False
    )
    return list(rows.order_by("pk").values_list("pk", flat=True).distinct())


def last_run() -> DetectionRun | None:
    """The last look for forged trade."""
    return DetectionRun.objects.order_by("-id").first()


def _matching(wanted: FindingFilter) -> QuerySet[Finding]:
    rows = Finding.objects.all()
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.platform:
        rows = rows.filter(platform_id=wanted.platform)
    if wanted.strength in STRENGTHS:
        low, high = STRENGTHS[wanted.strength]
        rows = rows.filter(score__gte=low, score__lt=high)
    if wanted.text:
        rows = rows.filter(
            Q(shop_name__icontains=wanted.text) | Q(shop_id=wanted.text) | Q(finding_id__iexact=wanted.text)
        )
    if wanted.state == ASKED:
        names = [about.partition(":")[2] for about in list_asked_about(CONFIRM)]
        # A request may outlive what it was about; then nothing waits for its answer.
        rows = rows.filter(pk__in=names, state=WAITING)
    elif wanted.state == RETURNED:
        rows = rows.filter(returned=True)
    elif wanted.state == GONE:
        rows = rows.filter(gone=True)
    elif wanted.state == WAITING:
        rows = rows.filter(state=WAITING, gone=False)
    elif wanted.state:
        rows = rows.filter(state=wanted.state)
    return rows


def _decisions(row: Finding) -> Sequence[DecisionView]:
    return [
        DecisionView(
            number=number,
            outcome=each.outcome,
            reason=each.reason,
            words=each.words,
            by=each.by,
            at=each.at,
            kind=each.kind,
            shop_name=each.shop_name,
            window_from=each.window_from,
            window_to=each.window_to,
            orders=len(json.loads(each.rows)),
            score=each.score,
        )
        for number, each in enumerate(FindingDecision.objects.filter(finding=row).order_by("id"), start=1)
    ]


def _line(row: Finding) -> FindingLine:
    return FindingLine(
        finding_id=row.pk,
        kind=row.kind,
        victim=row.victim,
        shop_id=row.shop_id,
        shop_name=row.shop_name,
        platform_id=row.platform_id,
        subject_id=row.subject_id,
        score=row.score,
        rows=row.row_count,
        window_from=None if row.window_from is None else timezone.localtime(row.window_from),
        window_to=None if row.window_to is None else timezone.localtime(row.window_to),
        state=row.state,
        gone=row.gone,
        returned=row.returned,
        first_on=timezone.localtime(row.first_run.at).date(),
        last_on=timezone.localtime(row.last_run.at).date(),
    )


def list_confirmed(*, since: datetime, until: datetime) -> list[ConfirmedTrade]:
    """Findings of forged trade whose last decision confirmed them, in a half-open period; what was done to a shop is none of its own."""
    decided = FindingDecision.objects.filter(finding__victim=False, finding__state=CONFIRMED).order_by("id")
    last = {row.finding_id: row for row in decided.select_related("finding").iterator()}
    return [
        ConfirmedTrade(
            row.finding.shop_id,
            tuple(json.loads(row.rows)) if row.finding.rows_of == "orders" else (),
            row.at,
        )
        for row in last.values()
        if row.outcome == CONFIRMED and since <= row.at < until
    ]


def list_waiting_shops() -> list[str]:
    """The shop of every finding that waits, once for each."""
    rows = Finding.objects.filter(state=WAITING, gone=False, victim=False)
    return list(rows.order_by("finding_id").values_list("shop_id", flat=True))
