"""Reading one cell by the type of its column. Each distinct text of a column is read once."""

import re
from collections.abc import Callable
from decimal import Decimal

from ecredit.facts.collection.types import BLANKS, LONG_TERM
from ecredit.foundation.catalog.types import CodeTable, Column
from ecredit.foundation.kernel.codes import is_org_code, is_person_id, is_reg_no, is_uscc, tidy_code
from ecredit.foundation.kernel.dates import parse_date
from ecredit.foundation.kernel.text_forms import halfwidth, squeeze

# (value or None, rule or ""): a value with a rule is kept but told about.
Reading = tuple[str | None, str]
Reader = Callable[[str], Reading]

_BLANKS = frozenset(BLANKS)
_AS_NUMBER = re.compile(r"\d(?:\.\d+)?[Ee]\+?\d{1,2}", re.ASCII)
_USCC_SHAPE = re.compile(r"[0-9A-Z]{18}", re.ASCII)
_PHONE = re.compile(r"(?:\+?86-?)?1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(?:-\d{1,6})?|400-?\d{3}-?\d{4}", re.ASCII)
# Labels hold no dot and give nothing back, so that a long text that is no address is done with at once.
_URL = re.compile(r"(?:https?://)?[^\s/@:.]++(?:\.[^\s/@:.]++)++\.?(?::\d+)?(?:/\S*)?")
# No more digits than the arithmetic below carries exactly.
_DIGITS = r"(?:\d{1,15}(?:\.\d{0,12})?|\.\d{1,12})(?:E[+-]?\d)?"
_NUMBER = re.compile(rf"[+-]?{_DIGITS}", re.ASCII | re.IGNORECASE)
MONEY_UNITS = {
    "元": Decimal(1), "圆": Decimal(1), "块": Decimal(1), "万元": Decimal(10_000), "万": Decimal(10_000),
    "亿元": Decimal(100_000_000), "亿": Decimal(100_000_000),
}  # fmt: skip
"""How many yuan each unit of money is."""
_MONEY = re.compile(
    r"(?P<currency>(?:人民币|RMB|CNY|[¥￥])*)"
    rf"(?P<number>[+-]?(?:\d{{1,3}}(?:,\d{{3}}){{1,4}}(?:\.\d{{0,12}})?|\d{{1,4}}(?:,\d{{4}}){{1,3}}(?:\.\d{{0,12}})?|{_DIGITS}))"
    r"(?P<unit>亿元|万元|亿|万|元|圆|块)?(?:整|正|人民币|RMB)?",
    re.ASCII | re.IGNORECASE,
)
_INTEGER = re.compile(r"[+-]?\d{1,18}(?:\.0+)?", re.ASCII)
_YES = {"是": "是", "Y": "是", "YES": "是", "1": "是", "TRUE": "是", "有": "是"}
_NO = {"否": "否", "N": "否", "NO": "否", "0": "否", "FALSE": "否"}


def reader_of(column: Column, tables: dict[str, CodeTable]) -> Reader | None:
    """The function that reads a cell of this column; None for free text, which stays as it is."""
    if column.lookup is not None:
        return _lookup_reader(column, tables[column.lookup])
    readers: dict[str, Reader] = {
        "date": _read_date,
        "amount": _amount_reader(column.unit, column.decimals),
        "number": _read_number,
        "integer": _read_integer,
        "uscc": _read_uscc,
        "org_code": _code_reader(is_org_code, "org_code_check_digit"),
        "reg_no": _read_reg_no,
        "person_id": _read_person_id,
        "phone": _read_phone,
        "url": _read_url,
        "yes_no": _read_yes_no,
        "code": _plain_code,
        "any_code": _plain_code,
    }
    return readers.get(column.type)


def _blank(text: str) -> bool:
    return text in _BLANKS


def _read_date(text: str) -> Reading:
    if _blank(text):
        return None, ""
    reading = parse_date(text)
    if reading.long_term:
        return LONG_TERM, ""
    return (reading.date.isoformat(), "") if reading.date else (None, "date_unreadable")


def _amount_reader(unit: str | None, places: int | None) -> Reader:
    """Amounts of money in the column's unit; one that names its own unit is converted exactly."""
    column_factor = MONEY_UNITS[unit or "元"]

    def read(text: str) -> Reading:
        if _blank(text):
            return None, ""
        money = _MONEY.fullmatch(squeeze(halfwidth(text)))
        if money is None:
            return None, "number_unreadable"
        number = Decimal(money["number"].replace(",", ""))
        if money["unit"]:
            number = number * MONEY_UNITS[money["unit"]] / column_factor
        elif money["currency"] and column_factor != 1:
            # ¥2000 in a column of 万元: the sign is one of whole 元, and nobody can tell whether it was meant.
            return None, "unit_unclear"
        return _written(number, places)

    return read


def _read_number(text: str) -> Reading:
    if _blank(text):
        return None, ""
    plain = squeeze(halfwidth(text)).replace(",", "")
    return _written(Decimal(plain), None) if _NUMBER.fullmatch(plain) else (None, "number_unreadable")


def _written(number: Decimal, places: int | None) -> Reading:
    exponent = number.normalize().as_tuple().exponent
    if places is not None and isinstance(exponent, int) and -exponent > places:
        return None, "amount_too_precise"
    return f"{number.normalize():f}", ""


def _read_integer(text: str) -> Reading:
    if _blank(text):
        return None, ""
    plain = squeeze(halfwidth(text)).replace(",", "")
    if not _INTEGER.fullmatch(plain):
        return None, "number_unreadable"
    return str(int(Decimal(plain))), ""


def _read_uscc(text: str) -> Reading:
    if _blank(text):
        return None, ""
    code = tidy_code(text)
    if is_uscc(code):
        return code, ""
    if _AS_NUMBER.fullmatch(code):
        return None, "identifier_as_number"
    return None, "uscc_check_digit" if _USCC_SHAPE.fullmatch(code) else "uscc_format"


def _code_reader(test: Callable[[str], bool], rule: str) -> Reader:
    def read(text: str) -> Reading:
        if _blank(text):
            return None, ""
        code = tidy_code(text)
        if _AS_NUMBER.fullmatch(code):
            return None, "identifier_as_number"
        return (code.replace("-", ""), "") if test(code) else (None, rule)

    return read


def _read_person_id(text: str) -> Reading:
    """The number stays even when its check digit is wrong: it may be a passport's (see `read_columns.spare_others`)."""
    code, rule = _plain_code(text)
    if code is None or is_person_id(code):
        return code, rule
    return code, "person_id_check_digit"


def _read_reg_no(text: str) -> Reading:
    """15-digit numbers must pass their check digit; every other older number is kept as what it is."""
    code, rule = _plain_code(text)
    if code is not None and len(code) == 15 and code.isdigit() and not is_reg_no(code):
        return None, "reg_no_check_digit"
    return code, rule


def _plain_code(text: str) -> Reading:
    if _blank(text):
        return None, ""
    code = tidy_code(text)
    return (None, "identifier_as_number") if _AS_NUMBER.fullmatch(code) else (code, "")


def _read_phone(text: str) -> Reading:
    if _blank(text):
        return None, ""
    plain = squeeze(halfwidth(text)).replace("(", "").replace(")", "-")
    return (plain, "") if _PHONE.fullmatch(plain) else (None, "phone_format")


def _read_url(text: str) -> Reading:
    if _blank(text):
        return None, ""
    plain = squeeze(halfwidth(text))
    return (plain, "") if _URL.fullmatch(plain) else (None, "url_format")


def _read_yes_no(text: str) -> Reading:
    word = squeeze(halfwidth(text)).upper()
    answer = _YES.get(word) or _NO.get(word)
    return (answer, "") if answer else (None, "not_in_code_table")


def _lookup_reader(column: Column, table: CodeTable) -> Reader:
    """Values of a code table become its Chinese names, several in one cell joined by `;` whatever separated them."""
    pieces_of = _pieces_reader(column.many, table) if column.many else None

    def read(text: str) -> Reading:
        whole = table.lookup(text)
        if whole is not None:
            return whole.zh, ""
        if _blank(text):
            return None, ""
        found = [] if pieces_of is None else [table.lookup(word) for word in pieces_of(text)]
        if found and all(entry is not None for entry in found):
            return ";".join(dict.fromkeys(entry.zh for entry in found if entry is not None)), ""
        return (None if column.lookup_strict else text.strip()), "not_in_code_table"

    return read


def _pieces_reader(separators: str, table: CodeTable) -> Callable[[str], list[str]]:
    """The values in a cell. One whose own name holds a separator is not cut: the longest known one is taken first."""
    marks = re.compile(f"([{re.escape(separators)}])")
    # How many pieces the most cut of the table's own names would come to.
    most = max((len(marks.findall(name)) for name in table.index), default=0) + 1

    def pieces_of(text: str) -> list[str]:
        # Values at even places, the marks between them at odd ones.
        parts, words, start = marks.split(text), [], 0
        while start < len(parts):
            ends = range(min(start + 2 * most, len(parts) + 1) - 1, start + 1, -2)
            end = next((e for e in ends if table.lookup("".join(parts[start:e])) is not None), start + 1)
            word = "".join(parts[start:end])
            if squeeze(word):
                words.append(word)
            start = end + 1
        return words

    return pieces_of
