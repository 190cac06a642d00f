"""The quick look at a column of texts agrees with the slow one at each."""

import re

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ecredit.foundation.kernel.masking import MAYBE_PERSONAL, find_personal, may_be_personal
from ecredit.foundation.kernel.masking_columns import _IDEOGRAPH, columns_may_be_personal

WORDS = [
    *"订号元年转五零，。；：、,; -(（+X１①%",
    "编号",
    "货值",
    "&#",
    "86",
    "0086",
    "05",
    "138",
    "空6123空4567",
    "%31",
]
PIECES = st.one_of(
    st.text("0123456789", min_size=1, max_size=16),
    st.sampled_from(WORDS),
    st.sampled_from(["13812345678", "0138123456780", "213812345678", "05198654321", "8613812345678", "3204021990"]),
)  # fmt: skip
TEXTS = st.lists(PIECES, min_size=1, max_size=6).map("".join)


HOSTILE = [
    "号0138123456780号", "号3204021990年01月01日1234", "号000000000012，号138%3123%34567号", "号0513812345678号",
    "号000000000138空6123空4567号", "号00861381234567号", "号86051986543210号", "号1380013转8000号", "号1380013，（8000号",
]  # fmt: skip


# Many texts at a time, because making the patterns ready takes longer than looking at thousands.
@given(st.lists(TEXTS, min_size=30, max_size=300, unique=True))
@settings(max_examples=25, deadline=None)
@example(HOSTILE)
def test_what_the_quick_look_passes_over_holds_nothing(texts: list[str]) -> None:
    column = pa.array(texts, pa.string())
    (looked_at,) = columns_may_be_personal([column])
    maybe = pc.match_substring_regex(column, MAYBE_PERSONAL)
    passed_over = column.filter(pc.and_(maybe, pc.invert(looked_at))).to_pylist()
    assert [text for text in passed_over if may_be_personal(text) or find_personal(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "订单编号000000000012，货值19872元",
        "案号2026030712号立案。",
        "编号20260508000123，编号20260508000124号",
    ],
)
def test_order_numbers_are_passed_over(text: str) -> None:
    (mask,) = columns_may_be_personal([pa.array([text])])
    assert mask.to_pylist() == [False]


@pytest.mark.parametrize("repeated", [True, False])
def test_each_text_of_each_column_has_its_own_answer(repeated: bool) -> None:
    texts = ["电话13812345678", None, "订单编号000000000012，货值", "号0138123456780号", ""]
    many = texts * 40 if repeated else [t and f"{t}第{n}次" for n in range(40) for t in texts]
    first, second = columns_may_be_personal([pa.array(many, pa.string()), pa.array(texts, pa.string())])
    assert first.to_pylist() == [True, False, False, True, False] * 40
    assert second.to_pylist() == [True, False, False, True, False]


def test_an_ideograph_beside_a_number_is_a_letter_and_no_digit() -> None:
    every = "".join(map(chr, (*range(0x2E80, 0xD800), *range(0xF900, 0xFB00))))
    beside = pc.extract_regex(pa.array(list(every)), f"(?P<one>^{_IDEOGRAPH}$)").drop_null().field("one")
    chosen = "".join(beside.to_pylist())
    assert len(chosen) > 20_000
    assert re.fullmatch(r"\w+", chosen)
    assert not re.search(r"\d", chosen)
    # None of them goes on a number that stands beside it.
    assert not any(may_be_personal(f"1380013{c}8000") for c in chosen)
