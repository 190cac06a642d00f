"""An API over a home of its own: keys, a client that carries one, and a worker that does what was asked."""

import json

import pytest
from django.db import connection
from django.test import Client

from ecredit.facts.actors.key_actions import issue_key
from ecredit.facts.actors.rights import machine_scopes
from ecredit.facts.actors.types import OPERATOR
from ecredit.foundation.proof.keys import KeyRing
from ecredit.service.operation.job_actions import start_job
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.worker import Worker
from tests.conftest import city_catalog
from tests.penalty_rows import table
from tests.portal.portal_sample import write_sample

PENALTY = "dual_publicity_penalty"
V1 = "/api/v1"
MACHINE_SCOPES = machine_scopes(city_catalog())


class Caller:
    """A client with a key."""

    def __init__(self, secret: str = "", lang: str = "zh") -> None:
        self.secret = secret
        self.client = Client(raise_request_exception=False)
        self.lang = lang

    def __call__(self, method, path, body=None, *, kind="application/json", headers=None):
        sent = {"Accept-Language": self.lang, **(headers or {})}
        if self.secret and "Authorization" not in sent:
            sent["Authorization"] = f"Bearer {self.secret}"
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.generic(
            method, path if path.startswith("/api") else V1 + path, content,
            content_type=kind if body is not None else "", headers=sent,
        )  # fmt: skip

    def get(self, path, **headers):
        return self("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path, body=None, **more):
        return self("POST", path, body, **more)


@pytest.fixture
def application(monkeypatch):
    """The WSGI application, called as a server calls it, inside the test's own transaction.

    Django closes a connection that stands in a transaction when a request begins or ends; its test client leaves that out.
    """
    from config.wsgi import application as real

    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)
    return real


@pytest.fixture
def platform(settings, home, catalog, db):
    settings.ECREDIT_HOME = home.root
    write_sample(home.public_db)
    return Platform()


@pytest.fixture
def key(platform, home):
    """key(organisation, scopes, **limits) → a caller with a new key."""

    def make(organisation="gongshang", scopes=MACHINE_SCOPES, *, days=30, **limits):
        issued = issue_key(catalog=city_catalog(),
            organisation=organisation, title="测试", scopes=scopes, days=days, ring=KeyRing.load(home.keys),
            by=OPERATOR, at=platform.now, **limits,
        )  # fmt: skip
        caller = Caller(issued.secret)
        caller.id = issued.id
        return caller

    return make


@pytest.fixture
def api(key):
    return key()


@pytest.fixture
def work(platform):
    """Do every job that waits, and what the schedule does every minute for records and webhooks."""

    def run():
        worker = Worker(platform)
        start_job(kind="collect_records", params={}, ring=platform.ring, by=OPERATOR, at=platform.now)
        while worker.run_next():
            pass

    return run


@pytest.fixture
def sent(api, work):
    """sent(*rows) → the submission of a penalty file, done."""

    def send(*rows, caller=api):
        answer = caller.post(
            f"/sources/{PENALTY}/submissions", table(*rows).encode("gb18030"), kind="text/csv"
        )
        assert answer.status_code == 202, answer.content.decode()
        work()
        return caller.get(answer["Location"]).json()

    return send
