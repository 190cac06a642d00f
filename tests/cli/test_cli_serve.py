"""`ecredit serve` is enough: a worker keeps the schedule beside the portal, comes back when killed, and ends with it."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ECREDIT = str(Path(sys.executable).with_name("ecredit"))


def environment(home: Path) -> dict[str, str]:
    """As a shell has it, with a home of our own on SQLite."""
    kept = {key: value for key, value in os.environ.items() if key != "ECREDIT_DATABASE_URL"}
    return kept | {"ECREDIT_HOME": str(home)}


def wait_for(what: Callable[[], object], seconds: float = 60) -> object:
    """What a call gives as soon as it gives something."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come about")


def children_of(server: int, word: bytes = b"worker") -> list[int]:
    """Process numbers of a server's children with a word in their command line."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            words = (stat.parent / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if parent == server and word in words:
            found.append(int(stat.parent.name))
    return found


def states(home: Path) -> dict[str, set[str]]:
    """The states of jobs by kind, read beside whoever writes."""
    with sqlite3.connect(home / "ecredit.sqlite3", timeout=30) as database:
        rows = database.execute("SELECT kind, state FROM operation_job").fetchall()
    told: dict[str, set[str]] = {}
    for kind, state in rows:
        told.setdefault(kind, set()).add(state)
    return told


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Path, "subprocess.Popen[bytes]"]]:
    """A served home without any data."""
    home = tmp_path / "home"
    subprocess.run([ECREDIT, "init"], env=environment(home), check=True, capture_output=True, timeout=90)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [ECREDIT, "serve", "--port", str(port), "--workers", "1"],
        env=environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    yield home, process
    if process.poll() is None:
        process.kill()
        process.wait()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
def test_one_command_serves_and_keeps_the_schedule(server):
    home, process = server
    first = wait_for(lambda: children_of(process.pid))
    daily = {
        "evaluate",
        "audit",
        "watch_calendar",
        "remind",
        "seal_notes",
        "expire",
        "resume",
        "deliver",
        "collect_records",
    }
    wait_for(
        lambda: (
            daily
            <= {kind for kind, found in states(home).items() if found and found <= {"done", "attention"}}
        ),
        90,
    )
    os.kill(first[0], signal.SIGKILL)
    second = wait_for(lambda: [worker for worker in children_of(process.pid) if worker != first[0]])
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    wait_for(lambda: not Path(f"/proc/{second[0]}").exists(), 20)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
def test_a_worker_does_not_outlive_a_server_that_was_killed(server):
    _, process = server
    worker = wait_for(lambda: children_of(process.pid))[0]
    portal = children_of(process.pid, b"gunicorn")[0]
    process.kill()
    process.wait()
    try:
        wait_for(lambda: not Path(f"/proc/{worker}").exists(), 30)
    finally:
        os.kill(portal, signal.SIGTERM)
