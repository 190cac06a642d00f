"""What goes with the pages: caching, refusal, headers, health."""

import sqlite3
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from ecredit.surface.portal.reading import public_store
from tests.portal.conftest import Move
from tests.portal.page_checks import read_page
from tests.portal.portal_sample import FULL, MANY, PLAIN, PROJECTED_AT, write_sample

PAGES = [
    "/",
    "/?q=小满",
    "/?q=批量",
    "/about",
    f"/s/{FULL}",
    f"/s/{MANY}?section=penalty",
    "/objection",
    f"/objection?code={FULL}&leaf=21",
]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_is_whole_and_carries_nothing_inline(client: Client, path: str, lang: str) -> None:
    answer = client.get(path, HTTP_ACCEPT_LANGUAGE=lang)
    assert answer.status_code == 200
    assert read_page(answer.content.decode()).problems == []
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
    assert not answer.cookies


@pytest.mark.parametrize("path", PAGES)
def test_an_unchanged_page_is_not_sent_twice(client: Client, path: str) -> None:
    first = client.get(path)
    for known in (first.headers["ETag"], f"W/{first.headers['ETag']}", f'"x", {first.headers["ETag"]}', "*"):
        again = client.get(path, HTTP_IF_NONE_MATCH=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    assert client.get(path, HTTP_IF_NONE_MATCH='"other"').status_code == 200
    assert client.get(path, HTTP_ACCEPT_LANGUAGE="en").headers["ETag"] != first.headers["ETag"]


def test_what_changed_is_sent_again(client: Client, move_clock: Move) -> None:
    tag = client.get(f"/s/{FULL}").headers["ETag"]
    move_clock(timedelta(days=1))
    assert client.get(f"/s/{FULL}", HTTP_IF_NONE_MATCH=tag).status_code == 200


def test_no_copy_outlives_the_day(client: Client, move_clock: Move) -> None:
    assert client.get("/").headers["Cache-Control"] == "public, max-age=60"
    move_clock(timedelta(hours=15, minutes=29, seconds=53))  # 23:59:53 in Shanghai
    assert client.get("/").headers["Cache-Control"] == "public, max-age=7"


@pytest.mark.parametrize("path", [*PAGES, "/s/1234", "/no/such/page"])
@pytest.mark.parametrize("invented", ["1", "", None])
def test_every_page_of_an_invented_city_says_so(
    tmp_path: Path, settings: Any, path: str, invented: str | None
) -> None:
    settings.ECREDIT_HOME = tmp_path
    settings.ECREDIT_CLOCK = lambda: PROJECTED_AT
    write_sample(tmp_path / "public.sqlite3", {} if invented is None else {"invented": invented})
    for lang in ("zh", "en"):
        html = Client().get(path, HTTP_ACCEPT_LANGUAGE=lang).content.decode()
        assert ("演示数据，均为虚构" in html) is (invented == "1")
        assert ("Demonstration data, all invented" in html) is (invented == "1")
        assert read_page(html).problems == []


def test_only_reading_is_possible(client: Client) -> None:
    for path in ("/", f"/s/{FULL}", "/objection", "/about", "/healthz"):
        assert client.post(path, {"q": "x"}).status_code == 405
    head = client.head(f"/s/{FULL}")
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.django_db
def test_health(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"
    ready = client.get("/readyz")
    assert (ready.status_code, ready.content.decode()) == (
        200,
        "ready; data as of 2026-11-25T00:30:00+00:00\n",
    )
    assert ready.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
@pytest.mark.parametrize("content", [None, b"this is no database, only a file of some length" * 100])
def test_without_a_readable_database_the_portal_says_so(
    tmp_path: Path, settings: Any, content: bytes | None
) -> None:
    settings.ECREDIT_HOME = tmp_path
    if content is not None:
        (tmp_path / "public.sqlite3").write_bytes(content)
    client = Client()
    for path in ("/", "/?q=小满", f"/s/{FULL}", "/objection?code=1"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "60"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "公示数据暂时无法读取" in answer.content.decode()
        assert read_page(answer.content.decode()).problems == []
    assert client.get("/about").status_code == 200
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert "公示数据库" in ready.content.decode()
    assert str(tmp_path) not in ready.content.decode()


@pytest.mark.django_db
def test_the_portal_recovers_when_the_database_appears(tmp_path: Path, settings: Any) -> None:
    settings.ECREDIT_HOME = tmp_path
    client = Client()
    assert client.get(f"/s/{FULL}").status_code == 503
    write_sample(tmp_path / "public.sqlite3")
    assert client.get(f"/s/{FULL}").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_error_pages(client: Client) -> None:
    lost = client.get("/no/such/page", HTTP_ACCEPT_LANGUAGE="en")
    assert lost.status_code == 404
    assert "There is no such page" in lost.content.decode()
    assert read_page(lost.content.decode()).problems == []
    refused = client.get("/", HTTP_HOST="evil.example")
    assert refused.status_code == 400
    assert "evil" not in refused.content.decode()


def test_the_last_resort_page_needs_nothing(client: Client, settings: Any) -> None:
    def broken() -> None:
        raise RuntimeError("the clock is broken")

    settings.ECREDIT_CLOCK = broken
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert "页面暂时打不开" in answer.content.decode()
    assert "Something went wrong" in answer.content.decode()
    assert "clock" not in answer.content.decode()


def test_robots(client: Client) -> None:
    assert "Disallow: /objection" in client.get("/robots.txt").content.decode()
    assert '<meta name="robots" content="noarchive">' in client.get(f"/s/{PLAIN}").content.decode()
    assert '<meta name="robots" content="noindex">' in client.get("/?q=小满").content.decode()


def test_static_files_are_served_and_named_by_content(client: Client) -> None:
    html = client.get("/").content.decode()
    address = html.split('<link rel="stylesheet" href="')[1].split('"')[0]
    assert address.startswith("/static/portal/portal.css?v=")
    sheet = client.get(address)
    assert sheet.status_code == 200
    assert b":focus-visible" in b"".join(sheet.streaming_content)  # type: ignore[attr-defined]


def test_a_page_asks_the_database_little(client: Client) -> None:
    client.get(f"/s/{MANY}")
    asked: list[str] = []
    connection: sqlite3.Connection = public_store()._connection()
    connection.set_trace_callback(asked.append)
    try:
        client.get(f"/s/{MANY}")
    finally:
        connection.set_trace_callback(None)
    # Whether all is invented, the subject, its documents, their source, the freshness: the same for one document
    # and for 230.
    assert len(asked) <= 5


def test_many_threads_read_at_once(client: Client) -> None:
    wanted = {path: client.get(path).content for path in PAGES}
    wrong: list[str] = []

    def read() -> None:
        own = Client()
        for path, content in wanted.items():
            if own.get(path).content != content:
                wrong.append(path)

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@examples(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=80), other=st.text(max_size=20))
def test_no_input_breaks_a_page(client: Client, text: str, other: str) -> None:
    for path, query in (
        ("/", {"q": text, "lang": other}),
        ("/objection", {"code": text, "leaf": other}),
        (f"/s/{FULL}", {"section": text, "page": other}),
    ):
        answer = client.get(path, query, HTTP_ACCEPT_LANGUAGE=other.encode("ascii", "ignore").decode())
        assert answer.status_code in (200, 302)
        if answer.status_code == 200:
            assert read_page(answer.content.decode()).problems == []


def test_a_path_of_two_slashes_leads_to_no_other_site(client: Client) -> None:
    lost = client.get("/x", PATH_INFO="//evil.example/x")
    assert lost.status_code == 404
    assert "evil.example" not in lost.content.decode()
