"""What each kind of rule finds, and what it leaves alone."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from ecredit.facts.actors.queries import list_organisations
from ecredit.facts.actors.types import Supplier
from ecredit.facts.collection.due import DueState, list_due, list_overdue
from ecredit.facts.collection.models import Batch
from ecredit.foundation.catalog.errors import CatalogError
from ecredit.foundation.catalog.warning_types import (
    Addressee,
    FindingStands,
    GapStands,
    GradeFell,
    GradeLow,
    IndicatorPast,
    RatingFell,
    RatingLow,
    RecordsCount,
    ReportOverdue,
)
from ecredit.foundation.kernel.workdays import WorkCalendar
from ecredit.judgement.disclosure.models import DisclosureGap
from ecredit.judgement.evaluation.models import Grade
from ecredit.judgement.evaluation.rating_models import PastRating, RatingRun, ShownRating
from ecredit.judgement.measures.models import EarlyWarning
from ecredit.judgement.triage.models import Finding
from tests.evaluation.evaluation_world import entry
from tests.measures.warning_world import KIND, TODAY, World, licence, noon, rule, runs_out
from tests.penalty_rows import code
from tests.triage.triage_world import lead, run_with

pytestmark = pytest.mark.django_db
COMPLAINT = "complaint_outcome"


@pytest.fixture
def world(home, catalog) -> World:
    made = World(home, catalog)
    for number in (1, 2):
        made.city.subject(number, kind=KIND)
    return made


def about() -> list[str]:
    return sorted(EarlyWarning.objects.values_list("about", flat=True))


def document() -> dict:
    return json.loads(EarlyWarning.objects.get().document)


def counts(**more) -> RecordsCount:
    given = {
        "sources": (COMPLAINT,), "days": 90, "least": 2, "where": {"outcome": ("调解不成",)}, "newest": False, "about": "subject",
    }  # fmt: skip
    return RecordsCount(**(given | more))


def complaint(leaf: int, subject: int = 1, days_ago: int = 10, outcome: str = "调解不成", **more):
    more = {
        "source_id": COMPLAINT,
        "supplier": "gongshang",
        "valid_from": TODAY - timedelta(days=days_ago),
    } | more
    return entry(leaf, subject, values={"outcome": outcome}, **more)


def test_records_are_counted_in_their_window_by_what_they_say(world):
    world.add_rule(rule(counts(), "records"))
    world.city.add(complaint(1), complaint(2, days_ago=89))
    world.city.add(complaint(3, 2), complaint(4, 2, days_ago=90), complaint(5, 2, outcome="和解"))
    world.city.add(complaint(6, 2, valid_to=TODAY), complaint(7, 2, days_ago=-1))
    world.run()
    assert about() == ["subject:1"]
    said = document()
    assert said["why"]["zh"] == "近 90 天有 2 条“消费投诉处理结果”记录（调解不成）。"
    assert [fact["ref"] for fact in said["facts"]] == ["1", "2"] and said["facts"][0]["values"] == {
        "outcome": "调解不成"
    }


def test_twice_as_many_records_are_worse_and_one_more_is_not(world):
    world.add_rule(rule(counts(), "records"))
    world.city.add(complaint(1), complaint(2))
    world.run()
    world.city.add(complaint(3))
    assert world.run().worsened == 0
    world.city.add(complaint(4))
    assert world.run().worsened == 1
    assert document()["why"]["zh"].startswith("近 90 天有 4 条")


def test_only_the_newest_record_counts_where_the_rule_says_so(world):
    world.add_rule(rule(counts(least=1, newest=True), "records"))
    world.city.add(complaint(1, 1, days_ago=20), complaint(2, 1, days_ago=5, outcome="和解"))
    world.city.add(complaint(3, 2, days_ago=20, outcome="和解"), complaint(4, 2, days_ago=5))
    world.run()
    assert about() == ["subject:2"]


def test_records_are_counted_by_their_sender_too(world):
    world.platform("plat-a", code(9))
    world.add_rule(rule(counts(days=0, about="supplier"), "records"))
    world.city.add(
        complaint(1, 1, 900, supplier="plat-a"), complaint(2, 2, 800, supplier="plat-a"), complaint(3)
    )
    world.run()
    assert about() == ["organisation:plat-a"] and document()["addressees"][0] == ["subject", "plat-a", True]
    assert document()["why"]["zh"] == "现有 2 条“消费投诉处理结果”记录（调解不成）。"


def test_shops_not_verified_for_months_are_gathered_by_platform(world):
    world.platform("plat-a", code(9))
    given = {
        "source": "platform_merchants", "column": "verified_on", "months": 6, "within_days": None, "lapsed_days": 900,
        "per": ("shop_id",), "where": {}, "about": "supplier", "least": 2,
    }  # fmt: skip
    world.add_rule(rule(runs_out(**given), "running_out"))

    def shop(leaf: int, subject: int, verified: str, **more):
        values = {"verified_on": verified, "shop_id": f"s{leaf}", "shop_name": f"店{leaf}"}
        return entry(leaf, subject, source_id="platform_merchants", supplier="plat-a", values=values, **more)

    world.city.add(
        shop(1, 1, "2025-11-30"), shop(2, 1, "2025-12-02"), shop(3, 2, "2025-06-01", valid_to=TODAY)
    )
    world.run()
    assert (
        about() == []
    )  # 1 June 2026 is six months after 1 December, and a closed shop is nobody's to verify
    world.city.add(shop(4, 2, "2025-10-01"))
    world.run()
    assert about() == ["organisation:plat-a"]
    assert "有 2 项到期未更新，最早的应在 2026-04-01 前更新" in document()["why"]["zh"]
    assert document()["facts"][0]["values"] == {"verified_on": "2025-10-01", "shop_id": "s4"}


def test_a_rule_may_look_only_at_those_with_a_shop(world):
    world.platform("plat-a", code(9))
    world.add_rule(rule(runs_out(), "running_out", with_shop=True))
    world.city.add(licence(1, 1, TODAY), licence(2, 2, TODAY))
    shop = {"source_id": "shops", "supplier": "plat-a"}
    world.city.add(
        entry(3, 1, values={"shop_name": "甲店"}, **shop), entry(4, 2, values={}, valid_to=TODAY, **shop)
    )
    world.run()
    assert about() == ["subject:1"] and document()["shops"] == {"plat-a": ["甲店"]}


def grade(subject: int, letter: str | None, as_of: date, **more) -> Grade:
    given = {
        "model_id": "m", "model_version": "1", "edition": "e1", "score": Decimal("50.00"), "findings": "[]",
        "computed_at": noon(as_of), "through_leaf": 0, "public": True, "digest": 1, "is_current": True,
    }  # fmt: skip
    Grade.objects.filter(subject_id=subject).update(is_current=False)
    return Grade.objects.create(subject_id=subject, grade=letter, as_of=as_of, **(given | more))


def test_low_grades_are_told_but_not_a_natural_persons(world):
    world.add_rule(rule(GradeLow("C"), "grade_low"))
    for subject, letter, public in (
        (1, "B", True),
        (2, "C", True),
        (3, "D", True),
        (4, "D", False),
        (5, None, True),
    ):
        grade(subject, letter, TODAY, public=public)
    world.run()
    assert about() == ["subject:2", "subject:3"]


def test_a_fall_is_one_of_the_same_model_and_of_late(world):
    world.add_rule(rule(GradeFell(2, 60), "grade_fell"))
    old, late = TODAY - timedelta(days=300), TODAY - timedelta(days=30)
    for subject, letters in {
        1: (("A", old), ("C", late)),  # fell by two
        2: (("A", old), ("B", late)),  # by one
        3: (
            ("A", TODAY - timedelta(days=400)),
            ("C", old),
            ("C", late),
        ),  # long ago; only its reasons changed since
        4: (("A", old), (None, late), ("D", TODAY)),  # not graded in between
    }.items():
        for letter, as_of in letters:
            grade(subject, letter, as_of)
    grade(5, "A", old)
    grade(5, "D", late, edition="e2")  # another model
    grade(6, "A", old)
    grade(6, "D", late, public=False)
    world.run()
    assert about() == ["subject:1", "subject:4"]
    why = json.loads(EarlyWarning.objects.get(about="subject:1").document)["why"]["zh"]
    assert why == f"信用等级于 {late} 由 A 降低，现为 C。"
    # The same fall, with other reasons: not again. Further down: worse.
    grade(1, "C", TODAY)
    assert world.run().worsened == 0
    grade(1, "D", TODAY)
    assert world.run().worsened == 1
    grade(1, "B", TODAY)
    assert world.run().lifted == 1


def test_an_indicator_that_takes_many_points_is_told_with_its_records(world):
    world.add_rule(rule(IndicatorPast(("penalty_forged_trade",), Decimal(-20)), "indicator"))
    told = '[{"indicator":"penalty_forged_trade","points":%s,"records":2,"leaves":[7,8]}]'
    grade(1, "C", TODAY, findings=told % "-20.00")
    grade(2, "C", TODAY, findings=told % "-10.00")
    grade(3, "C", TODAY, findings='[{"indicator":"abnormal","points":-30.00}]')
    world.run()
    assert about() == ["subject:1"]
    assert [fact["id"] for fact in document()["facts"]] == [
        "entry:7",
        "entry:8",
    ] and "已扣 20 分" in document()["why"]["zh"]


def test_an_indicator_nobody_has_is_refused_with_file_and_line(world):
    world.add_rule(rule(IndicatorPast(("penalty_forged_trad",), Decimal(-20)), "indicator"))
    with pytest.raises(CatalogError) as refused:
        world.run()
    (fault,) = refused.value.faults
    assert (fault.file, fault.line, fault.kind) == ("warnings/r.yaml", 3, "unknown_indicator")
    assert "penalty_forged_trade" in fault.en


def test_a_rating_is_low_only_where_it_surely_is(world):
    world.add_rule(rule(RatingLow("buyer_to_shop", 3.0, 20), "rating"))
    run = RatingRun.objects.create(
        as_of=TODAY, at=noon(TODAY), by="operator", lake="", rules="", engine="", confirmed="", filed="", edition="", digest="",
        counts={},
    )  # fmt: skip
    for rated, rating, high, ratings, subject in (
        ("low", 2.2, 2.6, 40, 1), ("maybe", 2.4, 3.1, 40, 2), ("few", 1.5, 2.5, 19, 2), ("nobody", 2.0, 2.5, 30, None),
    ):  # fmt: skip
        ShownRating.objects.create(
            rule="buyer_to_shop", rule_version="1", rated=rated, name=f"店{rated}", subject_id=subject, rating=rating,
            low=rating - 0.3, high=high, ratings=ratings, document="{}", last_run=run,
        )  # fmt: skip
    world.run()
    assert about() == ["shop:nobody", "subject:1"]
    ShownRating.objects.filter(rated="low").update(rating=1.9, high=2.4)
    assert world.run().worsened == 1
    ShownRating.objects.filter(rated="low").update(high=3.2)
    assert world.run().lifted == 1


def test_a_rating_fell_only_where_it_surely_did_under_the_same_rules(world):
    world.add_rule(rule(RatingFell("buyer_to_shop", 0.5, 60, 20), "rating_fell"))
    days = [TODAY - timedelta(days=age) for age in (200, 100, 30, 0)]
    runs = [
        RatingRun.objects.create(
            as_of=day, at=noon(day), by="operator", lake="", rules=rules, engine="e", confirmed="", filed="", edition="",
            digest="", counts={},
        )
        for day, rules in zip(days, "abbb", strict=True)
    ]  # fmt: skip
    # By run: the rating, with an interval of .2 to both sides; None where the run changed nothing.
    for rated, ratings, shown in (
        ("fell", 30, (4.0, 4.6, None, 3.9)),
        ("slowly", 30, (None, 4.6, 4.3, 4.0)),
        ("long_ago", 30, (4.8, 3.9, None, None)),
        ("by_rule", 30, (4.8, 3.9, None, 3.8)),
        ("unsure", 30, (None, 4.3, None, 3.95)),
        ("few", 19, (None, 4.6, None, 3.5)),
        ("rose", 30, (None, 3.0, None, 4.0)),
        ("and_back", 30, (None, 4.5, 3.5, 4.5)),
    ):
        for run, rating in zip(runs, shown, strict=True):
            if rating is not None:
                last = run
                value = {"rating": rating, "low": rating - 0.2, "high": rating + 0.2, "ratings": ratings}
                PastRating.objects.create(run=run, rule="buyer_to_shop", rated=rated, **value)
        ShownRating.objects.create(
            rule="buyer_to_shop", rule_version="1", rated=rated, name=f"店{rated}", document="{}", last_run=last, **value
        )  # fmt: skip
    world.run()
    assert about() == ["shop:fell", "shop:slowly"]
    told = EarlyWarning.objects.get(about="shop:fell").document
    assert f"自 {TODAY} 起由 4.60 降低，现为 3.90" in told
    # Two months later what stood when they began is what stands.
    RatingRun.objects.create(
        as_of=TODAY + timedelta(days=1), at=noon(TODAY), by="operator", lake="", rules="c", engine="e", confirmed="",
        filed="", edition="", digest="", counts={},
    )  # fmt: skip
    assert world.run().lifted == 2


def test_findings_are_told_by_state_and_score(world, catalog):
    to_department = rule(FindingStands("waiting", 0.99, (), False), "finding", id="w")
    world.add_rule(to_department)
    world.add_rule(rule(FindingStands("confirmed", 0.0, ("brushing",), False), "finding", id="c"))
    world.add_rule(rule(FindingStands("waiting", 0.9, (), True), "finding", id="v"))
    run_with(
        catalog, lead("s1", score=0.995), lead("s2", score=0.98), lead("s3", score=0.999), lead("s4", victim=True),
        lead("s5", score=0.999),
    )  # fmt: skip
    Finding.objects.filter(shop_id="s3").update(state="confirmed", subject_id=2)
    Finding.objects.filter(shop_id="s5").update(gone=True)
    world.run()
    found = sorted(EarlyWarning.objects.values_list("rule", "about"))
    assert found == [("c", "subject:2"), ("v", "shop:s4"), ("w", "shop:s1")]
    # What was decided is no longer a lead that waits.
    Finding.objects.filter(shop_id="s1").update(state="dismissed")
    assert world.run().lifted == 1


def test_gaps_of_disclosure_are_told_by_state_until_they_are_answered_or_mended(world):
    world.add_rule(
        rule(
            GapStands("overdue", ()),
            "gap",
            id="o",
            to=(Addressee("subject"), Addressee("department", "gongshang")),
        )
    )
    world.add_rule(rule(GapStands("confirmed", ("page_mark",)), "gap", id="c"))
    document = json.dumps({"title": {"zh": "亮照标识", "en": "Link mark"}, "saw": "no_mark", "values": {}})

    def gap(key, state, due, check="page_mark", holds=True):
        return DisclosureGap.objects.create(
            key=key, check_id=check, platform="", organisation="plat-a", state=state, holds=holds, inspected=True, found_on=TODAY,
            due_on=due, content="", document=document,
        )  # fmt: skip

    world.platform("plat-a", code(9))
    late = gap("a", "open", TODAY - timedelta(days=1))
    gap("b", "open", TODAY)
    gap("c", "answered", TODAY - timedelta(days=9))
    stands = gap("d", "confirmed", TODAY)
    gap("e", "confirmed", TODAY, check="page_licence")
    gap("f", "confirmed", TODAY, holds=False)
    world.run()
    assert sorted(EarlyWarning.objects.values_list("rule", "about")) == [
        ("c", "organisation:plat-a"),
        ("o", "organisation:plat-a"),
    ]
    told = json.loads(EarlyWarning.objects.get(rule="o").document)
    assert "页面上没有本市的亮照标识" in told["why"]["zh"] and told["addressees"][0][1] == "plat-a"
    assert told["facts"][0]["ref"] == str(late.pk) and "Link mark" in told["why"]["en"]
    late.state, stands.state = "answered", "mended"
    late.save()
    stands.save()
    assert world.run().lifted == 2


def test_reports_overdue_are_those_the_register_names(world, catalog):
    world.platform("plat-a", code(9))
    world.platform("plat-b", code(8))
    calendar, day = WorkCalendar(), date(2026, 8, 20)
    Batch.objects.create(
        source_id="platform_merchants", supplier="plat-a", state="done", received_at=noon(date(2026, 7, 9)), filename="a",
        digest="d", size=1, finished_at=noon(date(2026, 7, 9)), edition="", rows=1, accepted=1, superseded=0, duplicate=0, quarantined=0, refused=0, late=0,
    )  # fmt: skip
    one_by_one = {
        (supplier.id, due.source)
        for supplier in (
            *(
                Supplier(d.id, d.name, d.kind)
                for d in catalog.departments.values()
                if catalog.find_department(d.id, on=day) is d
            ),
            *list_organisations(on=day),
        )
        for due in list_due(catalog, calendar, supplier, on=day)
        if due.state is DueState.OVERDUE
    }
    at_once = {(late.supplier, late.source) for late in list_overdue(catalog, calendar, on=day)}
    assert at_once == one_by_one and ("plat-b", "platform_merchants") in at_once
    assert ("plat-a", "platform_merchants") not in at_once
    world.add_rule(rule(ReportOverdue(("platform_merchants",), 5), "report_overdue"))
    world.run(day)
    assert about() == ["organisation:plat-b"] and "2026-07" in document()["why"]["zh"]


def test_the_citys_rules_hold_together(world, catalog):
    assert len(catalog.warnings) >= 10
    for one in catalog.warnings.values():
        world.add_rule(one)
        assert one.advisory or one.law in catalog.laws
        assert "basis" not in one.about_en
    done = world.run()
    assert done.ran and done.opened == EarlyWarning.objects.count()
