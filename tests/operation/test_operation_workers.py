"""Real workers, killed over their jobs: each job is done once, on SQLite and on PostgreSQL alike.

The processes run over a home and a database of their own, so the database of the tests plays no part.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests.penalty_rows import row, table

Environment = Mapping[str, str]
ECREDIT = str(Path(sys.executable).with_name("ecredit"))
FILES, ROWS = 2, 1_500

SEND = """
import sys, django; django.setup()
from ecredit.facts.actors.types import OPERATOR
from ecredit.service.operation.job_actions import start_job
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.staging import append_staged, open_staged
platform = Platform()
for text in sys.stdin.buffer.read().split(b"\\f"):
    token = append_staged(platform.home, open_staged(platform.home).token, iter([text]), offset=0).token
    asked = {"token": token, "filename": f"{token}.csv", "source": "dual_publicity_penalty", "supplier": "gongshang"}
    start_job(kind="collect", params=asked, ring=platform.ring, by=OPERATOR, at=platform.now)
"""
# Nobody waits a minute for a dead worker in a test: its last sign of life was long ago.
DEAD = """
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from ecredit.service.operation.models import Job
print(Job.objects.filter(state="running").update(beat_at=timezone.now() - timedelta(minutes=5)))
"""
TELL = """
import json, django; django.setup()
from ecredit.facts.collection.models import Batch
from ecredit.facts.records.models import CreditRecord
from ecredit.service.operation.models import Job
collected = list(Job.objects.filter(kind="collect").values_list("state", flat=True))
jobs = list(Job.objects.values_list("kind", "state", "attempts"))
print(json.dumps({"collected": collected, "batches": Batch.objects.filter(state="done").count(),
                  "entries": CreditRecord.objects.count(), "jobs": jobs}))
"""


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Environment]:
    """A home, and on PostgreSQL a database of its own."""
    kept = os.environ | {"ECREDIT_HOME": str(tmp_path / "home"), "DJANGO_SETTINGS_MODULE": "config.settings"}
    url = os.environ.get("ECREDIT_DATABASE_URL")
    if not url:
        yield kept
        return
    name = f"ecredit_workers_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        yield kept | {"ECREDIT_DATABASE_URL": urlunsplit(urlsplit(url)._replace(path=f"/{name}"))}
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def run(environment: Environment, code: str, given: bytes = b"") -> str:
    """Python over the same home and database; gives what it printed."""
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, input=given, env=environment, check=True, capture_output=True, timeout=120
    ).stdout.decode()


def ecredit(environment: Environment, *words: str) -> "subprocess.Popen[bytes]":
    """A command as a process."""
    return subprocess.Popen(
        [ECREDIT, *words], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@pytest.mark.slow
def test_workers_that_are_killed_leave_their_jobs_to_the_next_and_each_is_done_once(environment):
    assert ecredit(environment, "init").wait(90) == 0
    files = [table(*(row(n) for n in range(first, first + ROWS))) for first in range(1, FILES * ROWS, ROWS)]
    run(environment, SEND, b"\f".join(text.encode("gb18030") for text in files))
    reading = Path(environment["ECREDIT_HOME"]) / "landing" / "reading"
    killed = 0
    for _ in range(2):
        left = set(reading.glob("*/*"))
        worker = ecredit(environment, "worker")
        until = time.monotonic() + 60
        while time.monotonic() < until and not set(reading.glob("*/*")) - left:
            time.sleep(0.01)
        time.sleep(0.3)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        killed += int(run(environment, DEAD))
    assert killed, "a worker was killed over a job"
    workers = [ecredit(environment, "worker", "--once") for _ in range(2)]
    assert [worker.wait(180) for worker in workers] == [0, 0]
    told = json.loads(run(environment, TELL))
    assert told["collected"] == ["done"] * FILES
    assert (told["batches"], told["entries"]) == (FILES, FILES * ROWS)
    # What leaves something for a person to do (no folder for backups) is done as well.
    assert {state for _, state, _ in told["jobs"]} <= {"done", "attention"}
    # What a killed worker had begun was begun again, and nothing else.
    assert 0 < sum(attempts - 1 for _, _, attempts in told["jobs"]) <= killed
    audit = subprocess.run(
        [ECREDIT, "log", "audit"], env=environment, capture_output=True, text=True, timeout=120
    )
    assert audit.returncode == 0, audit.stdout + audit.stderr


CANCEL = """
import time, django; django.setup()
from django.utils import timezone
from ecredit.facts.actors.types import Actor
from ecredit.service.operation.job_actions import cancel_job
from ecredit.service.operation.job_queries import get_job, list_jobs
number = list_jobs(kinds=["collect"])[0].id
print("ready", flush=True)
until = time.monotonic() + 90
while not get_job(number).progress and time.monotonic() < until:
    time.sleep(0.02)
from ecredit.service.operation.platform import Platform
cancel_job(job_id=number, ring=Platform().ring, by=Actor("p1", "job.manage desk/s1"), at=timezone.now())
while not get_job(number).ended and time.monotonic() < until:
    time.sleep(0.1)
print(number, get_job(number).state, get_job(number).progress)
"""


@pytest.mark.slow
def test_a_file_being_collected_is_cancelled_between_blocks_and_can_be_tried_again(environment):
    assert ecredit(environment, "init").wait(90) == 0
    run(environment, SEND, table(*(row(n) for n in range(1, 50_000))).encode("gb18030"))
    watching = subprocess.Popen(
        [sys.executable, "-c", CANCEL], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert watching.stdout is not None and watching.stdout.readline() == "ready\n"
    worker = ecredit(environment, "worker")
    number, state, progress = watching.communicate(timeout=120)[0].split()
    worker.terminate()
    assert worker.wait(60) == 0
    assert state == "cancelled" and 0 < int(progress) < 49_999
    assert ecredit(environment, "job", "retry", number).wait(60) == 0
    assert ecredit(environment, "worker", "--once").wait(180) == 0
    command = [ECREDIT, "job", "show", number, "--json"]
    told = subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)
    job = json.loads(told.stdout)["job"]
    assert job["state"] == "done" and job["result"]["receipt"]["rows"] == 49_999


@pytest.mark.slow
def test_two_workers_share_the_jobs_and_each_is_done_once(environment):
    assert ecredit(environment, "init").wait(90) == 0
    start = """
import django; django.setup()
from django.utils import timezone
from ecredit.facts.actors.types import Actor
from ecredit.service.operation.job_actions import start_job
from ecredit.service.operation.platform import Platform
ring = Platform().ring
for _ in range(30):
    start_job(kind="export", params={"export": "quality"}, ring=ring, by=Actor("p1", "quality.read desk/s1"), at=timezone.now())
"""
    run(environment, start)
    workers = [ecredit(environment, "worker", "--once") for _ in range(2)]
    assert [worker.wait(180) for worker in workers] == [0, 0]
    asked = """
import json, django; django.setup()
from ecredit.service.operation.models import Job
print(json.dumps(list(Job.objects.filter(kind="export").values_list("state", "attempts", "worker"))))
"""
    jobs = json.loads(run(environment, asked))
    assert [(state, attempts) for state, attempts, _ in jobs] == [("done", 1)] * 30
    assert len({worker for _, _, worker in jobs}) == 2
