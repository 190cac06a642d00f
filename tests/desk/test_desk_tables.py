"""A table's page asks the database as often for many rows as for few."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ecredit.facts.actors.journal_notes import note
from ecredit.facts.actors.key_actions import issue_key
from ecredit.facts.actors.models import Organisation
from ecredit.facts.actors.types import OPERATOR
from ecredit.service.operation.job_actions import start_job
from tests.conftest import NOON, city_catalog
from tests.desk.conftest import make_person
from tests.desk.test_desk_routes import role_client
from tests.penalty_rows import row, table

pytestmark = pytest.mark.django_db
PAGES = (
    ("audit_admin", "/desk/journal"),
    ("credit_officer", "/desk/batches"),
    ("credit_officer", "/desk/quality"),
    ("credit_officer", "/desk/review"),
    ("security_admin", "/desk/people"),
    ("security_admin", "/desk/sessions"),
    ("system_admin", "/desk/jobs"),
    ("security_admin", "/desk/keys"),
    ("system_admin", "/desk/organisations"),
    ("system_admin", "/desk/people"),
)


def test_many_rows_take_as_many_queries_as_few(desk, collector, collect):
    def grow(first: int, last: int) -> None:
        for n in range(first, last):
            place = f"place{n}"
            Organisation.objects.create(
                id=place, name=f"平台{n}", kind="platform", registered_at=NOON, registered_by="operator"
            )
            person = make_person(f"q{n}", (place, "clerk"))
            issue_key(catalog=city_catalog(),
                organisation=place, title="x", scopes=["batch.read"], days=9, ring=collector.ring, by=OPERATOR,
                at=NOON,
            )  # fmt: skip
            start_job(kind="audit", params={}, ring=collector.ring, by=OPERATOR, at=NOON)
            note(
                ring=collector.ring,
                by=OPERATOR,
                verb="job.start",
                about=f"person:{person.who}",
                detail={},
                at=NOON,
            )
            client.get("/desk/")
            rows = table(row(n), row(n + 100, CF_XDR_SHXYM=""))
            collect("dual_publicity_penalty", rows, name=f"处罚{n}.csv")

    clients = {role: role_client(role) for role in sorted({role for role, _ in PAGES})}
    client = next(iter(clients.values()))
    grow(1, 3)
    few = {page: queries(clients[role], page) for role, page in PAGES}
    grow(3, 9)
    many = {page: queries(clients[role], page) for role, page in PAGES}
    assert many == few


def queries(client, address: str) -> int:
    with CaptureQueriesContext(connection) as counted:
        assert client.get(address).status_code == 200, address
    return len(counted)
