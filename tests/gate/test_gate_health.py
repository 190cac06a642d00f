"""Is it up, and can it do its work: what the two addresses say when a database is not as it should be."""

import pytest
from django.db import OperationalError, connection, connections
from django.test import Client

from ecredit.service.operation import readiness
from tests.portal.portal_sample import write_sample


@pytest.fixture
def ask(client, settings, home, db):
    """The answer of /readyz of a home that has both databases."""
    settings.ECREDIT_HOME = home.root
    write_sample(home.public_db)
    home.operational_db.touch()
    readiness._fit.clear()
    yield lambda: client.get("/readyz")
    readiness._fit.clear()


def test_ready_with_both_databases(ask):
    answer = ask()
    assert answer.status_code == 200 and answer.content.startswith(b"ready; data as of ")


def test_a_database_of_an_older_program_is_not_ready(ask, client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    answer = ask()
    assert answer.status_code == 503 and "ecredit upgrade" in answer.content.decode()
    # The process itself is well, and says so.
    assert client.get("/healthz").content == b"ok\n"


def test_a_database_of_an_earlier_build_is_not_ready(ask):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE actors_person RENAME COLUMN must_change_password TO must_change")
    answer = ask()
    assert (
        answer.status_code == 503
        and "数据库缺少 actors_person.must_change_password；" in answer.content.decode()
    )


def test_a_database_out_of_reach_is_said_without_its_address(ask, monkeypatch):
    def unreachable(*_: object) -> None:
        raise OperationalError("connection to server at 10.0.0.5, user ecredit, failed")

    with monkeypatch.context() as patch:
        patch.setattr(type(connections["default"]), "cursor", unreachable)
        answer = ask()
    assert answer.status_code == 503 and "业务数据库连接不上：OperationalError" in answer.content.decode()
    assert "10.0.0.5" not in answer.content.decode()


def test_a_server_with_only_the_public_copy_is_whole(client, settings, tmp_path):
    """ADR 1: the public database can be served anywhere; with SQLite nothing else is looked for."""
    if connection.vendor == "postgresql":
        pytest.skip("the settings name a database server, so it is looked at")
    settings.ECREDIT_HOME = tmp_path
    write_sample(tmp_path / "public.sqlite3")
    assert client.get("/readyz").status_code == 200
    outside = Client(enforce_csrf_checks=True, raise_request_exception=False)
    for path in ("/desk/sign-in", "/desk/", "/desk", "/api/v1/key", "/api/v1/sources"):
        assert (path, outside.get(path).status_code) == (path, 404)
        assert (path, outside.post(path, {"q": "x"}).status_code) == (path, 404)
    assert outside.get("/api/v1/public/subjects?q=xx").status_code == 200
    assert not list(tmp_path.glob("ecredit.sqlite3*"))
