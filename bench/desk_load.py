"""How fast does the desk answer over a city's whole data? Its pages one by one, then people of all kinds at once.

    .venv/bin/python bench/desk_load.py HOME [--each 40] [--users 400,90,10] [--seconds 60] [--workers 2]

HOME is a filled home (`--fill 1000000,10` makes it: that many firms, and so many files of a million penalties, by
`ecredit collect`). Adds a person for every role to it, past the journal, so that `log audit` names them: use a home of its
own. First every page in turn on two connections: p50 and p95 each; then so many who read the portal, work at the desk, and
upload, each with a connection of its own, pausing a second or two between pages as people do. Exit code 1 when a page is
over 200 ms at p95 or anything but an answer or a quick 503 is got.
"""

import argparse
import asyncio
import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

CHECKOUT: Final = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / "src"), str(CHECKOUT / "bench")]
import penalty_file  # noqa: E402 - found by the line above
from portal_load import cpu_seconds, server  # noqa: E402

MOST_P95_MS: Final = 200.0
ECREDIT: Final = str(Path(sys.executable).with_name("ecredit"))
_ENTER: Final = """
import json, django; django.setup()
from django.conf import settings
settings.ALLOWED_HOSTS = ["*"]
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, RequestFactory
from ecredit.facts.actors.models import Membership, Person
from ecredit.surface.desk.platform import city
from ecredit.surface.desk.session import start_session
cookies = {}
for role in city().catalog.roles.values():
    login, where = "bench-" + role.id.replace("_", "-"), "gongshang" if "city" not in role.of else "jingxin_xinyong"
    person = Person.objects.filter(login=login).first()
    if person is None:
        person = Person(login=login, name="压测", created_at=city().now, created_by="operator", must_change_password=False)
        person.set_unusable_password()
        person.save()
        Membership.objects.create(person=person, organisation=where, role=role.id, valid_from=city().now.date(), granted_by="operator")
    request = RequestFactory().get("/desk/")
    request.session = SessionStore()
    request.session.create()
    start_session(request, person, method="password+totp", at=city().now)
    request.session.save()
    cookies[role.id] = request.session.session_key
client = Client()
client.cookies[settings.SESSION_COOKIE_NAME] = cookies["credit_officer"]
for subject in SUBJECTS:
    client.post(f"/desk/subjects/{subject}/purpose", {"purpose": "other", "words": "压力测试中查阅"})
client.post("/desk/purpose", {"work": "quarantine", "purpose": "other", "words": "压力测试中查阅"})
print(json.dumps({"name": settings.SESSION_COOKIE_NAME, "cookies": cookies}))
"""


def environment(home: Path) -> dict[str, str]:
    """With a home of our own."""
    return {
        **os.environ,
        "ECREDIT_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": os.pathsep.join((str(CHECKOUT / "src"), str(CHECKOUT))),
    }


def fill(home: Path, firms: int, files: int) -> None:
    """Collect a register of `firms` and so many files of a million penalties."""
    home.parent.mkdir(parents=True, exist_ok=True)
    file = home.parent / "bench.csv"

    def run(*words: str) -> None:
        began = time.monotonic()
        subprocess.run([ECREDIT, *words], env=environment(home), check=True, capture_output=True)
        print(f"{' '.join(words[:2]):40} {time.monotonic() - began:7.0f} s", flush=True)

    run("init")
    penalty_file.write_register(file, firms)
    run("collect", "registration", str(file), "--by", "gongshang")
    for number in range(files):
        penalty_file.write_penalties(file, 10**6, firms, seed=number, first=number * 10**6)
        run("collect", "dual_publicity_penalty", str(file), "--by", "gongshang")
    file.unlink()
    run("evaluate")


def pages(home: Path, dice: random.Random) -> tuple[list[tuple[str, str, Callable[[], str]]], list[int]]:
    """Role, name and address of every kind of page; and the subjects whose files are read."""
    database = sqlite3.connect(f"{(home / 'ecredit.sqlite3').resolve().as_uri()}?mode=ro", uri=True)
    (last,) = database.execute("SELECT max(id) FROM subjects_subject").fetchone()
    subjects = [dice.randint(1, last) for _ in range(200)]
    batches = [n for (n,) in database.execute("SELECT id FROM collection_batch ORDER BY id")]
    held = [
        n for (n,) in database.execute("SELECT id FROM collection_held_row WHERE state = 'held' LIMIT 500")
    ]
    leaves = [
        database.execute(
            "SELECT leaf, subject_id FROM records_entry WHERE subject_id = ? LIMIT 1", (n,)
        ).fetchone()
        for n in subjects
    ]
    records = [found for found in leaves if found]
    database.close()

    def one(pattern: str, among: list[Any]) -> Callable[[], str]:
        return lambda: (
            pattern.format(*each) if isinstance(each := dice.choice(among), tuple) else pattern.format(each)
        )

    def record() -> str:
        leaf, subject = dice.choice(records)
        return f"/desk/subjects/{subject}/records/{leaf}"

    def name() -> str:
        text = penalty_file.name(dice.randrange(last))
        return f"/desk/subjects?q={quote(text[2:5])}"

    def fixed(path: str) -> Callable[[], str]:
        return lambda: path

    officer, clerk = "credit_officer", "clerk"
    found = [
        (clerk, "clerk's home", fixed("/desk/")),
        (clerk, "batches", fixed("/desk/batches")),
        (clerk, "batch", one("/desk/batches/{}", batches)),
        (clerk, "waiting", fixed("/desk/batches/waiting")),
        (clerk, "waiting lines", one("/desk/batches/{}/waiting", batches)),
        (officer, "officer's home", fixed("/desk/")),
        (officer, "quality", fixed("/desk/quality")),
        (officer, "quality of one", fixed("/desk/quality/gongshang")),
        (officer, "quarantine", fixed("/desk/quarantine")),
        (officer, "quarantine, filtered", fixed("/desk/quarantine?rule=uscc_check_digit")),
        (officer, "quarantine, page 100", fixed("/desk/quarantine?at=5000")),
        (officer, "quarantine row", one("/desk/quarantine/{}", held)),
        (officer, "review", fixed("/desk/review")),
        (officer, "subjects by name", name),
        (officer, "subjects by code", lambda: f"/desk/subjects?q={penalty_file.code(dice.randrange(last))}"),
        (officer, "subject", one("/desk/subjects/{}", subjects)),
        (officer, "subject as of", one("/desk/subjects/{}?as_of=2026-06-01", subjects)),
        (officer, "record", record),
        (officer, "merges", fixed("/desk/merges")),
        (officer, "approvals", fixed("/desk/approvals")),
        (officer, "catalogue", fixed("/desk/catalog")),
        (officer, "source", fixed("/desk/catalog/sources/dual_publicity_penalty")),
        ("audit_admin", "journal", fixed("/desk/journal")),
        ("audit_admin", "journal, searched", fixed("/desk/journal?q=batch")),
        ("system_admin", "organisations", fixed("/desk/organisations")),
        ("system_admin", "people", fixed("/desk/people")),
        ("system_admin", "jobs", fixed("/desk/jobs")),
    ]  # fmt: skip
    return found, subjects


class Caller:
    """A connection that is kept, as a browser's."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self.port, self.cookie = port, cookie
        self._pipe: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __call__(self, path: str, body: bytes = b"", more: str = "") -> tuple[int, bytes]:
        """Status and content. An answer that says to close the connection is obeyed."""
        if self._pipe is None:
            self._pipe = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._pipe
        verb = "POST" if body else "GET"
        head = f"{verb} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAccept-Language: zh-CN\r\n{more}"
        head += f"Cookie: {self.cookie}\r\n" if self.cookie else ""
        head += f"Content-Length: {len(body)}\r\n" if body else ""
        writer.write(head.encode() + b"\r\n" + body)
        try:
            told = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = re.search(rb"content-length: *(\d+)", told)
            content = await reader.readexactly(int(length[1])) if length else b""
            if b"connection: close" in told:
                self.close()
            return int(told.split(b" ", 2)[1]), content
        except (asyncio.IncompleteReadError, ConnectionError):
            self.close()
            raise

    def close(self) -> None:
        """Let the connection go."""
        if self._pipe is not None:
            self._pipe[1].close()
            self._pipe = None


async def _ask(caller: Caller, address: Callable[[], str], times: int) -> list[tuple[int, float]]:
    """Status and milliseconds of so many calls, one after the other."""
    told = []
    for _ in range(times):
        began = time.perf_counter()
        status, _body = await caller(address())
        told.append((status, 1e3 * (time.perf_counter() - began)))
    return told


async def one_by_one(
    port: int, kinds: list[tuple[str, str, Callable[[], str]]], enter: dict, each: int
) -> bool:
    """Every page so many times on two connections; whether all are quick enough."""
    good = True
    for role, name, address in kinds:
        callers = [Caller(port, f"{enter['name']}={enter['cookies'][role]}") for _ in range(2)]
        answers = await asyncio.gather(*(_ask(caller, address, each // 2) for caller in callers))
        for caller in callers:
            caller.close()
        times = [took for part in answers for _, took in part]
        said = Counter(status for part in answers for status, _ in part)
        times.sort()
        p95 = times[int(len(times) * 0.95)]
        good &= p95 <= MOST_P95_MS and set(said) == {200}
        print(
            f"{name:24} p50 {times[len(times) // 2]:7.1f} ms   p95 {p95:7.1f} ms   {dict(said)}", flush=True
        )
    return good


async def all_at_once(port: int, kinds: list[tuple[str, str, Callable[[], str]]], enter: dict, users: list[int],
                      seconds: float, dice: random.Random, firms: int, key: str) -> bool:  # fmt: skip
    """People of three kinds for a while; whether nothing went wrong."""
    until = time.monotonic() + seconds
    times: dict[str, list[float]] = {"read": [], "work": [], "upload": [], "turned away": []}
    said: dict[str, Counter[str]] = {kind: Counter() for kind in times}

    async def live(kind: str, caller: Caller, ask: Callable[[], tuple[str, bytes, str]]) -> None:
        await asyncio.sleep(dice.random() * 3)
        while time.monotonic() < until:
            path, body, more = ask()
            began = time.perf_counter()
            try:
                status, _ = await caller(path, body, more)
            except OSError as error:
                said[kind][type(error).__name__] += 1
                continue
            except asyncio.IncompleteReadError:
                said[kind]["cut off"] += 1
                continue
            took = 1e3 * (time.perf_counter() - began)
            times["turned away" if status == 503 else kind].append(took)
            said[kind][str(status)] += 1
            await asyncio.sleep(1 + 2 * dice.random())
        caller.close()

    def reading() -> tuple[str, bytes, str]:
        n = dice.randrange(firms)
        return (f"/s/{penalty_file.code(n)}" if dice.random() < 0.6 else f"/?q={n}"), b"", ""

    def working(role: str) -> Callable[[], tuple[str, bytes, str]]:
        own = [address for whose, _, address in kinds if whose == role]
        return lambda: (dice.choice(own)(), b"", "")

    def uploading() -> tuple[str, bytes, str]:
        rows = [",".join(penalty_file.HEADER)]
        first = dice.randrange(10**9)
        rows += [
            ",".join(penalty_file._row(10**8 + first + n, dice.randrange(firms), dice)) for n in range(200)
        ]
        content = "\r\n".join(rows).encode("gb18030")
        more = f"Authorization: Bearer {key}\r\nContent-Type: text/csv\r\n"
        return "/api/v1/sources/dual_publicity_penalty/submissions", content, more

    roles = sorted({role for role, _, _ in kinds if role in ("credit_officer", "clerk")})
    many = [live("read", Caller(port), reading) for _ in range(users[0])]
    for n in range(users[1]):
        role = roles[n % len(roles)]
        many.append(live("work", Caller(port, f"{enter['name']}={enter['cookies'][role]}"), working(role)))
    many += [live("upload", Caller(port), uploading) for _ in range(users[2])]
    await asyncio.gather(*many)
    good = True
    for kind, taken in times.items():
        taken.sort()
        if taken:
            p95 = taken[int(len(taken) * 0.95)]
            print(f"{kind:12} {len(taken) / seconds:6.1f}/s  p50 {taken[len(taken) // 2]:7.1f} ms  p95 {p95:7.1f} ms  "
                  f"slowest {taken[-1]:7.0f} ms  {dict(said[kind])}", flush=True)  # fmt: skip
        good &= set(said[kind]) <= {"200", "202", "404", "503"}
    return good


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("--fill", help="FIRMS,FILES")
    parser.add_argument("--each", type=int, default=40)
    parser.add_argument("--users", default="400,90,10")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    if args.fill:
        fill(args.home, *map(int, args.fill.split(",")))
    dice = random.Random(7)
    kinds, subjects = pages(args.home, dice)

    def django(code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment(args.home),
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip().splitlines()[-1]

    from api_load import _KEY

    enter = json.loads(django(f"SUBJECTS = {subjects}\n{_ENTER}"))
    key = django(_KEY)
    os.environ["ECREDIT_LOG_LEVEL"] = "WARNING"
    with server(args.home, args.workers) as (port, master):
        good = asyncio.run(one_by_one(port, kinds, enter, args.each))
        used = cpu_seconds(master)
        users = [int(n) for n in args.users.split(",")]
        if sum(users):
            firms = 10**6
            good &= asyncio.run(all_at_once(port, kinds, enter, users, args.seconds, dice, firms, key))
            print(f"the server used {(cpu_seconds(master) - used) / args.seconds:.2f} processors")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
