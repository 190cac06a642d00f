"""Keeping what a look found: gaps opened, changed, ended, found again, each with an event whose digest the journal holds."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.catalog.disclosure_types import DisclosureCheck
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.judgement.disclosure.gap_rules import decide_found, decide_missing, next_state, written
from ecredit.judgement.disclosure.models import DisclosureEvent, DisclosureGap
from ecredit.judgement.disclosure.types import PUBLIC, Act, Disclosing, KeptGap, Shortfall, State

Thing = TypeVar("Thing")
_AT_ONCE: Final = 200
# So many events' digests stand in one row of the journal.
_TOLD_AT_ONCE: Final = 500
_CHANGING: Final = (
    "state", "holds", "inspected", "due_on", "late", "content", "document", "confirmed_on", "organisation",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Keeping:
    """What gaps are kept with."""

    catalog: Catalog
    calendar: WorkCalendar
    platforms: Mapping[str, Disclosing]
    on: date
    inspected: bool = True
    lapses: bool = False


@dataclass(slots=True)
class Change:
    """An event to be, and the gap as it will stand; `document` is empty where it stays as it was."""

    act: Act
    row: DisclosureGap
    document: str = ""
    words: str = ""


def read_kept(
    keys: Collection[str] | None = None, checks: Collection[str] | None = None
) -> dict[str, KeptGap]:
    """Gaps as they stand, by key: of these keys, or of these checks."""
    rows = DisclosureGap.objects.all()
    if checks is not None:
        rows = rows.filter(check_id__in=checks)
    if keys is not None:
        rows = rows.filter(key__in=keys)
    found = rows.values_list("id", "key", "state", "holds", "content", "inspected")
    return {
        key: KeptGap(id, key, State(state), holds, content, inspected)
        for id, key, state, holds, content, inspected in found.iterator()
    }


def decide(keeping: Keeping, found: Sequence[Shortfall], kept: Mapping[str, KeptGap]) -> list[Change]:
    """What follows from what was found, and from what of `kept` was not. Only gaps to which something happens are read whole."""
    decided: list[tuple[Act, str, Shortfall | None]] = []
    seen: set[str] = set()
    for fall in found:
        if fall.key in seen:
            continue
        seen.add(fall.key)
        if (act := decide_found(kept.get(fall.key), content_of(fall))) is not None:
            decided.append((act, fall.key, fall))
    decided += [
        (act, key, None)
        for key, before in kept.items()
        if key not in seen
        and (act := decide_missing(before, inspected=keeping.inspected, lapses=keeping.lapses)) is not None
    ]
    rows = DisclosureGap.objects.in_bulk([kept[key].id for _, key, _ in decided if key in kept])
    return [
        _change(keeping, act, fall, rows[kept[key].id] if key in kept else None) for act, key, fall in decided
    ]


def _change(keeping: Keeping, act: Act, fall: Shortfall | None, row: DisclosureGap | None) -> Change:
    if fall is None:
        if row is None:
            raise ValueError("nothing was found, and nothing is known")
        row.state = _moved(State(row.state), act)
        row.holds = act is Act.CLAIM
        return Change(act, row)
    document = document_of(keeping, fall)
    if row is None:
        row = DisclosureGap(
            key=fall.key, check_id=fall.check, platform=fall.platform, state=State.OPEN, found_on=keeping.on
        )
        row.inspected = keeping.inspected
    else:
        row.state = _moved(State(row.state), act)
        row.inspected = row.inspected or keeping.inspected
    if act in (Act.OPEN, Act.RECUR) or row.confirmed_on is not None:
        row.due_on = keeping.calendar.add_workdays(keeping.on, keeping.catalog.disclosure.answer_workdays).on
        row.confirmed_on = None
    row.organisation = keeping.platforms[fall.platform].id
    row.late, row.holds, row.content, row.document = fall.late, True, content_of(fall), document
    return Change(act, row, document)


def _moved(state: State, act: Act) -> State:
    moved = next_state(state, act)
    if moved is None:
        raise ValueError(f"a gap that is {state} cannot {act}")
    return moved


def content_of(fall: Shortfall) -> str:
    """What of a shortfall makes it another when it changes: not the day it was seen, nor which page it was seen on."""
    return written([fall.saw, fall.late, fall.entry, fall.url, fall.subject, dict(fall.values)])


def content_in(document: Mapping[str, Any]) -> str:
    """The same from what is shown of it."""
    said = document
    return written(
        [said["saw"], said["late"], said["entry"], said["url"], said["subject"][0], said["values"]]
    )


def document_of(keeping: Keeping, fall: Shortfall) -> str:
    """All that is shown of a gap, as it is now."""
    check: DisclosureCheck = keeping.catalog.disclosure.checks[fall.check]
    law = keeping.catalog.laws.get(check.law)
    platform = keeping.platforms[fall.platform]
    return written(
        {
            "check": check.id,
            "kind": check.kind,
            "number": check.number,
            "edition": keeping.catalog.edition,
            "title": {"zh": check.title_zh, "en": check.title_en},
            "asks": {"zh": check.asks_zh, "en": check.asks_en},
            "law": check.law,
            "law_title": {} if law is None else {"zh": law.title, "en": law.en or law.title},
            "article": check.article,
            "verified": check.verified,
            "shown_months": keeping.catalog.disclosure.shown_months,
            "platform": [platform.uscc, platform.name],
            "organisation": platform.id,
            "saw": fall.saw,
            "values": dict(fall.values),
            "seen_on": fall.seen_on.isoformat(),
            "late": fall.late,
            "entry": fall.entry,
            "url": fall.url,
            "page_kind": fall.page_kind,
            "page": fall.page,
            "subject": [fall.subject, fall.subject_name],
            "cells": dict(fall.cells),
        }
    )


def write_changes(changes: Sequence[Change], log: OpenLog, *, by: Actor) -> list[DisclosureEvent]:
    """Write the gaps; gives their events, whose leaf is set when they are journaled (`journal_events`)."""
    DisclosureGap.objects.bulk_create([c.row for c in changes if c.act is Act.OPEN], batch_size=_AT_ONCE)
    DisclosureGap.objects.bulk_update(
        [c.row for c in changes if c.act is not Act.OPEN], _CHANGING, batch_size=_AT_ONCE
    )
    return [event_of(change, by=by, log=log) for change in changes]


def event_of(change: Change, *, by: Actor, log: OpenLog) -> DisclosureEvent:
    """The event of a change; its leaf is not known yet."""
    row = change.row
    return DisclosureEvent(
        gap=row,
        act=change.act,
        state=row.state,
        holds=row.holds,
        inspected=row.inspected,
        due_on=row.due_on,
        late=row.late,
        confirmed_on=row.confirmed_on,
        document=change.document,
        words=change.words,
        by=by.who,
        at=log.at,
    )


def journal_events(
    log: OpenLog,
    events: Sequence[DisclosureEvent],
    *,
    verb: str,
    about: str,
    head: Mapping[str, Any],
    by: Actor,
) -> None:
    """Journal the events with what is to be said of the look, in the next leaves, and write them."""
    for place, part in enumerate(list(_parts(events, _TOLD_AT_ONCE)) or [[]]):
        detail = {**(head if place == 0 else {}), "events": [event_digest(event) for event in part]}
        leaf = post_journal(log, by=by, verb=verb, about=about, detail=detail)
        for event in part:
            event.leaf = leaf
    DisclosureEvent.objects.bulk_create(events, batch_size=_AT_ONCE)


def event_digest(event: DisclosureEvent) -> str:
    """SHA-256 (32 hex digits) over all that an event says, its gap's key and first day included."""
    said = [
        event.gap.key, event.gap.found_on.isoformat(), str(event.act), str(event.state), event.holds, event.inspected, event.due_on.isoformat(), event.late,
        None if event.confirmed_on is None else event.confirmed_on.isoformat(), event.document, event.words, event.by,
    ]  # fmt: skip
    return hashlib.sha256(written(said).encode()).hexdigest()[:32]


def changes_public(changes: Sequence[Change]) -> bool:
    """Whether any of them touches what is public, or was."""
    return any(
        c.row.confirmed_on is not None or c.row.state in PUBLIC or c.act in (Act.CHANGE, Act.RECUR)
        for c in changes
    )


def read_document(text: str) -> dict[str, Any]:
    """A gap's document."""
    found: dict[str, Any] = json.loads(text)
    return found


def _parts(things: Sequence[Thing], size: int) -> Iterator[Sequence[Thing]]:
    for start in range(0, len(things), size):
        yield things[start : start + size]
