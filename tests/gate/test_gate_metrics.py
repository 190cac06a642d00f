"""Who may read /metrics, and what it says of a home."""

import re
from datetime import date, timedelta

import pytest

from ecredit.facts.actors.journal_notes import note_read
from ecredit.facts.actors.types import OPERATOR
from ecredit.foundation.kernel.workdays import DayKind, WorkCalendar
from ecredit.service.operation.measures import last_year_known, list_measures
from ecredit.surface.gate import metrics
from tests.conftest import NOON
from tests.penalty_rows import row, table

TOKEN = "a token of the watchers"


@pytest.fixture
def ask(client, settings, home, db):
    settings.ECREDIT_HOME = home.root
    settings.ECREDIT_METRICS_FROM = "10.1.0.0/16,127.0.0.1"
    settings.ECREDIT_METRICS_TOKEN = TOKEN
    metrics._platform.cache_clear()
    metrics._kept = float("-inf"), []

    def run(address: str = "127.0.0.1", **headers: str):
        return client.get("/metrics", REMOTE_ADDR=address, **headers)

    yield run
    metrics._platform.cache_clear()
    metrics._kept = float("-inf"), []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.200.3"])
def test_allowed_addresses_may_ask(ask, address):
    answer = ask(address)
    assert answer.status_code == 200 and "ecredit_database_up 1.0" in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", ["10.2.0.1", "203.0.113.9", "::1", "", "unix:"])
def test_others_may_not_but_with_the_token(ask, settings, address):
    assert ask(address).status_code == 403
    for wrong in ("Bearer ", f"Bearer {TOKEN}x", "Bearer 令牌", "Basic x"):
        assert ask(address, HTTP_AUTHORIZATION=wrong).status_code == 403
    assert ask(address, HTTP_AUTHORIZATION=f"Bearer {TOKEN}").status_code == 200
    settings.ECREDIT_METRICS_TOKEN = ""
    assert ask(address, HTTP_AUTHORIZATION="Bearer ").status_code == 403


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA"])
def test_a_proxys_own_address_opens_nothing_for_its_clients(ask, header):
    assert ask("127.0.0.1", **{header: "127.0.0.1"}).status_code == 403


def test_what_is_counted_of_a_home(home, collector, collect):
    collect("dual_publicity_penalty", table(row(1), row(2), row(3, CF_JDRQ="not a day")))
    note_read(ring=collector.ring, by=OPERATOR, about="subject:1", purpose="test", at=NOON)
    at = NOON + timedelta(hours=1)
    found = {
        (m.name, m.code): m.value
        for m in list_measures(home, collector.ring, WorkCalendar(), at=at, today=at.date())
    }
    assert found["ecredit_batches", "done"] == 1
    assert (found["ecredit_rows", "accepted"], found["ecredit_rows", "quarantined"]) == (2, 1)
    assert found["ecredit_held_rows", "held"] == 1
    assert (found["ecredit_notes_unsealed", ""], found["ecredit_notes_strange", ""]) == (1, 0)
    assert found["ecredit_note_age_seconds", ""] == found["ecredit_log_head_age_seconds", ""] == 3600
    assert found["ecredit_log_size", ""] > 3 and found["ecredit_home_free_bytes", ""] > 0
    assert ("ecredit_evaluation_age_seconds", "") not in found


def test_the_calendar_knows_how_far_it_goes():
    announced = last_year_known(WorkCalendar(), date(2026, 5, 1))
    assert announced >= 2026
    later = announced + 1
    assert last_year_known(WorkCalendar(), date(later, 5, 1)) == announced
    own = WorkCalendar({date(later, 12, 31): DayKind.WORK})
    assert last_year_known(own, date(later, 1, 1)) == later


def test_no_label_takes_a_value_from_a_request(ask, client):
    client.get("/s/11010519491231002X?q=13812345678")
    client.generic("11010519491231002X", "/13812345678")
    text = ask().content.decode()
    assert 'method="(other)",route="(none)"' in text and 'route="s/<path:code>"' in text
    assert not re.search("1101051949|1381234", text)
