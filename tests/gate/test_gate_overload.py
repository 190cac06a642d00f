"""More than can be carried: quick 503 with Retry-After for what is over, the rest is answered, and nothing piles up."""

import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from ecredit.surface.gate.patient_worker import _body_length
from tests.gate.served_city import Served, serve
from tests.portal.portal_sample import write_sample

MOST = 10


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One worker of eight threads that takes ten requests at a time."""
    home = tmp_path_factory.mktemp("home")
    write_sample(home / "public.sqlite3")
    with serve(
        home,
        application="tests.gate.failing_city:application",
        ECREDIT_MOST_WAITING=str(MOST),
        ECREDIT_LONGEST_WAIT="0.3",
    ) as city:
        yield city


def together(
    served: Served, count: int, path: str, **more: object
) -> list[tuple[int, float, dict[str, str], bytes]]:
    """The same request from many at once: status, seconds, headers, body of each."""
    found = []

    def ask() -> None:
        began = time.monotonic()
        status, headers, body = served.ask(path, **more)
        found.append((status, time.monotonic() - began, dict(headers), body))

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_what_is_over_is_told_so_at_once(served: Served) -> None:
    answers = together(served, 60, "/slow")
    statuses = Counter(status for status, *_ in answers)
    # Eight had a thread; two more were taken, waited longer than may be, and were told when a thread came free.
    assert statuses == {200: 8, 503: 52}
    refused = sorted(answer for answer in answers if answer[0] == 503)
    assert sum(seconds < 0.45 for _, seconds, *_ in refused) >= 50
    for _, _, headers, body in refused:
        assert headers["Retry-After"] == "5" and headers["Cache-Control"] == "no-store"
        assert "请过几秒再试" in body.decode() and "try again" in body.decode()
    began = time.monotonic()
    assert served.ask("/about")[0] == 200 and time.monotonic() - began < 1
    counts = dict(
        re.findall(
            r'^ecredit_turned_away_total\{why="(\w+)"\} (\S+)$', served.ask("/metrics")[2].decode(), re.M
        )
    )
    assert counts == {"full": "50.0", "late": "2.0"}


def test_a_program_gets_a_problem_document_and_a_head_no_body(served: Served) -> None:
    blocking = threading.Thread(target=together, args=(served, 40, "/slow"))
    blocking.start()
    time.sleep(0.2)
    for lang, title in (("zh", "暂时不可用"), ("en", "Not available at the moment")):
        status, headers, body = served.ask("/api/v1/subjects", headers={"Accept-Language": lang})
        problem = json.loads(body)
        assert (status, headers["Content-Type"]) == (503, "application/problem+json; charset=utf-8")
        assert (problem["type"], problem["code"]) == ("urn:ecredit:problem:overloaded", "overloaded")
        assert (problem["title"], problem["detail"]) == (title, problem[lang])
        assert headers["Content-Language"] == {"zh": "zh-CN", "en": "en"}[lang]
    status, headers, body = served.ask("/", "HEAD")
    assert (status, body) == (503, b"") and int(headers["Content-Length"]) > 100
    # Whoever watches is not turned away.
    assert served.ask("/healthz")[0] == 200
    blocking.join()


def test_large_bodies_leave_threads_for_others(served: Served) -> None:
    body = b"x" * 3_000_000
    answers = together(served, 6, "/size", method="POST", body=body)
    assert [(status, size) for status, _, _, size in answers] == [(200, b"3000000")] * 6
    held = [threading.Thread(target=_send_slowly, args=(served.port,)) for _ in range(12)]
    for thread in held:
        thread.start()
    time.sleep(0.5)
    began = time.monotonic()
    assert served.ask("/about")[0] == 200 and time.monotonic() - began < 1
    for thread in held:
        thread.join()


LENGTHS = (
    b"Content-Length: 00000000000000060000",
    b"content-length:\t" + b"0" * 4000 + b"999999 \t",
    b"Content-Length: 999999999999999999999",
    b"CONTENT-LENGTH: +60000",
    b"Content-Length: 60_000",
    b"Content-Length: 6\r\nContent-Length: 60000",
    b"Content-Length: 5, 60000",
    b"Content-Length : 60000",
    b"Content-Length:\r\n 60000",
    b"Content-Length: \xb2",
    b"Content-Length:",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding : chunked",
    b"transfer-encoding:\tCHUNKED\r\nContent-Length: 3",
)


@pytest.mark.parametrize("length", LENGTHS, ids=range(len(LENGTHS)))
def test_a_length_however_it_is_written_takes_no_thread_of_the_pages(served: Served, length: bytes) -> None:
    """What is not understood was taken for no body, and the thread waited for it all the same."""
    head = b"POST /size HTTP/1.1\r\nHost: localhost\r\n" + length + b"\r\n\r\n"
    held = [socket.create_connection(("127.0.0.1", served.port), timeout=5) for _ in range(MOST - 1)]
    try:
        for client in held:
            client.sendall(head)
        time.sleep(0.2)
        began = time.monotonic()
        assert served.ask("/about")[0] == 200 and time.monotonic() - began < 1
    finally:
        for client in held:
            client.close()
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("written", "bytes_of_body"),
    [
        (b"Content-Length: 00000000000000060000", 60_000),
        (b"content-LENGTH:\t7 ", 7),
        (b"Content-Length: 0000", 0),
        (b"Content-Length-Of: 7", 0),
        (b"X-Content-Length: 7", 0),
        (b"Content-Length: 1e3", None),
        (b"Content-Length: \xb2", None),
        (b"Content-Length: " + b"9" * 5000, None),
        (b"Expect: 100-continue\r\nContent-Length: 7", None),
    ],
)
def test_what_a_head_says_of_its_body(written: bytes, bytes_of_body: int | None) -> None:
    head = b"POST / HTTP/1.1\r\n" + written + b"\r\nHost: localhost\r\n"
    assert _body_length(head) == bytes_of_body


def _send_slowly(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(b"POST /size HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999\r\n\r\n")
        try:
            for _ in range(10):
                client.sendall(b"x" * 100)
                time.sleep(0.1)
        except OSError:
            pass
