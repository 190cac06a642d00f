"""Amounts: the unit a cell names counts, exactly; what cannot be read surely is held."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecredit.facts.collection.cells import reader_of
from ecredit.foundation.catalog.types import Column

FINE = reader_of(Column("fine", "罚款金额(万元)", "amount", unit="万元", decimals=6), {})
PAID = reader_of(Column("paid", "赔偿金额", "amount", unit="元", decimals=2), {})


@pytest.mark.parametrize(
    ("text", "fine", "paid"),
    [
        ("2000元", "0.2", "2000"), ("3", "3", "3"), ("3万元", "3", "30000"), ("人民币 2,000.50 元整", "0.20005", "2000.5"),
        ("１．５万", "1.5", "15000"), ("0.3亿元", "3000", "30000000"), ("1,234,567", "1234567", "1234567"),
        ("15,0000元", "15", "150000"), ("RMB3万元", "3", "30000"), ("1.5E2", "150", "150"), ("-3", "-3", "-3"),
    ],
)  # fmt: skip
def test_the_unit_in_the_cell_counts(text, fine, paid) -> None:
    assert FINE(text) == (fine, "")
    assert PAID(text) == (paid, "")


@pytest.mark.parametrize(
    "text",
    [
        "三万元",
        "约3万元",
        "3万余元",
        "1,50",
        "12,34,567",
        "3美元",
        "$3",
        "3元5角",
        "1.2.3",
        "NaN",
        "Infinity",
        "9" * 40,
    ],
)
def test_what_is_not_surely_an_amount_is_held(text) -> None:
    assert FINE(text) == (None, "number_unreadable")


def test_a_sign_of_yuan_in_a_column_of_wan_is_asked_about() -> None:
    assert FINE("¥2000") == (None, "unit_unclear")
    assert PAID("¥2,000") == ("2000", "")
    assert FINE("¥2000元") == ("0.2", "")


def test_more_places_than_the_unit_has_are_held() -> None:
    assert FINE("0.005元") == (None, "amount_too_precise")
    assert PAID("0.0000001万元") == (None, "amount_too_precise")


@given(st.integers(0, 10**14))
def test_the_same_money_in_any_unit_is_the_same(cents) -> None:
    """In fen, so that every unit writes it exactly."""
    yuan = Decimal(cents) / 100
    spellings = [f"{yuan}元", f"{yuan / 10_000:f}万元", f"{yuan / 100_000_000:f}亿元", f"{yuan:,}元"]
    assert len({FINE(text) for text in spellings}) == len({PAID(text) for text in spellings}) == 1
    value, rule = PAID(spellings[0])
    assert rule == "" and Decimal(value) == yuan
