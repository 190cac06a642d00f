"""The pages of platforms' disclosures: what they tell, what they leave out, where they lead, and that they ask nobody else."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from ecredit.service.publicity.public_disclosures import NAMED_IN, OF_PLATFORM
from ecredit.service.publicity.static_export import export_site
from ecredit.service.publicity.store import open_writer
from ecredit.surface.portal.static_site import StaticSite
from tests.portal.conftest import Move
from tests.portal.disclosure_sample import (
    BARE,
    GONE_TITLE,
    PLATFORM,
    SANCTIONS,
    SHORT_NOTICE,
    add_disclosures,
)
from tests.portal.page_checks import read_page
from tests.portal.portal_sample import FULL, PLAIN, TODAY, write_sample

ONE = f"/disclosure/{PLATFORM}"


@pytest.fixture
def client(tmp_path: Path, move_clock: Move, settings) -> Client:
    write_sample(tmp_path / "public.sqlite3")
    add_disclosures(tmp_path / "public.sqlite3")
    settings.ECREDIT_HOME = tmp_path
    return Client()


def said(client: Client, path: str, lang: str = "zh", **more: object) -> str:
    answer = client.get(path, {"lang": lang, **more})
    assert answer.status_code == 200, path
    html = answer.content.decode()
    assert read_page(html).problems == []
    return html


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_list_names_every_platform_with_its_counts_and_the_windows(client: Client, lang: str) -> None:
    html = said(client, "/disclosure", lang)
    links = read_page(html).links()
    for path in (ONE, f"/disclosure/{BARE}"):
        assert any(link.startswith(path) for link in links), path
    assert re.search(r"<td>4</td><td>63</td><td>1</td><td>2</td>", html) and re.search(
        r"<td>0</td><td>0</td><td>0</td>", html
    )
    assert {link for link in links if link.startswith("http")} == {
        "https://www.creditchina.gov.cn/", "https://credit.jiangsu.gov.cn/", "https://www.gsxt.gov.cn/",
    }  # fmt: skip
    # Named, with no address until one was seen.
    assert "信用常州" in html
    assert any(link.startswith("/disclosure") for link in read_page(said(client, "/", lang)).links())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_platforms_page_tells_each_part(client: Client, lang: str) -> None:
    html = said(client, ONE, lang)
    for word in ("平台经营者基本信息", "评价规则修订", SHORT_NOTICE, "结算系统升级", "儿童连衣裙", "甲醛含量", "小满的店", "苏B2-20260001",
                 "https://www.miit.gov.cn/", "https://mall.example/rules", "2026-11-05"):  # fmt: skip
        assert word in html, word
    assert GONE_TITLE not in html and "蓝莓" not in html
    assert "&lt;script&gt;" in html and "<script" not in html and "第0号&lt;b&gt;" in html
    # A licence of an office nobody is named for leads to the city's general window.
    row = html[html.index("烟花爆竹经营许可证") :]
    assert "https://www.gsxt.gov.cn/" in row[: row.index("</tr>")]
    days = {"zh": ("10 日", "3 日", "警示", "没有写"), "en": ("10 days", "3 days", "Warning", "not said")}[
        lang
    ]
    assert all(word in html for word in days)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_two_officers_found_missing_is_told_with_where_when_and_under_which_clause(
    client: Client, lang: str
) -> None:
    html = said(client, ONE, lang)
    table = html[html.index('id="gaps"') :]
    words = {
        "zh": ("规则修改提前公示", "差 4 日", "迟 2 个工作日", "2026-11-05", "第三十四条", "2026-11-20 核实", "已改正", "未核对原文"),
        "en": ("Notice of a changed rule", "4 days short", "2 working days late", "confirmed 2026-11-20", "put right"),
    }[lang]  # fmt: skip
    for word in (*words, "https://mall.example/shop/1", "&lt;b&gt;", "5003"):
        assert word in table, word
    assert "过期的缺漏" not in html and 'href="https://mall.example/shop/1"' not in table
    assert ("没有核实的公示缺漏" if lang == "zh" else "Nothing was confirmed") in said(
        client, f"/disclosure/{BARE}", lang
    )


def test_a_long_part_has_pages_of_its_own_in_order(client: Client) -> None:
    first = said(client, ONE)
    assert first.count("号&lt;b&gt;店") == 10
    seen = []
    for number, length in ((1, 50), (2, SANCTIONS - 50), (9, SANCTIONS - 50)):
        html = said(client, ONE, section="sanctions", page=number)
        shops = re.findall(r"第(\d+)号&lt;b&gt;", html)
        assert len(shops) == length
        seen += [int(n) for n in shops] if number < 9 else []
    assert seen == list(range(SANCTIONS))
    assert client.get(ONE, {"section": "nonsense", "page": "x"}).status_code == 200
    empty = said(client, f"/disclosure/{BARE}", section="spot_checks")
    assert "目前没有正在公示的" in empty


def test_what_ended_is_gone_on_its_day_and_what_was_taken_down_at_once(
    client: Client, move_clock: Move, tmp_path: Path
) -> None:
    assert "儿童连衣裙" in said(client, ONE)
    with open_writer(tmp_path / "public.sqlite3") as writer:
        writer.take_down([5300])
        writer.settle()
    assert "儿童连衣裙" not in said(client, ONE)
    move_clock(timedelta(days=91))
    later = said(client, ONE)
    assert SHORT_NOTICE not in later and "号&lt;b&gt;店" not in later and "苏B2-20260001" in later


def test_nobody_but_a_registered_platform_has_such_a_page(client: Client) -> None:
    person = "11010519491231002X"
    for code in (FULL, PLAIN, "nobody", person, "<i>x", "a/b", "x" * 300):
        answer = client.get(f"/disclosure/{code}")
        assert answer.status_code == 404, code
        assert person not in answer.content.decode() and "<i>x" not in answer.content.decode()


def test_profile_and_page_lead_to_each_other(client: Client) -> None:
    assert any(link.startswith(ONE) for link in read_page(said(client, f"/s/{PLATFORM}")).links())
    assert any(link.startswith(f"/s/{PLATFORM}") for link in read_page(said(client, ONE)).links())
    assert not any("/disclosure/" in link for link in read_page(said(client, f"/s/{FULL}")).links())


def test_documents_of_a_platform_are_found_by_an_index(client: Client, tmp_path: Path) -> None:
    said(client, ONE)
    with open_writer(tmp_path / "public.sqlite3") as writer:
        plan = writer.connection.execute(
            f"EXPLAIN QUERY PLAN SELECT leaf FROM item i WHERE {NAMED_IN} AND {OF_PLATFORM} = 'x' AND i.source = 'spot_check'"
            " ORDER BY i.occurred_on DESC, i.leaf DESC LIMIT 50"
        ).fetchall()
    assert "item_platform" in plan[0][3] and not any("TEMP B-TREE" in row[3] for row in plan), plan


def test_the_static_site_holds_the_pages_with_links_that_lead_to_files(
    client: Client, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    export_site(StaticSite(TODAY, ""), site, day=TODAY)
    for name in ("disclosure.html", f"disclosure/{PLATFORM}.html", f"disclosure/{PLATFORM}/sanctions.html",
                 f"disclosure/{PLATFORM}/sanctions-2.html", f"en/disclosure/{BARE}.html"):  # fmt: skip
        assert (site / name).is_file(), name
    html = (site / f"disclosure/{PLATFORM}.html").read_text(encoding="utf-8")
    for link in read_page(html).links():
        if not link.startswith(("http", "#")):
            assert (site / "disclosure" / link.partition("#")[0]).resolve().is_file(), link
