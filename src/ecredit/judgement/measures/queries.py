"""Reads of warnings: the inbox a page at a time, one whole, and how each rule does."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.db.models import Count, QuerySet
from django.utils import timezone

from ecredit.facts.actors.queries import find_account_of
from ecredit.judgement.measures.errors import NoSuchWarning
from ecredit.judgement.measures.models import EarlyWarning, WarningAddressee, WarningEvent, WarningRun
from ecredit.judgement.measures.types import (
    LIVE,
    Act,
    AddresseeView,
    EventView,
    Kept,
    RuleFigures,
    State,
    WarningFilter,
    WarningLine,
    WarningView,
)
from ecredit.judgement.measures.warning_rules import wilson

# What a warning's state may be asked for as, beside the states themselves: those that wait for an answer, and of them the late.
WAITING: Final = "waiting"
OVERDUE: Final = "overdue"
# Those somebody has something to do about, and all of them.
PENDING: Final = "pending"
EVERY: Final = "all"
# Told of every warning by their office; any other one who is told learns of no third.
_OFFICES: Final = frozenset({"department", "above"})
_SORTS: Final = {
    "due": ("due_on", "id"), "opened": ("opened_on", "id"), "rule": ("rule", "due_on", "id"), "id": ("id",),
}  # fmt: skip


def read_kept() -> dict[str, Kept]:
    """Every warning as it stands, by key, without what is shown of it. One query."""
    rows = EarlyWarning.objects.values_list(
        "id", "key", "state", "holds", "gravity", "due_on", "escalates_on", "facts"
    )
    return {
        key: Kept(id, key, State(state), holds, gravity, due_on, escalates_on, frozenset(json.loads(facts)))
        for id, key, state, holds, gravity, due_on, escalates_on, facts in rows.iterator()
    }


def count_live(organisations: Iterable[str] | None = None) -> int:
    """How many wait for an answer (that one of these organisations owes)."""
    if organisations is None:
        return EarlyWarning.objects.filter(state__in=LIVE).count()
    mine = WarningAddressee.objects.filter(organisation__in=set(organisations), answers=True, answered=False)
    return mine.filter(warning__state__in=LIVE).values("warning").distinct().count()


def count_answered() -> int:
    """How many answers wait for an officer."""
    return EarlyWarning.objects.filter(state=State.ANSWERED).count()


def last_warning_run() -> WarningRun | None:
    """The last look at all rules."""
    return WarningRun.objects.order_by("-id").first()


def list_warnings(wanted: WarningFilter, on: date, *, limit: int, offset: int = 0) -> list[WarningLine]:
    """A page of warnings, by default those due first; organisations see of who was told only themselves and offices."""
    order = _SORTS.get(wanted.sort, _SORTS["due"])
    if wanted.descending:
        order = tuple(f"-{name}" for name in order)
    rows = _matching(wanted, on).order_by(*order)[offset : offset + limit]
    return _lines(list(rows), wanted.organisations)


def count_warnings(wanted: WarningFilter, on: date) -> int:
    """How many warnings there are of these."""
    return _matching(wanted, on).count()


def get_warning(number: int, organisations: Iterable[str] | None = None) -> WarningView:
    """One warning whole. Raises NoSuchWarning when there is none, or it was not told to one of these organisations.

    With `organisations` it is as these may see it: what others answered is no business of theirs, nor who of them did.
    """
    mine = None if organisations is None else frozenset(organisations)
    rows = _matching(WarningFilter(mine), date.min)
    row = rows.filter(pk=number).first()
    if row is None:
        raise no_such_warning(number)
    rows_of = list(WarningEvent.objects.filter(warning=row).order_by("id"))
    ours = {who: mine is None or _is_of(who, mine) for who in {event.by for event in rows_of}}
    events = [
        EventView(
            act=Act(event.act),
            state=State(event.state),
            by=event.by if ours[event.by] else "",
            at=timezone.localtime(event.at),
            reason=event.reason,
            words=event.words if ours[event.by] or event.act not in _TOLD_BY_THEM else "",
            why=json.loads(event.document)["why"] if event.document else None,
            organisations=[one for one in event.organisations if mine is None or one in mine],
        )
        for event in rows_of
    ]
    return WarningView(_lines([row], mine)[0], events)


_TOLD_BY_THEM: Final = frozenset({Act.ACKNOWLEDGE, Act.ANSWER})


def _is_of(who: str, organisations: frozenset[str]) -> bool:
    """Whether one whom the log names speaks for one of these: a person with a seat there, or its key."""
    if who in organisations:
        return True
    account = find_account_of(who, where="", on=timezone.localdate())
    return account is not None and any(seat.organisation in organisations for seat in account.seats)


def list_opened(run_id: int) -> dict[str, list[WarningLine]]:
    """What a run opened, or opened again, by the organisations from whom it expects an answer."""
    events = WarningEvent.objects.filter(run=run_id, act__in=(Act.OPEN, Act.REOPEN)).values("warning")
    found: dict[str, list[WarningLine]] = defaultdict(list)
    for line in _lines(list(EarlyWarning.objects.filter(pk__in=events).order_by("due_on", "id"))):
        for one in line.addressees:
            if one.answers:
                found[one.organisation].append(line)
    return found


def list_rule_figures(rules: Iterable[str]) -> list[RuleFigures]:
    """How these rules do, and any other that ever warned. Two queries."""
    states = _counted(EarlyWarning.objects.values_list("rule", "state").annotate(n=Count("id")))
    acts = _counted(WarningEvent.objects.values_list("warning__rule", "act").annotate(n=Count("id")))
    listed = [*rules]
    listed += sorted(({rule for rule, _ in states}) - set(listed))
    return [_figures(rule, states, acts) for rule in listed]


def no_such_warning(number: int) -> NoSuchWarning:
    """The error for a number that no warning has, or none that may be seen."""
    return NoSuchWarning(f"没有第 {number} 号预警", f"there is no warning {number}", warning=number)


def _counted(rows: Any) -> dict[tuple[str, str], int]:
    return {(rule, word): n for rule, word, n in rows.order_by()}


def _figures(
    rule: str, states: Mapping[tuple[str, str], int], acts: Mapping[tuple[str, str], int]
) -> RuleFigures:
    wrong, right = acts.get((rule, Act.FALSE_ALARM), 0), acts.get((rule, Act.JUSTIFY), 0)
    interval = wilson(wrong, wrong + right)
    return RuleFigures(
        rule=rule,
        warned=acts.get((rule, Act.OPEN), 0) + acts.get((rule, Act.REOPEN), 0),
        live=sum(states.get((rule, state), 0) for state in LIVE),
        answered=acts.get((rule, Act.ANSWER), 0),
        lifted=acts.get((rule, Act.LIFT), 0),
        escalated=acts.get((rule, Act.ESCALATE), 0),
        judged=wrong + right,
        false_alarms=wrong,
        rate=None if interval is None else wrong / (wrong + right),
        low=None if interval is None else interval[0],
        high=None if interval is None else interval[1],
    )


def _matching(wanted: WarningFilter, on: date) -> QuerySet[EarlyWarning]:
    rows = EarlyWarning.objects.all()
    if wanted.organisations is not None:
        mine = WarningAddressee.objects.filter(organisation__in=wanted.organisations)
        rows = rows.filter(pk__in=mine.values("warning"))
    for name in ("rule", "severity", "subject_id"):
        if value := getattr(wanted, name):
            rows = rows.filter(**{name: value})
    if wanted.before is not None:
        rows = rows.filter(pk__lt=wanted.before)
    if wanted.state == PENDING:
        return rows.filter(state__in=(*LIVE, State.ANSWERED))
    if wanted.state in (WAITING, OVERDUE):
        rows = rows.filter(state__in=LIVE)
        if (
            wanted.organisations is not None
        ):  # who has answered waits for others, and others for nothing of theirs
            owing = WarningAddressee.objects.filter(organisation__in=wanted.organisations, answered=False)
            rows = rows.filter(pk__in=owing.values("warning"))
        return rows.filter(due_on__lt=on) if wanted.state == OVERDUE else rows
    return rows.filter(state=wanted.state) if wanted.state not in ("", EVERY) else rows


def _lines(rows: Sequence[EarlyWarning], own: frozenset[str] | None = None) -> list[WarningLine]:
    told: dict[int, list[AddresseeView]] = defaultdict(list)
    for one in WarningAddressee.objects.filter(warning__in=rows).order_by("id"):
        if own is not None and one.organisation not in own and one.kind not in _OFFICES:
            continue
        told[one.warning_id].append(AddresseeView(one.kind, one.organisation, one.answers, one.answered))
    return [_line(row, told[row.pk]) for row in rows]


def _line(row: EarlyWarning, addressees: Sequence[AddresseeView]) -> WarningLine:
    document = json.loads(row.document)
    return WarningLine(
        id=row.pk,
        rule=row.rule,
        title=document["title"],
        why=document["why"],
        about=row.about,
        subject_id=row.subject_id,
        severity=row.severity,
        state=State(row.state),
        holds=row.holds,
        opened_on=row.opened_on,
        due_on=row.due_on,
        escalates_on=row.escalates_on,
        addressees=addressees,
        document=document,
    )
