"""How to object: honest about what is not offered, precise about the record."""

import pytest
from django.test import Client

from tests.portal.page_checks import read_page
from tests.portal.portal_sample import ENDED_LEAF, FORMER, FULL, PENALTY_LEAF, PLAIN


def _page(client: Client, **query: object) -> str:
    answer = client.get("/objection", query)
    assert answer.status_code == 200
    html = str(answer.content.decode())
    assert read_page(html).problems == []
    assert "本平台目前不受理网上异议申请" in html
    assert "信用中国" in html
    return html


def test_without_a_record_the_general_routes(client: Client) -> None:
    assert "您要提出异议的信息" not in _page(client)


def test_a_record_is_named_with_its_provider_and_a_way_back(client: Client) -> None:
    html = _page(client, code=FULL, leaf=PENALTY_LEAF)
    assert "常州小满电子商务有限公司" in html
    assert "这条记录的提供单位是：常州市市场监督管理局" in html
    assert "行政处罚 <span>常天市监罚〔2026〕88号</span>" in html
    assert f'href="/s/{FULL}#r{PENALTY_LEAF}"' in html


def test_a_former_code_finds_its_subject(client: Client) -> None:
    assert f'href="/s/{FULL}"' in _page(client, code=FORMER)


@pytest.mark.parametrize("leaf", [ENDED_LEAF, 2, 999_999, 10**17])
def test_a_record_that_is_not_shown_or_of_somebody_else_is_not_told(client: Client, leaf: int) -> None:
    html = _page(client, code=FULL, leaf=leaf)
    assert f"编号为 {leaf} 的记录现在没有公示" in html
    assert "2025〕12号" not in html
    assert "这条记录的提供单位" not in html


@pytest.mark.parametrize("leaf", ["", "x", "-1", "²", "9" * 50, "1 OR 1=1"])
def test_a_leaf_that_is_no_number_is_ignored(client: Client, leaf: str) -> None:
    assert "的记录现在没有公示" not in _page(client, code=PLAIN, leaf=leaf)


def test_an_unknown_code_is_said_and_escaped(client: Client) -> None:
    assert "没有找到代码“&lt;i&gt;”对应的主体" in _page(client, code="<i>")
    assert "11010519491231002X" not in _page(client, code="11010519491231002X")
