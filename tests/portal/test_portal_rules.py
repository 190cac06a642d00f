"""The rules in force, the log, and where to turn: what is told is the catalogue's, and no limit is told."""

import re

import pytest
from django.test import Client

from ecredit.judgement.evaluation.model_loader import load_models
from ecredit.service.publicity.rule_book import rule_book
from ecredit.surface.portal.page_help import ARTICLES
from ecredit.surface.portal.page_rules import CHAPTERS
from tests.portal.page_checks import read_page
from tests.portal.portal_sample import CATALOG, HEAD, KEY, TODAY

PAGES = [
    "/rules",
    *(f"/rules/{name}" for name in CHAPTERS),
    "/log",
    "/complaints",
    "/developers",
    "/accessibility",
]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_whole_in_either_language(client: Client, path: str, lang: str) -> None:
    answer = client.get(path, {"lang": lang})
    assert answer.status_code == 200
    html = answer.content.decode()
    assert read_page(html).problems == []
    assert len(answer.content) < 110_000  # with the style sheet a page stays under 150 KB
    assert not re.search(r"\{\w+\}", re.sub(r"<code>.*?</code>", "", html))


def test_terms_are_those_of_the_catalogue(client: Client) -> None:
    html = client.get("/rules/terms").content.decode()
    for found in CATALOG.term_classes:
        assert found.name in html
    row = re.search(
        r"<tr><th scope=\"row\">一般失信信息</th><td>3 个月</td><td>12 个月</td>.*?</tr>", html, re.S
    )
    assert row and "已核对原文" in row[0]
    fine = re.search(r'<tr><th scope="row">罚款</th>.*?</tr>', html, re.S)
    assert fine and "未核对" in fine[0]
    assert 'lang="zh-CN">一般失信信息' in client.get("/rules/terms?lang=en").content.decode()


def test_every_source_says_what_may_be_shown_and_what_may_not(client: Client) -> None:
    html = client.get("/rules/sources").content.decode()
    for source in CATALOG.sources.values():
        section = html.split(f'id="{source.id}"')[1].split("</section>")[0]
        public = [c.name for c in source.columns if c.public and not c.sealed]
        if source.publicity == "none" or not public:
            assert "不公示" in section and "可以公示的列" not in section
        else:
            assert f"<span>{'、'.join(public)}</span>" in section
        sealed = [column.name for column in source.columns if column.sealed]
        told = section.split("可以公示的列")[-1]
        assert not [name for name in sealed if f"、{name}、" in told]


def test_laws_and_articles_carry_their_mark(client: Client) -> None:
    html = client.get("/rules/laws").content.decode()
    for law in CATALOG.laws.values():
        section = html.split(f'<section class="panel" id="{law.id}"')[1].split("</section>")[0]
        marks = re.findall(r'class="seen (yes|no)"', section)
        assert marks == [
            "yes" if v else "no" for v in (law.verified, *(a.verified for a in law.articles.values()))
        ]


def test_grades_are_told_without_points_and_signs_without_limits(client: Client) -> None:
    grades = client.get("/rules/grades").content.decode()
    assert "企业信用评价模型" in grades and "75" not in re.sub(
        r"编号 \w+", "", grades.split("<main")[1].split("分起")[0]
    )
    assert "从业人员" not in re.findall(r"<h2[^>]*>(.*?)</h2>", grades)  # its grades are never public
    book = rule_book(CATALOG, load_models(CATALOG.folder, CATALOG), TODAY)
    assert not re.search(r"point|strength|formula|threshold|cap", " ".join(_keys(book)))
    signs = client.get("/rules/signs").content.decode()
    for flag in CATALOG.flags.values():
        assert flag.zh in signs
        assert flag.formula not in signs


def _keys(value: object) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(key for part in value.values() for key in _keys(part))]
    return [key for part in value for key in _keys(part)] if isinstance(value, list | tuple) else []


def test_the_head_and_its_key_can_be_taken_away(client: Client) -> None:
    html = client.get("/log").content.decode()
    assert HEAD.splitlines()[2] in html and KEY in html
    head = client.get("/log/head.txt")
    assert head.content.decode() == HEAD
    assert head["Content-Type"].startswith("text/plain")
    assert client.get("/log/head.txt", headers={"If-None-Match": head["ETag"]}).status_code == 304
    assert client.get("/log/key.txt").content.decode() == KEY + "\n"


def test_complaints_rest_on_articles_of_the_catalogue(client: Client) -> None:
    html = client.get("/complaints").content.decode()
    assert "不受理投诉" in html
    for law, article in ARTICLES:
        found = CATALOG.laws[law].articles[article]
        row = html.split(found.text_summary)[1].split("</tr>")[0]
        assert ("已核对原文" in row) is found.verified


@pytest.mark.parametrize("path", ["/rules/nothing", "/rules/Terms", "/log/other.txt"])
def test_what_is_no_chapter_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404
