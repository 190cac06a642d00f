"""Amounts: the unit a cell names counts, exactly; what cannot be read surely is held."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecredit.facts.collection.cells import reader_of
from ecredit.facts.records.models import CreditRecord
from ecredit.foundation.catalog.types import Column
from tests.penalty_rows import row, table

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


def told(receipt) -> set[tuple[str, str, bool]]:
    """(column, rule, whether it holds the row) of every problem reported."""
    with Path(receipt.report).open(encoding="utf-8-sig", newline="") as file:
        return {(p["column"], p["rule"], "notice" not in p["message"]) for p in csv.DictReader(file)}


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("罚款2000元", "2000"), ("罚款人民币贰仟元整", "2000"), ("处2,000.00元罚款", "2000"), ("罚款1000元和1000元", "2000"),
        ("罚款3万元", "0.0003"), ("罚款2000元", "20000000元"),
    ],
)  # fmt: skip
def test_yuan_written_in_a_column_of_wan_wait(collect, text, amount) -> None:
    receipt = collect("dual_publicity_penalty", table(row(1, CF_NR=text, CF_NR_FK=amount)))
    assert (receipt.accepted, receipt.quarantined) == (0, 1)
    assert ("CF_NR_FK", "amount_unit", True) in told(receipt)
    assert not CreditRecord.objects.exists()


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("罚款2000元", "0.2"), ("罚款2000元", "2000元"), ("罚款人民币贰仟元整（2000元）", "0.2"), ("罚款1000元和1000元", "0.2"),
        ("没收违法所得500元，罚款2000元", "0.2"), ("责令改正", "3"), ("罚款3000万元", "3000"), ("罚款1000元、2000元，合计3000元", "0.3"),
    ],
)  # fmt: skip
def test_an_amount_that_its_text_bears_out_is_taken_without_a_word(collect, text, amount) -> None:
    receipt = collect("dual_publicity_penalty", table(row(1, CF_NR=text, CF_NR_FK=amount)))
    assert (receipt.accepted, told(receipt)) == (1, set())


def test_an_amount_other_than_its_texts_waits(collect) -> None:
    receipt = collect("dual_publicity_penalty", table(row(1, CF_NR="罚款2000元", CF_NR_FK="0.3")))
    assert (receipt.accepted, told(receipt)) == (0, {("CF_NR_FK", "amount_agrees", True)})


def test_an_unusual_amount_without_a_text_to_hold_it_against_waits_until_the_text_says_it(collect) -> None:
    rows = table(
        row(1, CF_NR="责令改正，罚款", CF_NR_FK="2000"), row(2, CF_NR="责令改正，罚款", CF_NR_FK="1000")
    )
    receipt = collect("dual_publicity_penalty", rows)
    assert (receipt.accepted, receipt.problem_counts) == (1, {"amount_usual": 1})
    assert told(receipt) == {("CF_NR_FK", "amount_usual", True)}
    said = table(row(1, CF_NR="责令改正，罚款2000万元", CF_NR_FK="2000"))
    assert (again := collect("dual_publicity_penalty", said)).accepted == again.cleared == 1


def test_each_amount_is_held_against_its_own_words(collect) -> None:
    both = row(
        1,
        CF_CFLB="罚款;没收违法所得",
        CF_NR="没收违法所得500元，罚款2000元",
        CF_NR_FK="0.2",
        CF_NR_WFFF="500",
    )
    assert told(collect("dual_publicity_penalty", table(both))) == {("CF_NR_WFFF", "amount_unit", True)}
