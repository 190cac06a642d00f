"""Amounts of money in running text: what is one, how much it is, and of which a word speaks."""

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecredit.foundation.kernel.amounts import NamedAmount, find_amounts


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("罚款2000元", ["2000"]),
        ("罚款2,000.00元", ["2000"]),
        ("罚款２，０００元", ["2000"]),
        ("罚款 2 万 元", ["20000"]),
        ("罚款2.5万元", ["25000"]),
        ("罚款2万5千元", ["25000"]),
        ("罚款人民币贰仟元整", ["2000"]),
        ("罚款人民币贰万叁仟肆佰伍拾陆元柒角捌分", ["23456.78"]),
        ("罚款三万五千元", ["35000"]),
        ("罚款壹佰零伍元整", ["105"]),
        ("罚款十万元", ["100000"]),
        ("罚款1.2亿元", ["120000000"]),
        ("罚款二〇〇〇元", ["2000"]),
        ("罚款￥2000.00", ["2000"]),
        ("罚款人民币：2000", ["2000"]),
        ("罚款人民币贰仟元整（2000元）", ["2000", "2000"]),
        ("处1000元、2000圆罚款", ["1000", "2000"]),
        ("罚款10余万元", []),
        ("罚款2000美元", []),
        ("罚款2万多元", []),
        ("第十七条，2026年5月8日，3.2.1元", []),
        ("责令改正", []),
        ("", []),
    ],
)
def test_an_amount_is_read_as_it_is_meant(text: str, yuan: list[str]) -> None:
    assert [a.yuan for a in find_amounts(text)] == [Decimal(y) for y in yuan]


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("没收违法所得500元并处罚款2000元", [2000]),
        ("没收违法所得500元，处以2000元罚款", [2000]),
        ("责令改正，罚款、没收违法所得3万元", []),
        ("罚款人民币贰仟元整（￥2000.00）", [2000, 2000]),
        ("罚款1000元和2000元", [1000, 2000]),
        ("货值金额9000元，罚款：3000元", [3000]),
        ("处一万元以上五万元以下罚款", []),
        ("处5000元的罚款", [5000]),
    ],
)
def test_a_word_speaks_of_its_own_amounts_only(text: str, yuan: list[int]) -> None:
    assert [a.yuan for a in find_amounts(text, ("罚款",)) if a.spoken_of] == yuan


@given(st.integers(1, 10**13))
def test_every_amount_is_found_however_it_is_grouped(cents: int) -> None:
    yuan = Decimal(cents) / 100
    for spelled in (f"{yuan}元", f"{yuan:,}元", f"{yuan / 10_000:f}万元", f"¥{yuan:,}"):
        assert find_amounts(f"处以罚款{spelled}，限期缴纳", ("罚款",)) == [NamedAmount(yuan, True)]


@pytest.mark.parametrize(
    "piece", ["1", "1,111", "一", "万", "1.", "¥", "罚款1元（", "1 ", "，", "1元角", "零"]
)
def test_a_hostile_text_is_gone_through_once(piece: str) -> None:
    text = piece * (131_000 // len(piece))
    began = time.process_time()
    find_amounts(text, ("罚款",))
    assert time.process_time() - began < 2
