"""Being told: signed, tried again later, and never a call into the city's own network."""

import hashlib
import hmac
import http.server
import json
import socket
import threading
from datetime import date, timedelta

import pytest

from ecredit.facts.actors.types import OPERATOR
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.service.operation import webhook_sending
from ecredit.service.operation.job_actions import retry_job, start_job
from ecredit.service.operation.models import Job, Webhook, WebhookCall
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.webhook_actions import BACKOFF
from ecredit.service.operation.webhook_rules import AddressRefused, check_address, resolve
from ecredit.service.operation.webhook_sending import deliver_calls
from ecredit.surface.api.shapes_events import EVENTS, ReportDue, SubmissionEnded
from tests.api.conftest import PENALTY
from tests.penalty_rows import row, table


@pytest.fixture
def listener(settings):
    """A listener on this machine that the operator has named; `heard` is what it heard, `status` what it answers."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.heard.append((self.path, dict(self.headers), body))
            self.send_response(self.server.status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    server.heard, server.status = [], 204
    server.url = f"http://127.0.0.1:{server.server_port}/told?x=1"
    settings.ECREDIT_WEBHOOK_HOSTS = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def due(platform):
    """As if the time had come, for calls and webhooks alike."""
    WebhookCall.objects.update(next_at=platform.now)
    Webhook.objects.update(rests_until=None)


def send(api, number=1):
    return api.post(f"/sources/{PENALTY}/submissions", table(row(number)).encode(), kind="text/csv").json()[
        "id"
    ]


def test_the_end_of_a_submission_is_told_with_a_signature(api, work, listener):
    secret = api("PUT", "/webhook", {"url": listener.url}).json()["secret"]
    number = send(api)
    work()
    ((path, headers, body),) = listener.heard
    told = json.loads(body)
    assert path == "/told?x=1" and (told["submission"], told["state"]) == (number, "done") and told["batch"]
    parts = dict(part.split("=", 1) for part in headers["Ecredit-Signature"].split(","))
    right = hmac.new(secret.encode(), f"{parts['t']}.".encode() + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(parts["v1"], right)
    shown = api.get("/webhook").json()
    assert (shown["calls"][0]["state"], shown["calls"][0]["outcome"]) == (
        "told",
        "204",
    ) and secret not in json.dumps(shown)
    assert api("DELETE", "/webhook").status_code == 204 and api.get("/webhook").status_code == 404
    send(api)
    work()
    assert len(listener.heard) == 1


def test_reports_that_are_due_are_told_once_a_run_to_whom_they_concern(
    key, work, listener, platform, monkeypatch
):
    # Its yearly ratings of April never came, and another's of the quarter are nearly due.
    monkeypatch.setattr(Platform, "today", property(lambda _: date(2026, 11, 11)))
    api = key("shuiwu")
    secret = api("PUT", "/webhook", {"url": listener.url}).json()["secret"]
    run = {"kind": "remind", "params": {}, "ring": platform.ring, "by": OPERATOR, "at": platform.now}
    start_job(**run)
    work()
    found = Job.objects.get(kind="remind").result["reminders"]
    mine = [each for each in found if each["supplier"] == "shuiwu"]
    assert mine and len(mine) < len(found), "the calendar has something due for it and for others"
    ((_, headers, body),) = listener.heard
    told = ReportDue.model_validate_json(body)
    assert [(r.source, r.state, str(r.due_on)) for r in told.reports] == [
        (each["source"], each["state"], each["due_on"]) for each in mine
    ]
    assert b"supplier" not in body
    parts = dict(part.split("=", 1) for part in headers["Ecredit-Signature"].split(","))
    right = hmac.new(secret.encode(), f"{parts['t']}.".encode() + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(parts["v1"], right)
    (call,) = api.get("/webhook").json()["calls"]
    assert (call["event"], call["submission"], call["state"]) == ("report.due", None, "told")
    # Cut off and done again it is told no second time; another run is another telling.
    Job.objects.filter(kind="remind").update(state="waiting")
    work()
    assert len(listener.heard) == 1
    start_job(**run)
    work()
    assert len(listener.heard) == 2


def test_every_event_told_is_in_the_description(api, work, listener):
    described = api.get("/openapi.json").json()
    assert set(described["webhooks"]) == {"submission.ended", "report.due", "warning.opened"} == set(EVENTS)
    api("PUT", "/webhook", {"url": listener.url})
    send(api)
    work()
    ((_, _, body),) = listener.heard
    told = SubmissionEnded.model_validate_json(body)
    assert told.state == "done" and set(json.loads(body)) == set(SubmissionEnded.model_fields)


@pytest.mark.parametrize("status", [500, 302, 404])
def test_what_is_not_heard_is_told_again_later_and_later(api, work, listener, platform, status):
    listener.status = status
    api("PUT", "/webhook", {"url": listener.url})
    send(api)
    work()
    for attempt, wait in enumerate(BACKOFF, start=1):
        call = WebhookCall.objects.get()
        assert (call.state, call.attempts, call.outcome) == ("waiting", attempt, str(status))
        assert wait - timedelta(minutes=1) < call.next_at - platform.now <= wait
        assert deliver_calls(platform) == (0, 0)  # not before its time
        due(platform)
        deliver_calls(platform)
    assert WebhookCall.objects.get().state == "failed" and len(listener.heard) == len(BACKOFF) + 1


def test_a_webhook_that_does_not_answer_costs_the_others_nothing(api, key, work, platform, monkeypatch):
    tried = []

    def tell(call, _body, _at):
        tried.append(call.organisation)
        return (False, "500") if call.organisation == "gongshang" else (True, "204")

    monkeypatch.setattr(webhook_sending, "_tell", tell)
    other = key("shuiwu")
    for caller in (api, other):
        caller("PUT", "/webhook", {"url": "https://a.example/"})
    for number in (1, 2, 3):
        send(api, number)
    penalty = table(row(9)).encode()
    for _ in range(2):
        assert other.post(f"/sources/{PENALTY}/submissions", penalty, kind="text/csv").status_code == 202
    work()
    # One try for the three that wait behind a dead webhook; the others are told all there is.
    assert sorted(tried) == ["gongshang", "shuiwu", "shuiwu"]
    assert Webhook.objects.get(organisation="gongshang").rests_until > platform.now
    Webhook.objects.update(rests_until=None)
    tried.clear()
    deliver_calls(platform)
    assert tried == ["gongshang"]
    rests = Webhook.objects.get(organisation="gongshang").rests_until - platform.now
    assert BACKOFF[1] - timedelta(minutes=1) < rests <= BACKOFF[1]
    # Another address is tried at once.
    api("PUT", "/webhook", {"url": "https://b.example/"})
    WebhookCall.objects.update(next_at=platform.now)
    deliver_calls(platform)
    assert tried == ["gongshang"] * 2


def test_what_waits_behind_a_webhook_that_stays_silent_ends(api, work, platform, monkeypatch):
    monkeypatch.setattr(webhook_sending, "_tell", lambda *_: (False, "500"))
    api("PUT", "/webhook", {"url": "https://a.example/"})
    for number in (1, 2):
        send(api, number)
    work()
    late = WebhookCall.objects.latest("id")
    WebhookCall.objects.filter(id=late.pk).update(next_at=platform.now - timedelta(days=2))
    first = WebhookCall.objects.exclude(id=late.pk)
    first.update(attempts=len(BACKOFF), next_at=platform.now - timedelta(days=3))
    Webhook.objects.update(failures=len(BACKOFF), rests_until=platform.now)
    assert deliver_calls(platform) == (0, 1)
    assert [(c.state, c.outcome) for c in WebhookCall.objects.order_by("id")] == [
        ("failed", "500"), ("failed", "webhook silent"),
    ]  # fmt: skip


def test_a_submission_that_is_tried_again_is_told_again(api, work, listener, platform):
    api("PUT", "/webhook", {"url": listener.url})
    number = send(api)
    work()
    Job.objects.filter(id=number).update(state="failed")
    with pytest.raises(WrongUse):
        retry_job(
            job_id=WebhookCall.objects.latest("id").pk + 10_000,
            ring=platform.ring,
            by=OPERATOR,
            at=platform.now,
        )
    retry_job(job_id=number, ring=platform.ring, by=OPERATOR, at=platform.now)
    work()
    assert [json.loads(body)["submission"] for _, _, body in listener.heard] == [number, number]
    assert list(WebhookCall.objects.values_list("state", flat=True)) == ["told", "told"]


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/", "ftp://a.example/", "https://127.0.0.1/", "https://10.0.0.1/", "https://[::1]/", "https://localhost/",
        "https://169.254.169.254/latest", "https://user:pw@a.example/", "https://a.example:22/", "https://a.example/#x",
        "https://a.example/\r\nX: y", "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[/", "", "//a.example",
        "https://a.example:99999/", "https://0.0.0.0/", "https://224.0.0.1/",
    ],
)  # fmt: skip
def test_addresses_that_are_not_told(api, url):
    answer = api("PUT", "/webhook", {"url": url})
    assert answer.status_code == 422, answer.content
    assert (
        answer.json()["code"] in ("webhook.address", "api.invalid") and api.get("/webhook").status_code == 404
    )


@pytest.mark.parametrize(
    "found", [["127.0.0.1"], ["10.1.2.3"], ["93.184.216.34", "192.168.0.1"], ["::1"], ["fd00::1"], ["::ffff:10.0.0.1"], ["169.254.169.254"], []]
)  # fmt: skip
def test_a_public_name_with_a_private_address_is_not_called(monkeypatch, found):
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *a, **k: [(0, 0, 0, "", (address, 443)) for address in found]
    )
    with pytest.raises(AddressRefused):
        resolve(check_address("https://a.example/"))


def test_a_public_name_is_called_at_the_address_that_was_looked_at(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: [(0, 0, 0, "", ("93.184.216.34", 443))])
    assert resolve(check_address("https://a.example/hook")) == "93.184.216.34"
