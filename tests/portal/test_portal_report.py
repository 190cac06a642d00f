"""A credit report is taken from a profile, and checked by its number and its file."""

import re
import sqlite3
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ecredit.facts.actors.models import JournalEntry
from ecredit.service.credit_reports.models import CreditReport
from tests.credit_reports.conftest import Reports, reports, said_in  # noqa: F401 - a fixture
from tests.portal.page_checks import read_page
from tests.portal.portal_sample import FULL, PLAIN, STALE


@pytest.fixture
def client(reports: Reports, settings) -> Client:  # noqa: F811
    settings.ECREDIT_CLOCK = lambda: reports.at
    return Client()


def read(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content
    html = str(answer.content.decode())
    assert read_page(html).problems == []
    return html


def send(client: Client, address: str, raw: bytes) -> str:
    answer = client.post(address, {"file": SimpleUploadedFile("a.pdf", raw)})
    html = str(answer.content.decode())
    assert read_page(html).problems == []
    return html


def test_from_the_profile_to_the_check(client) -> None:
    html = read(client, f"/s/{FULL}")
    address = re.search(r'href="(/report/[^"]*)"', html)[1]
    answer = client.get(address)
    assert answer["Content-Type"] == "application/pdf" and "常州小满" in said_in(answer.content)
    number = re.search(r'filename="(\S+)\.pdf"', answer["Content-Disposition"])[1]
    assert client.get(address).content == answer.content and CreditReport.objects.count() == 1
    (entry,) = JournalEntry.objects.filter(verb="report.issue")
    assert entry.who == "public"
    for way in (
        f"/r/{number}",
        f"/R/{number}",
        f"/verify?q={number}",
        f"/verify/report?q=HTTPS://X/R/{number.lower()}",
    ):
        assert client.get(way)["Location"] == f"/verify/report/{number}", way
    page = read(client, f"/verify/report/{number}?lang=en")
    assert "常州小满电子商务有限公司" in page and FULL in page and "test authority" in page
    same = send(client, f"/verify/report/{number}", answer.content)
    assert 'class="verdict holds"' in same and "摘要一致" in same
    altered = send(client, f"/verify/report/{number}", answer.content[:-40] + b"\n" + answer.content[-40:])
    assert 'class="verdict fails"' in altered and "摘要不一致" in altered
    assert 'class="verdict holds"' in send(client, "/verify/report", answer.content)


def test_another_report_is_not_this_one(client, reports) -> None:  # noqa: F811
    one, other = reports.issue(FULL), reports.issue(PLAIN)
    html = send(client, f"/verify/report/{one.number}", other.raw)
    assert 'class="verdict fails"' in html and "签名成立" in html


def test_never_issued_and_nobody(client) -> None:
    assert "没有发放过" in read(client, "/verify/report/R20261125-0000000000", 404)
    assert client.get("/report/91320400MA00000000.pdf").status_code == 404
    assert client.head(f"/report/{FULL}.pdf").status_code == 404
    assert CreditReport.objects.count() == 0
    assert "没有收到文件" in client.post("/verify/report").content.decode()


def test_held_back_with_a_time_to_come_again(client, settings) -> None:
    settings.ECREDIT_REPORTS_A_MINUTE = 1
    assert client.get(f"/report/{FULL}.pdf").status_code == 200
    answer = client.get(f"/report/{STALE}.pdf")
    assert answer.status_code == 503 and answer["Retry-After"] == "60" and "一分钟" in answer.content.decode()


def test_a_copy_of_the_public_database_makes_none_and_says_so(client, reports, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setattr("ecredit.surface.portal.page_report.has_operational_database", lambda _home: False)
    assert client.get(f"/report/{FULL}.pdf").status_code == 503
    assert "副本" in read(client, "/verify/report")


def test_checks_of_reports_are_held_back_with_a_time_to_come_again(client, reports, settings) -> None:  # noqa: F811
    settings.ECREDIT_CHECKS_A_MINUTE = 5
    one = reports.issue(FULL)
    address = f"/verify/report/{one.number}"
    assert client.get(address).status_code == 200
    assert client.post("/verify/report", {"file": b"%PDF"}).status_code == 200
    pdf = SimpleUploadedFile("a.pdf", b"%PDF")
    for answer in (client.get(address), client.post(address, {"file": pdf})):
        assert answer.status_code == 503 and 1 <= int(answer["Retry-After"]) <= 60
        assert "no-store" in answer["Cache-Control"] and "一分钟后再试" in answer.content.decode()
    english = client.get(f"{address}?lang=en")
    assert "try again in a minute" in english.content.decode()
    # The form itself opens no database, so it stays; and so do the signatures, which are counted by themselves.
    assert client.get("/verify/report").status_code == 200
    assert client.post("/verify/signature", {"signature": "x"}).status_code == 200
    later = settings.ECREDIT_CLOCK() + timedelta(minutes=1)
    settings.ECREDIT_CLOCK = lambda: later
    assert client.get(address).status_code == 200


def test_one_address_has_a_quarter_of_the_checks(client, reports, settings) -> None:  # noqa: F811
    settings.ECREDIT_CHECKS_A_MINUTE, settings.ECREDIT_PROXIES = 8, 1
    address = f"/verify/report/{reports.issue(FULL).number}"

    def ask(seen: str) -> int:
        return int(client.get(address, headers={"X-Forwarded-For": f"203.0.113.9, {seen}"}).status_code)

    assert [ask("198.51.100.1") for _ in range(20)] == [200] * 2 + [503] * 18
    # What was refused there took nobody's place, and a network of IPv6 is one address.
    assert [ask(f"2001:db8:1:2::{n}") for n in range(3)] == [200, 200, 503]
    assert [ask(f"198.51.100.{n}") for n in (2, 2, 3, 3, 4)] == [200, 200, 200, 200, 503]
    with sqlite3.connect(settings.ECREDIT_HOME / "portal_counts.sqlite3") as kept:
        assert "198.51.100" not in "".join(kept.iterdump())


def test_what_is_refused_unseen_is_not_counted(client, settings, monkeypatch) -> None:
    settings.ECREDIT_CHECKS_A_MINUTE = 0
    assert client.get("/verify/report/R20261125-0000000000").status_code == 503
    monkeypatch.setattr("ecredit.surface.portal.page_report.find_issued", None)
    for number in ("x", "R20261125-000000000", "R20261125-00000000000", "91320400MA00000000"):
        assert "没有发放过" in read(client, f"/verify/report/{number}", 404)
        assert "没有发放过" in send(client, f"/verify/report/{number}", b"%PDF")
    for answer in (
        client.post("/verify/report", b"", content_type="multipart/form-data; boundary=x"),
        client.post("/verify/report", "file=x", content_type="application/x-www-form-urlencoded"),
        client.post("/verify/report/R20261125-0000000000", content_type="application/pdf", data=b"%PDF"),
    ):
        assert answer.status_code == 200 and "没有收到文件" in answer.content.decode()
    assert (
        "没有收到签名文件"
        in client.post("/verify/signature", b"", content_type="text/plain").content.decode()
    )


def test_a_copy_of_the_public_database_counts_nothing(client, settings, monkeypatch) -> None:
    settings.ECREDIT_CHECKS_A_MINUTE = 0
    monkeypatch.setattr("ecredit.surface.portal.page_later.has_operational_database", lambda _home: False)
    assert client.post("/verify/report", {"file": "x"}).status_code == 200
