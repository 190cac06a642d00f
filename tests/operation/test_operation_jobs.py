"""Jobs: each is done once, whatever happens to its workers."""

import threading
import time
from datetime import datetime, timedelta
from datetime import time as wall_time
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, OperationalError, connection
from hypothesis import given
from hypothesis import strategies as st

from ecredit.facts.actors.models import JournalNote
from ecredit.facts.actors.types import Actor
from ecredit.facts.collection.models import Batch
from ecredit.foundation.catalog.schedule_types import ScheduledJob
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.keys import KeyRing
from ecredit.service.operation import job_kinds
from ecredit.service.operation import worker as worker_module
from ecredit.service.operation.job_actions import LEASE, cancel_job, end_job, retry_job, start_job, take_job
from ecredit.service.operation.job_queries import get_job, list_jobs
from ecredit.service.operation.job_types import JobState
from ecredit.service.operation.models import Job
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.schedule_rules import due_run
from ecredit.service.operation.staging import append_staged, open_staged, staged_path
from ecredit.service.operation.worker import LaneEnded, Worker
from tests.conftest import NOON
from tests.penalty_rows import row, table

BY = {"by": Actor("p1", "batch.submit desk/s1"), "at": NOON}
PENALTY = "dual_publicity_penalty"


@pytest.fixture(autouse=True)
def _ring(home, monkeypatch):
    monkeypatch.setitem(BY, "ring", KeyRing.load(home.keys))


@pytest.fixture
def platform(settings, home, collector, db):
    settings.ECREDIT_HOME = home.root
    return Platform()


def start(**more):
    return start_job(**({"kind": "seal_notes", "params": {}} | more), **BY)


def test_a_job_is_taken_once_and_its_end_is_its_workers(db):
    number = start()
    job = take_job(worker="a", ring=BY["ring"], at=NOON)
    assert job.pk == number and take_job(worker="b", ring=BY["ring"], at=NOON) is None
    assert get_job(number).state is JobState.RUNNING
    # Its worker is not heard of: another takes it, and what the first says then counts no more.
    again = take_job(worker="b", ring=BY["ring"], at=NOON + LEASE + timedelta(seconds=1))
    assert again.pk == number
    assert not end_job(job=job, state=JobState.FAILED, at=NOON, result={})
    assert end_job(job=again, state=JobState.DONE, at=NOON, result={"n": 1}) and get_job(number).result == {
        "n": 1
    }


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "collect"}, {"params": {"supplier": "gongshang"}}, {"organisation": "gongshang"}, {"started_by": "gongshang"},
        {"started_right": "batch.submit api/k7"}, {"key": "evaluate@x"}, {"binding": ""},
    ],
    ids=lambda change: "-".join(change),
)  # fmt: skip
def test_a_job_changed_in_the_table_is_not_done_and_is_journaled(db, change):
    number, other = start(kind="evaluate", params={"supplier": "youzheng"}), start()
    Job.objects.filter(id=number).update(**change)
    assert take_job(worker="a", ring=BY["ring"], at=NOON).pk == other
    job = get_job(number)
    assert job.state is JobState.FAILED and job.result["code"] == "job.strange" and "数据库" in job.message_zh
    assert JournalNote.objects.get(verb="job.refuse").object == f"job:{number}"


def test_a_job_copied_by_hand_is_not_done(db):
    number = start(kind="evaluate")
    assert take_job(worker="a", ring=BY["ring"], at=NOON).pk == number
    copied = Job.objects.filter(id=number).values().get() | {
        "id": number + 1,
        "state": "waiting",
        "attempts": 0,
    }
    Job.objects.create(**copied)
    assert take_job(worker="a", ring=BY["ring"], at=NOON) is None


def test_what_kills_every_worker_fails_in_the_end(db):
    number, at = start(), NOON
    for _ in range(5):
        assert take_job(worker="a", ring=BY["ring"], at=at) is not None
        at += LEASE + timedelta(seconds=1)
    assert take_job(worker="a", ring=BY["ring"], at=at) is None
    assert get_job(number).state is JobState.FAILED and "中断" in get_job(number).message_zh


def test_cancelling_and_trying_again(db):
    number = start()
    assert (
        cancel_job(job_id=number, **BY) is JobState.CANCELLED
        and take_job(worker="a", ring=BY["ring"], at=NOON) is None
    )
    retry_job(job_id=number, **BY)
    assert take_job(worker="a", ring=BY["ring"], at=NOON) is not None
    assert cancel_job(job_id=number, **BY) is JobState.RUNNING and get_job(number).cancel_asked
    with pytest.raises(WrongUse, match="running"):
        retry_job(job_id=number, **BY)
    with pytest.raises(WrongUse, match="没有编号为 99"):
        cancel_job(job_id=99, **BY)


def test_an_end_asked_for_is_kept_when_the_worker_dies(db):
    number = start()
    take_job(worker="a", ring=BY["ring"], at=NOON)
    cancel_job(job_id=number, **BY)
    assert take_job(worker="b", ring=BY["ring"], at=NOON + LEASE + timedelta(seconds=1)) is None
    assert get_job(number).state is JobState.CANCELLED


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite in memory is one connection")
@pytest.mark.django_db(transaction=True)
def test_a_running_job_ends_where_it_next_says_how_far_it_is(settings, home, collector, monkeypatch):
    settings.ECREDIT_HOME = home.root

    def long(_platform, job):
        job.tell(1, 90, "", "")
        cancel_job(job_id=job.id, **BY)
        for step in range(2, 90):
            time.sleep(0.25)
            job.tell(step, 90, "", "")
        return {}

    monkeypatch.setitem(job_kinds.KINDS, "long", job_kinds.JobKind("long", "", "", long))
    number = start(kind="long")
    Worker(Platform()).run_next()
    assert get_job(number).state is JobState.CANCELLED and get_job(number).progress < 80


def test_a_database_that_is_busy_fails_no_job(platform, monkeypatch):
    tries = iter([OperationalError("locked"), None])

    def busy(_platform, _job):
        if error := next(tries):
            raise error
        return {"done": True}

    monkeypatch.setitem(job_kinds.KINDS, "busy", job_kinds.JobKind("busy", "", "", busy))
    number, once = start(kind="busy"), Worker(platform)
    once.run_next()
    assert get_job(number).state is JobState.WAITING
    once.run_next()
    assert get_job(number).result == {"done": True}


def test_a_name_of_a_file_keeps_nobodys_number(db):
    number = start(params={"filename": "张三 11010519491231002X.csv"})
    assert "11010519491231002X" not in str(get_job(number).params) and get_job(number).params[
        "filename"
    ].endswith(".csv")


def test_a_job_of_a_key_is_one(db):
    assert start(key="schedule:x:1") == start(key="schedule:x:1") != start(key="schedule:x:2")
    assert [job.id for job in list_jobs(limit=1)] == [max(job.id for job in list_jobs())]


CITY = ZoneInfo("Asia/Shanghai")


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(CITY)),  # noqa: DTZ001
    st.integers(0, 86_399),
)
def test_one_run_a_day_whenever_one_looks(now, later):
    job = ScheduledJob("e", "", "", "evaluate", {}, None, wall_time(3, 30))
    day = datetime.fromisoformat(due_run(job, now).rpartition("@")[2])
    assert (day.hour, day.minute) == (3, 30)
    assert day <= now < day + timedelta(days=1)
    assert due_run(job, day + timedelta(seconds=later)) == due_run(job, now)


def test_a_staged_file_is_collected_by_the_worker(platform):
    staged = open_staged(platform.home)
    content = table(row(1), row(2, CF_JDRQ="2026/13/40")).encode("gb18030")
    staged = append_staged(platform.home, staged.token, iter([content[:100]]), offset=0)
    with pytest.raises(WrongUse, match="已收到 100 字节"):
        append_staged(platform.home, staged.token, iter([content]), offset=0)
    append_staged(platform.home, staged.token, iter([content[100:]]), offset=100)
    asked = {"token": staged.token, "filename": "../处罚.csv", "source": PENALTY, "supplier": "gongshang"}
    number = start(kind="collect", params=asked, organisation="gongshang")
    assert Worker(platform).run_next()
    job = get_job(number)
    assert job.state is JobState.DONE, job
    assert (job.result["receipt"]["accepted"], job.result["receipt"]["quarantined"]) == (1, 1)
    assert Batch.objects.get().sent_by == "p1" and not staged_path(platform.home, staged.token).exists()


def test_a_refused_file_fails_with_the_sentence(platform):
    staged = append_staged(platform.home, open_staged(platform.home).token, iter([b"\x00\x01"]), offset=0)
    asked = {"token": staged.token, "filename": "x.csv", "source": PENALTY, "supplier": "gongshang"}
    number = start(kind="collect", params=asked)
    Worker(platform).run_next()
    job = get_job(number)
    assert job.state is JobState.FAILED and job.result["code"] == "input.refused" and job.message_zh


def test_a_broken_job_ends_alone(platform, monkeypatch, capsys):
    def broken(_platform, _job):
        raise RuntimeError("张三 11010519491231002X")

    monkeypatch.setitem(job_kinds.KINDS, "broken", job_kinds.JobKind("broken", "", "", broken))
    number, after = start(kind="broken"), start()
    once = Worker(platform)
    while once.run_next():
        pass
    assert get_job(number).result["code"] == "job.broken" and get_job(after).state is JobState.DONE
    assert "11010519491231002X" not in str(get_job(number))


def test_a_lane_goes_on_after_any_fault_and_is_no_slower_for_it(platform, monkeypatch):
    faults = iter([DatabaseError("gone"), RuntimeError("张三"), None, None])
    once, pauses = Worker(platform), []

    def step():
        fault = next(faults, "end")
        if fault == "end":
            once.stop()
        elif fault is not None:
            raise fault
        return False

    monkeypatch.setattr(once._stopping, "wait", pauses.append)
    monkeypatch.setattr(connection, "close", lambda: None)
    monkeypatch.setattr(worker_module, "close_old_connections", lambda: None)
    once._lane(step)
    assert pauses == [5.0, 5.0, 1.0, 1.0, 1.0]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_ends_when_one_of_its_lanes_does(platform, monkeypatch):
    once = Worker(platform)

    def step(**kinds):
        if "only" in kinds:
            raise SystemExit
        return False

    monkeypatch.setattr(once, "run_next", step)
    monkeypatch.setattr(once, "look_at_schedule", lambda: None)
    monkeypatch.setattr(worker_module, "close_old_connections", lambda: None)
    monkeypatch.setattr(connection, "close", lambda: None)
    late = threading.Timer(20, once.stop)
    late.start()
    with pytest.raises(LaneEnded):
        once.run()
    assert late.is_alive(), "it ended by itself"
    late.cancel()


def test_work_that_is_done_is_not_done_again_for_its_last_sentence(platform, monkeypatch):
    done = []

    def work(_platform, job):
        job.tell(1, 2, "", "")
        job.tell(2, 2, "完", "whole")
        done.append(job.id)
        return {}

    def busy(**told):
        if told["progress"] == 2:
            raise OperationalError("locked")

    monkeypatch.setitem(job_kinds.KINDS, "work", job_kinds.JobKind("work", "", "", work))
    monkeypatch.setattr(worker_module, "note_progress", busy)
    number = start(kind="work")
    Worker(platform).run_next()
    assert get_job(number).state is JobState.DONE and done == [number]


def test_a_worker_told_to_stop_gives_its_job_back(platform, monkeypatch):
    def long(_platform, job):
        job.tell(1, 2, "一半", "half")
        stopped.stop()
        job.tell(2, 2, "完", "whole")
        return {}

    monkeypatch.setitem(job_kinds.KINDS, "long", job_kinds.JobKind("long", "", "", long))
    stopped = Worker(platform)
    number = start(kind="long")
    stopped.run_next()
    assert get_job(number).state is JobState.WAITING and get_job(number).message_en == "half"


def test_the_schedule_runs_what_is_due_once(platform):
    first, second = Worker(platform), Worker(platform)
    first.look_at_schedule()
    second.look_at_schedule()
    kinds = [job.kind for job in list_jobs()]
    assert sorted(kinds) == sorted(job.kind for job in platform.catalog.schedule)
