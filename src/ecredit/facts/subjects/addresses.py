"""Forms of an address under which two rows can be compared."""

import re
from dataclasses import dataclass

from ecredit.facts.subjects.name_words import NameWords
from ecredit.foundation.kernel.text_forms import name_form

_NOISE = re.compile(r"[^0-9A-Z\u3400-\u9fff]")
_BRACKETED = re.compile(r"\([^()]*\)")
_UP_TO_NUMBER = re.compile(r"^.*?[0-9一二三四五六七八九十百]+号")
_STREETS = ("路", "街", "大道", "东路", "西路", "南路", "北路", "中路")


@dataclass(frozen=True, slots=True)
class AddressParts:
    """`key` is the address without the places it starts with, blanks, notes in brackets and punctuation; `door` its
    part up to the first house number (…路1号); `area_codes` the finest of those places. Each may be empty."""

    key: str
    door: str
    area_codes: tuple[str, ...]


def split_address(address: str, words: NameWords) -> AddressParts:
    """Take an address apart. Total: any text is accepted."""
    text = _NOISE.sub("", _BRACKETED.sub("", name_form(address)))
    above: tuple[str, ...] = ()
    while True:
        length, codes = _place(text, above, words)
        if not length:
            break
        text, above = text[length:], codes
    door = _UP_TO_NUMBER.match(text)
    return AddressParts(text, door[0] if door else "", above)


def _place(text: str, above: tuple[str, ...], words: NameWords) -> tuple[int, tuple[str, ...]]:
    for length in words.area_lengths.get(text[:2], ()):
        codes = words.areas.get(text[:length], ())
        if above:
            codes = tuple(code for code in codes if code.startswith(above))
        # A street may be called after a place: 常州路.
        if codes and not text.startswith(_STREETS, length):
            return length, codes
    return 0, ()
