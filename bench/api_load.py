"""How fast does the API answer, and what does sending through it cost? Over gunicorn on loopback, as `ecredit serve` does it.

    .venv/bin/python bench/api_load.py [--seconds 8] [--connections 8] [--workers 2] [--rows 100000] [--records 20000]

Makes a home of its own (with `ECREDIT_DATABASE_URL`, databases of its own on that server). Prints requests/s, p50 and p95 of
reading one batch, of reading a receipt and of submitting one record
(every record another), then rows/s of one file by `ecredit collect` and by the API with a worker. Exit code 1 when single
records stay under 300/s or over 30 ms at p95, or the API's rows under 80 % of the command's. The requests are made by wrk when it is
installed, else by a client of its own (slower: it shares the cores with what it measures); the records are written before.
"""

import argparse
import hashlib
import http.client
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / "src")]
from tests.penalty_rows import row, table  # noqa: E402 - found by the line above, in a checkout only

PENALTY = "dual_publicity_penalty"
ECREDIT = str(Path(sys.executable).with_name("ecredit"))
_SERVER = os.environ.get("ECREDIT_DATABASE_URL", "")
LEAST_RATE, MOST_P95_MS, LEAST_SHARE = 300.0, 30.0, 0.8
_LUA = """
local bodies, n, at = {}, 0, 0
for line in io.lines(os.getenv("BODIES")) do n = n + 1; bodies[n] = line end
local method, path = os.getenv("METHOD"), os.getenv("TARGET")
local headers = {["Authorization"] = "Bearer " .. os.getenv("KEY"), ["Content-Type"] = "application/json"}
request = function()
  at = at % n + 1
  local body = bodies[at]
  if body == "" then body = nil end
  return wrk.format(method, path, headers, body)
end
done = function(summary, latency)
  io.write(string.format("RESULT %d %d %f %f %f\\n", summary.requests, summary.errors.status + summary.errors.read +
    summary.errors.connect + summary.errors.timeout + summary.errors.write, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3))
end
"""
_KEY = """
import django; django.setup()
from ecredit.facts.actors.key_actions import issue_key
from ecredit.facts.actors.types import OPERATOR
from ecredit.service.operation.platform import Platform
p = Platform()
scopes = [permission.id for permission in p.catalog.permissions.values() if permission.machine]
print(issue_key(catalog=p.catalog, organisation="gongshang", title="bench", scopes=scopes, days=1, ring=p.ring, by=OPERATOR, at=p.now,
                per_minute=10**8, per_day=10**8).secret)
"""


def environment(home: Path) -> dict[str, str]:
    """With a home of our own, and on PostgreSQL with a database of its own."""
    paths = os.pathsep.join((str(CHECKOUT / "src"), str(CHECKOUT)))
    return {
        **os.environ,
        "ECREDIT_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": paths,
        **({"ECREDIT_DATABASE_URL": _database_of(home)} if _SERVER else {}),
    }


def _database_of(home: Path) -> str:
    return (
        urlsplit(_SERVER)
        ._replace(path=f"/bench_{hashlib.sha256(str(home).encode()).hexdigest()[:16]}")
        .geturl()
    )


@contextmanager
def databases(*folders: Path) -> Iterator[None]:
    """Make the databases of these folders' homes, and drop them in the end."""
    if not _SERVER:
        yield
        return
    import psycopg

    names = [urlsplit(_database_of(folder / "home")).path[1:] for folder in folders]
    with psycopg.connect(_SERVER, autocommit=True) as server:
        for name in names:
            server.execute(f"CREATE DATABASE {name}")
        try:
            yield
        finally:
            for name in names:
                server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def made_home(folder: Path) -> tuple[Path, str]:
    """A home and a key without limits."""
    home = folder / "home"
    subprocess.run([ECREDIT, "init"], env=environment(home), check=True, capture_output=True)
    key = subprocess.run(
        [sys.executable, "-c", _KEY], env=environment(home), check=True, capture_output=True, text=True
    )
    return home, key.stdout.strip().splitlines()[-1]


def cpu_seconds(root: int) -> float:
    """What a process and all below it have used of the processors so far."""
    parent, used = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parent[int(stat.parent.name)], used[int(stat.parent.name)] = (
            int(fields[1]),
            int(fields[11]) + int(fields[12]),
        )
    below, more = {root}, {root}
    while more := {pid for pid, above in parent.items() if above in more}:
        below |= more
    return sum(used.get(pid, 0) for pid in below) / os.sysconf("SC_CLK_TCK")


class Load(NamedTuple):
    """What a run of requests came to; times in milliseconds."""

    requests: int
    refused: int
    seconds: float
    p50: float
    p95: float


class Calls(NamedTuple):
    """Requests to one address, each with the next body; each once, so there must be enough of them."""

    method: str
    path: str
    bodies: Sequence[bytes] = (b"",)


def load(server: int, port: int, key: str, name: str, seconds: float, connections: int, calls: Calls) -> bool:
    """Calls on so many connections; whether both figures are reached."""
    wrk, used = shutil.which("wrk"), cpu_seconds(server)
    fire = _fire_here if wrk is None else partial(_fire_wrk, wrk)
    run = fire(port, key, seconds, connections, calls)
    each = 1e3 * (cpu_seconds(server) - used) / run.requests
    rate = run.requests / run.seconds
    print(
        f"{name:24} {rate:7.0f}/s   p50 {run.p50:6.1f} ms   p95 {run.p95:6.1f} ms   server "
        f"{each:5.2f} ms of a processor each   not taken {run.refused}",
        flush=True,
    )
    once = len(calls.bodies) == 1 or run.requests <= len(calls.bodies)
    assert once, f"{run.requests} requests, {len(calls.bodies)} bodies: give more --records"
    return rate >= LEAST_RATE and run.p95 <= MOST_P95_MS and not run.refused


def _fire_wrk(wrk: str, port: int, key: str, seconds: float, connections: int, calls: Calls) -> Load:
    with tempfile.TemporaryDirectory() as folder:
        script, bodies = Path(folder) / "calls.lua", Path(folder) / "bodies"
        script.write_text(_LUA)
        bodies.write_bytes(b"\n".join(calls.bodies) + b"\n")
        said = subprocess.run(
            [wrk, "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "30s", "-s", str(script), f"http://127.0.0.1:{port}"],
            env={**os.environ, "KEY": key, "METHOD": calls.method, "TARGET": calls.path, "BODIES": str(bodies)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout  # fmt: skip
    result = next(line for line in said.splitlines() if line.startswith("RESULT"))
    requests, refused, took, p50, p95 = map(float, result.split()[1:])
    return Load(int(requests), int(refused), took, p50, p95)


def _fire_here(port: int, key: str, seconds: float, connections: int, calls: Calls) -> Load:
    times: list[float] = []
    refused: list[int] = []
    bodies = itertools.cycle(calls.bodies)
    lock = threading.Lock()
    began = time.monotonic()
    until = began + seconds
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def run() -> None:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        mine = []
        while time.monotonic() < until:
            with lock:
                body = next(bodies)
            sent = time.perf_counter()
            client.request(calls.method, calls.path, body or None, headers)
            answer = client.getresponse()
            answer.read()
            mine.append(time.perf_counter() - sent)
            if answer.status >= 300:
                refused.append(answer.status)
        with lock:
            times.extend(mine)

    threads = [threading.Thread(target=run) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times.sort()
    took = time.monotonic() - began
    return Load(
        len(times), len(refused), took, 1e3 * times[len(times) // 2], 1e3 * times[int(len(times) * 0.95)]
    )


def call(port: int, key: str, method: str, path: str, body: bytes = b"", kind: str = "text/csv") -> Any:
    """One call's answer."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    client.request(method, path, body or None, {"Authorization": f"Bearer {key}", "Content-Type": kind})
    return json.load(client.getresponse())


def bulk(port: int, key: str, content: bytes) -> float:
    """Seconds from sending a file to its receipt."""
    began = time.monotonic()
    sent = call(port, key, "POST", f"/api/v1/sources/{PENALTY}/submissions", content)
    while sent["state"] in ("waiting", "running"):
        time.sleep(0.1)
        sent = call(port, key, "GET", f"/api/v1/submissions/{sent['id']}")
    assert sent["state"] == "done", sent
    return time.monotonic() - began


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--records", type=int, default=20_000, help="written down before, each sent once")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder), Path(folder) / "command"):
        home, key = made_home(Path(folder))
        by_command, _ = made_home(Path(folder) / "command")
        content = table(*(row(n) for n in range(10**6, 10**6 + args.rows))).encode()
        file = Path(folder) / "rows.csv"
        file.write_bytes(content)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = subprocess.Popen(
            [ECREDIT, "serve", "--port", str(port), "--workers", str(args.workers)],
            env=environment(home),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            for _ in range(300):
                try:
                    call(port, key, "GET", "/api/v1/key")
                    break
                except (OSError, ValueError):
                    time.sleep(0.2)
            began = time.monotonic()
            subprocess.run(
                [ECREDIT, "collect", PENALTY, str(file), "--by", "gongshang"],
                env=environment(by_command),
                check=True,
                capture_output=True,
            )
            command = args.rows / (time.monotonic() - began)
            through = args.rows / bulk(port, key, content)
            print(
                f"a file of {args.rows:,} rows: command {command:,.0f} rows/s, API {through:,.0f} rows/s",
                flush=True,
            )
            batch = call(port, key, "GET", "/api/v1/batches?limit=1")["items"][0]["id"]
            record = json.dumps
            first = call(
                port,
                key,
                "POST",
                f"/api/v1/sources/{PENALTY}/records",
                record(row(1)).encode(),
                "application/json",
            )["id"]
            bodies = [record(row(10 + n)).encode() for n in range(args.records)]
            reached = [
                load(server.pid, port, key, name, args.seconds, args.connections, calls)
                for name, calls in (
                    ("read a batch", Calls("GET", f"/api/v1/batches/{batch}")),
                    ("read a receipt", Calls("GET", f"/api/v1/records/{first}")),
                    ("submit one record", Calls("POST", f"/api/v1/sources/{PENALTY}/records", bodies)),
                )
            ]
        finally:
            server.terminate()
            server.wait(timeout=60)
    return 0 if all(reached) and through >= LEAST_SHARE * command else 1


if __name__ == "__main__":
    raise SystemExit(main())
