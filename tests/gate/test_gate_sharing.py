"""Connections that are kept are shared out over the workers, and an answer leaves in one piece."""

import http.client
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from gunicorn.workers.gthread import ThreadWorker

from ecredit.surface.gate.fair_share import MOST_PLACES, Places
from ecredit.surface.gate.patient_worker import PatientWorker
from ecredit.surface.gate.quick_lane import QuickLane
from tests.gate.served_city import Served, serve
from tests.portal.portal_sample import FULL, write_sample


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("home")
    write_sample(home / "public.sqlite3")
    with serve(home, workers=2) as city:
        yield city


def test_whoever_holds_more_lets_another_take_the_next() -> None:
    places = Places()
    first, second = places.take(), places.take()
    assert (first, second) == (0, 1)
    places.tell(first, 1)
    assert not places.is_anothers_turn(first, 1)  # the second is not ready yet
    places.tell(second, 0)
    assert places.is_anothers_turn(first, 1) and not places.is_anothers_turn(second, 0)
    # Of many, an eighth more is no reason to stand back: the door would open one at a time.
    places.tell(second, 80)
    assert not places.is_anothers_turn(first, 90) and places.is_anothers_turn(first, 91)
    # One that ends lets go of what it holds, and takes no more.
    places.retire(second)
    assert not places.is_anothers_turn(first, 1000)
    places.leave(second)
    assert not places.is_anothers_turn(first, 1000)
    assert places.take() == second


def test_a_worker_without_a_place_takes_what_comes() -> None:
    places = Places()
    assert [places.take() for _ in range(MOST_PLACES)] == list(range(MOST_PLACES))
    assert places.take() is None
    places.tell(None, 9)
    places.leave(None)
    places.retire(None)
    assert not places.is_anothers_turn(None, 9)


def test_a_worker_that_ends_does_not_tell_what_it_still_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its falling number made the others stand back for it."""
    places = Places()
    monkeypatch.setattr("ecredit.surface.gate.patient_worker.PLACES", places)
    monkeypatch.setattr(ThreadWorker, "wait_for_and_dispatch_events", lambda *_: None)
    monkeypatch.setattr(ThreadWorker, "set_accept_enabled", lambda *_: None)
    worker: PatientWorker = object.__new__(PatientWorker)
    worker.quick = QuickLane(1)
    worker.place, worker.nr_conns, worker.alive = places.take(), 3, True
    other = places.take()
    worker.wait_for_and_dispatch_events(0)
    assert places.is_anothers_turn(other, 9)
    # As gunicorn goes on when it is told to end: it closes the door and waits for what it still holds.
    worker.alive = False
    worker.set_accept_enabled(False)
    for worker.nr_conns in (2, 1, 0):
        worker.wait_for_and_dispatch_events(0)
        assert not places.is_anothers_turn(other, 9)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="told by /proc")
def test_the_process_that_forks_has_no_threads_of_its_own() -> None:
    """DuckDB starts threads when it is imported; its workers lacked them, and each ended with SIGABRT."""
    look = (
        "import os, sys, config.serving, ecredit.surface.gate.patient_worker;"
        "print(len(os.listdir('/proc/self/task')), *sorted({'duckdb', 'pyarrow', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1"]


def test_workers_told_to_stop_end_without_a_word(tmp_path: Path) -> None:
    write_sample(tmp_path / "public.sqlite3")
    with serve(tmp_path) as city:
        assert [city.ask(path)[0] for path in ("/", "/data/subjects.csv")] == [200, 200]
    assert [line for line in city.said.read_text().splitlines() if '"event": "request"' not in line] == []


def _connections_of_workers(port: int) -> list[int]:
    """How many connections to the port each of its processes has; by /proc."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = {row[9] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "01"}
    held = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            links = [str(link.readlink()) for link in (process / "fd").iterdir()]
            name = (process / "cmdline").read_text()
        except OSError:
            continue
        if f"127.0.0.1:{port}" in name:
            held.append(sum(link.removeprefix("socket:[").rstrip("]") in ours for link in links))
    return sorted(held)


def _shares(port: int, many: int) -> list[int]:
    """How many of so many connections, opened one after another and kept, each worker gets."""
    with ExitStack() as held:
        for _ in range(many):
            connection = held.enter_context(
                closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10))
            )
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        return _connections_of_workers(port)[1:]  # the master has none


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="told by /proc")
def test_connections_are_shared_out(served: Served) -> None:
    until = time.monotonic() + 60
    while _shares(served.port, 2) != [1, 1] and time.monotonic() < until:
        time.sleep(0.1)  # one of them may still be loading
    # On a busy machine the one whose turn it is may come too late now and then.
    assert min(_shares(served.port, 16)) >= 6


@pytest.mark.parametrize(
    ("request_line", "status"), [(f"GET /s/{FULL}", 200), ("HEAD /about", 200), ("GET /nothing", 404)]
)
def test_head_and_page_come_together(served: Served, request_line: str, status: int) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as client:
        client.sendall(f"{request_line} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        came = client.recv(1_000_000)
    head, _, body = came.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    assert head.startswith(f"HTTP/1.1 {status} ".encode()) and length is not None
    assert len(body) == (0 if request_line.startswith("HEAD") else int(length[1]))


def test_a_file_and_an_answer_without_a_length_are_whole(served: Served) -> None:
    sheet = Path("src/ecredit/surface/portal/static/portal/portal.css").read_bytes()
    status, headers, body = served.ask("/static/portal/portal.css")
    assert (status, body, headers["Content-Length"]) == (200, sheet, str(len(sheet)))
    status, headers, body = served.ask("/data/subjects.csv")
    assert status == 200 and FULL.encode() in body
