"""Ratings on a profile and the page of rules: what is said of a rating, under which rule, and what is never said."""

import re

import pytest
from django.test import Client

from tests.portal.portal_sample import FULL, PLAIN


def _section(client: Client, code: str, lang: str) -> str:
    page = client.get(f"/s/{code}", {"lang": lang}).content.decode()
    found = re.search(r'<section class="panel section" id="ratings".*?</section>', page, re.DOTALL)
    return "" if found is None else found[0]


def test_a_rating_has_its_interval_its_number_the_share_weighted_down_and_why(client: Client) -> None:
    said = _section(client, FULL, "zh")
    for word in (
        "4.3 分",
        "4.0–4.6",
        "128 条评价",
        "40 条降权",
        "31%",
        "背后的交易像是虚假：30 条",
        "商品 4.4",
        "追评 5 条",
        "回复 3 条",
    ):
        assert word in said, word
    english = _section(client, FULL, "en")
    for word in (
        "4.3 of 5",
        "between 4.0 and 4.6",
        "on 128 ratings",
        "40 of them are weighted down",
        "31%",
        "goods 4.4",
    ):
        assert word in english, word


def test_each_rating_names_its_rule_and_leads_to_it(client: Client) -> None:
    said = _section(client, FULL, "zh")
    assert "规则：买家评店规则（2026.1 版）" in said
    targets = set(re.findall(r'href="(/ratings[^"]*)"', said))
    for target in targets:
        assert f'id="{target.partition("#")[2]}"' in client.get("/ratings").content.decode()
    assert targets


def test_few_ratings_are_counted_and_not_shown(client: Client) -> None:
    said = _section(client, FULL, "zh")
    assert "现有 2 条可显示的评价；来自不同的 3 人起才显示评分" in said


def test_names_of_shops_are_text(client: Client) -> None:
    assert "小满&lt;b&gt;优选&lt;/b&gt;店" in _section(client, FULL, "zh")


def test_who_is_not_rated_has_no_such_section(client: Client) -> None:
    assert _section(client, PLAIN, "zh") == ""


@pytest.mark.parametrize(("lang", "words"), [("zh", ("互评双盲", "一条也不删除", "结果不公开")), ("en", ("Double-blind", "No rating is deleted", "not public"))])  # fmt: skip
def test_the_page_of_rules_says_the_rule_of_every_direction(
    client: Client, lang: str, words: tuple[str, ...]
) -> None:
    page = client.get("/ratings", {"lang": lang}).content.decode()
    for word in words:
        assert word in page
    directions = re.findall(r'<section id="(\w+_to_\w+)">', page)
    assert directions == sorted(directions) and len(directions) == 6
