"""Gaps all the way: found in what platforms sent and on pages, answered, confirmed by two, public at once, gone when it is no longer so,
and guarded by the audit."""

import json
import sqlite3
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from ecredit.facts.actors.errors import FourEyes
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import JournalEntry, Person
from ecredit.facts.actors.queries import account_of, log_origin
from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.facts.records.post_actions import withdraw_document
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.checkpoint import verifier_key
from ecredit.judgement.disclosure.errors import GapMoved, NoSuchGap, PageRefused
from ecredit.judgement.disclosure.handle_actions import answer_gap, settle_gap
from ecredit.judgement.disclosure.models import DisclosureEvent, DisclosureGap, DisclosurePage
from ecredit.judgement.disclosure.queries import get_gap, list_gaps, list_standings, read_page_content
from ecredit.judgement.disclosure.types import GapFilter, State
from ecredit.service.badges.issue_actions import Issuer, issue_badges
from ecredit.service.badges.mark_actions import give_mark
from ecredit.service.badges.public_badges import PublicBadges
from ecredit.service.operation.approved import ask, decide, gap_decision
from ecredit.service.operation.disclosure_checks import check_page, check_records
from ecredit.service.operation.evaluate_all import evaluate_everything
from ecredit.service.operation.whole_audit import audit_home
from ecredit.service.publicity.queries import PublicStore
from tests.desk.conftest import CITY, make_person
from tests.disclosure.disclosure_city import (
    FIRST,
    HOME,
    MERCHANT,
    NAMES,
    NOW,
    SECOND,
    Noon,
    disclosed,
    given,
    open_city,
    sanctioned,
    shown,
)
from tests.penalty_rows import code

pytestmark = pytest.mark.django_db
# Number, kind, happened, made known, takes effect.
DISCLOSED = (
    ("B1", "基本信息", "2026-03-02", "2026-03-02", ""),
    ("R1", "平台规则", "2026-11-02", "2026-11-02", "2026-11-09"),
    ("R2", "平台规则", "2026-11-02", "2026-11-02", "2026-11-06"),
)
# Number, decided, made known: a Friday and the Monday after is in time.
SANCTIONED = (
    ("S1", "2026-11-06", "2026-11-09"),
    ("S2", "2026-11-03", "2026-11-06"),
    ("S3", "2026-11-03", ""),
    ("S4", "2026-11-11", ""),
)


@pytest.fixture
def city(home, settings, collect, collector) -> Noon:
    settings.ECREDIT_HOME = home.root
    settings.ECREDIT_CLOCK = lambda: NOW
    open_city(collect, collector)
    collect("platform_disclosure", disclosed(*DISCLOSED), by="plat-1", name="d.csv", at=NOW)
    collect("platform_sanction", sanctioned(*SANCTIONED), by="plat-1", name="s.csv", at=NOW)
    platform = Noon()
    check_records(platform, by=OPERATOR)
    return platform


@pytest.fixture
def shown_city(city) -> Noon:
    """The same with its public database."""
    evaluate_everything(city, by=OPERATOR, as_of=city.today)
    return city


def found(**wanted) -> dict[tuple[str, str], DisclosureGap]:
    return {
        (
            row.check_id,
            json.loads(row.document)["cells"].get("disclosure_no")
            or json.loads(row.document)["cells"].get("sanction_no", ""),
        ): row
        for row in DisclosureGap.objects.filter(**wanted)
    }


def officer(login: str) -> Person:
    return Person.objects.filter(login=login).first() or make_person(login, (CITY, "credit_officer"))


def confirm(city, number: int, act: str = "confirm", *, first="first", second="second") -> None:
    asker = Actor(officer(first).who, f"disclosure.confirm desk/{first}")
    wish = gap_decision(number=number, act=act, digest=get_gap(number).digest)
    asked = ask(city, wish, reason="已核对", by=asker, at=city.now)
    account = account_of(officer(second), where=f"desk/{second}", on=city.today)
    decide(city, approval_id=asked, agree=True, note="", account=account, at=city.now)


def public(city, platform: str = FIRST, on: date | None = None):
    return PublicStore(city.home.public_db).public_gaps(platform, on or city.today)


def audited(city) -> list[str]:
    city.home.public_key.write_text(city.verifier)
    report = audit_home(
        city.home,
        catalog=city.catalog,
        verifier=verifier_key(log_origin(), city.ring.log_key),
        sealer=city.sealer,
    )
    ours = ("disclosure", "public_gap", "public")
    return [finding.en for finding in report.findings if finding.code in ours]


def test_an_evaluation_finds_what_is_late_and_what_is_missing(shown_city):
    city = shown_city
    gaps = found()
    assert set(gaps) == {
        ("rule_notice", "R2"), ("sanction_notice", "S2"), ("sanction_notice", "S3"), ("basic_information", ""),
    }  # fmt: skip
    short, late, silent, never = (gaps[key] for key in (
        ("rule_notice", "R2"), ("sanction_notice", "S2"), ("sanction_notice", "S3"), ("basic_information", ""),
    ))  # fmt: skip
    assert (short.late, late.late, silent.late) == (3, 2, None) and never.platform == SECOND
    said = get_gap(late.pk).line.document
    assert (
        said["saw"] == "published_late"
        and said["article"] == "30"
        and said["verified"] is False
        and said["seen_on"] == "2026-11-03"
    )
    assert said["entry"] and "subject_name" not in said["cells"] and said["cells"]["shop_name"] == "一号店"
    assert {row.state for row in gaps.values()} == {State.OPEN} and public(city) == []
    assert late.due_on == date(2026, 11, 26)  # ten working days from the twelfth
    standing = {
        s.platform: s for s in list_standings({FIRST: ("plat-1", "甲"), SECOND: ("plat-2", "乙")}, city.today)
    }
    assert (standing[FIRST].open, standing[FIRST].latest, standing[FIRST].checks) == (
        3,
        3,
        ("rule_notice", "sanction_notice"),
    )
    assert audited(city) == []


def test_looking_again_changes_nothing_and_leaves_no_trace(city):
    before, events = JournalEntry.objects.count(), DisclosureEvent.objects.count()
    again = check_records(city, by=OPERATOR)
    assert (again.opened, again.changed, again.ceased) == (0, 0, 0) and again.ran
    assert (JournalEntry.objects.count(), DisclosureEvent.objects.count()) == (before, events)
    assert check_records(city, by=OPERATOR, on=city.today - timedelta(days=1)).why == "earlier_day"
    assert check_records(city, by=OPERATOR, on=city.today + timedelta(days=1)).why == "future_day"


def test_a_day_later_what_was_not_yet_late_is(city):
    city.later = timedelta(days=1)
    assert check_records(city, by=OPERATOR).opened == 1
    assert ("sanction_notice", "S4") in found()


def test_a_gap_is_public_when_two_officers_confirmed_it_and_not_before(shown_city):
    city = shown_city
    number = found()["rule_notice", "R2"].pk
    asker = Actor(officer("first").who, "disclosure.confirm desk/first")
    wish = gap_decision(number=number, act="confirm", digest=get_gap(number).digest)
    asked = ask(city, wish, reason="已核对", by=asker, at=city.now)
    account = account_of(officer("first"), where="desk/first", on=city.today)
    with pytest.raises(FourEyes):
        decide(city, approval_id=asked, agree=True, note="", account=account, at=city.now)
    assert public(city) == []
    second = account_of(officer("second"), where="desk/second", on=city.today)
    decide(city, approval_id=asked, agree=True, note="", account=second, at=city.now)
    [gap] = public(city)
    assert (
        gap.late == 3
        and not gap.working
        and "第三十四条" in gap.clause
        and gap.verified
        and gap.seen_on == date(2026, 11, 6)
    )
    assert (
        public(city, on=date(2027, 11, 11))
        and not public(city, on=date(2027, 11, 12))
        and public(city, SECOND) == []
    )
    assert audited(city) == []
    evaluate_everything(city, by=OPERATOR, as_of=city.today, full=True)
    assert [g.id for g in public(city)] == [number]
    confirm(city, number, "revoke")
    assert (
        public(city) == []
        and DisclosureGap.objects.get(pk=number).state == State.DISMISSED
        and audited(city) == []
    )
    assert check_records(city, by=OPERATOR).opened == 0


def test_what_a_corrected_record_no_longer_says_is_gone_from_the_public_at_once(shown_city, collect):
    city = shown_city
    number = found()["sanction_notice", "S2"].pk
    confirm(city, number)
    assert len(public(city)) == 1
    right = (("S1", "2026-11-06", "2026-11-09"), ("S2", "2026-11-03", "2026-11-04"))
    city.later = timedelta(hours=1)
    collect("platform_sanction", sanctioned(*right), by="plat-1", name="s2.csv", at=city.now)
    summary = check_records(city, by=OPERATOR)
    assert summary.ceased == 1 and summary.public_changed and public(city) == []
    assert DisclosureGap.objects.get(pk=number).state == State.GONE and audited(city) == []


def test_what_rests_on_a_withdrawn_record_is_gone(city):
    gap = found()["rule_notice", "R2"]
    with transaction.atomic():
        log = OpenLog(city.ring, city.now)
        leaf = get_gap(gap.pk).line.document["entry"]
        withdraw_document(leaf=leaf, reason="报错了", log=log, by=OPERATOR, edition=city.catalog.edition)
        log.seal()
    assert check_records(city, by=OPERATOR).ceased == 1
    assert DisclosureGap.objects.get(pk=gap.pk).state == State.GONE and audited(city) == []


def test_what_changed_since_it_was_asked_about_is_not_confirmed(shown_city, collect):
    city = shown_city
    number = found()["sanction_notice", "S2"].pk
    old = get_gap(number).digest
    city.later = timedelta(hours=1)
    collect(
        "platform_sanction",
        sanctioned(("S2", "2026-11-03", "2026-11-10")),
        by="plat-1",
        name="s2.csv",
        at=city.now,
    )
    assert check_records(city, by=OPERATOR).changed == 1
    with pytest.raises(GapMoved):
        ask(
            city, gap_decision(number=number, act="confirm", digest=old), reason="x", by=OPERATOR, at=city.now
        )
    confirm(city, number)
    assert public(city)[0].late == 4
    # Confirmed, and then worse: it has to be confirmed anew.
    city.later = timedelta(hours=2)
    collect(
        "platform_sanction",
        sanctioned(("S2", "2026-11-03", "2026-11-11")),
        by="plat-1",
        name="s3.csv",
        at=city.now,
    )
    check_records(city, by=OPERATOR)
    assert (
        public(city) == []
        and DisclosureGap.objects.get(pk=number).state == State.OPEN
        and audited(city) == []
    )


def test_a_platform_answers_its_own_and_an_officer_settles(city):
    gaps = found()
    number, others = gaps["sanction_notice", "S3"].pk, gaps["basic_information", ""].pk
    by = Actor("p7", "disclosure.answer clerk@plat-1")
    told = {"ring": city.ring, "by": by, "at": city.now}
    assert (
        answer_gap(number=number, organisations={"plat-1"}, words="已补公示，联系电话13812345678", **told)
        == State.ANSWERED
    )
    event = DisclosureEvent.objects.get(act="answer")
    assert "13812345678" not in event.words
    for organisations in ({"plat-1"}, set()):
        with pytest.raises(NoSuchGap):
            answer_gap(number=others, organisations=organisations, words="x", **told)
    with pytest.raises(WrongUse):
        answer_gap(number=number, organisations={"plat-1"}, words="  ", **told)
    done = {"ring": city.ring, "by": OPERATOR, "at": city.now}
    with pytest.raises(GapMoved):  # what a record says of a past day cannot be put right
        settle_gap(number=number, act="mend", words="x", **done)
    with pytest.raises(WrongUse):
        settle_gap(number=number, act="confirm", words="x", **done)
    assert settle_gap(number=number, act="dismiss", words="已在公告栏", **done) == State.DISMISSED
    with pytest.raises(GapMoved):
        settle_gap(number=number, act="dismiss", words="x", **done)
    assert check_records(city, by=OPERATOR).opened == 0 and audited(city) == []
    assert [g.id for g in list_gaps(GapFilter(frozenset({"plat-2"})), city.today, limit=9)] == [others]


def gaps_of(kind: str = "page_licence") -> DisclosureGap:
    return DisclosureGap.objects.get(check_id=kind)


def test_a_page_is_kept_as_it_came_and_says_what_it_lacks(city):
    raw = shown(text=f"代码 {code(2)}", more="<script>alert('x')</script>")
    summary = check_page(city, raw, given(), inspected=True, by=OPERATOR)
    missing = {v.check for v in summary.verdicts if v.missing}
    assert missing == {"page_licence", "page_mark"} and summary.opened == 2
    gap = gaps_of()
    said = json.loads(gap.document)
    assert (
        said["url"] == "https://mall.example/shop/1"
        and said["values"] == {"codes": [code(2)]}
        and said["subject"][0] == MERCHANT
    )
    page = DisclosurePage.objects.get()
    assert (
        read_page_content(page.pk, city.sealer) == raw
        and b"alert" not in bytes(page.content)
        and "alert" not in page.document
    )
    assert audited(city) == []


def test_an_officers_later_look_ends_it_a_platforms_own_page_only_answers(shown_city):
    city = shown_city
    check_page(city, shown(text="没有"), given(), inspected=True, by=OPERATOR)
    number = gaps_of().pk
    confirm(city, number)
    [public_gap] = public(city)
    assert public_gap.url and public_gap.subject == MERCHANT and not public_gap.mended
    good = shown(text=MERCHANT)
    city.later = timedelta(minutes=10)
    check_page(city, good, given(seen_at=city.now), inspected=False, by=OPERATOR)
    assert (
        gaps_of().state == State.CONFIRMED
        and DisclosureEvent.objects.filter(act="claim", gap=number).exists()
    )
    city.later = timedelta(minutes=20)
    check_page(city, good, given(seen_at=city.now), inspected=True, by=OPERATOR)
    assert gaps_of().state == State.MENDED and public(city)[0].mended and audited(city) == []
    # Missing again: a lead once more, and not public.
    city.later = timedelta(minutes=30)
    check_page(city, shown(text="没有"), given(seen_at=city.now), inspected=True, by=OPERATOR)
    assert gaps_of().state == State.OPEN and public(city) == [] and audited(city) == []


def test_an_earlier_look_does_not_undo_a_later_one(city):
    check_page(city, shown(text="没有"), given(), inspected=True, by=OPERATOR)
    with pytest.raises(WrongUse, match="earlier look"):
        check_page(
            city, shown(text=MERCHANT), given(seen_at=NOW - timedelta(hours=2)), inspected=True, by=OPERATOR
        )
    assert gaps_of().state == State.OPEN


def test_a_platforms_own_upload_does_not_keep_an_officers_look_out(city):
    ahead = given(seen_at=NOW + timedelta(minutes=5))
    check_page(city, shown(text=MERCHANT), ahead, inspected=False, by=OPERATOR)
    check_page(city, shown(text="没有"), given(), inspected=True, by=OPERATOR)
    assert gaps_of().state == State.OPEN and gaps_of().inspected and audited(city) == []
    with pytest.raises(WrongUse, match="earlier look"):
        check_page(city, shown(text=MERCHANT), given(), inspected=False, by=OPERATOR)


def test_a_mark_of_the_city_is_looked_up_and_a_copied_one_told(shown_city, settings):
    city = shown_city
    issue_badges(Issuer(city.home, city.sealer, OPERATOR, city.now))
    badges = PublicBadges(city.home.badges_db)
    own, other = badges.find_live(MERCHANT), badges.find_live(code(2))
    assert own is not None and other is not None
    address = f"{own.claims.site}/verify/{own.claims.id}"
    seen = {"seen_at": NOW + timedelta(minutes=1)}

    def missing(*links: str, minutes: int, **more) -> set[str]:
        city.later = timedelta(minutes=minutes)
        told = given(**({"seen_at": city.now} | more))
        summary = check_page(city, shown(text="没有代码", links=links), told, inspected=True, by=OPERATOR)
        return {v.check for v in summary.verdicts if v.missing}

    assert missing(address, minutes=1, **seen) == set()
    issuer = Issuer(city.home, city.sealer, OPERATOR, city.now)
    here, elsewhere = (
        give_mark(issuer, own, page=p) for p in ("https://mall.example/shop/1", "https://other.example/")
    )
    assert missing(f"{address}?mark={here}", minutes=2) == set()
    assert missing(f"{address}?mark={elsewhere}", minutes=3) == {"page_licence", "page_mark", "page_own_mark"}
    theirs = f"{other.claims.site}/verify/{other.claims.id}"
    assert missing(theirs, minutes=4) == {"page_licence", "page_mark", "page_own_mark"}
    assert missing(address.replace(own.claims.site, "https://fake.example"), minutes=5) == {
        "page_licence",
        "page_mark",
    }
    assert missing(f"{own.claims.site}/s/{MERCHANT}", minutes=6) == set()
    assert missing(f"{own.claims.site}/verify/000000000000", minutes=7) == {
        "page_licence",
        "page_mark",
        "page_own_mark",
    }
    assert missing(f"{own.claims.site}/verify/offline.html", minutes=8) == {"page_licence", "page_mark"}
    assert audited(city) == []


def test_a_platforms_own_first_page(shown_city):
    city = shown_city
    told = given(kind="platform_home", url=HOME, subject="")
    summary = check_page(city, shown(text=f"{FIRST} 投诉 交易规则"), told, inspected=False, by=OPERATOR)
    assert {v.check for v in summary.verdicts if v.missing} == {"page_windows"}
    assert json.loads(gaps_of("page_windows").document)["subject"] == [FIRST, NAMES[FIRST]]


@pytest.mark.parametrize(
    ("more", "raw"),
    [
        ({"kind": "start_page"}, b"<p>x"),
        ({"url": "not an address"}, b"<p>x"),
        ({"url": "javascript:alert(1)"}, b"<p>x"),
        ({"subject": "91320411MA00000X0L"}, b"<p>x"),
        ({"subject": ""}, b"<p>x"),
        ({"platform": code(77)}, b"<p>x"),
        ({"seen_at": NOW + timedelta(hours=1)}, b"<p>x"),
        ({"seen_at": NOW - timedelta(days=400)}, b"<p>x"),
        ({}, b""),
        ({}, b"\x89PNG\0\0"),
        ({}, b"<p>" + b"x" * (50 << 20)),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(city, more, raw):
    before = JournalEntry.objects.count()
    with pytest.raises((WrongUse, PageRefused)) as refusal:
        check_page(city, raw, given(**more), inspected=True, by=OPERATOR)
    assert refusal.value.zh and refusal.value.en
    assert not DisclosurePage.objects.exists() and JournalEntry.objects.count() == before


def test_of_a_natural_persons_page_no_address_is_public(shown_city):
    city = shown_city
    told = given(kind="exempt_page", url="https://mall.example/p/zhang", subject="")
    check_page(city, shown(text="手作"), told, inspected=True, by=OPERATOR)
    confirm(city, gaps_of("page_exempt").pk)
    [gap] = public(city)
    assert gap.url == "" and gap.subject == ""
    assert b"mall.example/p" not in city.home.public_db.read_bytes()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE disclosure_gap SET state = 'dismissed'", "does not stand as its events left it"),
        ("UPDATE disclosure_gap SET confirmed_on = '2026-11-01'", "does not stand as its events left it"),
        (
            "UPDATE disclosure_gap SET document = replace(document, 'mall', 'hall')",
            "does not stand as its events left it",
        ),
        ("UPDATE disclosure_gap SET organisation = 'plat-2'", "does not stand as its events left it"),
        ("UPDATE disclosure_gap SET content = '[]'", "does not stand as its events left it"),
        ("UPDATE disclosure_gap SET found_on = '2026-11-01'", "is not the journal's"),
        ("UPDATE disclosure_event SET words = 'x'", "is not the journal's"),
        ("UPDATE disclosure_event SET state = 'gone'", "is not the journal's"),
        ("DELETE FROM disclosure_event", "are gone"),
        ("UPDATE disclosure_page SET url = 'https://x.example/'", "is not the journal's"),
        ("UPDATE disclosure_page SET digest = '00'", "is not the journal's"),
        ("DELETE FROM disclosure_page", "is gone"),
    ],
)
def test_whatever_is_altered_behind_the_journal_is_named(city, change, said):
    check_page(city, shown(text="没有"), given(), inspected=True, by=OPERATOR)
    assert audited(city) == []
    with connection.cursor() as cursor:
        cursor.execute(change)
    assert any(said in finding for finding in audited(city)), audited(city)


def test_a_page_whose_content_was_changed_and_a_gap_put_into_the_public_by_hand_are_named(shown_city):
    city = shown_city
    check_page(city, shown(text="没有"), given(), inspected=True, by=OPERATOR)
    page = DisclosurePage.objects.get()
    DisclosurePage.objects.filter(pk=page.pk).update(content=bytes(page.content)[:-1] + b"x")
    assert any("content of the page" in finding for finding in audited(city))
    DisclosurePage.objects.filter(pk=page.pk).update(content=page.content)
    confirm(city, gaps_of().pk)
    with sqlite3.connect(city.home.public_db) as connection_:
        connection_.execute("UPDATE gap SET platform = ?", (SECOND,))
    assert any("gap of disclosure" in finding and "altered" in finding for finding in audited(city))
