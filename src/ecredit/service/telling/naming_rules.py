"""Who a text names: personal numbers, codes, and names that are known; and the same text with them masked. Pure.

Names are looked for in a folded text (no blanks, punctuation, signs, marks or invisible characters; brackets and letters of one
kind), so that 张 ** 伟 and 张/伟 are found where 张伟 is looked for. What is shown instead is what the kernel's masking gives, or a word for what it is.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from ecredit.foundation.kernel.codes import is_uscc
from ecredit.foundation.kernel.masking import STAR, PersonalKind, find_personal, mask_name
from ecredit.foundation.kernel.text_forms import UNSEEN

KnownKind = Literal["firm", "person", "shop", "address", "code", "number"]
_UNREAD: Final = re.compile(rf"[\s{UNSEEN}]")
_DROPPED: Final = frozenset("PSZM")
"""Of Unicode's categories the first letter: punctuation, signs, blanks, marks upon letters."""
_BRACKETS: Final = str.maketrans("（［【〔{[", "((((((") | str.maketrans("）］】〕}]", "))))))")
_RUN: Final = re.compile(r"[\u3400-\u9fffA-Z0-9()]+")
# How names of organisations end.
_ENDS: Final = frozenset("司心厂店行部社室馆院市场会团台网坊铺屋庄所户")
_LEAST, _MOST = 5, 40
"""Characters of a name that is looked up in the register."""
_CODE: Final = re.compile(r"[0-9A-Z]{18,}")
_WORDS: Final = (
    ("公司", "某公司"), ("合作社", "某合作社"), ("店", "某店"), ("厂", "某厂"), ("中心", "某中心"), ("行", "某商行"), ("部", "某经营部"),
)  # fmt: skip
_MARKS: Final = re.compile(r"([\\*_`~])")


@dataclass(frozen=True, slots=True)
class Known:
    """A name that may not stand in a text, and what is shown in its place."""

    kind: KnownKind
    text: str
    shown: str


@dataclass(frozen=True, slots=True)
class Named:
    """A place in a text that names somebody: `text[start:end]`."""

    kind: KnownKind
    start: int
    end: int
    shown: str


def known_firm(name: str) -> Known:
    """The name of an organisation."""
    return Known("firm", name, next((said for end, said in _WORDS if name.endswith(end)), "某单位"))


def known_person(name: str) -> Known:
    """The name of a person."""
    return Known("person", name, mask_name(name))


def known_code(code: str) -> Known:
    """A code of an organisation."""
    return Known("code", code, code[:2] + STAR * (len(code) - 2))


def known_address(address: str) -> Iterator[Known]:
    """An address, whole and from its street on."""
    yield Known("address", address, "某地")
    street = re.split(r".*(?:省|市|区|县|镇|街道)", address)[-1]
    if len(fold(street)[0]) >= 4 and street != address:
        yield Known("address", street, "某地")


def find_named(
    text: str, known: Iterable[Known], *, numbers: bool = True, codes: bool = True, landlines: bool = False
) -> list[Named]:
    """Every place that names one of the known, or (`codes`) holds a code of an organisation, or (`numbers`) a number of a person;
    landlines only where they are not allowed. From left to right; what overlaps becomes one place."""
    folded, places = fold(text)
    found: list[Named] = []
    for one in known:
        wanted = fold(one.text)[0]
        at = folded.find(wanted) if len(wanted) > 1 else -1
        while at >= 0:
            found.append(_at(places, at, at + len(wanted), one.kind, one.shown))
            at = folded.find(wanted, at + 1)
    if codes:
        for run in _CODE.finditer(folded):
            for at in range(run.start(), run.end() - 17):
                if is_uscc(folded[at : at + 18]):
                    shown = folded[at : at + 2] + STAR * 16
                    found.append(_at(places, at, at + 18, "code", shown))
    if numbers:
        found += [
            Named("number", hit.start, hit.end, hit.masked)
            for hit in find_personal(text)
            if not (landlines and hit.kind is PersonalKind.LANDLINE)
        ]
    return _apart(found)


def codes_in(text: str) -> set[str]:
    """Every code of an organisation in a text."""
    folded, _ = fold(text)
    return {
        folded[at : at + 18]
        for run in _CODE.finditer(folded)
        for at in range(run.start(), run.end() - 17)
        if is_uscc(folded[at : at + 18])
    }


def names_looked_up(text: str) -> set[str]:
    """Every piece of a text that may be the name of an organisation, in the form the register is searched by."""
    folded, _ = fold(text)
    found: set[str] = set()
    for run in _RUN.finditer(folded):
        words = run[0]
        for end, c in enumerate(words, start=1):
            if c in _ENDS or c == ")":
                found.update(words[start:end] for start in range(max(0, end - _MOST), end - _LEAST + 1))
    return found


def masked(text: str, named: Sequence[Named], *, markdown: bool) -> str:
    """The text with these places masked; stars are escaped where they would be Markdown's."""
    for place in reversed(named):
        shown = _MARKS.sub(r"\\\1", place.shown) if markdown else place.shown
        text = text[: place.start] + shown + text[place.end :]
    return text


def fold(text: str) -> tuple[str, list[int]]:
    """A text as names are looked for in it, and where in the text each of its characters is."""
    folded: list[str] = []
    places: list[int] = []
    for place, c in enumerate(text):
        for plain in unicodedata.normalize("NFKC", c).upper().translate(_BRACKETS):
            if plain in "()" or not (unicodedata.category(plain)[0] in _DROPPED or _UNREAD.match(plain)):
                folded.append(plain)
                places.append(place)
    return "".join(folded), places


def _at(places: Sequence[int], start: int, end: int, kind: KnownKind, shown: str) -> Named:
    return Named(kind, places[start], places[end - 1] + 1, shown)


def _apart(found: list[Named]) -> list[Named]:
    kept: list[Named] = []
    for place in sorted(found, key=lambda one: (one.start, -one.end)):
        last = kept[-1] if kept else None
        if last is None or place.start >= last.end:
            kept.append(place)
        elif place.end > last.end:
            kept[-1] = Named(last.kind, last.start, place.end, last.shown)
    assert all(one.end <= other.start for one, other in pairwise(kept))  # noqa: S101
    return kept
