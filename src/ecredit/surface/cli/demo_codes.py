"""Codes that pass every check and can be nobody's.

A unified social credit code holds an organisation code in its characters 9 to 17, with a check character of its own
(GB 32100, GB 11714). The demo's codes carry the city's real districts, so that everything made from a code looks right,
but a wrong inner check character: no registrar can have given one out. (Of 138,924 real codes of a register, 138,920
had the inner check character right.) An identity number names a county, and 320499 never was one. No telephone network
has the prefix 154 as far as known, and no line in a city's exchange begins with 9.
"""

from datetime import date, timedelta

from stdnum.cn import ric
from stdnum.cn import uscc as stdnum_uscc
from stdnum.iso7064 import mod_11_10

from ecredit.foundation.kernel.codes import USCC_ALPHABET, is_org_code

NOBODYS_COUNTY = "320499"
NOBODYS_MOBILE = "154"
_INNER_CHECKS = "0123456789X"
_FIRST_BIRTH, _BIRTHS = date(1960, 1, 1), 16_000
_SPREAD = 7_654_321  # prime to ten and to 31: multiplying by it is one to one on the last places


def make_uscc(prefix: str, area: str, number: int, *, digits: bool = False) -> str:
    """The code of the body with a number; `prefix` says who registers what (91 firm, 92 individual, 51, 11 …).

    With `digits` it looks like a code made from an old organisation code: digits throughout where the outer check
    allows, which is what a spreadsheet turns into a number. Another number below 100 million, another code.
    """
    body = f"{number * _SPREAD % 10**8:08d}" if digits else "MA" + _base31(number * _SPREAD % 31**6, 6)
    code = ""
    for check in _INNER_CHECKS:
        if is_org_code(body + check):
            continue
        head = f"{prefix}{area}{body}{check}"
        code = head + stdnum_uscc.calc_check_digit(head)
        if not digits or code.isdigit():
            break
    return code


def make_reg_no(number: int) -> str:
    """A 15-digit registration number of no registration authority, with its check digit."""
    head = f"0000002{number * _SPREAD % 10**7:07d}"
    return str(head + mod_11_10.calc_check_digit(head))


def make_person_id(number: int) -> str:
    """The identity number of nobody, another for every number up to 15 million."""
    birth = _FIRST_BIRTH + timedelta(days=number * 7919 % _BIRTHS)
    head = f"{NOBODYS_COUNTY}{birth:%Y%m%d}{number // _BIRTHS % 999 + 1:03d}"
    return str(head + ric.calc_check_digit(head + "0"))


def make_mobile(number: int) -> str:
    """A mobile number of no network."""
    return f"{NOBODYS_MOBILE}{number * _SPREAD % 10**8:08d}"


def make_landline(number: int) -> str:
    """A telephone number of no exchange in the city."""
    return f"0519-9{number * _SPREAD % 10**7:07d}"


def with_wrong_check(code: str) -> str:
    """The code with its last character replaced by the next: one slip of a finger."""
    return code[:-1] + USCC_ALPHABET[(USCC_ALPHABET.index(code[-1]) + 1) % len(USCC_ALPHABET)]


def as_spreadsheet_number(code: str) -> str:
    """What a spreadsheet shows, and saves as CSV, for a code it took for a number: 9.13204E+17."""
    return f"{float(code):.5E}"


def _base31(number: int, length: int) -> str:
    text = ""
    for _ in range(length):
        number, place = divmod(number, len(USCC_ALPHABET))
        text = USCC_ALPHABET[place] + text
    return text
