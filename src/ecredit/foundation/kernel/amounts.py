"""Amounts of money in running Chinese text: ``罚款2,000元``, ``2万元``, ``人民币贰仟元整``, ``￥2000.00``, ``三万五千元``.

Only what is surely an amount is read: a number with 元 (圆, 块) behind it, or with a currency's sign before it. Amounts
of other currencies, and approximate ones (``10余万元``), are none. Any text takes time in proportion to its length.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from ecredit.foundation.kernel.text_forms import halfwidth

_CHINESE = dict(
    zip("〇零○一二三四五六七八九壹贰叁肆伍陆柒捌玖两兩貳參陸", "00012345678912345678922236", strict=True)
)
_SCALES = {
    "十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "万": 10_000, "萬": 10_000,
    "亿": 100_000_000, "億": 100_000_000,
}  # fmt: skip
_SMALL = 1000
_ONE = "".join((*_CHINESE, *_SCALES))
# Every repetition is bounded, and none begins within a number: hostile texts are gone through once.
_AMOUNT = re.compile(
    rf"[0-9.{_ONE}](?<![0-9.{_ONE}]{{2}})[0-9. {_ONE}]{{0,39}}+(?P<unit>元|圆|块)?"
    rf"(?:(?P<jiao>[0-9{_ONE}])角)?(?:零?(?P<fen>[0-9{_ONE}])分)?"
)
_SIGN = re.compile(r"(?:人民币|RMB|CNY|[¥￥]):? {0,2}\Z")
_LONGEST_SIGN = 6
MAYBE_AMOUNT = r"元|圆|块|人民币|RMB|CNY|¥|￥|Ｒ"
"""For Arrow: a text without any of these names no amount."""
_MAYBE = re.compile(MAYBE_AMOUNT)
_GROUPS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_CLAUSE = re.compile(r"[^,;。、!?\n]{1,4000}")
_PARTS = re.compile(
    rf"(?P<digits>[0-9]+(?:\.[0-9]+)?)|(?P<one>[{''.join(_CHINESE)}])|(?P<scale>[{''.join(_SCALES)}])"
)
# What stands between two amounts of which one word speaks.
_JOINING = "整正(:=和及与即 人民币RMBCNY¥￥"
_BLANKS = re.compile(r"[ \t\u3000\xa0]+")


@dataclass(frozen=True, slots=True)
class NamedAmount:
    """An amount that a text names, in yuan; `spoken_of` when one of the words asked about speaks of it."""

    yuan: Decimal
    spoken_of: bool


def find_amounts(text: str, words: tuple[str, ...] = ()) -> list[NamedAmount]:
    """Every amount of yuan that *text* names, in its order, and whether one of *words* speaks of it.

    A word speaks of the amounts behind it in the same clause, and of one directly before it (``2000元罚款``): in
    ``没收违法所得500元并处罚款2000元`` the word 罚款 speaks of 2000 only.
    """
    before, behind = _speaking(words)
    found: list[NamedAmount] = []
    for clause in _clauses(text):
        last, spoken = 0, False
        for start, end, yuan in _in_clause(clause):
            between = clause[last:start]
            # What follows at once is spoken of as well: 贰仟元整（2000元）, 1000元和2000元.
            spoken = bool(
                before.search(between)
                or (spoken and not between.strip(_JOINING))
                or behind.match(clause, end)
            )
            found.append(NamedAmount(yuan, spoken))
            last = end
    return found


@cache
def _speaking(words: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    called = "|".join(map(re.escape, words)) if words else r"(?!)"
    return re.compile(called), re.compile(rf"[的整正)]{{0,3}}(?:{called})")


def _clauses(text: str) -> Iterator[str]:
    plain = _GROUPS.sub("", halfwidth(_BLANKS.sub(" ", text)))
    return (match[0] for match in _CLAUSE.finditer(plain) if _MAYBE.search(match[0]))


def _in_clause(clause: str) -> Iterator[tuple[int, int, Decimal]]:
    for match in _AMOUNT.finditer(clause):
        start, unit = match.start(), match["unit"]
        if not unit and not _SIGN.search(clause[max(0, start - _LONGEST_SIGN) : start]):
            continue
        end = match.start("unit") if unit else match.end()
        yuan = _read(clause[start:end].replace(" ", ""))
        if yuan is None:
            continue
        for name, part in (("jiao", Decimal("0.1")), ("fen", Decimal("0.01"))):
            if unit and match[name]:
                yuan += (_read(match[name]) or Decimal(0)) * part
        yield start, match.end(), yuan


def _read(number: str) -> Decimal | None:
    """``2000``, ``2.5万``, ``贰仟``, ``三万五千``, ``2万5千``, ``二〇〇〇``; None when it is no number."""
    whole, section, digits, at = Decimal(0), Decimal(0), None, 0
    before = ""
    while at < len(number):
        part = _PARTS.match(number, at)
        if part is None:
            return None
        at, kind = part.end(), part.lastgroup or ""
        if kind == "digits":
            if digits is not None:
                return None
            digits = Decimal(part[0])
        elif kind == "one":
            if before == "digits":
                return None
            digits = (digits or 0) * (10 if before == "one" else 1) + Decimal(_CHINESE[part[0]])
        else:
            scale = _SCALES[part[0]]
            if digits is None and section == 0 and whole == 0 and scale != 10:
                return None  # 万元 by itself, as behind 10余
            if scale <= _SMALL:
                section += (Decimal(1) if digits is None else digits) * scale
            elif scale == _SCALES["亿"]:
                whole, section = (whole + section + (digits or 0)) * scale, Decimal(0)
            else:
                whole, section = whole + (section + (digits or 0)) * scale, Decimal(0)
            digits = None
        before = kind
    return whole + section + (digits or 0)
