"""Hiding personal data: single values, and identity numbers and telephones inside running text.

What is written freely (reasons of a penalty, scopes, addresses) holds numbers in every spelling:
full-width, spaced, dashed, with a small x, in Chinese or circled digits, with signs or invisible
characters between, letters for digits (l38 OOOO), a birth written as a day. ``find_personal`` folds the text to plain digits and finds them there, ``redact``
replaces them by their masked form. In doubt a number is hidden; the one exception is a valid USCC, which
belongs to the public, unless it is a valid identity number too. (个人信息保护法 art. 28: identity and
account numbers are sensitive when they can harm; art. 51: de-identification.)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import accumulate, pairwise
from typing import NamedTuple

from stdnum import luhn

from ecredit.foundation.kernel.by_number import read_by_number
from ecredit.foundation.kernel.codes import is_person_id, is_uscc
from ecredit.foundation.kernel.parted_mobiles import MAYBE_PARTED, find_parted
from ecredit.foundation.kernel.text_forms import halfwidth, squeeze

STAR = "*"

_COMPOUND_SURNAMES = frozenset(
    "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 宇文 长孙 司徒 夏侯 端木 轩辕 太史 申屠 "
    "淳于 单于 澹台 公冶 宗政 濮阳 钟离 呼延 独孤 南宫 东郭 西门 百里 拓跋 赫连 闻人 万俟 司空".split()
)

# First two digits of an identity number: provinces, Hong Kong, Macao, Taiwan.
_PROVINCES = frozenset(
    f"{n}" for n in (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55),
                     *range(61, 66), 71, 81, 82, 83)
)  # fmt: skip
# Without a right check character only births in these years make 18 digits an identity number.
_PLAUSIBLE_YEARS = range(1900, 2040)

# The letters and signs that people type for the check character X, and the dashes; 转 between digits is one.
_ROMAN_TEN = "Ⅹⅹ"
_ALIKE = str.maketrans(dict.fromkeys("x×✕✖⨉⨯╳ХхΧχ", "X") | dict.fromkeys("–—‐‑‒转轉", "-"))
# Letters (Latin, Cyrillic, Greek) that stand in for a digit among digits: l38 OOOO I234 is a telephone.
_LOOKS_LIKE_DIGIT = str.maketrans(dict.fromkeys("lIІӀΙ", "1") | dict.fromkeys("OoОоΟο", "0"))
_LOOK_ALIKES = "".join(map(chr, _LOOKS_LIKE_DIGIT))
_CHINESE = dict(
    zip(
        "〇零○一二三四五六七八九壹贰叁肆伍陆柒捌玖幺两弌弍弎貳貮弐參参叄陸漆⼀⼆⼋",
        "0001234567891234567891212322233367128",
        strict=True,
    )
)
# The same ideographs as Unicode keeps them a second time, for the sake of older character sets.
_CHINESE |= {
    c: _CHINESE[plain]
    for c in map(chr, (*range(0xF900, 0xFB00), *range(0x2F800, 0x2FA20)))
    if (plain := unicodedata.normalize("NFKC", c)) in _CHINESE
}
# Letters that look like nothing.
_FILLERS = "\u115f\u1160\u3164\uffa0\u2800"
_UNSEEN = ("Cf", "Mn", "Me")
_DIGITS_BESIDE = (
    "²³¹⁰⁴-⁹₀-₉Ⅰ-ↈ①-⒛⓪-⓿❶-➓〡-〩〸-〺㆒-㆕㈠-㈩㉈-㉏㉑-㉟㊀-㊉㊱-㊿\U0001f100-\U0001f10c" + "".join(_CHINESE)
)
# A digit of any script, and what may stand between two digits of one number: anything but letters. So wide that no
# number is passed over; most texts hold no such run and need not be folded. The second is the same for Arrow (RE2).
_WIDE_ALIKES = _LOOK_ALIKES + "ｌＩＯｏ"
_MAYBE = re.compile(rf"(?:[\d{_DIGITS_BESIDE}{_WIDE_ALIKES}](?:[^\w○⼀⼆⼋]|[_{_FILLERS}转轉])*+){{10,}}+")
MAYBE_PERSONAL = (
    rf"(?:[\pN{''.join(_CHINESE)}{_WIDE_ALIKES}](?:[^\pL\pN]|[{_FILLERS}转轉])*){{10}}|" + MAYBE_PARTED
)

# What stands between the digits of one number, after folding; three stars are what a mask has left.
_GAP = r"(?:(?!\*\*\*)[\W_]){0,12}"
_GROUP = re.compile(r"d+|c|o")
_NO_DIGIT = "\0"
_GAP_ONLY = re.compile(_GAP)
_CHECK_X = re.compile(rf"{_GAP}X(?![0-9A-Za-z])")
_TOKEN = re.compile(r"[0-9A-Za-z]+")
_DAY = re.compile(r"(?:19|20)[0-9]{2}([-./])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12][0-9]|3[01])(?![0-9])")

_MOBILE = re.compile(r"(?:0|86|086|0086)?(1[3-9][0-9]{9})")
_LANDLINE = re.compile(
    rf"(?<![0-9])(?:\+?(?:00)?86{_GAP}\(?0?|\(?0)(?:10|2[0-9]|[3-9][0-9]{{2}})\)?{_GAP}"
    rf"[1-9][0-9]{{2,3}}{_GAP}[0-9]{{4}}(?![0-9])"
)
_ALIKE_RUN, _DIGIT = re.compile(f"[0-9{_LOOK_ALIKES}]+"), re.compile("[0-9]")
# What a number written plainly has beside it when it is a piece of something longer, or is dialled from abroad; how a
# landline begins; and the usual signs between the numbers of a sentence.
_BESIDE_NUMBER = re.compile(r"[A-Za-z×ХхΧχ+(（Ａ-Ｚａ-ｚ]")
_AREA_BEFORE = re.compile(r"0[1-9]|(?:00)?86")
_MOBILE_IN = re.compile(r"1[3-9][0-9]{9}")
_BETWEEN = '，。；：、！？）》」』〔〕【】[],.;:!?)"”’ -－—/'
_PLAIN_GROUP, _BETWEEN_ONE = re.compile("[0-9]+"), re.compile(f"[{re.escape(_BETWEEN)}]")
# How a card's number begins (UnionPay, the banks' older own cards, the foreign schemes), is written, and is called.
_CARD_FIRST = re.compile(r"6[0289]|9558|4|5[1-5]|35")
_IN_FOURS = re.compile(r"[0-9]{4}(?P<gap> {1,2}|-)[0-9]{4}(?:(?P=gap)[0-9]{4}){2}(?:(?P=gap)?[0-9]{1,3})?")
_GROUP_OF_FOUR, _YEAR = re.compile("[0-9]{4}"), re.compile("(?:19|20)[0-9]{2}")
_CARD_WRITTEN = re.compile(r"[0-9](?:[ -]{0,2}[0-9])*")
_CALLED_CARD = re.compile(
    r"(?:卡号|账号|帐号|账户|帐户|[银储信借]\w{1,2}卡|户头|开户行|打款|汇款|转账)[^0-9，。；,;]{0,12}\Z"
)
_CALLED_OTHERWISE = re.compile(
    r"(?:单号|订单|编号|文号|流水|许可|注册|备案|案号|条码|证号|批号|型号|标准)[^0-9，。；,;]{0,8}\Z"
)
_CALLED = 20
# An identity number whose birth is written as a day: 320402 1990年01月01日 1234.
_BORN = re.compile(
    rf"(?<![0-9])(?P<area>[0-9](?:{_GAP}[0-9]){{5}})(?P<year>(?:{_GAP}[0-9]){{4}}){_GAP}年"
    rf"{_GAP}(?P<month>[0-9]{{1,2}}){_GAP}月{_GAP}(?P<day>[0-9]{{1,2}}){_GAP}日?"
    rf"{_GAP}(?P<rest>[0-9](?:{_GAP}[0-9]){{2}}{_GAP}[0-9X])(?![0-9])"
)
_YEAR_BEHIND = re.compile(r"[^\w]{0,12}年")
_FEWEST_BORN = 10  # area and year
_SHORTEST_IDENTITY = 15
_IDENTITY_LENGTHS = (15, 17, 18)  # 17 before an X
_LONGEST_MOBILE = 15
_SHORTEST_CHAIN, _LONGEST_CHAIN = 11, 19
_MOST = 50  # in one circle
_USCC_LENGTH = 18


class PersonalKind(StrEnum):
    """What kind of personal number was found."""

    IDENTITY = "identity"
    MOBILE = "mobile"
    LANDLINE = "landline"
    BANK_CARD = "bank_card"


@dataclass(frozen=True, slots=True)
class PersonalHit:
    """A number found in a text: ``text[start:end]`` is how it is written there, ``masked`` what may be shown."""

    kind: PersonalKind
    start: int
    end: int
    masked: str


def mask_person_id(text: str) -> str:
    """The first two characters (province) and the last, stars between: neither birth date nor order shows."""
    code = squeeze(halfwidth(text))
    return code[:2] + STAR * (len(code) - 3) + code[-1:] if len(code) > 6 else STAR * len(code)


def mask_phone(text: str) -> str:
    """A mobile as ``138****0000``; of any other telephone number only the last two digits."""
    digits = "".join(c for c in halfwidth(text) if c in "0123456789")
    if match := _MOBILE.fullmatch(digits):
        return match[1][:3] + STAR * 4 + match[1][-4:]
    return STAR * max(0, len(digits) - 2) + digits[-2:] if len(digits) > 4 else STAR * len(digits)


def mask_name(text: str) -> str:
    """A person's family name and a star for every further character: ``张*``, ``欧阳**``."""
    name = squeeze(text)
    shown = 2 if len(name) > 2 and name[:2] in _COMPOUND_SURNAMES else 1
    return name[:shown] + STAR * (len(name) - shown) if len(name) > 1 else STAR * len(name)


def redact(text: str) -> str:
    """*text* with every identity number and telephone of :func:`find_personal` replaced by its masked form."""
    for hit in reversed(find_personal(text)):
        text = text[: hit.start] + hit.masked + text[hit.end :]
    return text


def find_personal(text: str) -> list[PersonalHit]:
    """Identity numbers (18 and 15 digits), mobiles, landlines with area code and bank cards, left to right.

    Found in any mix of digits of all scripts, Chinese and circled ones too, with signs, blanks and invisible
    characters between, and where addresses (%31) or pages (&#49;) write digits by their number. Hits do not overlap.
    """
    found = _found_in(text) if may_be_personal(text) else []
    if "%" in text or "&#" in text:
        found = _apart([*found, *_found_encoded(text)])
    return found


def _found_encoded(text: str) -> Iterator[PersonalHit]:
    read = read_by_number(text)
    if read is not None and may_be_personal(read.text):
        for hit in _found_in(read.text):
            yield PersonalHit(hit.kind, read.starts[hit.start], read.ends[hit.end - 1], hit.masked)


def _found_in(text: str) -> list[PersonalHit]:
    folded = _folded(text)
    chains = list(_chains(folded))
    found = [
        *_identities(folded, chains),
        *_identities_with_day(folded),
        *_mobiles(folded, chains),
        *_landlines(folded),
        *_cards(folded, chains),
        *_with_letters(folded),
    ]
    places = folded.places
    hits = [
        PersonalHit(hit.kind, places[hit.start], places[hit.end - 1] + 1, hit.masked) for hit in _apart(found)
    ]
    parted = [PersonalHit(PersonalKind.MOBILE, s, e, mask_phone(text[s:e])) for s, e in find_parted(text)]
    return _apart([*hits, *parted]) if parted else hits


def may_be_personal(text: str) -> bool:
    """Whether *text* holds a run of digits that may be a person's number. Quick; most texts do not.

    Order and document numbers are runs as well: usual digits with usual signs between, too few for an identity number or
    a card, holding no mobile, and none with the 0 of an area code before.
    """
    for match in _MAYBE.finditer(text):
        run = match[0].rstrip(_BETWEEN)
        start, end = match.start(), match.start() + len(run)
        groups = _PLAIN_GROUP.findall(run)
        digits = "".join(groups)
        if len(digits) >= _SHORTEST_IDENTITY or len(digits) + len(_BETWEEN_ONE.findall(run)) != len(run):
            return True
        if _BESIDE_NUMBER.search(text[max(0, start - 1) : start] + text[end : end + 1]):
            return True
        if len(digits) >= _FEWEST_BORN and _YEAR_BEHIND.match(text, end):
            return True
        if _MOBILE_IN.search(digits) or any(_AREA_BEFORE.match(group) for group in groups):
            return True
    return bool(find_parted(text))


class _Folded(NamedTuple):
    """A text in plain digits, X and dashes, without what cannot be seen.

    `places` are the places in the text of the characters. `groups` are where a number may begin and end: runs of usual
    digits, and each other digit by itself, for in 王五一三八… the 五 is none. `usual` is `plain` without those others.
    """

    plain: str
    usual: str
    groups: list[tuple[int, int]]
    places: list[int]


def _folded(text: str) -> _Folded:
    pieces = [_FOLD[c] for c in text]
    plain = "".join(piece for piece, _ in pieces)
    sorts = "".join(sort * len(piece) for piece, sort in pieces)
    places = [place for place, (piece, _) in enumerate(pieces) for _ in piece]
    usual = "".join(c if sort in " d" else _NO_DIGIT for c, sort in zip(plain, sorts, strict=True))
    return _Folded(plain, usual, [match.span() for match in _GROUP.finditer(sorts)], places)


# (start, end, its digits)
_Chain = tuple[int, int, str]


class _Fold(dict[str, tuple[str, str]]):
    """What each character is folded to, and its sort, found out once: d usual digit, c Chinese, o other, blank none."""

    def __missing__(self, c: str) -> tuple[str, str]:
        self[c] = folded = _fold(c)
        return folded


def _fold(c: str) -> tuple[str, str]:
    if c in _CHINESE:
        return _CHINESE[c], "c"
    if c in _FILLERS or unicodedata.category(c) in _UNSEEN:
        return "", " "
    if c in _ROMAN_TEN:
        return "X", " "
    if c.isdecimal():
        return str(unicodedata.decimal(c)), "d"
    if (
        _BESIDE.fullmatch(c)
        and 0 <= (number := unicodedata.numeric(c, -1.0)) <= _MOST
        and number == int(number)
    ):
        return str(int(number)), "o"
    return halfwidth(c).translate(_ALIKE), " "


_BESIDE = re.compile(f"[{_DIGITS_BESIDE}]")
_FOLD = _Fold()


def _apart(found: list[PersonalHit]) -> list[PersonalHit]:
    """The hits from left to right. What lies in an earlier kind's hit goes; those that overlap become one of stars."""
    kept: list[PersonalHit] = []
    last_rank = 0
    for rank, hit in sorted(enumerate(found), key=lambda item: (item[1].start, -item[1].end, item[0])):
        last = kept[-1] if kept else None
        if last is None or hit.start >= last.end:
            kept.append(hit)
            last_rank = rank
        elif hit.end > last.end or rank < last_rank:
            end = max(last.end, hit.end)
            kept[-1] = PersonalHit(last.kind, last.start, end, STAR * (end - last.start))
            last_rank = -1
    return kept


def _identities(text: _Folded, chains: list[_Chain]) -> Iterator[PersonalHit]:
    plain = text.plain
    for start, end, digits in chains:
        if len(digits) not in _IDENTITY_LENGTHS:
            continue
        if len(digits) == 17 and (tail := _CHECK_X.match(plain, end)):
            end, digits = tail.end(), digits + "X"
        if _is_identity(digits) and not _inside_uscc(text, start, end):
            yield PersonalHit(PersonalKind.IDENTITY, start, end, mask_person_id(digits))
    # Numbers written without a gap, or a letter behind: only a right check character tells an identity
    # number from an order number there. The whole run of digits goes, for what stands beside may be a
    # telephone.
    for start, end in text.groups:
        for at in range(start, end - 16):
            code = plain[at : at + 18].upper()
            if code[:2] in _PROVINCES and is_person_id(code) and not _inside_uscc(text, at, at + 18):
                end = max(end, at + 18)
                yield PersonalHit(PersonalKind.IDENTITY, start, end, mask_person_id(plain[start:end]))


def _identities_with_day(text: _Folded) -> Iterator[PersonalHit]:
    if "年" not in text.plain:
        return
    for match in _BORN.finditer(text.plain):
        area, year, month, day, rest = (re.sub("[^0-9X]", "", part) for part in match.groups())
        digits = f"{area}{year}{month:>02}{day:>02}{rest}"
        if area[:2] in _PROVINCES and _is_date(digits[6:14]):
            yield PersonalHit(PersonalKind.IDENTITY, *match.span(), mask_person_id(digits))


def _with_letters(text: _Folded) -> Iterator[PersonalHit]:
    """Identity numbers and telephones in which letters stand for some of the digits, but not for most."""
    read = _letters_read(text)
    if read is None:
        return
    letters = list(accumulate((a != b for a, b in zip(text.plain, read.plain, strict=True)), initial=0))
    chains = list(_chains(read))
    for hit in (
        *_identities(read, chains),
        *_identities_with_day(read),
        *_mobiles(read, chains),
        *_landlines(read),
    ):
        typed = letters[hit.end] - letters[hit.start]
        if typed > 0 and 2 * typed <= len(hit.masked):
            yield hit


def _letters_read(text: _Folded) -> _Folded | None:
    """The text with letters read as the digits they look like: among digits, or where no other letter stands beside."""
    plain = list(text.plain)
    usual = list(text.usual)
    changed = False
    for match in _ALIKE_RUN.finditer(text.plain):
        run = match[0]
        start, end = match.span()
        beside = text.plain[max(0, start - 1) : start] + text.plain[end : end + 1]
        if run.isdecimal() or (not _DIGIT.search(run) and any(c.isascii() and c.isalpha() for c in beside)):
            continue
        changed = True
        plain[start:end] = usual[start:end] = run.translate(_LOOKS_LIKE_DIGIT)
    if not changed:
        return None
    read = "".join(plain)
    taken = [
        *text.groups,
        *(
            match.span()
            for match in _ALIKE_RUN.finditer(text.plain)
            if read[match.start() : match.end()].isdecimal()
        ),
    ]
    return _Folded(read, "".join(usual), _joined(taken), text.places)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, those within others gone."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _mobiles(text: _Folded, chains: list[_Chain]) -> Iterator[PersonalHit]:
    plain = text.plain
    for start, end, digits in chains:
        if (
            len(digits) <= _LONGEST_MOBILE
            and _MOBILE.fullmatch(digits)
            and not _inside_uscc(text, start, end)
            and not _DAY.match(plain, start)
        ):
            if digits.startswith("86") and plain[start - 1 : start] == "+":
                start -= 1
            yield PersonalHit(PersonalKind.MOBILE, start, end, mask_phone(digits))


def _landlines(text: _Folded) -> Iterator[PersonalHit]:
    for written in dict.fromkeys((text.usual, text.plain)):
        for match in _LANDLINE.finditer(written):
            if not _inside_uscc(text, *match.span()):
                yield PersonalHit(PersonalKind.LANDLINE, *match.span(), mask_phone(match[0]))


def _cards(text: _Folded, chains: list[_Chain]) -> Iterator[PersonalHit]:
    """Bank cards, and account numbers as long as one (16 to 19 digits): the last four may show.

    One mistyped digit must not show the others, so a right check digit is only one of the signs; see `_is_card`.
    """
    for start, end, digits in chains:
        if (
            16 <= len(digits) <= 19
            and _is_card(text.plain, start, end, digits)
            and not _inside_uscc(text, start, end)
        ):
            yield PersonalHit(PersonalKind.BANK_CARD, start, end, STAR * (len(digits) - 4) + digits[-4:])


def _is_card(plain: str, start: int, end: int, digits: str) -> bool:
    """Whether 16 to 19 digits are to be taken for a card's.

    A number of the country's own scheme (62…) with a right check digit is one however it is written. Without one it is
    where it is written like a card (in fours, with a card's first digits), where it is called a card or an account, or
    when it is 16 or 19 digits in a row that begin with 62 and are called nothing else.
    """
    if digits.startswith("62") and luhn.is_valid(digits):
        return True
    before = plain[max(0, start - _CALLED) : start]
    written = plain[start:end]
    if _CALLED_CARD.search(before) and _CARD_WRITTEN.fullmatch(written):
        return True
    if _CARD_FIRST.match(digits):
        fours = _IN_FOURS.fullmatch(written)
        if fours is not None and not all(_YEAR.fullmatch(group) for group in _GROUP_OF_FOUR.findall(written)):
            return True
    return (
        digits.startswith("62")
        and len(digits) in (16, 19)
        and written == digits
        and not _CALLED_OTHERWISE.search(before)
    )


def _chains(text: _Folded) -> Iterator[_Chain]:
    """Every run of neighbouring digit groups with small gaps that is as long as a number; longest first."""
    plain, groups = text.plain, text.groups
    digits = "".join(plain[start:end] for start, end in groups)
    offsets = list(accumulate((end - start for start, end in groups), initial=0))
    near = [
        begin == last or _GAP_ONLY.fullmatch(plain, last, begin) is not None
        for (_, last), (begin, _) in pairwise(groups)
    ]
    near.append(False)
    for first, (start, _) in enumerate(groups):
        begin, last = offsets[first], first
        while near[last] and offsets[last + 2] - begin <= _LONGEST_CHAIN:
            last += 1
        while (length := offsets[last + 1] - begin) >= _SHORTEST_CHAIN:
            if length <= _LONGEST_CHAIN:
                yield start, groups[last][1], digits[begin : begin + length]
            if last == first:
                break
            last -= 1


def _is_identity(digits: str) -> bool:
    if len(digits) == 18:
        if is_person_id(digits):
            return True
        return digits[:2] in _PROVINCES and _is_date(digits[6:14]) and not is_uscc(digits)
    # 15 digits: the numbers given out before 1999, births of the 20th century
    return len(digits) == 15 and digits[:2] in _PROVINCES and _is_date("19" + digits[6:12])


def _is_date(digits: str) -> bool:
    if not digits.isdigit() or int(digits[:4]) not in _PLAUSIBLE_YEARS:
        return False
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return True


def _inside_uscc(text: _Folded, start: int, end: int) -> bool:
    """True when the digits are a part of a longer token that is a valid USCC and no identity number."""
    plain = text.usual
    left, right = start, end
    while left and right - left <= _USCC_LENGTH and _TOKEN.fullmatch(plain[left - 1]):
        left -= 1
    while right < len(plain) and right - left <= _USCC_LENGTH and _TOKEN.fullmatch(plain[right]):
        right += 1
    token = plain[left:right].upper()
    return is_uscc(token) and not is_person_id(token)
