"""How fast does the portal answer? Profiles spread over many subjects, and searches, through gunicorn on loopback.

    .venv/bin/python bench/portal_load.py HOME [--seconds 10] [--connections 8] [--workers 2]

HOME is a home with a public database (bench/public_million.py --keep HOME/public.sqlite3 makes one of a million
subjects). Prints requests/s, p50 and p95 for profiles and for searches of 2, 3 and 4 characters; exit code 1 when
profiles stay under 1,000 requests/s or anything is over 20 ms at p95. Uses wrk when it is installed, else a client of
its own (slower: it shares the cores with what it measures). `CPU` is the workers' own time for one request: on a
machine that is busy with other things it says more than the rate does.
"""

import argparse
import http.client
import os
import random
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote

CHECKOUT: Final = Path(__file__).resolve().parent.parent
LEAST_RATE, MOST_P95_MS = 1_000.0, 20.0
SUBJECTS: Final = 20_000
_LUA: Final = """
local paths, n = {}, 0
for line in io.lines(os.getenv("PATHS")) do n = n + 1; paths[n] = line end
math.randomseed(tonumber(tostring({}):match("0x(%x+)"), 16))
local at = math.random(n)
request = function() at = at % n + 1; return wrk.format("GET", paths[at]) end
done = function(summary, latency)
  io.write(string.format("RESULT %d %d %f %f %f\\n", summary.requests, summary.errors.status + summary.errors.read +
    summary.errors.connect + summary.errors.timeout + summary.errors.write, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3))
end
"""


class Load(NamedTuple):
    """What a run of requests came to; times in milliseconds."""

    requests: int
    failed: int
    seconds: float
    p50: float
    p95: float


def sample(database: Path, dice: random.Random) -> tuple[list[str], dict[int, list[str]]]:
    """Profile addresses and, by length, parts of names to search for."""
    connection = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)
    (last,) = connection.execute("SELECT max(id) FROM subject").fetchone()
    ids = [dice.randint(1, last) for _ in range(SUBJECTS)]
    found = [
        connection.execute("SELECT code, name FROM subject WHERE id >= ? LIMIT 1", (n,)).fetchone()
        for n in ids
    ]
    connection.close()
    parts: dict[int, list[str]] = {2: [], 3: [], 4: []}
    for _, name in found[:3000]:
        for length, texts in parts.items():
            start = dice.randrange(max(1, len(name) - length))
            if (part := name[start : start + length]).isalnum():
                texts.append(part)
    return [f"/s/{quote(code)}" for code, _ in found], parts


@contextmanager
def server(home: Path, workers: int) -> Iterator[tuple[int, int]]:
    """Gunicorn with the portal's own settings on a free port of loopback; gives the port and the process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "gunicorn", "--config", "python:config.serving",
        "--bind", f"127.0.0.1:{port}", "--workers", str(workers), "config.wsgi:application",
    ]  # fmt: skip
    environment = {**os.environ, "ECREDIT_HOME": str(home), "PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / 'src'}"}
    process = subprocess.Popen(command, cwd=CHECKOUT, env=environment)
    try:
        for _ in range(200):
            if process.poll() is not None:
                sys.exit("gunicorn did not start")
            try:
                if _get(port, "/readyz") == 200:
                    break
            except OSError:
                pass
            time.sleep(0.1)
        else:
            sys.exit("the portal is not ready after 20 s; is there a public database in the home?")
        _wait_for_all(process.pid, workers)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for_all(master: int, workers: int) -> None:
    """One worker answers before the others have loaded: wait until all are there and none is busy."""
    before, until = -1.0, time.monotonic() + 30
    while time.monotonic() < until:
        listed = Path(f"/proc/{master}/task/{master}/children")
        if not listed.exists():
            return
        spent = cpu_seconds(master)
        if spent == before and len(listed.read_text().split()) == workers:
            return
        before = spent
        time.sleep(0.5)


def cpu_seconds(master: int) -> float:
    """Processor time of the master's workers so far (0 where there is no /proc)."""
    listed = Path(f"/proc/{master}/task/{master}/children")
    if not listed.exists():
        return 0.0
    ticks = 0
    for worker in listed.read_text().split():
        fields = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _get(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


def fire(port: int, paths: list[str], connections: int, seconds: float) -> Load:
    """Ask for the paths in turn on that many connections."""
    wrk = shutil.which("wrk")
    return (
        _fire_wrk(wrk, port, paths, connections, seconds)
        if wrk
        else _fire_here(port, paths, connections, seconds)
    )


def _fire_wrk(wrk: str, port: int, paths: list[str], connections: int, seconds: float) -> Load:
    with tempfile.TemporaryDirectory() as folder:
        script, listed = Path(folder) / "spread.lua", Path(folder) / "paths"
        script.write_text(_LUA)
        listed.write_text("\n".join(paths))
        said = subprocess.run(
            [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), f"http://127.0.0.1:{port}"],
            env={**os.environ, "PATHS": str(listed)}, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    result = re.search(r"RESULT (\d+) (\d+) ([\d.]+) ([\d.]+) ([\d.]+)", said)
    assert result is not None, said
    return Load(int(result[1]), int(result[2]), float(result[3]), float(result[4]), float(result[5]))


def _fire_here(port: int, paths: list[str], connections: int, seconds: float) -> Load:
    times: list[float] = []
    failed = 0
    end = time.perf_counter() + seconds

    def client(start: int) -> None:
        nonlocal failed
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        at = start
        while (begun := time.perf_counter()) < end:
            connection.request("GET", paths[at % len(paths)])
            answer = connection.getresponse()
            answer.read()
            failed += answer.status >= 400
            times.append((time.perf_counter() - begun) * 1000)
            at += 1

    begun = time.perf_counter()
    clients = [threading.Thread(target=client, args=(n * 997,)) for n in range(connections)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    times.sort()
    taken = time.perf_counter() - begun
    return Load(len(times), failed, taken, times[len(times) // 2], times[len(times) * 95 // 100])


def main() -> int:
    """Start, warm, measure, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    profiles, parts = sample(options.home / "public.sqlite3", random.Random(20261125))
    good = True
    with server(options.home, options.workers) as (port, master):
        fire(port, profiles, options.connections, 2)
        runs = [("profile pages", profiles)] + [
            (f"search, {length} characters", [f"/?q={quote(text)}" for text in texts])
            for length, texts in parts.items()
        ]
        for label, paths in runs:
            before = cpu_seconds(master)
            load = fire(port, paths, options.connections, options.seconds)
            cpu = (cpu_seconds(master) - before) / load.requests * 1000
            rate = load.requests / load.seconds
            print(
                f"{label:22} {rate:7.0f} requests/s  p50 {load.p50:6.2f}  p95 {load.p95:6.2f} ms"
                f"  CPU {cpu:5.2f} ms  failed {load.failed}"
            )
            good &= (
                load.failed == 0 and load.p95 < MOST_P95_MS and (paths is not profiles or rate >= LEAST_RATE)
            )
    print(
        "reached"
        if good
        else f"NOT reached: {LEAST_RATE:.0f} profiles/s, p95 under {MOST_P95_MS:.0f} ms, none failed"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
