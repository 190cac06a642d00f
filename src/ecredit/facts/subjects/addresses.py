"""Forms of an address under which two rows can be compared."""

import re

from ecredit.facts.subjects.name_words import NameWords
from ecredit.foundation.kernel.text_forms import name_form

_NOISE = re.compile(r"[^0-9A-Z\u3400-\u9fff]")
_BRACKETED = re.compile(r"\([^()]*\)")
_UP_TO_NUMBER = re.compile(r"^.*?[0-9一二三四五六七八九十百]+号")


def address_key(address: str, words: NameWords) -> str:
    """The address without the places it starts with, without blanks, notes in brackets and punctuation; may be ""."""
    text = _NOISE.sub("", _BRACKETED.sub("", name_form(address)))
    above: tuple[str, ...] = ()
    while True:
        length, codes = _place(text, above, words)
        if not length:
            return text
        text, above = text[length:], codes


def street_number(key: str) -> str:
    """The part of an address key up to its first house number (…路1号), or "" when it names none."""
    match = _UP_TO_NUMBER.match(key)
    return match[0] if match else ""


def _place(text: str, above: tuple[str, ...], words: NameWords) -> tuple[int, tuple[str, ...]]:
    for length in words.area_lengths.get(text[:2], ()):
        codes = words.areas.get(text[:length], ())
        if above:
            codes = tuple(code for code in codes if code.startswith(above))
        # A street may be called after the place it lies in: 常州路.
        if codes and not text.startswith(("路", "街", "大道", "东路", "西路", "南路", "北路", "中路"), length):
            return length, codes
    return 0, ()
