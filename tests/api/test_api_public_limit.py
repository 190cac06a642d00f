"""What needs no key may be asked so often a minute from one address, and no address is kept."""

import sqlite3

import pytest

from ecredit.service.operation.client_address import address_number
from tests.api.conftest import Caller

WHERE = "/public/subjects?q=常州"


@pytest.fixture
def anybody(platform, settings):
    settings.ECREDIT_PUBLIC_CALLS_A_MINUTE = 3
    return Caller()


def test_one_too_many_from_an_address_is_told_when_to_come_again(anybody, platform, settings):
    left = [anybody.get(WHERE) for _ in range(3)]
    assert [answer.status_code for answer in left] == [200] * 3
    assert [answer["RateLimit-Remaining"] for answer in left] == ["2", "1", "0"]
    assert left[0]["RateLimit-Limit"] == "3" and left[0]["RateLimit-Policy"] == '"minute";q=3;w=60'
    over = anybody.get("/openapi.json")
    told = over.json()
    assert (over.status_code, told["code"], over["Retry-After"]) == (
        429,
        "api.too_many",
        over["RateLimit-Reset"],
    )
    assert 1 <= int(over["Retry-After"]) <= 60 and "3" in told["zh"]
    # Who has a key is counted by it, and another address by itself.
    assert anybody.get("/sources").status_code == 401
    assert anybody.client.get("/api/v1/public", REMOTE_ADDR="198.51.100.9").status_code == 200
    with sqlite3.connect(settings.ECREDIT_HOME / "public_counts.sqlite3") as kept:
        assert "127.0.0.1" not in "".join(kept.iterdump())


def test_behind_a_trusted_proxy_the_address_it_saw_counts(anybody, settings):
    def ask(forwarded):
        return anybody.client.get("/api/v1/public", headers={"X-Forwarded-For": forwarded}).status_code

    # Nobody is trusted: what a client writes there makes it nobody else.
    assert [ask(f"198.51.100.{n}") for n in range(4)] == [200, 200, 200, 429]
    settings.ECREDIT_PROXIES = 1
    assert ask("198.51.100.7") == 200
    assert [ask(f"203.0.113.{n}, 198.51.100.8") for n in range(4)] == [200, 200, 200, 429]


def test_a_network_of_64_bits_is_one(settings):
    def number(address):
        return address_number(address, "public_limit")

    assert number("2001:db8:1:2::1") == number("2001:db8:1:2:ffff::9") != number("2001:db8:1:3::1")
    assert number("198.51.100.7") != number("198.51.100.8")
    assert number("no address") == number("no address")
    assert number("198.51.100.7") != address_number("198.51.100.7", "another count")
