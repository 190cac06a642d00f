"""A question whose SQL is kept asks what Django would ask, every time anew."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import close_old_connections, connections, models

from ecredit.facts.actors.key_actions import find_account, issue_key, revoke_key
from ecredit.facts.actors.models import ApiKey
from ecredit.facts.actors.prepared import Prepared
from ecredit.facts.actors.types import OPERATOR
from tests.conftest import NOON, city_catalog

KEYS = Prepared(
    lambda organisation, most: ApiKey.objects.filter(organisation=organisation, per_minute__lt=most).order_by(
        "-per_minute"
    ),
    "?",
    -1,
)


def fields(row: models.Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.fixture
def by(collector):
    return {"ring": collector.ring, "by": OPERATOR, "at": NOON, "days": 1, "scopes": ["batch.read"]}


@pytest.mark.django_db
def test_the_rows_are_djangos_own(by, django_assert_num_queries):
    first = issue_key(catalog=city_catalog(), organisation="gongshang", title="一", per_minute=5, **by)
    issue_key(
        catalog=city_catalog(), organisation="gongshang", title="二", per_minute=7, replaces=first.id, **by
    )
    issue_key(catalog=city_catalog(), organisation="youzheng", title="三", per_minute=6, **by)
    for organisation, most in (
        ("gongshang", 9),
        ("gongshang", 6),
        ("youzheng", 9),
        ("nobody", 9),
        ("%s' --", 9),
    ):
        asked = ApiKey.objects.filter(organisation=organisation, per_minute__lt=most).order_by("-per_minute")
        with django_assert_num_queries(1):
            found = KEYS.rows(organisation, most)
        assert [fields(row) for row in found] == [fields(row) for row in asked]
    newest = KEYS.first("gongshang", 9)
    assert newest.title == "二" and newest.scopes == ["batch.read"] and newest.replaces_id == first.id
    assert newest.expires_at == NOON + timedelta(days=1) and newest.revoked_at is None
    newest.title = "改"
    newest.save()
    assert KEYS.first("gongshang", 9).title == "改"


@pytest.mark.django_db
def test_a_number_no_column_holds_finds_nothing(by):
    issue_key(catalog=city_catalog(), organisation="gongshang", title="t", **by)
    numbers = Prepared(lambda number: ApiKey.objects.filter(id=number), -1)
    assert numbers.rows(2**63) == numbers.rows(-(2**63) - 1) == numbers.rows(2**63 - 1) == []
    assert numbers.rows(ApiKey.objects.get().pk)


@pytest.mark.django_db(transaction=True)
def test_a_revoked_key_is_none_in_every_thread_that_knew_it(by):
    key = issue_key(catalog=city_catalog(), organisation="gongshang", title="t", **by)
    known = []

    def look() -> None:
        known.append(find_account(key.secret, at=NOON) is not None)
        close_old_connections()
        connections.close_all()

    for revoked in (False, True):
        if revoked:
            revoke_key(organisation="gongshang", key_id=key.id, ring=by["ring"], by=OPERATOR, at=NOON)
        look()
        thread = Thread(target=look)
        thread.start()
        thread.join()
    assert known == [True, True, False, False]
