"""Identity codes: is this string one, and which kind.

All tests are strict: the string must be the code itself, upper case, without blanks (``tidy_code`` makes
that form). Check digits come from python-stdnum where it has them. Sources: GB 32100-2015 (USCC), GB
11714 (organisation code), GB 11643-1999 (citizen's identity number), GS 15-2006 (15-digit registration
number, ISO 7064 MOD 11,10).
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum

from stdnum.cn import ric, uscc
from stdnum.iso7064 import mod_11_10

from ecredit.foundation.kernel.text_forms import halfwidth, squeeze

# GB 32100 leaves out I O S V Z. The registering authority is a digit, or one of the letters A, N, Y;
# python-stdnum knows the digits only, its check digit holds for the letters as well.
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_AUTHORITIES = "0123456789ANY"
_USCC = re.compile(rf"[{USCC_AUTHORITIES}]\d{{7}}[{USCC_ALPHABET}]{{10}}", re.ASCII)

_ORG_CODE = re.compile(r"([0-9A-Z]{8})-?([0-9X])", re.ASCII)
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORG_CHECK = "0X987654321"  # by sum mod 11: 11 - m, with 10 → X and 11 → 0

_PERSON_ID = re.compile(r"\d{17}[0-9X]", re.ASCII)
_REG_NO = re.compile(r"\d{15}", re.ASCII)
_TAX_NO = re.compile(r"\d{6}([0-9A-Z]{9})", re.ASCII)
_COOPERATIVE_NO = re.compile(r"\d{6}NA\d{6}X", re.ASCII)

# Births outside these years are typing errors or no identity number at all. The upper end is a constant
# because the kernel has no clock; it keeps organisation codes that look like a year 204x apart from
# people.
FIRST_BIRTH_YEAR, LAST_BIRTH_YEAR = 1850, 2039


class IdKind(StrEnum):
    """Kinds of identifier a register or a supplier may give."""

    USCC = "uscc"
    REG_NO = "reg_no"
    ORG_CODE = "org_code"
    PERSON_ID = "person_id"
    TAX_NO = "tax_no"
    INSTITUTION_NO = "institution_no"
    SOCIAL_ORG_NO = "social_org_no"
    OTHER_REG_NO = "other_reg_no"


def tidy_code(s: str) -> str:
    """The form in which codes are kept and compared: half-width, no blanks, upper case.

    An organisation code loses its dash: ``13497257-7`` and ``134972577`` are one code.
    """
    code = squeeze(halfwidth(s)).upper()
    return code.replace("-", "") if "-" in code and is_org_code(code) else code


def is_uscc(s: str) -> bool:
    """A unified social credit code with a right check character (GB 32100-2015): 18 characters."""
    if not _USCC.fullmatch(s):
        return False
    return bool(uscc.calc_check_digit(s[:17]) == s[17])


def is_org_code(s: str) -> bool:
    """An organisation code with a right check character (GB 11714): 9 characters, or 8-1 with a dash."""
    match = _ORG_CODE.fullmatch(s)
    if not match:
        return False
    total = sum(int(c, 36) * w for c, w in zip(match[1], _ORG_WEIGHTS, strict=True))
    return _ORG_CHECK[total % 11] == match[2]


def is_reg_no(s: str) -> bool:
    """A 15-digit registration number with a right check digit (ISO 7064 MOD 11,10)."""
    return bool(_REG_NO.fullmatch(s)) and bool(mod_11_10.is_valid(s))


def is_person_id(s: str) -> bool:
    """A citizen's identity number (GB 11643-1999): right check character, a birth date that exists.

    The place is not looked up: numbers were given out under county codes that came later or are gone, and
    numbers of residents from outside the mainland follow other tables. A number taken for none would be
    shown in public.
    """
    if not _PERSON_ID.fullmatch(s) or ric.calc_check_digit(s) != s[17]:
        return False
    year = int(s[6:10])
    if not FIRST_BIRTH_YEAR <= year <= LAST_BIRTH_YEAR:
        return False
    try:
        date(year, int(s[10:12]), int(s[12:14]))
    except ValueError:
        return False
    return True


def org_code_of_uscc(s: str) -> str | None:
    """Characters 9 to 17, when they are an organisation code by their own check character; else None.

    Nearly every code of the registers carries one, those made since the reform too; the few that do not
    are valid.
    """
    part = s[8:17]
    return part if is_uscc(s) and is_org_code(part) else None


def classify_code(s: str) -> IdKind:
    """What an unlabelled code of a register is; total.

    A code that is nothing else (13 digits, ``企合苏…字第…号``, a 15-digit number with a wrong check
    digit, the ``NA…X`` numbers of cooperatives) is OTHER_REG_NO: kept as it is, never repaired.
    """
    code = tidy_code(s)
    if is_person_id(code):
        return IdKind.PERSON_ID
    if is_uscc(code):
        return IdKind.USCC
    if is_org_code(code):
        return IdKind.ORG_CODE
    if is_reg_no(code):
        return IdKind.REG_NO
    if (match := _TAX_NO.fullmatch(code)) and not _COOPERATIVE_NO.fullmatch(code) and not code.isdigit():
        return IdKind.TAX_NO if is_org_code(match[1]) else IdKind.OTHER_REG_NO
    if code.startswith("事证第"):
        return IdKind.INSTITUTION_NO
    if re.match(r"[^\d]{0,4}[民社基]证字", code):
        return IdKind.SOCIAL_ORG_NO
    return IdKind.OTHER_REG_NO
