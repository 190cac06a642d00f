"""Couriers rated by regulators, merchants, platforms and consumers: each side by itself, and only those who may speak for it."""

import json

import pytest

from ecredit.facts.actors.organisation_actions import register_organisation
from ecredit.facts.actors.types import OPERATOR
from ecredit.facts.subjects.queries import find_subject_id
from ecredit.foundation.proof.keys import KeyRing
from ecredit.judgement.evaluation.audit_ratings import audit_ratings
from ecredit.judgement.evaluation.rating_models import ShownRating
from ecredit.service.operation.evaluate_all import evaluate_everything
from ecredit.service.operation.platform import Platform
from ecredit.service.publicity.queries import PublicStore
from tests.conftest import NOON
from tests.penalty_rows import code
from tests.subjects.test_subjects_review_journey import register

pytestmark = pytest.mark.django_db
HEAD = "报送单位统一社会信用代码,评价编号,寄递企业名称,统一社会信用代码,评价方,评价人标识,运单标识,评分,时效评分,服务评分,安全评分,评价日期\r\n"
COURIER, OFFICE, SENDER = code(1), code(2), code(3)
NAME = "常州示范快递有限公司"


def table(*rows: tuple[str, str, str, int], sender: str = SENDER, first: int = 1) -> str:
    """Rows of (side, rater, waybill, stars)."""
    return HEAD + "".join(
        f"{sender},R{first + n},{NAME},{COURIER},{side},{rater},{waybill},{stars},{stars},{stars},{stars},2026-05-0{1 + n % 5}\r\n"
        for n, (side, rater, waybill, stars) in enumerate(rows)
    )


@pytest.fixture
def city(home, settings, collect, monkeypatch):
    settings.ECREDIT_HOME = home.root
    monkeypatch.setattr(Platform, "now", property(lambda _: NOON))
    collect("registration", register((NAME, COURIER, "常州市新北区通江路1号")))
    register_organisation(
        id="plat-a",
        name="示范平台",
        kind="platform",
        uscc=SENDER,
        ring=KeyRing.load(home.keys),
        by=OPERATOR,
        at=NOON,
    )
    return collect


def shown() -> dict[str, ShownRating]:
    evaluate_everything(Platform(), by=OPERATOR, as_of=NOON.date())
    return {row.rule: row for row in ShownRating.objects.all()}


def test_each_side_is_shown_by_itself_on_the_couriers_page(city, home):
    city(
        "courier_rating",
        table(("监管部门", "office", "", 2), ("监管部门", "office", "", 3), sender=OFFICE),
        by="youzheng",
        name="r.csv",
    )
    merchants = [("商户", f"m{n}", f"w{n}", 5) for n in range(6)]
    people = [("消费者", f"c{n}", f"v{n}", 4) for n in range(2)]
    city("courier_rating", table(*merchants, *people), by="plat-a", name="p.csv")
    rows = shown()
    assert rows.keys() == {"regulator_to_courier", "merchant_to_courier", "consumer_to_courier"}
    assert {row.subject_id for row in rows.values()} == {find_subject_id(COURIER)}
    assert (rows["regulator_to_courier"].ratings, rows["merchant_to_courier"].ratings) == (2, 6)
    # The sides are never mixed: what merchants praise does not lift what the regulator found.
    assert rows["regulator_to_courier"].rating < 3 < 4.9 < rows["merchant_to_courier"].rating
    assert set(json.loads(rows["merchant_to_courier"].document)["dimensions"]) == {
        "timeliness",
        "service",
        "safety",
    }
    assert list(audit_ratings()) == []
    store = PublicStore(home.public_db)
    profile = store.find_subject(COURIER, NOON.date())
    store.close()
    sides = {rating.rule: rating for rating in profile.ratings}
    assert sides["merchant_to_courier"].rating == round(rows["merchant_to_courier"].rating, 2)
    # Two consumers are too few to be shown without telling what one of them said; single ratings are no documents.
    assert sides["consumer_to_courier"].rating is None and sides["consumer_to_courier"].ratings == 2
    assert all(item.source != "courier_rating" for item in profile.items)
    again = evaluate_everything(Platform(), by=OPERATOR, as_of=NOON.date())["ratings"]
    assert not again["ran"]


def test_a_rating_moved_to_another_subject_is_named_and_put_right(city):
    city("courier_rating", table(("商户", "m1", "w1", 4)), by="plat-a", name="p.csv")
    [row] = shown().values()
    whose = row.subject_id
    ShownRating.objects.update(subject_id=whose + 1)
    [finding] = audit_ratings()
    assert "所属的主体" in finding.zh
    evaluate_everything(Platform(), by=OPERATOR, as_of=NOON.date())
    assert shown()["merchant_to_courier"].subject_id == whose and list(audit_ratings()) == []


def test_a_platform_does_not_speak_as_a_regulator_nor_a_department_as_a_merchant(city):
    city(
        "courier_rating", table(("监管部门", "me", "", 5), ("商户", "m1", "w1", 4)), by="plat-a", name="p.csv"
    )
    city("courier_rating", table(("商户", "m9", "w9", 1), sender=OFFICE), by="youzheng", name="r.csv")
    rows = shown()
    assert rows.keys() == {"merchant_to_courier"} and rows["merchant_to_courier"].ratings == 1


def test_one_rater_is_never_more_than_a_few_voices_and_what_is_added_is_rated_anew(city):
    loud = [("商户", "loud", f"w{n}", 1) for n in range(40)]
    honest = [("商户", f"m{n}", f"v{n}", 5) for n in range(20)]
    city("courier_rating", table(*loud, *honest), by="plat-a", name="p.csv")
    row = shown()["merchant_to_courier"]
    assert row.ratings == 60 and row.rating > 3.8
    more = json.loads(row.document)
    assert more["weighted_down"] == 40 and more["reasons"][0]["reason"] == "repeated"
    city("courier_rating", table(("商户", "m99", "w99", 5), first=100), by="plat-a", name="q.csv")
    assert shown()["merchant_to_courier"].ratings == 61


def test_one_parcel_is_one_voice_and_a_platform_is_one_rater(city):
    real = [("消费者", f"c{n}", f"w{n}", 2) for n in range(6)]
    invented = [("消费者", f"x{n}", "w-same", 5) for n in range(30)]
    own = [("电商平台", f"clerk{n}", f"p{n}", 5) for n in range(20)]
    city("courier_rating", table(*real, *invented, *own), by="plat-a", name="p.csv")
    rows = shown()
    consumers = rows["consumer_to_courier"]
    assert json.loads(consumers.document)["people"] == 36
    assert json.loads(rows["platform_to_courier"].document)["people"] == 1
    assert consumers.ratings == 36 and consumers.rating < 3
    document = json.loads(rows["platform_to_courier"].document)
    # All twenty together have the five voices of one rater.
    assert (document["weighted_down"], document["weighted_down_share"]) == (20, 0.75)
