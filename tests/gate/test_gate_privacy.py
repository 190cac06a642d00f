"""Planted identity numbers, telephones and names, in every place of a request: in no log line, metric or error page."""

import json
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from tests.gate.served_city import Served, serve
from tests.portal.portal_sample import FULL, write_sample

NUMBER, TELEPHONE, NAME = "11010519491231002X", "13812345678", "欧阳小满"
PLANTED = (NUMBER, TELEPHONE, NAME, "110105", "949123", "81234567", quote(NAME))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("home")
    write_sample(home / "public.sqlite3")
    with serve(
        home, workers=2, application="tests.gate.failing_city:application", ECREDIT_LOG_LEVEL="DEBUG"
    ) as city:
        yield city


def test_what_was_typed_is_nowhere(served: Served) -> None:
    told = quote(f"{NAME} {NUMBER} {TELEPHONE}")
    body = f"name={told}&id={NUMBER}".encode()
    typed = {"X-Request-Id": TELEPHONE, "Cookie": f"sessionid={NUMBER}", "Referer": f"http://x/{NUMBER}",
             "User-Agent": NUMBER, "Authorization": f"Bearer {NUMBER}"}  # fmt: skip
    answers = []
    for path in (
        f"/s/{NUMBER}",
        f"/?q={told}",
        f"/{told}",
        f"/about?{told}",
        f"/objection?code={NUMBER}&leaf={TELEPHONE}",
    ):
        answers.append((path, *served.ask(path, headers=typed)))
    wanted = {
        "broken": 500,
        "foreseen": 500,
        "chatty": 200,
        "forbidden": 403,
        "api/v1/public/broken": 500,
        "api/v1/none": 404,
    }
    for path, status in wanted.items():
        answers.append((path, *served.ask(f"/{path}/{told}?{told}", headers=typed)))
        assert answers[-1][1] == status, path
    answers.append(("body", *served.ask(f"/broken/{told}", "POST", body, typed)))
    # A method and a host of somebody's own, and lines that are no request at all.
    answers.append(("method", *served.ask("/about", NUMBER)))
    answers.append(("host", *served.ask("/about", headers={"Host": f"{NUMBER}.example"})))
    for line in (f"{NUMBER} {TELEPHONE}\r\n\r\n", f"GET / HTTP/9.{NUMBER}\r\n\r\n", f"GET / HTTP/1.1\r\n{NUMBER}\r\n\r\n",
                 f"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: {NUMBER}\r\n\r\n"):  # fmt: skip
        with socket.create_connection(("127.0.0.1", served.port), timeout=5) as client:
            client.sendall(line.encode())
            client.shutdown(socket.SHUT_WR)
            came = client.recv(65_536)
        assert came.startswith(b"HTTP/1.1 400 Bad Request")
        answers.append((line, 400, {}, came))
    pages = {
        place: (headers, content.decode()) for place, status, headers, content in answers if status >= 400
    }
    metrics = served.ask("/metrics")[2].decode()
    log = served.said.read_text()
    texts = {
        "log": log,
        "metrics": metrics,
        **{place: f"{headers} {page}" for place, (headers, page) in pages.items()},
    }
    assert len(pages) > 10
    assert not [(place, p) for place, text in texts.items() for p in PLANTED if p in text]
    assert "Traceback" not in "".join(texts.values())
    # What is there instead: the place in the code, the kind of error, the pattern of the address, one number for both.
    lines = [json.loads(line) for line in log.splitlines()]
    (failure,) = [line for line in lines if line.get("error") == "use.wrong"]
    assert any(
        place.startswith("failing_city.py:") and place.endswith(" foreseen") for place in failure["at"]
    )
    assert {"foreseen/<path:told>"} == {
        line["route"]
        for line in lines
        if line["event"] == "request" and line["request_id"] == failure["request_id"]
    }
    template, withheld = (line["event"] for line in lines if line["logger"] == "some.library")
    assert template == "no such thing: %s" and withheld.startswith("(text withheld; said at failing_city.py:")
    assert {line["method"] for line in lines if line["event"] == "request"} == {"GET", "POST", "(other)"}
    assert {line["who"] for line in lines if line["event"] == "request"} == {""}
    assert {tuple(line) for line in lines if line["event"] == "request"} == {
        ("method", "route", "status", "ms", "who", "event", "request_id", "level", "logger", "timestamp")
    }
    assert all(datetime.fromisoformat(line["timestamp"]).tzinfo is UTC for line in lines)


def test_every_answer_has_a_number_of_its_own(served: Served) -> None:
    numbers = {served.ask("/about", headers={"X-Request-Id": "mine"})[1]["X-Request-Id"] for _ in range(5)}
    assert len(numbers) == 5 and all(re.fullmatch("[0-9a-f]{16}", number) for number in numbers)


def test_error_pages_are_in_both_languages(served: Served) -> None:
    for path, zh, en in (
        ("/no/such/page", "没有这个页面", "There is no such page"),
        ("/forbidden/x", "无法处理这个请求", "This request cannot be handled"),
        ("/broken/x", "页面暂时打不开", "went wrong"),
    ):
        for lang, words in (("zh", zh), ("en", en)):
            status, headers, content = served.ask(path, headers={"Accept-Language": lang})
            assert status in (403, 404, 500) and words in content.decode(), path
            assert headers["Content-Security-Policy"] and headers["X-Request-Id"]
    status, headers, content = served.ask("/api/v1/public/broken/x")
    problem = json.loads(content)
    assert headers["Content-Type"] == "application/problem+json"
    assert (status, problem["status"], problem["code"]) == (500, 500, "http.500")
    assert problem["reference"] == headers["X-Request-Id"]
    for lang, title in (("zh", "内部错误"), ("en", "Internal error")):
        keeps_to_the_form(
            served.ask("/api/v1/public/broken/x", headers={"Accept-Language": lang}), lang, title
        )
        missing = {"zh": "没有找到", "en": "Not found"}[lang]
        for path in ("/api/v1/nothing", "/api/v1/public/nothing"):
            keeps_to_the_form(served.ask(path, headers={"Accept-Language": lang}), lang, missing)


def keeps_to_the_form(answer: tuple[int, Any, bytes], lang: str, title: str) -> None:
    """An answer is a problem document as the guide promises it, in the language asked for."""
    status, headers, content = answer
    problem = json.loads(content)
    assert headers["Content-Type"].partition(";")[0] == "application/problem+json"
    assert headers["Content-Language"] == {"zh": "zh-CN", "en": "en"}[lang]
    assert (problem["status"], problem["title"]) == (status, title)
    assert problem["type"] == f"urn:ecredit:problem:{problem['code']}"
    assert problem["detail"] == problem[lang] and problem["zh"] != problem["en"]
    assert not problem.keys() - {"type", "title", "status", "detail", "code", "zh", "en", "reference"}


def test_counts_are_of_all_workers_and_named_by_pattern(served: Served) -> None:
    def counted() -> float:
        text = served.ask("/metrics")[2].decode()
        found = re.search(
            r'^ecredit_requests_total\{method="GET",route="s/<path:code>",status="200"\} (\S+)$', text, re.M
        )
        return float(found[1]) if found else 0.0

    before = counted()
    for _ in range(40):
        assert served.ask(f"/s/{FULL}")[0] == 200
    # Whichever worker is asked gives the sum.
    assert {counted() - before for _ in range(6)} == {40.0}
