"""The front page and the search."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from ecredit.surface.portal.page_home import mark_part
from tests.portal.conftest import Move
from tests.portal.page_checks import read_page
from tests.portal.portal_sample import FORMER, FULL, MANY, PLAIN, UNGRADED


def test_front_page_tells_how_much_is_public_and_how_new_it_is(client: Client) -> None:
    html = client.get("/").content.decode()
    assert "<dd>49</dd>" in html  # subjects
    assert (
        "<dd>240</dd>" in html
    )  # 242 documents less the one that ended today and the one that starts tomorrow
    assert "2026-11-25 08:30" in html  # 00:30 UTC by the city's clock
    assert 'href="https://www.creditchina.gov.cn/"' in html
    assert 'href="https://www.gsxt.gov.cn/"' in html


def test_totals_follow_the_day(client: Client, move_clock: Move) -> None:
    move_clock(timedelta(days=1))
    assert "<dd>240</dd>" not in client.get("/").content.decode()


def test_search_by_a_part_of_the_name(client: Client) -> None:
    html = client.get("/", {"q": "小满"}).content.decode()
    assert f'<a href="/s/{FULL}">常州<mark>小满</mark>电子商务有限公司</a>' in html
    assert '<span class="visually-hidden">信用等级 </span>C</span>' in html
    assert html.count('class="hit"') == 1


def test_more_than_fit_are_paged(client: Client) -> None:
    seen: list[str] = []
    address = "/?q=%E6%89%B9%E9%87%8F%E8%B4%B8%E6%98%93&lang=zh"
    for shown in ("40 个主体，第 1–20 个", "40 个主体，第 21–40 个"):
        html = client.get(address).content.decode()
        assert shown in html
        assert read_page(html).problems == []
        seen += re.findall(r'<a href="/s/(\w+)\?lang=zh">', html)
        onward = re.findall(r'rel="next" href="([^"]*)"', html)
        address = onward[0].replace("&amp;", "&") if onward else ""
    assert len(set(seen)) == 40
    assert address == ""
    assert 'rel="prev"' in html
    few = client.get("/", {"q": "百货"}).content.decode()
    assert "1 个主体" in few
    assert 'rel="' not in few.split("<main")[1]


def test_more_than_can_be_paged_is_said(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecredit.service.publicity.search.MOST_FOUND", 30)
    first = client.get("/", {"q": "批量贸易"}).content.decode()
    assert "超过 30 个主体，第 1–20 个" in first
    assert "只列出前 30 个" not in first
    last = client.get("/", {"q": "批量贸易", "page": "2"}).content.decode()
    assert "第 21–30 个" in last
    assert "只列出前 30 个" in last
    assert "more than 30" in client.get("/", {"q": "批量贸易", "lang": "en"}).content.decode()


@pytest.mark.parametrize("page", ["0", "-1", "x", "²", "9" * 40, ""])
def test_a_page_that_makes_no_sense_is_the_first(client: Client, page: str) -> None:
    assert "第 1–20 个" in client.get("/", {"q": "批量贸易", "page": page}).content.decode()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("常", "查询内容太短"),
        ("。。。", "查询内容太短"),
        ("北京", "没有查到与“北京”相符的主体"),
        ("长" * 61, "查询内容太长"),
        ("11010519491231002X", "自然人不在查询之列"),
    ],
)
def test_every_outcome_has_its_sentence(client: Client, query: str, sentence: str) -> None:
    answer = client.get("/", {"q": query})
    assert answer.status_code == 200
    html = answer.content.decode()
    assert sentence in html
    assert read_page(html).problems == []


def test_an_identity_number_is_not_repeated(client: Client) -> None:
    for written in ("11010519491231002X", "１１０１０５１９４９１２３１００２ｘ", "110105 19491231 002x"):
        html = client.get("/", {"q": written}).content.decode()
        assert "19491231" not in html
        assert "自然人不在查询之列" in html


@pytest.mark.parametrize(
    "query", [FULL, FULL.lower(), f" {FULL} ", "".join(chr(ord(c) + 0xFEE0) for c in FULL), FORMER]
)
def test_a_whole_code_leads_straight_to_the_subject(client: Client, query: str) -> None:
    answer = client.get("/", {"q": query})
    assert (answer.status_code, answer["Location"]) == (302, f"/s/{FULL}")


def test_the_first_six_of_a_code_list_subjects(client: Client) -> None:
    html = client.get("/", {"q": "320400"}).content.decode()
    assert f'href="/s/{UNGRADED}"' in html
    assert "未评级" in html
    assert MANY not in html


def test_what_was_typed_and_what_is_shown_is_escaped(client: Client) -> None:
    html = client.get("/", {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script" not in html
    hit = client.get("/", {"q": "兰陵"}).content.decode()
    assert f'<a href="/s/{PLAIN}">天宁区<mark>兰陵</mark>&lt;b&gt;花&lt;/b&gt;坊&amp;小店</a>' in hit


def test_mark_part_escapes_all_three_parts() -> None:
    assert mark_part("<a>小&满<b>", "小&满") == "&lt;a&gt;<mark>小&amp;满</mark>&lt;b&gt;"
    assert mark_part("小<满", "米") == "小&lt;满"


def test_a_shop_is_found_by_its_name_and_said(client: Client) -> None:
    html = client.get("/", {"q": "满的店"}).content.decode()
    assert FULL in html and "<span>网店 <span>小<mark>满的店</mark></span></span>" in html
    english = client.get("/", {"q": "满的店", "lang": "en"}).content.decode()
    assert '<span>shop <span lang="zh-CN">小<mark>满的店</mark></span></span>' in english
    assert FULL not in client.get("/", {"q": "关掉的小店"}).content.decode()
