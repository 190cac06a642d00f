"""Numbers about the platform for whoever watches it: what there is, what waits, how old the newest work is."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Min, Sum

from ecredit.facts.actors.journal_notes import count_strange_notes
from ecredit.facts.actors.models import JournalEntry, JournalNote, LogHead
from ecredit.facts.actors.queries import log_size
from ecredit.facts.collection.models import Batch, HeldRow
from ecredit.facts.subjects.models import ReviewItem
from ecredit.foundation.kernel.home import Home
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.evaluation.models import Run
from ecredit.service.operation.backup_actions import BACKED_UP
from ecredit.service.operation.models import Job

_FATES = ("accepted", "superseded", "duplicate", "quarantined", "refused")


@dataclass(frozen=True, slots=True)
class Measure:
    """One number: `name` as Prometheus spells it, with at most one label whose values are codes of ours."""

    name: str
    help: str
    value: float
    label: str = ""
    code: str = ""


def list_measures(
    home: Home, ring: KeyRing, calendar: WorkCalendar, *, at: datetime, today: date
) -> Iterator[Measure]:
    """Every number, from the operational database, the home's disk and the calendar. An age is in seconds."""
    for state, batches in Batch.objects.values_list("state").annotate(Count("id")).order_by("state"):
        yield Measure("ecredit_batches", "Batches by state", batches, "state", state)
    sums = Batch.objects.aggregate(**{fate: Sum(fate) for fate in _FATES})
    for fate in _FATES:
        yield Measure(
            "ecredit_rows", "Rows of all batches by what became of them", sums[fate] or 0, "fate", fate
        )
    for state, rows in HeldRow.objects.values_list("state").annotate(Count("id")).order_by("state"):
        yield Measure("ecredit_held_rows", "Rows that waited or wait, by state", rows, "state", state)
    reviews = ReviewItem.objects.filter(state="open").count()
    yield Measure("ecredit_reviews_open", "Match reviews waiting for an officer", reviews)
    yield from _jobs()
    yield Measure("ecredit_log_size", "Leaves of the log", log_size())
    head = LogHead.objects.order_by("-size").values_list("signed_at", flat=True).first()
    yield from _age("ecredit_log_head_age_seconds", "Since the log's last signed head", head, at)
    run = Run.objects.order_by("-id").values_list("at", flat=True).first()
    yield from _age("ecredit_evaluation_age_seconds", "Since the last evaluation", run, at)
    backup = (
        JournalEntry.objects.filter(verb=BACKED_UP).order_by("-leaf").values_list("at", flat=True).first()
    )
    yield from _age("ecredit_backup_age_seconds", "Since the last backup began", backup, at)
    notes = JournalNote.objects.aggregate(count=Count("id"), oldest=Min("at"))
    yield Measure("ecredit_notes_unsealed", "Journal notes not yet in the log", notes["count"])
    strange = count_strange_notes(ring)
    yield Measure("ecredit_notes_strange", "Journal notes that this home did not write so", strange)
    yield from _age(
        "ecredit_note_age_seconds", "Since the oldest note not yet in the log", notes["oldest"] or at, at
    )
    year = last_year_known(calendar, today)
    yield Measure("ecredit_calendar_last_year_known", "Last year whose working days are announced", year)
    disk = shutil.disk_usage(home.root)
    yield Measure("ecredit_home_free_bytes", "Free bytes where the home lies", disk.free)


def last_year_known(calendar: WorkCalendar, today: date) -> int:
    """The last year, from this one on, of which every day's kind is announced; last year when not even this one is."""
    year = today.year
    while not calendar.is_workday(date(year, 12, 31)).provisional:
        year += 1
    return year - 1


def _jobs() -> Iterator[Measure]:
    for state, count in Job.objects.values_list("state").annotate(Count("pk")).order_by("state"):
        yield Measure("ecredit_jobs", "Background jobs by state", count, "state", state)


def _age(name: str, words: str, since: datetime | None, at: datetime) -> Iterator[Measure]:
    if since is not None:
        yield Measure(name, words, max(0.0, (at - since).total_seconds()))
