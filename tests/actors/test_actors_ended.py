"""An organisation that has ended acts no longer: no seat, no sending, no reminder; what it was given can be taken back."""

from datetime import date

import pytest

from ecredit.facts.actors.errors import OrganisationOver
from ecredit.facts.actors.key_actions import issue_key
from ecredit.facts.actors.models import Person
from ecredit.facts.actors.organisation_actions import date_organisation, register_organisation
from ecredit.facts.actors.people_actions import grant_role
from ecredit.facts.actors.queries import account_of, get_organisation_id, get_supplier, list_organisations
from ecredit.facts.actors.rights import permissions_of
from ecredit.facts.actors.types import OPERATOR
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.reminders import _suppliers
from tests.conftest import NOON, city_catalog
from tests.desk.conftest import make_person

LAST, OVER = date(2026, 5, 31), date(2026, 6, 1)


@pytest.fixture
def by(collector, db):
    return {"ring": collector.ring, "by": OPERATOR, "at": NOON}


@pytest.fixture
def ended(by):
    for id, name in (("old", "旧平台"), ("new", "新平台")):
        register_organisation(id=id, name=name, kind="platform", **by)
    date_organisation(id="old", predecessor="", valid_from=None, valid_to=OVER, **by)
    date_organisation(id="new", predecessor="old", valid_from=OVER, valid_to=None, **by)


def test_it_sends_no_longer_and_its_heir_is_named(ended, catalog):
    assert get_supplier(catalog, "旧平台", on=LAST).id == "old"
    for called in ("old", "旧平台"):
        with pytest.raises(OrganisationOver, match=r"2026-06-01 终止.*新平台"):
            get_supplier(catalog, called, on=OVER)
    assert get_organisation_id(catalog, "旧平台", on=OVER) == "old"
    assert get_organisation_id(catalog, "zhijian", on=OVER) == "zhijian"


def test_its_people_lose_the_seat_and_keep_others(ended, catalog, by):
    make_person("pt", ("old", "clerk"), ("gongshang", "clerk"))
    person = Person.objects.get(login="pt")
    seats = [
        [seat.organisation for seat in account_of(person, where="x", on=day).seats] for day in (LAST, OVER)
    ]
    assert seats == [["old", "gongshang"], ["gongshang"]]
    make_person("alone", ("old", "lead"))
    alone = account_of(Person.objects.get(login="alone"), where="x", on=OVER)
    assert permissions_of(catalog, alone) == frozenset() and alone.inherited == {}
    with pytest.raises(OrganisationOver):
        grant_role(login="pt", organisation="old", role="lead", catalog=catalog, on=OVER, **by)


def test_nobody_reminds_it(ended, catalog):
    assert {"old", "new"} <= {supplier.id for supplier in _suppliers(catalog, LAST)}
    assert "old" not in {supplier.id for supplier in _suppliers(catalog, OVER)}
    assert [o.id for o in list_organisations(on=OVER)] == ["new"] and len(list_organisations()) == 2


def test_its_key_is_not_changed_over(ended, home, settings, by):
    from tests.desk.test_desk_routes import role_client

    settings.ECREDIT_HOME = home.root
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    key = issue_key(
        catalog=city_catalog(), organisation="old", title="x", scopes=["batch.read"], days=300, **by
    )
    date_organisation(id="old", predecessor="", valid_from=None, valid_to=Platform().today, **by)
    answer = role_client("security_admin").post(f"/desk/keys/{key.id}/rotate")
    assert answer.status_code == 400 and "已终止" in answer.content.decode()
