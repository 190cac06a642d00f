"""Reports on platforms at the portal: what a page says, its charts with tables, its files, its versions, and what is never there."""

import csv
import io
import json
import zipfile

import pytest
from django.test import Client

from tests.portal.page_checks import read_page
from tests.portal.report_sample import MONTH, A, B, C

CITY = f"/monitor/city/{MONTH}"
ONE = f"/monitor/{A}/{MONTH}"


def said(client: Client, path: str, lang: str = "zh", **more: object) -> str:
    answer = client.get(path, {"lang": lang, **more})
    assert answer.status_code == 200, path
    html = answer.content.decode()
    assert read_page(html).problems == []
    return html


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_list_leads_to_every_report_that_stands(client: Client, lang: str) -> None:
    page = read_page(said(client, "/monitor", lang))
    for path in (CITY, ONE, f"/monitor/{B}/{MONTH}"):
        assert any(link.startswith(path) for link in page.links()), path
    assert not any(C in link for link in page.links())


def test_every_figure_has_its_count_its_definition_and_its_basis(client: Client) -> None:
    page = said(client, CITY)
    for word in (
        "每千家经营者的投诉", "期内办结的投诉数除以期末在营经营者数", "《中华人民共和国电子商务法》第59条", "定义为本市自定",
        "（条文未核对原文）", "6.5 个工作日", "45 条", "2026 年 4 月", "不足 10 条不显示",
    ):  # fmt: skip
        assert word in page, word
    english = said(client, CITY, "en")
    for word in ("Complaints per 1,000 merchants", "6.5 working days", "art. 59", "the definition is the city", "April 2026"):  # fmt: skip
        assert word in english, word


def test_what_cannot_be_given_says_why_and_is_no_zero(client: Client) -> None:
    page = said(client, ONE)
    assert "给不出，因为应报送的期间内没有收到文件，不能当作零" in page
    assert "Cannot be given, because no file came" in said(client, ONE, "en")


def test_each_chart_stands_beside_a_table_with_the_same_figures(client: Client) -> None:
    page = said(client, CITY)
    charts = page.count('<svg class="chart')
    assert charts > 15 and page.count('role="img"') >= charts
    assert "<script" not in page and "style=" not in page
    # A league: names whole in the table, the platform whose report was withdrawn among them.
    assert "常州甲甲电子商务平台有限公司" in page and "常州&lt;b&gt;乙&lt;/b&gt;平台有限公司" in page


def test_what_only_officers_see_is_on_no_page_and_in_no_file(client: Client) -> None:
    for path in (CITY, ONE, f"{CITY}.json", f"{CITY}.csv"):
        body = client.get(path).content.decode()
        assert "findings_waiting" not in body and "待核查的线索" not in body, path


def test_versions_are_all_there_with_their_dates(client: Client) -> None:
    now = said(client, ONE)
    assert "第 2 版" in now and "已被新版取代" not in now
    old = said(client, ONE, version=1)
    assert "这是第 1 版" in old and "看现行的一版" in old and "第 2 版" in old
    gone = said(client, f"/monitor/{B}/{MONTH}")
    assert "这份报告已经撤回" in gone and "平台报送有误" in gone and "一览" not in gone
    assert "一览" in said(client, f"/monitor/{B}/{MONTH}", version=1)


def test_files_hold_the_figures_of_the_page(client: Client) -> None:
    document = json.loads(client.get(f"{CITY}.json").content)
    answer = client.get(f"{CITY}.csv")
    assert (
        answer["Content-Type"].startswith("text/csv")
        and "monitor-2026-04-city-v1.csv" in answer["Content-Disposition"]
    )
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["指标代码 figure"] for row in rows] == [figure["id"] for figure in document["figures"]]
    for row, figure in zip(rows, document["figures"], strict=True):
        value = row["数值 value"]
        assert (float(value) if value else None) == figure["value"], figure["id"]
        assert row["定义"] == figure["definition"]["zh"]
    book = client.get(f"{CITY}.xlsx")
    assert zipfile.ZipFile(io.BytesIO(book.content)).testzip() is None
    assert book.content == client.get(f"{CITY}.xlsx").content
    again = client.get(f"{CITY}.xlsx", HTTP_IF_NONE_MATCH=book["ETag"])
    assert again.status_code == 304
    old = json.loads(client.get(f"{ONE}.json", {"version": 1}).content)
    assert old != json.loads(client.get(f"{ONE}.json").content)


@pytest.mark.parametrize(
    "path",
    [
        "/monitor/city/2026-03", f"/monitor/{C}/{MONTH}", "/monitor/city/spring", f"{CITY}.exe", f"{CITY}.pdf",
        "/monitor/11010519491231002X/2026-04", f"{ONE}?version=9", "/monitor/city/", "/monitor/a/b/c",
    ],
)  # fmt: skip
def test_what_is_not_published_is_not_there(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404 and "11010519491231002X" not in answer.content.decode()
    assert client.post(CITY).status_code == 405
