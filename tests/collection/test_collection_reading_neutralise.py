"""No text that leaves the platform is taken for a formula."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecredit.facts.collection.neutralise import neutralise_cell

texts = st.text(alphabet="=+-@＝＋－＠\t\r\n '甲a1.,%eE\ufeff\u3000", max_size=8)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+86 138",
        "-cmd",
        "@SUM(A1)",
        "＝1+1",
        "－x",
        " =1",
        "\t=1",
        "\r1",
        "\n1",
        "\ufeff=1",
        "--1",
        "+",
        "-1,00",
    ],
)
def test_formula_starts_get_an_apostrophe(text: str) -> None:
    assert neutralise_cell(text) == "'" + text


@pytest.mark.parametrize(
    "text", ["", "甲", "-5.00", "+3", "-1,000", "-1.5E+3", "-12%", "a=b", "1-2", "'=1", " 甲"]
)
def test_other_texts_stay(text: str) -> None:
    assert neutralise_cell(text) == text


@given(texts)
def test_result_never_begins_like_a_formula(text: str) -> None:
    safe = neutralise_cell(text)
    assert neutralise_cell(safe) == safe
    assert safe.removeprefix("'").endswith(text.removeprefix("'"))
    start = safe.lstrip(" \ufeff\u3000\t\r\n")[:1]
    if safe[:1] in "\t\r\n" or start in {"=", "@", "＝", "＠", "＋", "－"}:
        assert safe == ""
    if start in {"+", "-"}:
        float(safe.replace(",", "").rstrip("%"))  # only a plain number may begin with a sign
