"""Whatever stands in an address: no page of the desk fails over it."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import resolve

from ecredit.facts.collection.models import Batch
from ecredit.facts.records.models import CreditRecord
from ecredit.facts.subjects.models import CreditSubject, ReviewItem
from tests.desk.test_desk_routes import ROUTES, role_client
from tests.penalty_rows import row, table

pytestmark = pytest.mark.django_db
# A digit that is no number, a number no database holds, days no instant can be made of, a subject's number of the like.
HOSTILE = ("²", "9" * 30, "0001-01-01", "9999-12-31", "9999-12-31T23:59:59-14:00", "S²", "%00")
READ = re.compile(r'GET\.get\(\s*"(\w+)"|given\.get\("(\w+)"|Filter\(\s*"(\w+)"|for name in \(("\w+".*)\)')


def parameters(path: str) -> set[str]:
    """The names that the module of a page reads from an address, also as filters of its table."""
    module = sys.modules[resolve(path).func.__module__]
    source = Path(str(module.__file__)).read_text()
    found = {
        name
        for match in READ.finditer(source)
        for name in re.findall(r"\w+", " ".join(filter(None, match.groups())))
    }
    return found | ({"at", "rule"} if "show_" in source else set())


ROLES = ("credit_officer", "lead", "privacy_officer", "system_admin", "security_admin", "audit_admin")


def test_no_address_is_a_fault_of_ours(desk, collect, catalog):
    collect("dual_publicity_penalty", table(row(1), row(2, CF_XDR_SHXYM="")), name="处罚.csv")
    subject = CreditSubject.objects.latest("id").id
    clients = {role: role_client(role) for role in ROLES}
    for client in clients.values():
        client.raise_request_exception = False
        client.post(f"/desk/subjects/{subject}/purpose", {"purpose": "complaint", "words": "12345 号件"})
    failed, walked = [], set()
    for path, permissions in addresses(subject):
        role = next(r for r in ROLES if not permissions or permissions & catalog.roles[r].permissions)
        for name in sorted(parameters(path)):
            answers = {value: clients[role].get(path, {name: value}).status_code for value in HOSTILE}
            failed += [f"{path}?{name}={value}" for value, status in answers.items() if status >= 500]
            walked |= {(path, name) for status in answers.values() if status == 200}
    assert failed == []
    assert {("/desk/journal", "who"), ("/desk/review", "at"), (f"/desk/subjects/{subject}", "at")} <= walked


def test_what_the_pages_read_is_known():
    assert {"at", "since", "until", "who"} <= parameters("/desk/journal")
    assert {"at", "source", "last"} <= parameters("/desk/review")
    assert {"at", "known_at", "as_of", "from"} <= parameters("/desk/subjects/1")
    assert {"at", "one", "other"} <= parameters("/desk/merges/compare")


def addresses(subject: int) -> Iterator[tuple[str, frozenset[str]]]:
    """Every page with what opens it: about what is there, and about what no database could hold."""
    there = {
        "/desk/batches/": Batch.objects.latest("id").id,
        "/desk/review/": ReviewItem.objects.latest("id").id,
        "/desk/subjects/": subject,
    }
    leaf = CreditRecord.objects.latest("leaf").leaf
    for route in ROUTES:
        if "GET" not in route.door.methods:
            continue
        opens = frozenset(route.door.permissions)
        yield route.path.replace("987654321", "9" * 30), opens
        for beginning, number in there.items():
            if route.path.startswith(f"{beginning}987654321"):
                yield route.path.replace("987654321", str(number), 1).replace("987654321", str(leaf)), opens
