"""Telling that commitments end: each of the catalogue's days before the end once, also where nobody was at work on that very day."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.types import Actor
from ecredit.foundation.proof.keys import KeyRing
from ecredit.service.commitments.content_rules import digest_of, owed_reminder
from ecredit.service.commitments.models import Commitment, CommitmentReminder
from ecredit.service.commitments.types import REMINDED, Stand


def post_reminders(
    *, on: date, days: Collection[int], job: int, ring: KeyRing, by: Actor, at: datetime
) -> int:
    """Put down whose end is told of on a day, by this job; how many there are. `days`: so many days before the end.

    What was put down is told by `list_reminded`: the same for a job that was cut off and is run again.
    """
    if not any(_owed(on, days)):
        return 0
    with transaction.atomic():
        log = OpenLog(ring, at)  # its lock: two workers do not put down the same
        owed = _owed(on, days)
        if not owed:
            return 0
        leaf = post_journal(
            log, by=by, verb=REMINDED, about=f"job:{job}",
            detail={"count": len(owed), "reminded": digest_of([[row.number, mark] for row, mark in owed])},
        )  # fmt: skip
        CommitmentReminder.objects.bulk_create(
            CommitmentReminder(commitment=row, days=mark, on=on, job=job, at=log.at, leaf=leaf)
            for row, mark in owed
        )
        log.seal()
    return len(owed)


def _owed(on: date, days: Collection[int]) -> list[tuple[Commitment, int]]:
    found = [
        (row, owed_reminder(row.valid_until, on, days, [said.days for said in row.reminders.all()]))
        for row in _near(on, days)
    ]
    return [(row, mark) for row, mark in found if mark is not None]


def _near(on: date, days: Collection[int]) -> QuerySet[Commitment]:
    """Commitments in force within the longest of the days before their end."""
    last = on + timedelta(days=max(days, default=0))
    rows = Commitment.objects.filter(stand=Stand.IN_FORCE, valid_until__gte=on, valid_until__lte=last)
    return rows.prefetch_related("reminders").order_by("valid_until", "id")
