"""Who may do what: the city's own roles, and the rules no role escapes."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from ecredit.facts.actors.approval_actions import ask_approval, post_decision, withdraw_approval
from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.errors import FourEyes, NotAllowed
from ecredit.facts.actors.journal_notes import note_read, seal_notes
from ecredit.facts.actors.key_actions import find_account, issue_key, revoke_key
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import JournalEntry, JournalNote
from ecredit.facts.actors.people_actions import (
    choose_password,
    grant_role,
    register_person,
    reset_password,
    revoke_role,
)
from ecredit.facts.actors.queries import account_of, count_reads, count_reads_by_month, list_keys
from ecredit.facts.actors.rights import ALL, Account, allow, machine_scopes, may, reach, roles_for, scopes_for
from ecredit.facts.actors.types import OPERATOR, Actor, Seat
from ecredit.foundation.kernel.errors import WrongUse
from tests.conftest import NOON, city_catalog

TODAY = NOON.date()
CITY = "jingxin_xinyong"


def account(*seats: tuple[str, str]) -> Account:
    return Account("p1", "王某", "desk/s1", tuple(Seat(*seat) for seat in seats))


@pytest.fixture
def by(collector, db):
    return {"ring": collector.ring, "by": OPERATOR, "at": NOON}


def test_a_clerk_reaches_what_is_the_departments_and_its_predecessors(catalog):
    clerk = account(("gongshang", "clerk"))
    assert may(catalog, clerk, "batch.read", of="gongshang") and may(
        catalog, clerk, "batch.read", of="zhijian"
    )
    assert not may(catalog, clerk, "batch.read", of="youzheng")
    assert not may(catalog, clerk, "subject.read")
    with pytest.raises(NotAllowed, match="查看主体档案"):
        allow(catalog, clerk, "subject.read")


def test_a_right_says_from_where(catalog):
    officer = account((CITY, "credit_officer"))
    assert allow(catalog, officer, "review.decide", of="gongshang") == Actor("p1", "review.decide desk/s1")
    assert (
        reach(catalog, officer, "batch.read") is ALL and reach(catalog, officer, "role.grant") == frozenset()
    )


def test_no_role_of_the_three_administrators_sees_data(catalog):
    """等级保护: who runs the system, who gives rights and who audits neither are one person nor see the city's data."""
    for role in ("system_admin", "security_admin", "audit_admin"):
        admin = account((CITY, role))
        assert not any(
            may(catalog, admin, p) for p in ("subject.read", "held.read", "batch.submit", "record.correct")
        )


def test_roles_that_exclude_each_other_and_giving_to_oneself(catalog, by):
    person, _ = register_person(login="wang", name="王某", **by)
    give = {"login": "wang", "catalog": catalog, "on": TODAY}
    grant_role(organisation=CITY, role="system_admin", **give, **by)
    with pytest.raises(WrongUse, match="不能与系统管理员由同一人担任"):
        grant_role(organisation=CITY, role="audit_admin", **give, **by)
    with pytest.raises(WrongUse, match="不能有角色"):
        grant_role(organisation="gongshang", role="credit_officer", **give, **by)
    with pytest.raises(WrongUse, match="自己"):
        grant_role(organisation="gongshang", role="clerk", **give, **(by | {"by": Actor(person.who, "x")}))


def test_a_key_carries_no_more_by_itself_than_its_organisations_people_may(catalog):
    """The catalogue alone says what a machine may be given, and to whose key what of it goes unasked."""
    assert scopes_for(catalog, "f", "firm") == ("warning.read", "warning.answer")
    assert "batch.submit" in scopes_for(catalog, "p", "platform")
    assert "warning.rules" not in scopes_for(catalog, "p", "platform")
    assert "warning.rules" in scopes_for(catalog, CITY, "department")
    for scopes in (machine_scopes(catalog), scopes_for(catalog, CITY, "department")):
        assert all(catalog.permissions[scope].machine for scope in scopes) and "quality.read" not in scopes


def test_whoever_supplies_a_source_can_have_somebody_at_the_desk(catalog, by):
    """The court and the districts are no `department`, and had no role at all."""
    suppliers = {id for source in catalog.sources.values() for id in source.suppliers}
    assert {"fayuan", "xiashiqu"} <= suppliers
    for id in suppliers:
        roles = roles_for(catalog, id, catalog.departments[id].kind)
        assert any("batch.submit" in role.permissions for role in roles.values()), id
    for login, named in (("court", "常州市中级人民法院"), ("district", "xiashiqu")):
        register_person(login=login, name="测试", **by)
        grant_role(organisation=named, role="clerk", login=login, catalog=catalog, on=TODAY, **by)


def test_who_can_have_nobody_at_the_desk_is_told_what_to_do(catalog, by):
    register_person(login="wang", name="王某", **by)
    with pytest.raises(WrongUse, match="写明具体部门") as refused:
        grant_role(organisation="youguan", role="clerk", login="wang", catalog=catalog, on=TODAY, **by)
    assert "roles.yaml" in refused.value.en and not refused.value.en.endswith(": ")


def test_a_role_is_held_from_a_day_until_a_day(catalog, by):
    person, _ = register_person(login="wang", name="王某", **by)
    grant_role(
        login="wang", organisation="gongshang", role="clerk", catalog=catalog, on=date(2026, 5, 1), **by
    )
    revoke_role(login="wang", organisation="gongshang", role="clerk", on=date(2026, 6, 1), **by)
    seats = [
        len(account_of(person, where="x", on=day).seats)
        for day in (date(2026, 4, 30), date(2026, 5, 31), date(2026, 6, 1))
    ]
    assert seats == [0, 1, 0]


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        ((30, None), (0, None)),
        ((30, None), (0, 31)),
        ((30, 40), (0, None)),
        ((30, 40), (39, 41)),
        ((0, 40), (30, None)),
    ],
)
def test_what_excludes_each_other_is_not_held_later_either(catalog, by, held, asked):
    """三员分立 on every day of the new role, not its first alone."""
    register_person(login="wang", name="王某", **by)
    give = {"login": "wang", "organisation": CITY, "catalog": catalog, **by}
    grant_role(role="audit_admin", **give, **spanned(held))
    with pytest.raises(WrongUse, match="不能与审计管理员由同一人担任"):
        grant_role(role="security_admin", **give, **spanned(asked))
    # Before it and after it, and over one that was taken back before it began, it may be held.
    start, end = held
    if start:
        grant_role(role="security_admin", **give, **spanned((0, start)))
    if end:
        grant_role(role="security_admin", **give, **spanned((end, end + 9)))
    else:
        revoke_role(login="wang", organisation=CITY, role="audit_admin", on=TODAY, **by)
        grant_role(role="security_admin", **give, **spanned((start, None)))


def test_all_spans_of_a_role_are_taken_back_at_once(catalog, by):
    person, _ = register_person(login="wang", name="王某", **by)
    give = {"login": "wang", "organisation": "gongshang", "role": "clerk", "catalog": catalog, **by}
    grant_role(**give, **spanned((30, None)))
    grant_role(**give, **spanned((0, 10)))
    grant_role(**give, **spanned((10, 30)))
    with pytest.raises(WrongUse, match="请先收回"):
        grant_role(**give, **spanned((0, None)))
    assert grant_role(**give, **spanned((40, None))).valid_from == spanned((30, None))["on"]
    del give["catalog"]
    revoke_role(**give, on=spanned((5, None))["on"])
    days = [spanned((day, None))["on"] for day in (4, 5, 10, 30, 300)]
    assert [len(account_of(person, where="x", on=day).seats) for day in days] == [1, 0, 0, 0, 0]
    ends = [
        read_object(row.detail) for row in JournalEntry.objects.filter(verb="role.revoke").order_by("leaf")
    ]
    told = [(said["from"], said["until"]) for said in ends[-3:]]
    assert told == [(str(spanned((start, None))["on"]), str(days[1])) for start in (0, 10, 30)]
    with pytest.raises(WrongUse, match="没有这个角色"):
        revoke_role(**give, on=days[1])


def spanned(days: tuple[int, int | None]) -> dict[str, date | None]:
    """From a day until a day, counted from today."""
    first, end = days
    return {
        "on": TODAY + timedelta(days=first),
        "until": None if end is None else TODAY + timedelta(days=end),
    }


def test_a_password_is_shown_once_and_chosen_by_its_owner(by):
    person, first = register_person(login="wang", name="王某", **by)
    assert person.check_password(first) and person.must_change_password
    with pytest.raises(WrongUse, match=r"密码.*too short"):
        choose_password(person=person, password="123456", **by)
    choose_password(person=person, password="通江路上的梧桐树共有36棵", **by)
    assert not person.must_change_password
    again = reset_password(login="wang", **by)
    person.refresh_from_db()
    assert person.check_password(again) and person.must_change_password
    said = "".join(JournalEntry.objects.values_list("detail", flat=True))
    assert first not in said and again not in said and "王某" not in said


def test_a_key_carries_its_scopes_and_ends(catalog, by):
    key = issue_key(
        catalog=city_catalog(), organisation="gongshang", title="t", scopes=["batch.submit"], days=1, **by
    )
    found, _ = find_account(key.secret, at=NOON)
    assert may(catalog, found, "batch.submit", of="gongshang") and not may(catalog, found, "batch.read")
    assert not may(catalog, found, "batch.submit", of="youzheng")
    assert (
        find_account(key.secret[:-1] + "?", at=NOON) is None and find_account("eck_nobody_x", at=NOON) is None
    )
    assert find_account(key.secret, at=NOON.replace(year=2027)) is None
    with pytest.raises(WrongUse, match="没有这个密钥"):
        revoke_key(organisation="youzheng", key_id=key.id, **by)
    revoke_key(organisation="gongshang", key_id=key.id, **by)
    assert find_account(key.secret, at=NOON) is None
    assert key.secret not in str(list_keys()) and list_keys("gongshang")[0].state(NOON) == "revoked"
    with pytest.raises(WrongUse, match="只能从"):
        issue_key(
            catalog=city_catalog(),
            organisation="gongshang",
            title="t",
            scopes=["subject.reveal"],
            days=1,
            **by,
        )


def decide_approval(*, ring, at, **decision):
    with transaction.atomic():
        log = OpenLog(ring, at)
        asked = post_decision(log, **decision)
        log.seal()
    return asked


def test_four_eyes(by):
    first, second = Actor("p1", "record.correct desk/s1"), Actor("p2", "approval.decide desk/s2")
    asked = ask_approval(
        verb="record.correct", about="entry:5", params={"leaf": 5}, reason="笔误", **(by | {"by": first})
    )
    decide = {"approval_id": asked.pk, "agree": True, "note": ""}
    with pytest.raises(FourEyes):
        decide_approval(**decide, **(by | {"by": first}))
    with pytest.raises(WrongUse, match="自己提出"):
        withdraw_approval(approval_id=asked.pk, **(by | {"by": second}))
    assert decide_approval(**decide, **(by | {"by": second})).state == "agreed"
    with pytest.raises(WrongUse, match="处理过"):
        decide_approval(**decide, **(by | {"by": second}))


def test_reads_are_noted_at_once_and_sealed_later(by):
    reader = Actor("p1", "subject.read desk/s1")
    note_read(ring=by["ring"], by=reader, about="subject:7", purpose="核对投诉", at=NOON)
    assert count_reads("subject:7") == 1 and JournalNote.objects.count() == 1
    assert seal_notes(ring=by["ring"], at=NOON) == 1 and seal_notes(ring=by["ring"], at=NOON) == 0
    (entry,) = JournalEntry.objects.filter(object="subject:7")
    assert (entry.who, "核对投诉" in entry.detail, count_reads("subject:7")) == ("p1", True, 1)


def test_opening_what_is_sealed_counts_as_a_reading(by):
    reader = Actor("p1", "subject.reveal desk/s1")
    for verb in ("subject.read", "subject.reveal"):
        note_read(ring=by["ring"], by=reader, about="subject:7", purpose="核对投诉", at=NOON, verb=verb)
    assert count_reads("subject:7") == 2
    assert count_reads_by_month(["subject:7"]) == [(NOON.date().replace(day=1), 2)]
    seal_notes(ring=by["ring"], at=NOON)
    assert count_reads("subject:7") == 2 == count_reads_by_month(["subject:7"])[0][1]
