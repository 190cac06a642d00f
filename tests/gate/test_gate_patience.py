"""The server itself: clients that are slow, silent or gone stop nobody else. Started as `ecredit serve` starts it."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portal.portal_sample import FULL, write_sample

HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
WORKERS, CLIENTS = 1, 64


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The port, and the file of what the server said."""
    home = tmp_path_factory.mktemp("home")
    write_sample(home / "public.sqlite3")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "gunicorn", "--config", "python:config.serving", "config.wsgi:application",
        "--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS), "--no-control-socket",
    ]  # fmt: skip
    said = home / "said"
    with said.open("wb") as errors:
        process = subprocess.Popen(command, env={**os.environ, "ECREDIT_HOME": str(home)}, stderr=errors)
    try:
        for _ in range(300):
            try:
                if _ask(port, "/healthz") == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield port, said
    finally:
        process.terminate()
        process.wait(timeout=20)


def _ask(port: int, path: str, method: str = "GET") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3)
    connection.request(method, path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(HEAD + b"X-Slow: ", id="half a head"),
        pytest.param(b"\r\n\r\n", id="empty lines"),
        pytest.param(HEAD + b"\r\n" + HEAD, id="a request and half of the next"),
        pytest.param(HEAD + b"Connection: close\r\n\r\n", id="gone without closing"),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n\r\nx", id="half a body"
        ),
    ],
)
def test_clients_that_hold_on_to_their_connection_keep_nobody_waiting(
    served: tuple[int, Path], sent: bytes
) -> None:
    port, _ = served
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(CLIENTS)]
    try:
        for client in held:
            client.sendall(sent)
        time.sleep(0.3)
        began = time.monotonic()
        assert [_ask(port, path) for path in ("/", f"/s/{FULL}", "/static/portal/portal.css")] == [200] * 3
        assert time.monotonic() - began < 1
    finally:
        for client in held:
            client.close()


def test_a_head_that_comes_in_pieces_and_two_requests_at_once_are_answered(served: tuple[int, Path]) -> None:
    port, _ = served
    with socket.create_connection(("127.0.0.1", port), timeout=3) as client:
        whole = HEAD + b"\r\n"
        for piece in (b"\r\n", whole[:5], whole[5:30], whole[30:], whole + whole):
            client.sendall(piece)
            time.sleep(0.05)
        came = b""
        while came.count(b"\r\n\r\nok\n") < 3:
            came += client.recv(65_536)
    assert came.count(b"HTTP/1.1 200 OK") == 3


def test_a_small_body_is_waited_for_without_a_thread(served: tuple[int, Path]) -> None:
    port, _ = served
    head = b"POST /about HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\n\r\n"
    held = [socket.create_connection(("127.0.0.1", port), timeout=3) for _ in range(CLIENTS)]
    try:
        for client in held:
            client.sendall(head + b"x" * 20)
        time.sleep(0.3)
        began = time.monotonic()
        assert _ask(port, "/") == 200 and time.monotonic() - began < 1
        # Complete, it is answered, and the connection goes on to the next request.
        held[0].sendall(b"x" * 20)
        assert held[0].recv(65_536).startswith(b"HTTP/1.1 405 ")
        held[0].sendall(HEAD + b"\r\n")
        assert held[0].recv(65_536).startswith(b"HTTP/1.1 200 OK")
    finally:
        for client in held:
            client.close()


def test_a_head_without_end_is_not_waited_for(served: tuple[int, Path]) -> None:
    port, _ = served
    with socket.create_connection(("127.0.0.1", port), timeout=3) as client, pytest.raises(OSError):
        for _ in range(100):
            client.sendall(b"X-Long: " + b"x" * 8000)
            time.sleep(0.01)


def test_asking_for_the_head_alone_is_nothing_to_complain_of(served: tuple[int, Path]) -> None:
    port, said = served
    for path in ("/", f"/s/{FULL}", "/healthz", "/robots.txt", "/no/such/page", "/static/portal/portal.css"):
        assert _ask(port, path, "HEAD") == (404 if "no/such" in path else 200)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3)
    connection.request("HEAD", "/about")
    assert int(connection.getresponse().headers["Content-Length"]) > 1000
    connection.close()
    lines = [json.loads(line) for line in said.read_text().splitlines()]
    assert {line["event"] for line in lines} == {"request"}
    assert {line["route"] for line in lines} >= {"about", "s/<path:code>", "(none)", "static/"}


def test_the_answer_to_a_long_body_says_that_the_connection_ends(served: tuple[int, Path]) -> None:
    """It was told to be kept, and closed: a client's next request was lost."""
    connection = http.client.HTTPConnection("127.0.0.1", served[0], timeout=5)
    connection.request("POST", "/", b"x" * 70_000, {"Content-Type": "text/plain"})
    answer = connection.getresponse()
    answer.read()
    assert (answer.status, answer.getheader("Connection")) == (405, "close")
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 200
    connection.close()


@pytest.mark.parametrize(
    ("path", "kind"), [("/api/v1/sources", "application/problem+json"), ("/", "text/plain")]
)
def test_an_address_in_raw_utf_8_is_refused_in_the_form_of_its_door(
    served: tuple[int, Path], path: str, kind: str
) -> None:
    with socket.create_connection(("127.0.0.1", served[0]), timeout=3) as client:
        client.sendall(f"GET {path}?q=常州 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        came = b""
        while part := client.recv(65_536):
            came += part
    head, _, body = came.decode().partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 400 ") and f"Content-Type: {kind}; charset=utf-8" in head
    assert "常州" not in body and "UTF-8" in body
    if kind == "application/problem+json":
        problem = json.loads(body)
        assert (problem["status"], problem["code"]) == (400, "http.400")
        assert problem["type"] == "urn:ecredit:problem:http.400"
        assert (
            problem["detail"] == problem["zh"] and "UTF-8" in problem["en"] and problem["title"] == "请求有误"
        )
        assert "Content-Language: zh-CN\r\n" in head
