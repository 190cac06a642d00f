"""A report all the way: counted from the ledger, drafted, signed by two, public with its dates, and guarded by the audit."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from ecredit.facts.actors.errors import FourEyes
from ecredit.facts.actors.log_actions import OpenLog
from ecredit.facts.actors.models import JournalEntry, Person
from ecredit.facts.actors.queries import account_of, log_origin
from ecredit.facts.actors.types import OPERATOR, Actor
from ecredit.foundation.kernel.errors import WrongUse
from ecredit.foundation.proof.checkpoint import verifier_key
from ecredit.judgement.monitoring.document import public_document
from ecredit.judgement.monitoring.models import MonitorReport
from ecredit.judgement.monitoring.period_rules import read_period
from ecredit.judgement.monitoring.queries import find_report, list_reports
from ecredit.judgement.monitoring.sign_actions import comment_report, post_signatures, withdraw_report
from ecredit.judgement.monitoring.types import CITY
from ecredit.service.operation.approved import ask, decide, signature
from ecredit.service.operation.evaluate_all import evaluate_everything
from ecredit.service.operation.monitor_reports import list_proposed, make_period
from ecredit.service.operation.platform import Platform
from ecredit.service.operation.whole_audit import audit_home
from ecredit.service.publicity.queries import PublicStore
from ecredit.service.publicity.report_actions import publish_reports
from tests.desk.conftest import make_person
from tests.monitoring.monitoring_city import (
    FIRST,
    MADE,
    NAMES,
    SECOND,
    SENT,
    SILENT,
    complaint_rows,
    open_city,
)

pytestmark = pytest.mark.django_db
APRIL = read_period("2026-04")
CITY_ORG = "jingxin_xinyong"
COMPLAINTS = complaint_rows(
    (NAMES[FIRST], 1, "2026-04-01", "2026-04-09", "调解成功"),
    (NAMES[FIRST], 2, "2026-04-02", "2026-04-10", "和解"),
    (NAMES[FIRST], 3, "2026-04-03", "2026-04-10", "调解不成"),
    (NAMES[FIRST], 4, "2026-04-03", "2026-04-14", "调解成功"),
    (NAMES[FIRST], 5, "2026-04-03", "2026-04-15", "终止调解"),
    (NAMES[FIRST], 6, "2026-04-03", "2026-04-30", "撤回"),
    (NAMES[SECOND], 13, "2026-04-20", "2026-04-28", "和解"),
    ("某不知名平台", 14, "2026-04-20", "2026-05-01", "和解"),
    ("某不知名平台", 14, "2026-04-20", "2026-04-29", "和解"),
)


class Noon(Platform):
    """The city at noon of 12 May 2026, or so much later."""

    later = timedelta(0)

    @property
    def now(self):
        return MADE + self.later


@pytest.fixture
def city(home, settings, collect, collector) -> Noon:
    settings.ECREDIT_HOME = home.root
    settings.ECREDIT_CLOCK = lambda: MADE
    open_city(collect, collector, complaints=COMPLAINTS)
    platform = Noon()
    evaluate_everything(platform, by=OPERATOR, as_of=platform.today)
    return platform


def make(city, **more):
    return make_period(city, APRIL, by=OPERATOR, **more)


def figures(code, period="2026-04"):
    return {figure["id"]: figure for figure in find_report(period, code).document["figures"]}


def sign(city, *, first="first", second="second", reports=None):
    """Two officers sign what waits; gives the outcome."""
    people = {
        login: Person.objects.filter(login=login).first() or make_person(login, (CITY_ORG, "credit_officer"))
        for login in (first, second)
    }
    wanted = reports or {
        line.id: line.digest for line in list_reports(period="2026-04") if line.state == "draft"
    }
    asker = Actor(people[first].who, f"monitor.sign desk/{first}")
    number = ask(city, signature(period="2026-04", reports=wanted), reason="已核对", by=asker, at=city.now)
    account = account_of(people[second], where=f"desk/{second}", on=city.today)
    return decide(city, approval_id=number, agree=True, note="已核对", account=account, at=city.now)


def audited(city):
    city.home.public_key.write_text(city.verifier)
    report = audit_home(
        city.home,
        catalog=city.catalog,
        verifier=verifier_key(log_origin(), city.ring.log_key),
        sealer=city.sealer,
    )
    return [finding.en for finding in report.findings if "monitoring report" in finding.en]


def stored(city):
    store = PublicStore(city.home.public_db)
    try:
        return store.reports(), store.find_report(CITY, "2026-04")
    finally:
        store.close()


def test_every_platform_and_the_city_is_counted_with_numerator_and_denominator(city):
    made = make(city)
    assert (made.made, made.unchanged, made.signed) == (4, 0, ())
    first, second, whole = figures(FIRST), figures(SECOND), figures(CITY)
    assert (first["merchants"]["value"], second["merchants"]["value"], whole["merchants"]["value"]) == (
        12,
        12,
        24,
    )
    matched = second["merchants_registered"]
    assert (matched["top"], matched["of"], matched["value"]) == (11, 12, round(11 / 12, 6))
    assert matched["low"] < matched["value"] < matched["high"]
    assert first["merchants_fresh"]["top"] == 9 and first["merchants_fresh"]["of"] == 12
    # Six closed in April at the first platform; one of them was taken back by who complained.
    assert first["complaints"]["value"] == 6 and first["complaints_settled"]["of"] == 5
    assert first["complaints_settled"]["value"] == 0.6
    days = [city.calendar.workdays_between(*pair) for pair in _pairs(FIRST)]
    assert first["complaint_days"]["value"] == sorted(days)[2] / 2 + sorted(days)[3] / 2
    # The one closed in May is not April's; one that names no registered platform is the city's alone.
    assert whole["complaints"]["value"] == 8 and second["complaints"]["value"] == 1
    assert {part["zh"]: part["count"] for part in first["complaints"]["parts"]}["调解成功"] == 2


def _pairs(platform):
    rows = [line.split(",") for line in COMPLAINTS.splitlines()[1:]]
    from datetime import date

    return [
        (date.fromisoformat(row[7]), date.fromisoformat(row[8]))
        for row in rows
        if row[5] == NAMES[platform] and row[8] < "2026-05-01"
    ]


def test_what_no_source_tells_is_said_and_never_a_zero(city):
    make(city)
    silent, first = figures(SILENT), figures(FIRST)
    assert silent["merchants"]["because"]["code"] == "not_reported" and silent["merchants"]["value"] is None
    for figure in ("sanctions", "disclosures", "shops", "licence_shown"):
        assert first[figure]["because"]["code"] in ("no_source", "not_reported"), figure
        assert first[figure]["value"] is None and first[figure]["top"] is None
    assert first["forged_shops"]["because"]["code"] == "no_trade"
    # Nothing of a report on too few complaints: one at the second platform.
    assert figures(SECOND)["complaints_settled"]["because"]["code"] == "few"
    # Of two platforms the city's less the first's would be that one.
    assert figures(FIRST)["complaints_settled"]["value"] is not None
    assert figures(CITY)["complaints_settled"]["because"]["code"] == "beside_few"
    assert figures(SECOND)["complaint_days"]["of"] is None
    # In March no file of complaints came while March's were to be reported.
    trend = {point["period"]: point for point in first["complaints"]["trend"]}
    assert trend["2026-03"]["value"] is None or trend["2026-03"]["because"] is None
    assert trend["2026-01"]["because"]["code"] == "no_file" and trend["2026-01"]["value"] is None
    for line in list_reports():
        for figure in find_report(line.period, line.platform).document["figures"]:
            assert (figure["value"] is None) == (figure["because"] is not None), figure["id"]
            assert figure["because"] is None or (figure["because"]["zh"] and figure["because"]["en"])


def test_a_report_is_the_same_when_made_again_and_another_version_when_not(city, collect):
    make(city)
    before = {line.platform: line.digest for line in list_reports()}
    again = make(city)
    assert (again.made, again.unchanged) == (0, 4)
    collect(
        "complaint_outcome", complaint_rows((NAMES[SECOND], 15, "2026-04-21", "2026-04-27", "和解")).replace("TS1", "TS99"),
        name="c2.csv", at=SENT + timedelta(days=1),
    )  # fmt: skip
    evaluate_everything(city, by=OPERATOR, as_of=city.today)
    third = make(city)
    changed = {line.platform for line in list_reports() if line.digest != before[line.platform]}
    assert {CITY, SECOND} <= changed and third.made == len(changed)
    states = [(line.version, line.state) for line in list_reports(platform=CITY, every_version=True)]
    assert sorted(states) == [(1, "replaced"), (2, "draft")]
    assert figures(CITY)["complaints"]["value"] == 9


def test_two_people_sign_and_then_everybody_reads_it(city):
    make(city)
    assert stored(city) == ([], None)
    sign(city)
    lines, report = stored(city)
    assert [line.platform for line in lines] == sorted(["", FIRST, SECOND, SILENT])
    assert report.document == public_document(find_report("2026-04", CITY).document)
    assert "findings_waiting" not in {figure["id"] for figure in report.document["figures"]}
    row = MonitorReport.objects.get(platform=FIRST)
    entry = JournalEntry.objects.get(leaf=row.signed_leaf)
    assert json.loads(entry.detail)["digest"] == row.digest and entry.who == row.signed_by != row.asked_by
    assert audited(city) == []
    page = Client().get(f"/monitor/{FIRST}/2026-04", {"lang": "zh"}).content.decode()
    assert NAMES[FIRST] in page and "60.0%" in page and "3 / 5" in page
    # The next evaluation leaves it where it is.
    evaluate_everything(city, by=OPERATOR, as_of=city.today, full=True)
    assert stored(city)[1] == report and audited(city) == []


def test_one_person_alone_signs_nothing(city):
    make(city)
    with pytest.raises(FourEyes):
        sign(city, second="first")
    assert stored(city)[0] == []
    row = MonitorReport.objects.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        MonitorReport.objects.filter(pk=row.pk).update(
            asked_by="p1", signed_by="p1", signed_at=MADE, signed_leaf=row.made_leaf
        )


def test_who_asked_does_not_sign_whatever_way_it_comes(city):
    make(city)
    row = MonitorReport.objects.first()
    with pytest.raises(FourEyes), transaction.atomic():
        post_signatures(
            OpenLog(city.ring, city.now),
            reports={str(row.pk): row.digest},
            asked_by="p7",
            by=Actor("p7", "monitor.sign"),
        )
    assert not JournalEntry.objects.filter(verb="monitor.sign").exists()


def test_a_draft_made_anew_meanwhile_is_not_signed_as_the_old_one(city, collect):
    make(city)
    old = {line.id: line.digest for line in list_reports() if line.platform == CITY}
    more = complaint_rows((NAMES[FIRST], 7, "2026-04-21", "2026-04-27", "和解")).replace("TS1", "TS77")
    collect("complaint_outcome", more, name="c4.csv", at=SENT + timedelta(days=1))
    evaluate_everything(city, by=OPERATOR, as_of=city.today)
    make(city)
    with pytest.raises(WrongUse, match="made anew"):
        sign(city, reports=old)
    assert stored(city)[0] == []


def test_a_draft_changed_by_hand_is_not_signed(city):
    make(city)
    row = MonitorReport.objects.get(platform=CITY)
    MonitorReport.objects.filter(pk=row.pk).update(document="{}")
    with pytest.raises(WrongUse, match="not what was asked"):
        sign(city, reports={row.pk: row.digest})


def test_a_period_holds_its_first_day_and_not_the_next_ones(home, settings, collect, collector):
    settings.ECREDIT_HOME = home.root
    edge = complaint_rows(
        (NAMES[FIRST], 8, "2026-03-20", "2026-03-31", "和解"),
        (NAMES[FIRST], 9, "2026-03-20", "2026-04-01", "和解"),
    ).replace("TS", "TE")
    # The log never runs backwards: what came in early is collected first.
    collect("complaint_outcome", edge, name="edge.csv", at=SENT - timedelta(days=28))
    open_city(collect, collector, complaints=COMPLAINTS)
    city = Noon()
    evaluate_everything(city, by=OPERATOR, as_of=city.today)
    make(city)
    trend = {point["period"]: point["value"] for point in figures(FIRST)["complaints"]["trend"]}
    assert (trend["2026-03"], trend["2026-04"]) == (1, 7)


def test_a_signed_report_is_superseded_only_with_a_reason_and_both_stay(city, collect):
    make(city)
    sign(city)
    more = complaint_rows((NAMES[FIRST], 7, "2026-04-21", "2026-04-27", "和解")).replace("TS1", "TS88")
    collect("complaint_outcome", more, name="c3.csv", at=SENT + timedelta(days=1))
    evaluate_everything(city, by=OPERATOR, as_of=city.today)
    refused = make(city)
    assert refused.made == 0 and set(refused.signed) >= {CITY, FIRST}
    assert make(city, reason="补报一件投诉").made == len(refused.signed)
    # Until it is signed the old one stands.
    assert stored(city)[1].line.version == 1
    city.later = timedelta(hours=2)
    sign(city)
    store = PublicStore(city.home.public_db)
    now, before = store.find_report(FIRST, "2026-04"), store.find_report(FIRST, "2026-04", 1)
    store.close()
    assert (now.line.version, before.line.version) == (2, 1) and [v.version for v in now.versions] == [2, 1]
    assert before.line.ended_at == now.line.signed_at and now.line.ended_at is None
    said = Client().get(f"/monitor/{FIRST}/2026-04", {"lang": "zh", "version": 1}).content.decode()
    assert "已被新版取代" in said and "看现行的一版" in said
    assert audited(city) == []


def test_a_withdrawal_is_a_signed_version_that_says_why(city):
    make(city)
    sign(city)
    row = MonitorReport.objects.get(platform=SECOND)
    withdraw_report(report_id=row.pk, reason="平台报送有误", ring=city.ring, by=OPERATOR, at=city.now)
    sign(city)
    store = PublicStore(city.home.public_db)
    found = store.find_report(SECOND, "2026-04")
    store.close()
    assert found.line.withdrawn and found.document["withdrawn"] == "平台报送有误"
    assert {line.state for line in list_reports(platform=SECOND)} == {"withdrawn", "superseded"}
    page = Client().get(f"/monitor/{SECOND}/2026-04", {"lang": "en"}).content.decode()
    assert "This report was withdrawn" in page and "平台报送有误" in page
    with pytest.raises(WrongUse):
        withdraw_report(report_id=row.pk, reason="再撤", ring=city.ring, by=OPERATOR, at=city.now)
    assert audited(city) == []


def test_the_audit_names_what_was_altered_or_removed(city):
    make(city)
    sign(city)
    row = MonitorReport.objects.get(platform=FIRST)
    comment_report(report_id=row.pk, words="核对过投诉", ring=city.ring, by=OPERATOR, at=city.now)
    assert audited(city) == []
    name = f"2026-04/{FIRST}/1"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE monitoring_report SET document = %s WHERE id = %s", ["{}", row.pk])
    assert any(name in said and "altered" in said for said in _raw_audit(city))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE monitoring_report SET document = %s WHERE id = %s", [row.document, row.pk])
        cursor.execute("UPDATE monitoring_comment SET words = 'x'")
    assert any("comment" in said for said in audited(city))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM monitoring_comment")
        cursor.execute("DELETE FROM monitoring_report WHERE id = %s", [row.pk])
    said = audited(city)
    assert any(name in s and "is gone" in s for s in said) and any(
        name in s and "never signed" in s for s in said
    )


@pytest.mark.parametrize(
    ("column", "value"),
    [("name", "常州乙平台"), ("signed_at", "2026-01-01 00:00:00+00:00"), ("made_at", "2026-01-01 00:00:00+00:00"), ("ends_on", "2026-05-02")],
)  # fmt: skip
def test_the_audit_names_what_stands_beside_a_document(city, column, value):
    make(city)
    sign(city)
    row = MonitorReport.objects.get(platform=FIRST)
    assert _raw_audit(city) == []
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE monitoring_report SET {column} = %s WHERE id = %s", [value, row.pk])
    assert any(f"2026-04/{FIRST}/1" in said for said in _raw_audit(city))


def _raw_audit(city):
    """The audit, where a document may not even be a report any more."""
    from ecredit.judgement.monitoring.audit_reports import audit_reports

    return [finding.en for finding in audit_reports()]


def test_the_audit_names_a_published_report_altered_in_the_public_database(city):
    import sqlite3

    make(city)
    sign(city)
    with sqlite3.connect(city.home.public_db) as public:
        public.execute(
            "UPDATE report SET doc = replace(doc, '常州甲平台', '常州某平台') WHERE platform = ?", (FIRST,)
        )
        public.execute("DELETE FROM report WHERE platform = ?", (SECOND,))
    said = audited(city)
    assert any(f"2026-04/{FIRST}/1 was altered" in s for s in said)
    assert any(f"2026-04/{SECOND}/1 is signed and not" in s for s in said)
    assert publish_reports(home=city.home, ring=city.ring, by=OPERATOR, at=city.now) == 2
    assert audited(city) == []


def test_a_period_that_is_not_over_has_no_report(city):
    with pytest.raises(WrongUse):
        make_period(city, read_period("2026-05"), by=OPERATOR)


def test_the_schedule_proposes_what_is_over_and_not_there(city):
    wanted = {"units": "month quarter", "after_days": "10"}
    assert [period.name for period in list_proposed(city, wanted)] == ["2026-04", "2026-Q1"]
    make(city)
    assert [period.name for period in list_proposed(city, wanted)] == ["2026-Q1"]
    assert [p.name for p in list_proposed(city, {"units": "month", "after_days": "12"})] == ["2026-03"]
    with pytest.raises(WrongUse):
        list_proposed(city, {"units": "week", "after_days": "1"})


def test_the_number_of_questions_does_not_grow_with_platforms_or_merchants(
    city, django_assert_max_num_queries
):
    make(city)
    with django_assert_max_num_queries(60):
        make(city)


def test_a_city_without_platforms_or_without_an_evaluation_proposes_nothing(home, settings, db):
    settings.ECREDIT_HOME = home.root
    assert list_proposed(Noon(), {"units": "month quarter year", "after_days": "0"}) == []


# Months and quarters of one platform -----------------------------------------------------------------------------


@pytest.fixture
def quarter(home, settings, collect, collector) -> Noon:
    """Closed complaints at the first platform: six in January, three in February, seven in March; at the second six each month."""
    settings.ECREDIT_HOME = home.root
    settings.ECREDIT_CLOCK = lambda: MADE
    for month, first in ((1, 6), (2, 3), (3, 7)):
        rows = complaint_rows(
            *(
                (NAMES[FIRST], n, f"2026-0{month}-03", f"2026-0{month}-20", "和解")
                for n in range(1, first + 1)
            ),
            *((NAMES[SECOND], n, f"2026-0{month}-03", f"2026-0{month}-20", "和解") for n in range(13, 19)),
        ).replace("TS", f"TS{month}0")
        collect("complaint_outcome", rows, name=f"q{month}.csv", at=SENT.replace(month=month + 1))
    open_city(collect, collector)
    platform = Noon()
    evaluate_everything(platform, by=OPERATOR, as_of=platform.today)
    return platform


def sign_period(city, period):
    drafts = {line.id: line.digest for line in list_reports(period=period) if line.state == "draft"}
    return sign(city, reports=drafts)


def settled(period, code=FIRST):
    figure = figures(code, period)["complaints_settled"]
    return figure["of"], None if figure["because"] is None else figure["because"]["code"]


def test_a_quarter_is_hidden_where_its_months_would_tell_the_one_that_is_hidden(quarter):
    make_period(quarter, read_period("2026-03"), by=OPERATOR)
    trend = {p["period"]: p for p in figures(FIRST, "2026-03")["complaints_settled"]["trend"]}
    assert (trend["2026-01"]["of"], trend["2026-02"]["because"]["code"], trend["2026-03"]["of"]) == (
        6,
        "few",
        7,
    )
    make_period(quarter, read_period("2026-Q1"), by=OPERATOR)
    assert settled("2026-Q1") == (16, None)  # nothing is published yet
    sign_period(quarter, "2026-03")
    with pytest.raises(WrongUse, match="make them anew"):
        sign_period(quarter, "2026-Q1")
    assert make_period(quarter, read_period("2026-Q1"), by=OPERATOR).made >= 1
    assert settled("2026-Q1") == (None, "beside_period")
    assert settled("2026-Q1", SECOND) == (18, None)
    sign_period(quarter, "2026-Q1")
    told = figures(FIRST, "2026-Q1")["complaints_settled"]
    assert "其他期间" in told["because"]["zh"] and told["place"] is None
    assert make_period(quarter, read_period("2026-03"), by=OPERATOR).made == 0
    assert audited(quarter) == []


def test_a_month_is_hidden_where_the_quarter_was_published_first(quarter):
    make_period(quarter, read_period("2026-Q1"), by=OPERATOR)
    sign_period(quarter, "2026-Q1")
    make_period(quarter, read_period("2026-03"), by=OPERATOR)
    trend = {p["period"]: p for p in figures(FIRST, "2026-03")["complaints_settled"]["trend"]}
    shown = [name for name in ("2026-01", "2026-02", "2026-03") if trend[name]["of"] is not None]
    assert len(shown) <= 1 and trend["2026-02"]["because"]["code"] == "few"
    sign_period(quarter, "2026-03")
    assert audited(quarter) == []
