"""Column tests equal their scalar twins on every row, in every Arrow layout."""

import string
import time

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from ecredit.foundation.kernel.code_columns import org_code_mask, person_id_mask, reg_no_mask, uscc_mask
from ecredit.foundation.kernel.codes import USCC_ALPHABET, is_org_code, is_person_id, is_reg_no, is_uscc

PAIRS = [
    (uscc_mask, is_uscc),
    (person_id_mask, is_person_id),
    (org_code_mask, is_org_code),
    (reg_no_mask, is_reg_no),
]
KNOWN = [
    "91110000802100433B", "9144030071526726XG", "11010519491231002X", "440524188001010014", "80210043-3",
    "71526726X", "320404000009558", "", "91110000802100433b", "９１１１００００８０２１００４３３Ｂ", "常州市商务局",
    "11010519490231002X", "00000000000000000000", "000000000000000", "N2320412MF00000010",
]  # fmt: skip


def mutated(code: str, place: int, char: str) -> str:
    return code[:place] + char + code[place + 1 :]


PERSONS = st.builds(
    lambda area, year, month, day, order: (
        (body := f"{area}{year:04}{month:02}{day:02}{order:03}") + str(ric.calc_check_digit(body + "0"))
    ),
    st.sampled_from(["320402", "110105"]),
    st.sampled_from([1849, 1850, 1900, 2000, 2024, 2023, 2039, 2040]),
    st.integers(0, 13),
    st.sampled_from([0, 1, 28, 29, 30, 31, 32, 99]),
    st.integers(0, 999),
)
USCCS = st.text(string.digits, min_size=8, max_size=8).flatmap(
    lambda head: st.text(USCC_ALPHABET, min_size=9, max_size=9).map(
        lambda rest: head + rest + str(uscc.calc_check_digit(head + rest))
    )
)
ORG_CODES = st.text(string.digits + string.ascii_uppercase, min_size=8, max_size=8).flatmap(
    lambda body: st.sampled_from(list("0123456789X")).flatmap(
        lambda check: st.sampled_from([body + check, f"{body}-{check}", f"{body}_{check}"])
    )
)
REG_NOS = st.text(string.digits, min_size=15, max_size=15)
VALUES = st.one_of(
    st.none(),
    st.sampled_from(KNOWN),
    st.builds(mutated, st.sampled_from(KNOWN), st.integers(0, 17), st.sampled_from(list("0X5AIé州"))),
    PERSONS,
    USCCS,
    ORG_CODES,
    REG_NOS,
    st.text(max_size=18),
)


@pytest.mark.parametrize(("mask", "scalar"), PAIRS)
@given(rows=st.lists(VALUES, max_size=30), start=st.integers(0, 3))
@settings(max_examples=120)
def test_every_layout_equals_the_scalar(mask, scalar, rows: list[str | None], start: int) -> None:
    expected = [v is not None and scalar(v) for v in rows]
    array = pa.array(rows, type=pa.string())
    assert mask(array).tolist() == expected
    assert mask(array.slice(start)).tolist() == expected[start:]
    assert mask(array.cast(pa.large_string())).tolist() == expected
    assert mask(array.dictionary_encode()).tolist() == expected
    assert mask(pa.chunked_array([array.slice(0, start), array.slice(start)])).tolist() == expected


@pytest.mark.parametrize(("mask", "_"), PAIRS)
def test_empty_and_null_columns(mask, _) -> None:
    assert mask(pa.chunked_array([], type=pa.string())).tolist() == []
    assert mask(pa.array([], type=pa.string())).tolist() == []
    assert mask(pa.nulls(3, pa.string())).tolist() == [False] * 3
    assert mask(pa.nulls(2)).dtype == np.bool_


def test_more_rows_than_a_block() -> None:
    """And in far less processor time than one by one, both measured here."""
    column = pa.array(KNOWN * 20_000)
    began = time.process_time()
    mask = uscc_mask(column)
    took = time.process_time() - began
    assert mask.tolist() == [is_uscc(v) for v in KNOWN] * 20_000
    began = time.process_time()
    for value in KNOWN * 2_000:
        is_uscc(value)
    assert 5 * took < 10 * (time.process_time() - began)
