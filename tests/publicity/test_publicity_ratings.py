"""Which ratings become public: of subjects with a profile, under public rules, on enough ratings, and no longer than that."""

import sqlite3
from dataclasses import replace
from datetime import date

import pytest

from ecredit.foundation.catalog.folder import catalog_folder
from ecredit.foundation.catalog.load import load_catalog
from ecredit.judgement.evaluation.rating_types import RatingFigures
from ecredit.service.publicity.queries import PublicStore
from tests.publicity.publicity_lake import FakeCity

CATALOG = load_catalog(catalog_folder())
TODAY = date(2026, 11, 25)
A, B = "91320411MA1MT9XK5A", "91320400137168123Y"
RULE = CATALOG.ratings["buyer_to_shop"]


@pytest.fixture
def city(tmp_path):
    city = FakeCity(tmp_path, CATALOG)
    city.subject(1, A, "常州小米电子商务有限公司")
    city.subject(2, B, "武进某某贸易有限公司")
    city.subject(9, None, "李四", is_person=True, kind="自然人")
    return city


def rated(
    subject: int | None, *, rule: str = "buyer_to_shop", ratings: int = 50, name: str = "小米优选店", **more
):
    figures = {
        "weighted_down": 9, "weighted_down_share": 0.21, "reasons": [{"reason": "forged", "ratings": 9, "weight": 8.0}],
        "waiting": 4, "points": 12.5, "level": "L1", "people": ratings,
        "dimensions": {"goods": {"rating": 4.4, "low": 4.1, "high": 4.6, "ratings": 30, "people": 30}},
    }  # fmt: skip
    return RatingFigures(
        rule,
        "2026.1",
        f"shop-{name}",
        name,
        "p1",
        A,
        False,
        4.2,
        3.9,
        4.5,
        ratings,
        {**figures, **more},
        subject,
    )


def seen(city, code=A):
    store = PublicStore(city.public)
    found = store.find_subject(code, TODAY)
    store.close()
    return () if found is None else found.ratings


def held(city) -> str:
    rows = sqlite3.connect(city.public).execute("SELECT id, doc FROM rating").fetchall()
    return str(rows)


def test_a_shops_rating_is_public_with_its_figures_and_not_its_points(city):
    city.ratings = [rated(1), rated(1, name="小米二店")]
    city.project(TODAY)
    first, second = seen(city)
    assert (first.rating, first.low, first.high, first.ratings) == (4.2, 3.9, 4.5, 50)
    assert (first.weighted_down, first.taken, first.reasons) == (9, 0.21, (("forged", 9),))
    assert [d.zh for d in first.dimensions] == ["商品"] and second.name == "小米二店"
    assert "points" not in held(city) and "waiting" not in held(city) and "L1" not in held(city)


def test_persons_buyers_and_who_is_not_public_have_none(city):
    city.ratings = [rated(1, rule="shop_to_buyer"), rated(9), rated(77), rated(None)]
    city.project(TODAY)
    assert held(city) == "[]" and seen(city) == ()


def test_on_few_ratings_only_their_number_is_public(city):
    few = RULE.public_from - 1
    city.ratings = [rated(1, ratings=few)]
    city.project(TODAY)
    [found] = seen(city)
    assert (found.rating, found.low, found.ratings, found.reasons, found.dimensions) == (
        None,
        None,
        few,
        (),
        (),
    )
    assert "4.2" not in held(city)


def test_many_ratings_of_few_people_are_few_and_nobody_reads_four_places(city):
    city.ratings = [rated(1, people=RULE.public_from - 1)]
    city.project(TODAY)
    [found] = seen(city)
    assert found.rating is None and found.ratings == 50 and found.dimensions == ()
    side = {
        "goods": {"rating": 4.4444, "low": 4.1, "high": 4.6, "ratings": 30, "people": RULE.public_from - 1}
    }
    city.ratings = [replace(rated(1, dimensions=side), rating=4.2468)]
    city.project(TODAY)
    [found] = seen(city)
    assert found.rating == 4.25 and found.dimensions == () and "4.2468" not in held(city)
    side["goods"]["people"] = RULE.public_from
    city.ratings = [rated(1, dimensions=side)]
    city.project(TODAY)
    assert [d.rating for d in seen(city)[0].dimensions] == [4.44]


def test_a_rating_changes_goes_and_stays_with_its_subject(city):
    city.ratings = [rated(1), rated(2)]
    city.project(TODAY)
    before = held(city)
    assert city.project(TODAY).full is False and held(city) == before
    city.ratings = [rated(1, ratings=51), rated(2)]
    city.project(TODAY)
    assert seen(city)[0].ratings == 51 and len(seen(city, B)) == 1
    # Tied to somebody else now: the profile it was on has it no longer.
    city.ratings = [rated(1)]
    city.project(TODAY)
    assert seen(city, B) == () and len(seen(city)) == 1
    del city.subjects[1]
    city.project(TODAY)
    assert held(city) == "[]"


def test_the_rules_in_force_are_published_with_what_they_stand_under(city):
    city.ratings = []
    city.project(TODAY)
    store = PublicStore(city.public)
    rules = store.rating_rules()
    store.close()
    assert rules.keys() == CATALOG.ratings.keys()
    assert (
        rules["buyer_to_shop"].law == "《中华人民共和国电子商务法》第39条"
        and not rules["shop_to_buyer"].public
    )
