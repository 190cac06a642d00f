"""Every permission of the catalogue has a door, and who has one alone gets through it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from ecredit.service.operation.job_queries import list_jobs
from ecredit.surface.desk.platform import city
from tests.desk.conftest import make_person, sign_in
from tests.desk.test_desk_routes import role_client

pytestmark = pytest.mark.django_db
SURFACE = Path("src/ecredit/surface")


def test_every_permission_is_asked_somewhere(catalog):
    """As a word of its own in the code of a door, and not only as the name of what was done."""
    code = "\n".join(
        re.sub(r'verb="[^"]*"', "", path.read_text())
        for path in SURFACE.rglob("*.py")
        if "/cli/" not in str(path)
    )
    assert [id for id in catalog.permissions if f'"{id}"' not in code] == []


@pytest.mark.parametrize(
    ("role", "kind", "other"), [("credit_officer", "evaluate", "audit"), ("audit_admin", "audit", "evaluate")]
)
def test_who_may_run_it_starts_it_at_the_desk(desk, role, kind, other):
    client = role_client(role)
    shown = client.get("/desk/jobs").content.decode()
    assert f'name="kind" value="{kind}"' in shown and f'name="kind" value="{other}"' not in shown
    assert client.post("/desk/jobs/start", {"kind": other}).status_code == 403
    assert client.post("/desk/jobs/start", {"kind": "backup"}).status_code == 404
    assert client.post("/desk/jobs/start", {"kind": kind})["Location"] == "/desk/jobs?done=job_started"
    assert client.post("/desk/jobs/start", {"kind": kind}).status_code == 400
    (job,) = list_jobs()
    assert job.kind == kind and job.started_by.startswith("p")


def test_who_may_only_try_a_file_tries_it(desk, catalog, monkeypatch):
    tries = replace(catalog.roles["clerk"], permissions=frozenset({"batch.try"}))
    monkeypatch.setitem(city().__dict__, "catalog", replace(catalog, roles={**catalog.roles, "clerk": tries}))
    client = sign_in(make_person("only-tries", ("gongshang", "clerk")))
    shown = client.get("/desk/supply/send")
    assert shown.status_code == 200
    assert 'value="try"' in shown.content.decode() and 'value="send"' not in shown.content.decode()
    form = {"source": "dual_publicity_penalty", "name": "a.csv", "size": "10", "changed": "1"}
    assert client.post("/desk/supply/uploads", form | {"act": "try"}).status_code == 200
    assert client.post("/desk/supply/uploads", form | {"act": "send"}).status_code == 403
