"""The schedule: what was missed runs once, a clock set back runs nothing twice, and nothing waits behind a long job."""

import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from ecredit.facts.actors.models import JournalNote
from ecredit.facts.actors.types import OPERATOR
from ecredit.foundation.catalog.load_schedule import SCHEDULED_KINDS
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.kernel.workdays import DayKind, WorkCalendar
from ecredit.service.operation import job_kinds
from ecredit.service.operation.job_actions import retry_job, start_job
from ecredit.service.operation.job_kinds import KINDS, JobKind
from ecredit.service.operation.job_queries import count_left, get_job, list_jobs
from ecredit.service.operation.job_types import JobState
from ecredit.service.operation.models import Job
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.reminders import find_unknown_year, list_reminders
from ecredit.service.operation.worker import Worker
from tests.conftest import NOON

CITY = ZoneInfo("Asia/Shanghai")


class ClockedPlatform(Platform):
    """A platform whose clock a test sets."""

    clock = NOON

    @property
    def now(self) -> datetime:
        return self.clock


@pytest.fixture
def platform(settings, home, collector, db):
    settings.ECREDIT_HOME = home.root
    return ClockedPlatform()


@pytest.fixture
def runs(platform, monkeypatch):
    """Look at the schedule at an instant, do what waits, and say which lines of it ran."""
    for kind in SCHEDULED_KINDS:
        monkeypatch.setitem(KINDS, kind, JobKind(kind, "", "", lambda _platform, _job: {}))
    worker = Worker(platform)

    def at(*when: int) -> list[str]:
        platform.clock = datetime(*when, tzinfo=CITY)
        before = set(Job.objects.values_list("id", flat=True))
        worker.look_at_schedule()
        while worker.run_next():
            pass
        return sorted(job.kind for job in list_jobs() if job.id not in before)

    return at


def test_what_a_machine_that_was_off_has_missed_runs_once(runs):
    assert set(runs(2026, 5, 12, 12, 0)) == {
        "seal_notes",
        "resume",
        "expire",
        "evaluate",
        "publish_static",
        "audit",
        "backup",
        "badges",
        "watch_calendar",
        "remind",
        "deliver",
        "collect_records",
        "monitor",
        "tell",
        "signing_lists",
    }
    assert runs(2026, 5, 12, 12, 0) == []
    assert runs(2026, 5, 12, 12, 1) == ["collect_records", "deliver", "seal_notes", "tell"]
    # Off for ten days: each line once, not ten times.
    assert len(runs(2026, 5, 22, 12, 0)) == 15 and runs(2026, 5, 22, 12, 0) == []


def test_what_leaves_something_for_a_person_does_not_end_as_done(platform, settings, monkeypatch):
    settings.ECREDIT_BACKUPS = ""
    monkeypatch.setattr(job_kinds, "find_unknown_year", lambda *_, **__: 2027)
    by = {"params": {}, "ring": platform.ring, "by": OPERATOR, "at": NOON}
    jobs = {
        kind: start_job(kind=kind, key=f"{kind}@1", **by)
        for kind in ("backup", "watch_calendar", "seal_notes")
    }
    worker = Worker(platform)
    while worker.run_next():
        pass
    states = {kind: get_job(number).state for kind, number in jobs.items()}
    assert states == {"backup": "attention", "watch_calendar": "attention", "seal_notes": "done"}
    assert count_left() == 2 and all(get_job(number).ended for number in jobs.values())
    # Mended, it is done again, and nothing of it is left.
    monkeypatch.setattr(job_kinds, "find_unknown_year", lambda *_, **__: None)
    again = {"job_id": jobs["watch_calendar"], "ring": platform.ring, "by": OPERATOR, "at": NOON}
    retry_job(**again)
    worker.run_next()
    assert get_job(jobs["watch_calendar"]).state is JobState.DONE and count_left() == 1
    with pytest.raises(WrongUse, match="现在是完成"):
        retry_job(**again)


def test_a_clock_set_back_runs_no_daily_job_again(runs):
    runs(2026, 5, 12, 12, 0)
    runs(2026, 5, 13, 12, 0)
    again = runs(2026, 5, 12, 12, 30)
    assert not {"evaluate", "audit", "remind", "watch_calendar"} & set(again)
    assert "evaluate" not in runs(2026, 5, 13, 12, 1) and "evaluate" in runs(2026, 5, 14, 0, 5)


def test_old_runs_are_forgotten_but_daily_ones_for_long(runs):
    runs(2026, 5, 12, 12, 0)
    runs(2026, 5, 15, 12, 0)
    kept = [job.kind for job in list_jobs() if job.created_at < datetime(2026, 5, 14, tzinfo=CITY)]
    assert sorted(kept) == [
        "audit", "backup", "badges", "evaluate", "monitor", "publish_static", "remind", "watch_calendar",
    ]  # fmt: skip


def test_a_run_that_is_not_done_is_not_joined_by_the_next(platform):
    worker = Worker(platform)
    worker.look_at_schedule()
    platform.clock = NOON + timedelta(minutes=5)
    worker.look_at_schedule()
    assert Job.objects.filter(kind="seal_notes").count() == 1


def test_the_schedule_leaves_no_note_to_be_sealed_by_itself(platform):
    Worker(platform).look_at_schedule()
    assert Job.objects.exists() and not JournalNote.objects.exists()


def test_every_kind_the_catalogue_may_schedule_is_a_kind_of_job(catalog):
    assert set(SCHEDULED_KINDS) <= set(job_kinds.KINDS)
    assert {job.kind for job in catalog.schedule} <= set(SCHEDULED_KINDS)


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite in memory has no patience; processes prove it there"
)
@pytest.mark.django_db(transaction=True)
def test_what_takes_a_moment_does_not_wait_behind_what_takes_long(platform, monkeypatch):
    quick_done, long_began = threading.Event(), threading.Event()

    def long(_platform, _job):
        long_began.set()
        return {"overtaken": quick_done.wait(20)}

    def quick(_platform, _job):
        long_began.wait(20)
        quick_done.set()
        return {}

    monkeypatch.setitem(KINDS, "long", JobKind("long", "", "", long))
    monkeypatch.setitem(KINDS, "seal_notes", JobKind("seal_notes", "", "", quick, "quick"))
    monkeypatch.setattr(platform, "__dict__", platform.__dict__ | {"catalog": _Unscheduled()})
    numbers = [
        start_job(kind=kind, params={}, ring=platform.ring, by=OPERATOR, at=NOON)
        for kind in ("long", "seal_notes")
    ]
    worker = Worker(platform)

    def run() -> None:
        worker.run()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert quick_done.wait(20)
    for _ in range(200):
        if all(get_job(number).ended for number in numbers):
            break
        threading.Event().wait(0.05)
    worker.stop()
    thread.join(20)
    assert [get_job(number).state for number in numbers] == [JobState.DONE, JobState.DONE]
    assert get_job(numbers[0]).result == {"overtaken": True}


class _Unscheduled:
    schedule = ()


def test_the_calendar_is_watched_from_november_on():
    announced = WorkCalendar(whole_years=(2040,))
    assert find_unknown_year(announced, on=datetime(2040, 10, 31, tzinfo=CITY).date()) is None
    assert find_unknown_year(announced, on=datetime(2040, 11, 1, tzinfo=CITY).date()) == 2041
    assert (
        find_unknown_year(
            WorkCalendar(whole_years=(2040, 2041)), on=datetime(2040, 12, 1, tzinfo=CITY).date()
        )
        is None
    )
    # One day of the table is not the announcement.
    one_day = WorkCalendar({datetime(2040, 10, 1, tzinfo=CITY).date(): DayKind.OFF})
    assert find_unknown_year(one_day, on=datetime(2040, 1, 1, tzinfo=CITY).date()) == 2040


def test_reports_that_are_overdue_are_told(platform, catalog):
    periodic = [s for s in catalog.sources.values() if s.deadline.kind == "periodic" and s.suppliers]
    assert periodic, "the city has reports that are due on days"
    source = periodic[0]
    month = source.deadline.months[0]
    long_after = datetime(2027, month, 1, tzinfo=CITY).date() + timedelta(days=80)
    told = [r for r in list_reminders(platform, on=long_after) if r.source == source.id]
    assert told and {r.state for r in told} <= {"overdue", "due"}
    assert all(r.workdays_left < 0 for r in told if r.state == "overdue")
