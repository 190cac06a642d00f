"""Badges follow what is public: issued, kept, dated anew, replaced, revoked; each run journaled, nothing said that is not public."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ecredit.facts.actors.canonical import read_object
from ecredit.facts.actors.models import JournalEntry
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.badge_check import check_badge
from ecredit.foundation.proof.badge_types import State
from ecredit.foundation.proof.checks import Asked
from ecredit.foundation.proof.city_keys import read_keys
from ecredit.foundation.proof.jws import compact_json
from ecredit.service.badges.badge_file import badge_file_of
from ecredit.service.badges.badge_rules import issuer_of, valid_until
from ecredit.service.badges.errors import NoSuchBadge
from ecredit.service.badges.models import Badge
from ecredit.service.badges.signing_actions import make_signing_key, retire_signing_key
from ecredit.service.badges.types import RunSummary
from ecredit.service.publicity.badge_facts import iter_badge_facts
from ecredit.service.publicity.queries import PublicStore
from ecredit.service.publicity.types import Section
from tests.badges.conftest import (
    FIRST,
    LICENCE,
    OFFICER,
    REAL_NAME,
    SECOND,
    THIRD,
    TODAY,
    make_item,
    make_subject,
)
from tests.portal.portal_sample import TODAY as SAMPLE_DAY
from tests.portal.portal_sample import write_sample

DAY = timedelta(days=1)


def verdict_of(badges, code, *, with_list=True):
    badge = badges.public.find_live(code)
    status = badges.public.status_list(badge.claims.status_list).encode() if with_list else None
    asked = Asked(read_keys(badges.home.city_keys.read_bytes()), badges.at, status)
    return check_badge(compact_json(badge_file_of(badge)), asked)


def test_a_badge_says_what_the_profile_says_and_holds(badges) -> None:
    assert badges.issue() == RunSummary(looked_at=2, issued=2, live=2)
    claims = badges.public.find_live(FIRST).claims
    assert (claims.name, claims.grade, claims.registered, claims.licence_count) == (
        "常州示例1有限公司",
        "B",
        True,
        1,
    )
    assert (claims.licences[0].number, claims.licences[0].last_on) == ("常许〔2026〕1号", date(2027, 3, 1))
    assert claims.real_name_on == date(2026, 4, 1)
    # It ends with the first thing it says that ends: the licence, the grade.
    assert claims.valid_until.date() <= TODAY + timedelta(days=300)
    verdict = verdict_of(badges, FIRST)
    assert verdict.ok and State.OPEN not in {one.state for one in verdict.findings}
    assert badges.public.find_live(SECOND).claims.grade is None
    assert verdict_of(badges, SECOND).ok


def test_a_second_run_changes_nothing(badges) -> None:
    badges.issue()
    before = list(Badge.objects.order_by("pk").values())
    assert badges.issue(after=DAY) == RunSummary(looked_at=2, kept=2, live=2)
    assert list(Badge.objects.order_by("pk").values()) == before


def test_a_changed_grade_replaces_the_badge_and_revokes_the_old(badges) -> None:
    badges.issue()
    old = badges.public.find_live(FIRST)
    badges.write(make_subject(FIRST, 1, LICENCE, REAL_NAME, grade="C"))
    assert badges.issue(after=DAY) == RunSummary(looked_at=2, replaced=1, kept=1, live=2, ended=1)
    new = badges.public.find_live(FIRST)
    assert new.claims.grade == "C" and new.claims.id != old.claims.id
    gone = badges.public.find(old.claims.id)
    assert (gone.ended_why, gone.successor) == ("changed", new.claims.id)
    asked = Asked(
        read_keys(badges.home.city_keys.read_bytes()), badges.at, badges.public.status_list(0).encode()
    )
    assert check_badge(compact_json(badge_file_of(old)), asked).failed == ("revoked",)
    assert verdict_of(badges, FIRST).ok


@pytest.mark.parametrize(
    ("change", "why"), [("gone", "gone"), ("closed", "closed"), ("unregistered", "gone")]
)
def test_who_may_have_none_loses_it(badges, change, why) -> None:
    badges.issue()
    badge = badges.public.find_live(FIRST).claims.id
    if change == "gone":
        badges.take_out(FIRST)
    elif change == "closed":
        badges.write(make_subject(FIRST, 1, status="注销"))
    else:
        badges.write(replace(make_subject(FIRST, 1), items=()))
    assert badges.issue(after=DAY).revoked == 1
    assert badges.public.find_live(FIRST) is None
    assert badges.public.find(badge).ended_why == why
    assert badges.issue(after=DAY).issued == 0


def test_what_has_ended_is_not_said(badges) -> None:
    badges.issue()
    ended = make_item(30, Section.LICENCE, "dual_publicity_licence", title_zh="行政许可", valid_to=TODAY)
    failed = replace(REAL_NAME, leaf=31, fields=(replace(REAL_NAME.fields[0], value="不一致"),))
    badges.write(make_subject(FIRST, 1, ended, failed, grade_until=TODAY))
    badges.issue(after=DAY)
    claims = badges.public.find_live(FIRST).claims
    assert (claims.licence_count, claims.real_name_on, claims.grade, claims.graded_on) == (
        0,
        None,
        None,
        None,
    )


def test_before_it_ends_it_is_dated_anew_in_its_place(badges) -> None:
    badges.write(make_subject(FIRST, 1, grade=None, graded_on=None, grade_until=None))
    badges.issue()
    old = badges.public.find_live(FIRST)
    assert old.claims.valid_until.date() > TODAY + timedelta(days=300)
    assert badges.issue(after=timedelta(days=300)).kept == 2
    assert badges.issue(after=timedelta(days=40)) == RunSummary(looked_at=2, redated=2, live=2)
    new = badges.public.find_live(FIRST)
    assert (new.claims.id, new.claims.status_index) == (old.claims.id, old.claims.status_index)
    assert new.claims.valid_until > old.claims.valid_until
    assert verdict_of(badges, FIRST).ok
    # Both are good while the first lasts, and none is revoked.
    asked = Asked(
        read_keys(badges.home.city_keys.read_bytes()), badges.at, badges.public.status_list(0).encode()
    )
    assert check_badge(compact_json(badge_file_of(old)), asked).ok
    assert badges.issue(redate=True).redated == 2


def test_taken_back_by_hand_it_comes_back_only_by_name(badges) -> None:
    badges.issue()
    badge = badges.revoke(FIRST)
    assert badges.public.find(badge).ended_why == "officer"
    assert badges.issue(after=DAY).issued == 0
    assert badges.issue(FIRST) == RunSummary(looked_at=1, issued=1, live=2, ended=1)
    with pytest.raises(NoSuchBadge, match=THIRD):
        badges.revoke(THIRD)


def test_named_subjects_alone_are_looked_at(badges) -> None:
    assert badges.issue(SECOND).issued == 1
    assert badges.public.find_live(FIRST) is None
    badges.take_out(SECOND)
    assert badges.issue(FIRST).revoked == 0
    assert badges.issue(SECOND).revoked == 1


def test_runs_are_journaled_with_their_numbers(badges) -> None:
    badges.issue()
    badges.write(make_subject(FIRST, 1, grade="A"))
    badges.issue()
    badges.revoke(SECOND)
    rows = JournalEntry.objects.filter(verb__startswith="badge.").order_by("leaf")
    said = [(row.verb, read_object(row.detail)) for row in rows]
    assert [verb for verb, _ in said] == ["badge.run", "badge.run", "badge.revoke"]
    assert [(d["badges"], d["issued"], d["revoked"]) for _, d in said] == [(2, 2, 0), (3, 1, 1), (3, 0, 1)]
    assert said[2][1]["reason"] == "投诉属实"
    assert set(Badge.objects.values_list("leaf", flat=True)) == {row.leaf for row in rows[1:]}
    assert JournalEntry.objects.filter(verb="signing.make").count() == 1


def test_a_new_key_signs_and_the_old_ones_badges_hold(badges) -> None:
    badges.issue()
    issuer = badges.issuer
    (old,) = {badge.kid for badge in map(badges.public.find_live, (FIRST, SECOND))}
    badges.at += DAY
    new = make_signing_key(home=badges.home, sealer=issuer.sealer, by=OFFICER, at=badges.at)
    retire_signing_key(
        home=badges.home, sealer=issuer.sealer, kid=old, reason="轮换", by=OFFICER, at=badges.at
    )
    badges.write(make_subject(FIRST, 1, grade="A"))
    badges.issue(after=DAY)
    assert badges.public.find_live(FIRST).kid == new.kid
    assert badges.public.find_live(SECOND).kid == old
    assert verdict_of(badges, FIRST).ok and verdict_of(badges, SECOND).ok


def test_another_address_makes_other_badges(badges, settings) -> None:
    badges.issue()
    settings.ECREDIT_SITE = "https://new.example:8443"
    assert badges.issue(after=DAY).replaced == 2
    assert badges.public.find_live(FIRST).claims.issuer == "did:web:new.example%3A8443"
    assert verdict_of(badges, FIRST).ok
    settings.ECREDIT_SITE = "new.example"
    with pytest.raises(WrongUse, match="https://host"):
        badges.issue()


def test_an_address_is_a_host() -> None:
    assert issuer_of("http://127.0.0.1:8000") == "did:web:127.0.0.1%3A8000"
    for bad in ("", "credit.example", "https://", "https://credit.example/path", "ftp://a", "https://a?b"):
        with pytest.raises(ValueError, match="https://host"):
            issuer_of(bad)


def test_a_badge_says_of_each_subject_what_its_profile_says(tmp_path) -> None:
    """One source of truth: read in blocks, the same as a profile shows."""
    path = tmp_path / "public.sqlite3"
    write_sample(path)
    store = PublicStore(path)
    found = [facts for block in iter_badge_facts(path, SAMPLE_DAY) for facts in block]
    assert len(found) > 5
    for facts in found:
        profile = store.find_subject(facts.code, SAMPLE_DAY)
        assert (facts.name, facts.kind, facts.area, facts.status) == (
            profile.name,
            profile.kind,
            profile.area,
            profile.status,
        )
        assert facts.grade == profile.grade
        shown = [
            i for i in profile.items_in(Section.LICENCE) if i.valid_to is None or i.valid_to > SAMPLE_DAY
        ]
        assert facts.licence_count == len(shown)
        assert facts.registered == any(
            item.source != "realname_result" and (item.valid_to is None or item.valid_to > SAMPLE_DAY)
            for item in profile.items_in(Section.REGISTRATION)
        )
        if facts.ends_on is not None:
            assert facts.ends_on > SAMPLE_DAY


def test_the_end_is_the_first_end(badges) -> None:
    (facts,) = next(iter_badge_facts(badges.home.public_db, TODAY, [FIRST]))
    assert facts.ends_on == date(2027, 3, 2)
    assert valid_until(facts, badges.at).isoformat() == "2027-03-02T00:00:00+08:00"
    assert valid_until(replace(facts, ends_on=None), badges.at).date() == TODAY + timedelta(days=365)
    assert valid_until(replace(facts, ends_on=TODAY), badges.at).date() == TODAY + DAY
