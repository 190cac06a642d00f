"""Identity codes against known numbers, python-stdnum and a plain second computation."""

import string
from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from ecredit.foundation.kernel.codes import (
    USCC_ALPHABET,
    IdKind,
    classify_code,
    is_org_code,
    is_person_id,
    is_reg_no,
    is_uscc,
    org_code_of_uscc,
    tidy_code,
)

USCCS = [
    "91110000802100433B", "91330100799655058B", "9144030071526726XG", "914403001922038216",
    "92320402MAABCDEF0M", "91320411MA00000X0K", "91110000600037341L", "91320402137150798H",
]  # fmt: skip
ORG_CODES = ["80210043-3", "79965505-8", "71526726-X", "802100433", "13830295-X"]
PERSON_IDS = ["11010519491231002X", "440524188001010014", "360426199101010071"]
REG_NOS = ["320404000009558", "320404000073274", "320483000006466"]
ANY_CODE = st.text(alphabet=string.digits + string.ascii_uppercase + "-", min_size=7, max_size=19)


def with_uscc_check(body: str) -> str:
    return body + str(uscc.calc_check_digit(body))


def with_person_check(body: str) -> str:
    return body + str(ric.calc_check_digit(body + "0"))


@pytest.mark.parametrize(
    ("test", "codes"),
    [(is_uscc, USCCS), (is_org_code, ORG_CODES), (is_person_id, PERSON_IDS), (is_reg_no, REG_NOS)],
)
def test_known_codes_pass_and_every_single_change_fails(test, codes) -> None:
    """A check character of these standards finds every single substitution of a digit."""
    for code in codes:
        assert test(code)
        for i, char in enumerate(code):
            if not char.isdigit() or (test is is_person_id and 6 <= i < 14):
                continue
            for other in set(string.digits) - {char}:
                changed = code[:i] + other + code[i + 1 :]
                assert not test(changed), changed


@pytest.mark.parametrize("test", [is_uscc, is_org_code, is_person_id, is_reg_no])
@pytest.mark.parametrize(
    "text", ["", " ", "0", "９１１１００００８０２１００４３３Ｂ", "91110000802100433b", "无"]
)
def test_only_the_tidy_form_is_a_code(test, text: str) -> None:
    assert not test(text)


def test_tidy_code_makes_that_form() -> None:
    assert tidy_code(" ９１１１００００ 802100433ｂ\n") == "91110000802100433B"
    assert is_uscc(tidy_code("91110000-802100433B".replace("-", "\u3000")))


@given(
    ANY_CODE | st.sampled_from(USCCS) | st.text(USCC_ALPHABET, min_size=17, max_size=17).map(with_uscc_check)
)
@settings(max_examples=400)
def test_uscc_agrees_with_python_stdnum_where_the_authority_is_a_digit(code: str) -> None:
    assume(code[:1].isdigit() and "-" not in code)
    assert is_uscc(code) == uscc.is_valid(code)


def test_uscc_authorities_with_a_letter() -> None:
    assert is_uscc(with_uscc_check("N2320412MF0000001"))
    assert not is_uscc(with_uscc_check("B2320412MF0000001"))


@given(
    st.sampled_from(["110105", "320402", "320411", "310120", "440106"]),
    st.dates(date(1955, 1, 1), date(2039, 12, 31)).map("{:%Y%m%d}".format) | st.just("19990230"),
    st.integers(0, 999),
    st.sampled_from(string.digits + "X"),
)
@settings(max_examples=300)
def test_every_identity_number_of_python_stdnum_is_one_here(
    area: str, born: str, order: int, end: str
) -> None:
    right = with_person_check(f"{area}{born}{order:03}")
    assert is_person_id(right) or not ric.is_valid(right)
    assert is_person_id(right[:17] + end) == (is_person_id(right) and end == right[17])


@given(
    st.sampled_from(["320402", "320404", "320411", "320412", "320413", "320481", "810000"]),
    st.dates(),
    st.integers(0, 999),
)
@settings(max_examples=150)
def test_identity_numbers_of_births_in_living_memory(area: str, born, order: int) -> None:
    code = with_person_check(f"{area}{born:%Y%m%d}".rjust(14, "0")[:14] + f"{order:03}")
    assert is_person_id(code) == (1850 <= int(code[6:10]) <= 2039)


@pytest.mark.parametrize(
    "body", ["32040219490231002", "32040219491301002", "32040218491231002", "32040220401231002"]
)
def test_an_impossible_birth_date_is_no_identity_number(body: str) -> None:
    assert not is_person_id(with_person_check(body))


@given(st.text(string.digits + string.ascii_uppercase, min_size=8, max_size=8))
@settings(max_examples=150)
def test_an_organisation_code_has_exactly_one_check_character(body: str) -> None:
    good = [c for c in string.digits + "X" if is_org_code(body + c)]
    total = sum(
        (int(c) if c.isdigit() else ord(c) - 55) * w
        for c, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)
    )
    expected = 11 - total % 11
    assert good == [{10: "X", 11: "0"}.get(expected, str(expected))]


@given(st.text(string.digits, min_size=14, max_size=14))
@settings(max_examples=100)
def test_a_registration_number_has_exactly_one_check_digit(body: str) -> None:
    product = 10
    for c in body:  # GS 15-2006 as the standard's text computes it
        product = ((product + int(c)) % 10 or 10) * 2 % 11
    assert [c for c in string.digits if is_reg_no(body + c)] == [str((11 - product) % 10)]


def test_the_organisation_code_inside_a_uscc() -> None:
    assert org_code_of_uscc("91110000802100433B") == "802100433"
    assert org_code_of_uscc("9144030071526726XG") == "71526726X"
    assert org_code_of_uscc("91320411MA00000X0K") is None
    assert org_code_of_uscc("91110000802100433C") is None  # the whole code is wrong


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *((c, IdKind.USCC) for c in USCCS),
        *((c, IdKind.PERSON_ID) for c in PERSON_IDS),
        *((c, IdKind.ORG_CODE) for c in ORG_CODES),
        *((c, IdKind.REG_NO) for c in REG_NOS),
        ("３２０４０４０００００９５５８", IdKind.REG_NO),
        ("32040471526726X", IdKind.TAX_NO),
        ("320404000009559", IdKind.OTHER_REG_NO),
        ("3209231100626", IdKind.OTHER_REG_NO),
        ("企合苏镇分字第0006", IdKind.OTHER_REG_NO),
        ("320483NA000059X", IdKind.OTHER_REG_NO),
        ("91110000802100433C", IdKind.OTHER_REG_NO),
        ("事证第132048100123号", IdKind.INSTITUTION_NO),
        ("苏常民证字第010123号", IdKind.SOCIAL_ORG_NO),
        ("", IdKind.OTHER_REG_NO),
    ],
)
def test_what_an_unlabelled_code_is(code: str, kind: IdKind) -> None:
    assert classify_code(code) is kind
