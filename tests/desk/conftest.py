"""A home, people with one role each, and clients that have signed in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from ecredit.facts.actors.models import Membership, Person
from ecredit.foundation.kernel.home import Home
from ecredit.surface.desk import table_export
from tests.conftest import NOON

CITY = "jingxin_xinyong"
PASSWORD = "a long enough phrase"
# Where a person of a role sits in these tests.
SEATS = {"clerk": "gongshang", "lead": "gongshang"}


def make_person(login: str, *seats: tuple[str, str], name: str = "", must_change: bool = False) -> Person:
    """A person who has chosen a password, without the journal's rows."""
    person = Person(login=login, name=name or f"人员{login}", created_at=NOON, created_by="operator")
    person.must_change_password = must_change
    person.set_password(PASSWORD)
    person.save()
    for organisation, role in seats:
        Membership.objects.create(
            person=person, organisation=organisation, role=role, valid_from=NOON.date(), granted_by="operator"
        )
    return person


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table is taken along at once however busy the machine is; what takes too long has tests of its own."""
    monkeypatch.setattr(table_export, "AT_ONCE_SECONDS", 600.0)


@pytest.fixture
def desk(home: Home, settings: Any, db: None) -> Home:
    """The home the desk runs on, with quick passwords."""
    settings.ECREDIT_HOME = home.root
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return home


def sign_in(person: Person, password: str = PASSWORD, client: Client | None = None) -> Client:
    """A client that signed in with login and password."""
    client = client or Client()
    answer = client.post("/desk/sign-in", {"login": person.login, "password": password})
    assert answer.status_code == 302, answer.content.decode()
    return client


@pytest.fixture
def as_role(desk: Home) -> Callable[[str], Client]:
    """as_role("clerk") → a client of a person with that role."""

    def enter(role: str) -> Client:
        return sign_in(make_person(role.replace("_", "-"), (SEATS.get(role, CITY), role)))

    return enter
