"""People, roles and keys changed behind the log's back are named."""

from datetime import timedelta

import pytest

from ecredit.facts.actors.key_actions import issue_key, revoke_key
from ecredit.facts.actors.people_actions import (
    choose_password,
    grant_role,
    register_person,
    revoke_role,
    set_active,
)
from ecredit.facts.actors.types import OPERATOR
from tests.conftest import NOON, city_catalog
from tests.records.audited_home import audit, tamper

__all__ = ["audit"]

CITY = "jingxin_xinyong"


@pytest.fixture
def people(collector, catalog, db):
    by = {"ring": collector.ring, "by": OPERATOR, "at": NOON}
    for login in ("wang", "li"):
        person, _ = register_person(login=login, name="某某", **by)
        choose_password(person=person, password="通江路上的梧桐树共有36棵", **by)
    give = {"organisation": CITY, "on": NOON.date(), **by}
    grant_role(login="wang", role="credit_officer", catalog=catalog, **give)
    grant_role(login="li", role="clerk", catalog=catalog, **(give | {"organisation": "gongshang"}))
    revoke_role(login="wang", role="credit_officer", **give)
    grant_role(login="wang", role="credit_officer", catalog=catalog, **give)
    for days in (10, 20):
        key = issue_key(
            catalog=city_catalog(),
            organisation="gongshang",
            title="t",
            scopes=["batch.submit"],
            days=days,
            **by,
        )
    revoke_key(organisation="gongshang", key_id=key.id, **by)
    set_active(login="li", active=False, **by)


def test_honest_people_are_clean(people, audit):
    assert audit() == []


def test_a_role_given_for_several_spans_and_taken_back_is_clean(people, collector, catalog, audit):
    by = {"ring": collector.ring, "by": OPERATOR, "at": NOON}
    seat = {"login": "wang", "organisation": "gongshang", "role": "clerk"}
    spans = [(10, None), (0, 10), (30, None), (20, 30)]
    for start, end in spans[:2]:
        grant_role(**seat, catalog=catalog, on=later(start), until=end and later(end), **by)
    assert audit() == []
    revoke_role(**seat, on=later(5), **by)
    assert audit() == []
    for start, end in spans[2:]:
        grant_role(**seat, catalog=catalog, on=later(start), until=end and later(end), **by)
    revoke_role(**seat, on=later(0), **by)
    grant_role(**seat, catalog=catalog, on=later(30), **by)
    assert audit() == []
    tamper("UPDATE actors_membership SET valid_to = %s", later(25))
    assert any("the role clerk of p1 in gongshang" in finding for finding in audit())


def later(days):
    return NOON.date() + timedelta(days=days)


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE actors_person SET is_active = %s WHERE login = 'li'", "person p2 was enabled"),
        ("UPDATE actors_person SET password = (SELECT password FROM actors_person WHERE login = 'li') "
         "WHERE login = 'wang' AND is_active = %s", "person p1 has another password"),
        ("UPDATE actors_membership SET role = 'credit_officer' WHERE role = 'clerk' AND %s", "credit_officer of p2 in gongshang"),
        ("UPDATE actors_membership SET valid_to = NULL WHERE id = 1 AND %s", "credit_officer of p1"),
        ("DELETE FROM actors_membership WHERE role = 'clerk' AND %s", "the role clerk of p2 in gongshang is gone"),
        ("UPDATE actors_api_key SET digest = 'x' WHERE id = 1 AND %s", "key 1 is not as it was given out"),
        ("UPDATE actors_api_key SET revoked_at = NULL WHERE id = 2 AND %s", "key 2 was ended or revived"),
        ("UPDATE actors_api_key SET per_day = 9000000 WHERE %s", "is not as it was given out"),
        ("DELETE FROM actors_api_key WHERE id = 1 AND %s", "key 1 is gone"),
        ("UPDATE actors_api_key SET organisation = 'youzheng' WHERE id = 1 AND %s", "key 1 is not"),
    ],
)  # fmt: skip
def test_what_was_done_by_hand_is_named(people, audit, sql, says):
    if "membership" in sql and "NULL" in sql:
        tamper("DELETE FROM actors_membership WHERE id = 3")
    tamper(sql, True)
    assert any(says in finding for finding in audit())
