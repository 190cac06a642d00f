"""Looking at every rule, and keeping what was found: warnings opened, opened again, ended by themselves, told to somebody above.

A run is one transaction. Its journal rows hold a digest of each event it added, so many a row.
"""

import json
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, TypeVar

from django.db import transaction
from django.utils import timezone

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.catalog.warning_types import WarningRule
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.evaluation.version_queries import models_on
from ecredit.judgement.measures.addressing import Reach, read_reach
from ecredit.judgement.measures.match_lake import open_warning_lake, read_codes, read_shops
from ecredit.judgement.measures.matching import check_rules, find_matches
from ecredit.judgement.measures.models import EarlyWarning, WarningAddressee, WarningEvent, WarningRun
from ecredit.judgement.measures.queries import count_live, read_kept
from ecredit.judgement.measures.types import RAN, Act, AddresseeView, Match, State, WarningSummary
from ecredit.judgement.measures.warning_digests import event_digest
from ecredit.judgement.measures.warning_rules import (
    decide_found,
    decide_late,
    decide_missing,
    fact_document,
    key_of,
    next_state,
    written,
)
from ecredit.judgement.measures.warning_texts import why_words

Thing = TypeVar("Thing")
_AT_ONCE: Final = 200
# So many events' digests stand in one row of the journal.
_TOLD_AT_ONCE: Final = 500
_CHANGING: Final = (
    "severity", "subject_id", "state", "holds", "gravity", "due_on", "escalates_on", "facts", "document",
)  # fmt: skip
NO_LONGER: Final = "no_longer"
RULE_ENDED: Final = "rule_ended"


@dataclass(slots=True)
class _Change:
    """An event to be, and the warning as it will stand."""

    act: Act
    row: EarlyWarning
    facts: str = ""
    document: str = ""
    reason: str = ""
    addressees: Sequence[AddresseeView] = field(default=())


def warn(
    *,
    home: Home,
    catalog: Catalog,
    calendar: WorkCalendar,
    ring: KeyRing,
    as_of: date,
    by: Actor,
    at: datetime,
) -> WarningSummary:
    """Look at every rule in force for a day, and keep what follows. The caller is alone in the lake.

    Nothing is done for a day before the last run's, or one that has not come: nobody is warned of either. Raises CatalogError
    for a rule that looks at an indicator no model has.
    """
    last = WarningRun.objects.order_by("-id").first()
    if not catalog.warnings and last is None:
        return WarningSummary(ran=False, why="no_rules")
    if last is not None and as_of < last.as_of:
        return WarningSummary(ran=False, why="earlier_day", live=count_live())
    if as_of > timezone.localtime(at).date():
        return WarningSummary(ran=False, why="future_day", live=count_live())
    began = time.perf_counter()
    rules = [rule for rule in catalog.warnings.values() if rule.in_force(as_of)]
    models = models_on(catalog, as_of)
    check_rules(rules, models)
    with open_warning_lake(home, catalog, rules, models, as_of) as lake:
        found = find_matches(lake, rules, models, calendar)
        subjects = {m.subject_id for _, matches in found for m in matches if m.subject_id is not None}
        shops_with = read_shops(lake, subjects)
        reach = read_reach(catalog, as_of, read_codes(lake, home, subjects), shops_with)
    found = [
        (rule, [m for m in matches if not rule.with_shop or m.subject_id in shops_with])
        for rule, matches in found
    ]
    work = _Work(catalog, calendar, reach, as_of)
    counts, run = _keep(work, found, ring=ring, by=by, at=at, last=last)
    return WarningSummary(
        ran=True,
        # A run to which nothing happened leaves no trace of its own.
        run_id=None if run is last else run.pk,
        opened=counts[Act.OPEN],
        reopened=counts[Act.REOPEN],
        worsened=counts[Act.WORSEN],
        lifted=counts[Act.LIFT],
        escalated=counts[Act.ESCALATE],
        live=count_live(),
        by_rule={} if run is last else run.counts["by_rule"],
        seconds=round(time.perf_counter() - began, 2),
    )


@dataclass(frozen=True)
class _Work:
    """What a run works with."""

    catalog: Catalog
    calendar: WorkCalendar
    reach: Reach
    as_of: date

    def term(self, rule: WarningRule) -> tuple[date, date]:
        """The day an answer is due, and the day after which somebody above is told."""
        due = self.calendar.add_workdays(self.as_of, rule.workdays).on
        return due, self.calendar.add_workdays(due, rule.escalates.workdays).on

    def document(
        self, rule: WarningRule, match: Match, addressees: Sequence[AddresseeView], opened_on: date
    ) -> str:
        """All that is shown of a warning, as it is now, and whom it is about, so that neither is changed unseen."""
        law = self.catalog.laws.get(rule.law)
        return written(
            {
                "rule": rule.id,
                "about": [match.about, match.subject_id],
                "severity": rule.severity,
                "opened_on": opened_on.isoformat(),
                "kind": rule.kind,
                "edition": self.catalog.edition,
                "title": {"zh": rule.title_zh, "en": rule.title_en},
                "why": why_words(rule, match),
                "answered_by": rule.answered_by,
                "expects": {"zh": rule.expects_zh, "en": rule.expects_en},
                "workdays": rule.workdays,
                "law": rule.law,
                "law_title": {} if law is None else {"zh": law.title, "en": law.en or law.title},
                "article": rule.article,
                "verified": rule.verified,
                "facts": [fact_document(fact) for fact in match.facts],
                "more": match.more,
                "shops": {supplier: list(names) for supplier, names in self.reach.shops(match).items()},
                "addressees": [[a.kind, a.organisation, a.answers] for a in addressees],
                "above": {
                    "organisation": self.reach.department(rule.escalates.to),
                    "workdays": rule.escalates.workdays,
                },
            }
        )


def _keep(
    work: _Work,
    found: Sequence[tuple[WarningRule, Sequence[Match]]],
    *,
    ring: KeyRing,
    by: Actor,
    at: datetime,
    last: WarningRun | None,
) -> tuple[Counter[Act], WarningRun]:
    """Decide and write, all or nothing."""
    with transaction.atomic():
        log = OpenLog(ring, at)
        changes = _decide(work, found)
        counts = Counter(change.act for change in changes)
        by_rule = Counter(change.row.rule for change in changes if change.act in (Act.OPEN, Act.REOPEN))
        told = {act.value: counts[act] for act in Act if counts[act]} | {
            "by_rule": dict(sorted(by_rule.items()))
        }
        run = WarningRun(
            as_of=work.as_of, at=log.at, by=by.who, edition=work.catalog.edition, counts=told
        )  # fmt: skip
        if not changes and last is not None and (last.as_of, last.edition) == (run.as_of, run.edition):
            return counts, last
        run.save(force_insert=True)
        events = _write(changes, run, by=by)
        _journal(log, run, events, by=by)
        log.seal()
    return counts, run


def _decide(work: _Work, found: Sequence[tuple[WarningRule, Sequence[Match]]]) -> list[_Change]:
    """What follows from what was found. Only warnings to which something happens are read whole."""
    kept = read_kept()
    decided: list[tuple[Act, str, tuple[WarningRule, Match] | None]] = []
    seen: set[str] = set()
    for rule, matches in found:
        for match in matches:
            key = key_of(rule.id, match)
            if key in seen:
                continue
            seen.add(key)
            before = kept.get(key)
            act = decide_found(before, match.gravity, [fact.id for fact in match.facts])
            if act is None and before is not None:
                act = decide_late(before, work.as_of)
            if act is not None:
                decided.append((act, key, (rule, match)))
    decided += [
        (act, key, None)
        for key, before in kept.items()
        if key not in seen and (act := decide_missing(before)) is not None
    ]
    rows = EarlyWarning.objects.in_bulk([kept[key].id for _, key, _ in decided if key in kept])
    worse = [kept[key].id for act, key, _ in decided if act is Act.WORSEN]
    partly = set(
        WarningAddressee.objects.filter(warning_id__in=worse, answered=True).values_list(
            "warning_id", flat=True
        )
        if worse
        else ()
    )
    in_force = {rule.id for rule, _ in found}
    return [
        _change(work, act, key, what, rows[kept[key].id] if key in kept else None, in_force, partly)
        for act, key, what in decided
    ]


def _change(
    work: _Work,
    act: Act,
    key: str,
    what: tuple[WarningRule, Match] | None,
    row: EarlyWarning | None,
    in_force: Collection[str],
    partly: Collection[int],
) -> _Change:
    if row is None or what is not None:
        if what is None:
            raise ValueError(f"nothing was found of {key}")
        if act is Act.ESCALATE and row is not None:
            return _late(row, act)
        return _found(work, *what, key, act, row, partly)
    row.holds, row.state = False, _moved(State(row.state), act)
    return _Change(act, row, reason=NO_LONGER if row.rule in in_force else RULE_ENDED)


def _found(
    work: _Work,
    rule: WarningRule,
    match: Match,
    key: str,
    act: Act,
    row: EarlyWarning | None,
    partly: Collection[int],
) -> _Change:
    """`partly`: warnings that some of those who were asked have answered: worse than what they answered, so all are asked anew."""
    if row is not None and act is Act.RECUR:
        row.holds = True
        return _Change(act, row)
    addressees = work.reach.addressees(rule, match)
    if row is None:
        row = EarlyWarning(key=key, rule=rule.id, about=match.about, opened_on=work.as_of, state=State.OPEN)
    else:
        row.state = _moved(State(row.state), act)
    if act is not Act.WORSEN or row.pk in partly:
        row.due_on, row.escalates_on = work.term(rule)
    if act is Act.WORSEN and row.state == State.ESCALATED:
        # Whoever was told above stays told.
        kept = [AddresseeView(*one) for one in json.loads(row.document)["addressees"]]
        addressees = tuple({a.organisation: a for a in (*addressees, *kept)}.values())
    row.subject_id, row.severity, row.gravity, row.holds = (
        match.subject_id,
        rule.severity,
        match.gravity,
        True,
    )
    row.facts = written([fact.id for fact in match.facts])
    row.document = work.document(rule, match, addressees, row.opened_on)
    return _Change(act, row, row.facts, row.document, addressees=addressees)


def _late(row: EarlyWarning, act: Act) -> _Change:
    """Somebody above is told, and may answer."""
    document: dict[str, Any] = json.loads(row.document)
    above = document["above"]["organisation"]
    told = {one[1]: AddresseeView(*one) for one in document["addressees"]}
    if above:
        told[above] = AddresseeView("above", above, True)
    document["addressees"] = [[a.kind, a.organisation, a.answers] for a in told.values()]
    row.state, row.document = _moved(State(row.state), act), written(document)
    return _Change(act, row, document=row.document, addressees=tuple(told.values()))


def _moved(state: State, act: Act) -> State:
    moved = next_state(state, act)
    if moved is None:
        raise ValueError(f"a warning that is {state} cannot {act}")
    return moved


def _write(changes: Sequence[_Change], run: WarningRun, *, by: Actor) -> list[WarningEvent]:
    """Warnings, addressees and events; the events' leaves are set when they are journaled."""
    EarlyWarning.objects.bulk_create(
        [change.row for change in changes if change.act is Act.OPEN], batch_size=_AT_ONCE
    )
    EarlyWarning.objects.bulk_update(
        [change.row for change in changes if change.act is not Act.OPEN], _CHANGING, batch_size=_AT_ONCE
    )
    told = [change for change in changes if change.document]
    again = [change.row.pk for change in told if change.act is not Act.OPEN]
    late = [change.row.pk for change in told if change.act is Act.ESCALATE]
    answered: set[tuple[int, str]] = set()
    for part in _parts(late, _AT_ONCE):
        # Who has answered has done its part, whoever is told above.
        rows = WarningAddressee.objects.filter(warning_id__in=part, answered=True)
        answered.update(rows.values_list("warning_id", "organisation"))
    for part in _parts(again, _AT_ONCE):
        WarningAddressee.objects.filter(warning_id__in=part).delete()
    WarningAddressee.objects.bulk_create(
        [
            WarningAddressee(
                warning=c.row,
                kind=a.kind,
                organisation=a.organisation,
                answers=a.answers,
                answered=(c.row.pk, a.organisation) in answered,
            )
            for c in told
            for a in c.addressees
        ],
        batch_size=_AT_ONCE,
    )
    return [_event(change, run, by=by) for change in changes]


def _event(change: _Change, run: WarningRun, *, by: Actor) -> WarningEvent:
    row = change.row
    return WarningEvent(
        warning=row,
        act=change.act,
        state=row.state,
        holds=row.holds,
        gravity=row.gravity,
        due_on=row.due_on,
        escalates_on=row.escalates_on,
        facts=change.facts,
        document=change.document,
        reason=change.reason,
        by=by.who,
        at=run.at,
        run=run,
    )


def _journal(log: OpenLog, run: WarningRun, events: Sequence[WarningEvent], *, by: Actor) -> None:
    head = {"as_of": run.as_of.isoformat(), "edition": run.edition, "counts": run.counts}
    about = f"warnings:{run.pk}"
    parts = list(_parts(events, _TOLD_AT_ONCE)) or [[]]
    for place, part in enumerate(parts):
        detail = {**(head if place == 0 else {}), "events": [event_digest(event) for event in part]}
        leaf = post_journal(log, by=by, verb=RAN, about=about, detail=detail)
        for event in part:
            event.leaf = leaf
    WarningEvent.objects.bulk_create(events, batch_size=_AT_ONCE)


def _parts(things: Sequence[Thing], size: int) -> Iterator[Sequence[Thing]]:
    for start in range(0, len(things), size):
        yield things[start : start + size]
