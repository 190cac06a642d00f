"""A credit report is taken from a profile, and checked by its number and its file."""

import re
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
    settings.ECREDIT_CHECKS_A_MINUTE = 2
    one = reports.issue(FULL)
    address = f"/verify/report/{one.number}"
    assert client.get(address).status_code == 200 and client.post("/verify/report").status_code == 200
    for answer in (client.get(address), client.post(address, {"file": b"%PDF"})):
        assert answer.status_code == 503 and 1 <= int(answer["Retry-After"]) <= 60
        assert "no-store" in answer["Cache-Control"] and "一分钟后再试" in answer.content.decode()
    english = client.get(f"{address}?lang=en")
    assert "try again in a minute" in english.content.decode()
    # The form itself opens no database, so it stays; and so do the signatures, which are counted by themselves.
    assert client.get("/verify/report").status_code == 200
    assert client.post("/verify/signature").status_code == 200
    later = settings.ECREDIT_CLOCK() + timedelta(minutes=1)
    settings.ECREDIT_CLOCK = lambda: later
    assert client.get(address).status_code == 200


def test_a_copy_of_the_public_database_counts_nothing(client, settings, monkeypatch) -> None:
    settings.ECREDIT_CHECKS_A_MINUTE = 0
    monkeypatch.setattr("ecredit.surface.portal.page_later.has_operational_database", lambda _home: False)
    assert client.post("/verify/report").status_code == 200
