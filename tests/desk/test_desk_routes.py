"""Every route of the desk, by every method, for every role and for nobody: what the matrix of `catalog/roles/` says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import RegexPattern

from ecredit.facts.actors.models import Organisation
from ecredit.surface.desk.doors import Door
from tests.conftest import NOON, city_catalog
from tests.desk.conftest import CITY, SEATS, make_person, sign_in
from tests.desk.desk_matrix import NEEDED, OPEN, SIGNED_IN

pytestmark = pytest.mark.django_db
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
# What stands for a part of an address: something that is not there, so that an allowed visitor gets 404 and no more.
PARTS = {"int": "987654321", "slug": "not-there", "str": "not-there", "path": "not-there", "uuid": "0" * 32}


@dataclass(frozen=True)
class Route:
    name: str
    path: str
    door: Door
    parts: bool


def routes() -> Iterator[Route]:
    for pattern in get_resolver("config.urls").url_patterns:
        if str(pattern.pattern).startswith("desk"):
            yield from _below(pattern, "/")


def _below(pattern: Any, prefix: str) -> Iterator[Route]:
    path = prefix + str(pattern.pattern)
    if hasattr(pattern, "url_patterns"):
        for inner in pattern.url_patterns:
            yield from _below(inner, path)
        return
    parts = "<" in path
    path = re.sub(r"<(?:(\w+):)?\w+>", lambda m: PARTS[m[1] or "str"], path)
    if isinstance(pattern.pattern, RegexPattern):
        path += "nowhere"  # the last pattern: whatever fits no other
    door = getattr(pattern.callback, "door", None)
    assert isinstance(door, Door), f"{path} stands behind no door"
    yield Route(pattern.name or "", path, door, parts)


ROUTES = list(routes())


def test_every_view_asks_for_what_is_written_out(catalog):
    asked = {r.name: OPEN if r.door.open else r.door.permissions or SIGNED_IN for r in ROUTES}
    assert asked == NEEDED and len(asked) == len(ROUTES)
    assert {permission for needed in NEEDED.values() for permission in needed if permission} <= set(
        catalog.permissions
    )


def role_client(role: str) -> Client:
    person = make_person(role.replace("_", "-"), (SEATS.get(role, CITY), role))
    client = sign_in(person)
    # As if the second factor had been set up: the duties have their own tests.
    Authenticator.objects.create(user=person, type="totp", data={"secret": ""})
    session = client.session
    session["method"] = "password+totp"
    session.save()
    return client


@pytest.mark.parametrize(
    "role",
    [
        "clerk",
        "lead",
        "firm_agent",
        "editor",
        "credit_officer",
        "privacy_officer",
        "system_admin",
        "security_admin",
        "audit_admin",
        "",
    ],
)
def test_what_the_matrix_says_and_nothing_else(desk, catalog, role):
    held = catalog.roles[role].permissions if role else frozenset()
    client = role_client(role) if role else Client()
    wrong = []
    for route in ROUTES:
        door, needed = route.door, NEEDED[route.name]
        if route.path.endswith(("/sign-out", "/password")):
            continue  # leaving ends the session this walk needs; both have their own tests
        allowed = (*door.methods, *(("HEAD",) if "GET" in door.methods else ()))
        for method in METHODS:
            answer = client.generic(method, route.path)
            if method not in allowed:
                fits = answer.status_code == 405 and set(answer["Allow"].split(", ")) == set(allowed)
            elif needed == OPEN:
                fits = answer.status_code in (200, 302, 403, 404, 429)
            elif not role:
                fits = answer.status_code == 302 and answer["Location"].startswith("/desk/sign-in")
            elif needed != SIGNED_IN and held.isdisjoint(needed):
                fits = answer.status_code == 403
            else:
                fits = answer.status_code in (200, 302, 400, 404)
                fits = fits and not answer.headers.get("Location", "").startswith("/desk/sign-in")
            if not fits:
                wrong.append(
                    f"{method} {route.path}: {answer.status_code} {answer.headers.get('Location', '')}"
                )
    assert wrong == []


def test_every_role_of_the_city_was_walked(catalog):
    walked = test_what_the_matrix_says_and_nothing_else.pytestmark[0].args[1]
    assert {*catalog.roles, ""} == set(walked)


def test_without_any_role_only_ones_own_pages_open(desk):
    client = sign_in(make_person("nobody"))
    for route in ROUTES:
        if NEEDED[route.name] not in (OPEN, SIGNED_IN):
            method = "GET" if "GET" in route.door.methods else route.door.methods[0]
            assert client.generic(method, route.path).status_code == 403, route.path


def test_anothers_key_is_not_there(desk, collector):
    from ecredit.facts.actors.key_actions import issue_key
    from ecredit.facts.actors.types import OPERATOR

    key = issue_key(catalog=city_catalog(),
        organisation="youzheng", title="x", scopes=["batch.read"], days=9,
        ring=collector.ring, by=OPERATOR, at=NOON,
    )  # fmt: skip
    lead = role_client("lead")
    assert "eck_" + key.prefix not in lead.get("/desk/keys").content.decode()
    for act in ("rotate", "revoke"):
        assert lead.post(f"/desk/keys/{key.id}/{act}").status_code == 404
    form = {
        "organisation": "youzheng",
        "title": "x",
        "scopes": "batch.read",
        "days": "9",
        "per_minute": "60",
        "per_day": "600",
    }
    assert lead.post("/desk/keys/issue", form).status_code == 404


def test_a_successor_has_its_predecessors_keys(desk, collector, catalog):
    from ecredit.facts.actors.organisation_actions import date_organisation
    from ecredit.facts.actors.types import OPERATOR

    for id in ("old", "new"):
        Organisation.objects.create(
            id=id, name=id, kind="platform", registered_at=NOON, registered_by="operator"
        )
    date_organisation(
        id="new", predecessor="old", valid_from=None, valid_to=None,
        ring=collector.ring, by=OPERATOR, at=NOON,
    )  # fmt: skip
    client = sign_in(make_person("pt", ("new", "lead")))
    form = {
        "organisation": "old",
        "title": "x",
        "scopes": "batch.read",
        "days": "9",
        "per_minute": "60",
        "per_day": "600",
    }
    assert client.post("/desk/keys/issue", form).status_code == 200
    other = sign_in(make_person("pt2", ("old", "lead")))
    assert other.post("/desk/keys/issue", form | {"organisation": "new"}).status_code == 404
