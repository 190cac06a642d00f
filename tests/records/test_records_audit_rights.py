"""Who acted by a right that by the journal was not theirs is named, though every table stands as it should."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from ecredit.facts.actors.journal_actions import post_journal
from ecredit.facts.actors.journal_notes import note, note_read, seal_notes
from ecredit.facts.actors.key_actions import issue_key, revoke_key
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import Membership
from ecredit.facts.actors.people_actions import grant_role, register_person, revoke_role, set_active
from ecredit.facts.actors.queries import account_of
from ecredit.facts.actors.rights import allow
from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.facts.subjects.merge_actions import merge_subjects
from ecredit.facts.subjects.models import CreditSubject
from tests.conftest import NOON, city_catalog
from tests.penalty_rows import code
from tests.records.audited_home import audit, register, tamper

__all__ = ["audit"]

CITY = "jingxin_xinyong"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def wang(collector, db):
    person, _ = register_person(login="wang", name="某某", ring=collector.ring, by=OPERATOR, at=NOON)
    return person


@pytest.fixture
def give(collector, catalog):
    return {
        "login": "wang", "organisation": CITY, "role": "credit_officer", "ring": collector.ring, "by": OPERATOR,
    }  # fmt: skip


@pytest.fixture
def act(collector):
    def acted(by: Actor, at):
        with transaction.atomic():
            log = OpenLog(collector.ring, at)
            post_journal(log, by=by, verb="review.close", about="x:0", detail={})
            log.seal()

    return acted


def lent(person, role="credit_officer"):
    """A role that was put into the table by hand."""
    return Membership.objects.create(
        person=person, organisation=CITY, role=role, valid_from=NOON.date(), granted_by="operator"
    )


def test_a_role_lent_by_hand_for_a_moment_is_named(wang, catalog, collector, collect, audit):
    collect(
        "registration", register(("甲甲甲有限公司", code(31), "1号"), ("乙乙乙有限公司", code(32), "2号"))
    )
    row = lent(wang)
    by = allow(catalog, account_of(wang, where="desk/s1", on=NOON.date()), "subject.merge")
    first, second = CreditSubject.objects.order_by("id").values_list("id", flat=True)
    merge_subjects(
        subject_id=first, other_id=second, reason="r", despite_codes=True, ring=collector.ring, by=by, at=NOON + HOUR
    )  # fmt: skip
    note_read(
        ring=collector.ring,
        by=replace(by, right="subject.read desk/s1"),
        about="subject:1",
        purpose="p",
        at=NOON + HOUR,
    )
    tamper("DELETE FROM actors_membership WHERE id = %s", row.pk)
    seal_notes(ring=collector.ring, at=NOON + HOUR)
    found = [finding for finding in audit() if finding.startswith("right:")]
    assert len(found) == 2
    assert all(f"{wang.who} acted by 'subject." in finding for finding in found)
    assert "(merge)" in found[1] and "(subject.read)" in found[0]


def test_acts_within_a_role_are_clean_and_those_before_and_after_are_named(wang, give, catalog, act, audit):
    by = Actor(wang.who, "review.decide desk/s1")
    grant_role(**give, catalog=catalog, at=NOON + HOUR, on=NOON.date())
    act(by, NOON + 2 * HOUR)
    revoke_role(**give, at=NOON + 3 * HOUR, on=NOON.date())
    act(by, NOON + 3 * HOUR)
    assert audit() == []
    act(by, NOON + 5 * HOUR)
    # A right the role does not have, and one that is none.
    grant_role(**give, catalog=catalog, at=NOON + 6 * HOUR, on=NOON.date())
    act(replace(by, right="job.manage desk/s2"), NOON + 7 * HOUR)
    act(replace(by, right="everything desk/s2"), NOON + 7 * HOUR)
    act(replace(by, right="own desk/s2"), NOON + 7 * HOUR)
    assert len(audit()) == 3


def test_a_role_given_for_later_is_not_held_yet(wang, give, catalog, act, audit):
    grant_role(**give, catalog=catalog, at=NOON, on=NOON.date() + DAY)
    by = Actor(wang.who, "review.decide desk/s1")
    act(by, NOON + 13 * HOUR)
    assert audit() == []
    act(replace(by, who="p999999"), NOON + 13 * HOUR)
    assert len(audit()) == 1


def test_an_act_on_the_eve_of_a_role_is_named(wang, give, catalog, act, audit):
    grant_role(**give, catalog=catalog, at=NOON, on=NOON.date() + DAY)
    act(Actor(wang.who, "review.decide desk/s1"), NOON + 11 * HOUR)
    assert len(audit()) == 1


def test_a_role_given_for_two_spans_and_taken_back_is_held_no_more(wang, give, catalog, act, audit):
    grant_role(**give, catalog=catalog, at=NOON, on=NOON.date() + 3 * DAY)
    grant_role(**give, catalog=catalog, at=NOON, on=NOON.date(), until=NOON.date() + 3 * DAY)
    by = Actor(wang.who, "review.decide desk/s1")
    act(by, NOON + HOUR)
    revoke_role(**give, at=NOON + 2 * HOUR, on=NOON.date())
    assert audit() == []
    act(by, NOON + 5 * HOUR)
    act(by, NOON + 4 * DAY)
    assert len(audit()) == 2


def test_a_job_goes_on_though_who_began_it_has_lost_the_role(wang, give, catalog, collector, act, audit):
    grant_role(**give, catalog=catalog, at=NOON, on=NOON.date())
    by = Actor(wang.who, "evaluation.run desk/s1")
    note(ring=collector.ring, by=by, verb="job.start", about="job:0", detail={}, at=NOON + HOUR)
    revoke_role(**give, at=NOON + 2 * HOUR, on=NOON.date())
    act(by, NOON + 5 * HOUR)
    seal_notes(ring=collector.ring, at=NOON + 5 * HOUR)
    assert audit() == []
    # In another session, begun by nobody while the role was held.
    act(replace(by, right="evaluation.run desk/s2"), NOON + 6 * HOUR)
    assert len(audit()) == 1


def test_who_was_disabled_does_nothing(wang, collector, act, audit):
    set_active(login="wang", active=False, ring=collector.ring, by=OPERATOR, at=NOON + HOUR)
    act(Actor(wang.who, "own desk/s1"), NOON + 2 * HOUR)
    assert len(audit()) == 1


def test_a_key_revived_by_hand_and_ended_again_is_named(collector, act, audit):
    key = issue_key(catalog=city_catalog(),
        organisation="gongshang", title="t", scopes=["batch.submit"], days=30, ring=collector.ring, by=OPERATOR, at=NOON
    )  # fmt: skip
    by = Actor("gongshang", f"batch.submit api/k{key.id}")
    act(by, NOON + HOUR)
    revoke_key(organisation="gongshang", key_id=key.id, ring=collector.ring, by=OPERATOR, at=NOON + 2 * HOUR)
    assert audit() == []
    act(by, NOON + 3 * DAY)
    act(replace(by, who="youzheng"), NOON + 3 * DAY)
    act(replace(by, right=f"held.read api/k{key.id}"), NOON + 3 * DAY)
    assert len(audit()) == 3


def test_what_a_role_allowed_is_what_the_rules_said_by_then(wang, give, catalog, collector, act, audit):
    def noted(roles, at):
        with transaction.atomic():
            log = OpenLog(collector.ring, at)
            post_journal(log, by=OPERATOR, verb="catalog.change", about="catalog:x", detail={"roles": roles})
            log.seal()

    noted({"credit_officer": ["job.manage"]}, NOON)
    grant_role(**give, catalog=catalog, at=NOON, on=NOON.date())
    by = Actor(wang.who, "job.manage desk/s1")
    act(by, NOON + HOUR)
    noted({"credit_officer": []}, NOON + 2 * HOUR)
    assert audit() == []
    act(by, NOON + 3 * HOUR)
    assert len(audit()) == 1
