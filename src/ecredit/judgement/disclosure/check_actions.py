"""Looking at what platforms sent of their disclosures, and keeping what is missing or late. One transaction, one journal row or more."""

import time
from collections import Counter
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import JournalEntry
from ecredit.facts.actors.organisation_queries import list_registered
from ecredit.facts.actors.types import Actor
from ecredit.foundation.catalog.types import Catalog
from ecredit.foundation.engine.duck import open_duck
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.disclosure.keep_gaps import (
    Change,
    Keeping,
    changes_public,
    decide,
    journal_events,
    read_kept,
    write_changes,
)
from ecredit.judgement.disclosure.lake_reading import Looked, find_shortfalls
from ecredit.judgement.disclosure.models import DisclosureGap
from ecredit.judgement.disclosure.types import CHECKED, LIVE, Act, CheckSummary, Disclosing

# A record of a past day says for good when something was made known; a kind that was not disclosed can be disclosed yet.
_LAPSES: Final = ("notice", "prompt")


def check_disclosures(
    *,
    home: Home,
    catalog: Catalog,
    calendar: WorkCalendar,
    ring: KeyRing,
    on: date,
    by: Actor,
    at: datetime,
) -> CheckSummary:
    """Look at the records of every registered platform for a day, and keep what follows. The caller is alone in the lake.

    Nothing is done without checks of records in the catalogue, without platforms, for a day before the last look's, or one that has
    not come. A look that finds nothing new on the same day leaves no trace of its own.
    """
    checks = [check for check in catalog.disclosure.checks.values() if check.kind != "page"]
    platforms = list_disclosing(on)
    if not checks or not platforms:
        return CheckSummary(ran=False, why="no_checks" if not checks else "no_platforms")
    if on > timezone.localtime(at).date():
        return CheckSummary(ran=False, why="future_day", live=count_live())
    last = _last_look()
    if last is not None and on.isoformat() < last["on"]:
        return CheckSummary(ran=False, why="earlier_day", live=count_live())
    began = time.perf_counter()
    with open_duck(spill=home.lake / "disclosure.spill", threads=2, memory="1GB") as connection:
        looked = Looked(home, catalog, calendar, tuple(platforms.values()), on, connection)
        found = {check.id: find_shortfalls(looked, check) for check in checks}
    kinds = {check.id: check.kind for check in checks}
    with transaction.atomic():
        log = OpenLog(ring, at)
        changes: list[Change] = []
        for lapses in (True, False):
            of = [id for id, kind in kinds.items() if (kind in _LAPSES) is lapses]
            keeping = Keeping(catalog, calendar, platforms, on, lapses=lapses)
            kept = dict(read_kept(checks=of).items())
            changes += decide(keeping, [fall for id in of for fall in found[id]], kept)
        counts = Counter(change.act for change in changes)
        head = {
            "on": on.isoformat(), "edition": catalog.edition,
            "found": {id: len(falls) for id, falls in sorted(found.items())},
        }  # fmt: skip
        if changes or last is None or {**last, "events": []} != {**head, "events": []}:
            events = write_changes(changes, log, by=by)
            journal_events(log, events, verb=CHECKED, about=f"disclosure:{on}", head=head, by=by)
            log.seal()
    return CheckSummary(
        ran=True,
        platforms=len(platforms),
        found=sum(map(len, found.values())),
        opened=counts[Act.OPEN] + counts[Act.RECUR],
        changed=counts[Act.CHANGE],
        ceased=counts[Act.CEASE] + counts[Act.LAPSE],
        live=count_live(),
        public_changed=changes_public(changes),
        seconds=round(time.perf_counter() - began, 2),
    )


def _last_look() -> dict[str, Any] | None:
    """What the journal says of the last look."""
    row = JournalEntry.objects.filter(verb=CHECKED, detail__contains='"edition"').order_by("-leaf").first()
    return None if row is None else read_object(row.detail)


def list_disclosing(on: date) -> dict[str, Disclosing]:
    """The registered platforms with a code that are there on a day, by code; of two of one code the first."""
    found: dict[str, Disclosing] = {}
    for row in list_registered():
        there = (row.valid_from is None or row.valid_from <= on) and (
            row.valid_to is None or on < row.valid_to
        )
        if row.kind == "platform" and row.uscc and there:
            since = row.valid_from or timezone.localtime(row.registered_at).date()
            found.setdefault(row.uscc, Disclosing(row.uscc, row.id, row.name, since))
    return found


def count_live() -> int:
    """How many gaps wait for an answer or an officer."""
    return DisclosureGap.objects.filter(state__in=LIVE).count()
