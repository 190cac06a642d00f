"""Forms of a text: what was written, made comparable.

``halfwidth`` and ``squeeze`` are for codes and headers, ``name_form`` is the matching form of an
organisation's name, ``bigram_text`` is what the name index stores and what a search asks it (both sides
use the same function). All are pure, total (any string is accepted) and idempotent.
"""

from __future__ import annotations

import re
import unicodedata

# U+FF01..U+FF5E are the full-width twins of U+0021..U+007E; U+3000 is the full-width space.
_HALFWIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}

# \s leaves out the invisible characters that Excel, web pages and PDF copies bring along: soft hyphen,
# Mongolian vowel separator, zero-width space/joiners, direction marks, word joiner and the BOM.
_INVISIBLE = "\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
_BLANK = re.compile(rf"[\s{_INVISIBLE}]+")
_HIDDEN = re.compile(rf"[{_INVISIBLE}]+")

# What no name is written with and no reader sees, so that two names that look alike would not be alike: all of Unicode's
# category Cf, what it calls default-ignorable (variation selectors, tags, Hangul fillers), and the blank Braille pattern.
UNSEEN = (
    "\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""The inside of a class of a regular expression, for Python's and Arrow's."""
_NOT_IN_A_NAME = re.compile(rf"[\s{UNSEEN}]+")

_OPENING, _CLOSING = "([{<〈《「『【〔〖〘⟨❨⟮﹙⁽₍", ")]}>〉》」』】〕〗〙⟩❩⟯﹚⁾₎"
_BRACKETS = {ord(c): "(" for c in _OPENING} | {ord(c): ")" for c in _CLOSING}
_MIDDLE_DOTS = {ord(c): None for c in "·•‧∙⋅・･᛫⸱ꞏ﹒"}
_PLAIN_NAME = re.compile(r"[\u4e00-\u9fff0-9A-Z()]*")
_NAME_TABLE = _BRACKETS | _MIDDLE_DOTS


def halfwidth(s: str) -> str:
    """``ＡＢＣ１２３（）　`` → ``ABC123() ``: only the full-width twins of ASCII and the full-width space.

    Chinese punctuation without an ASCII twin (、。《》) and every other character stay as they are.
    """
    return s if s.isascii() else s.translate(_HALFWIDTH)


def printable(s: str) -> str:
    """With every control, invisible or undecodable character as its escape: ``a\\x1b[2J.csv``. For names others gave."""
    return "".join(c if c.isprintable() or c == "\u3000" else ascii(c)[1:-1] for c in s)


def squeeze(s: str) -> str:
    """Without any white space or invisible character: ``" 行政相对人\\n 名称 "`` → ``行政相对人名称``.

    For codes and header cells. Running text keeps its word gaps with :func:`tidy`.
    """
    return _BLANK.sub("", s)


def tidy(s: str) -> str:
    """Invisible characters dropped, runs of white space made one space, ends trimmed."""
    return " ".join(_HIDDEN.sub("", s).split())


def name_form(s: str) -> str:
    """The matching form of an organisation's name.

    NFKC, all kinds of brackets made ``(`` and ``)``, spaces, middle dots and what cannot be seen removed, upper case. Two
    names with the same form are written alike; whether they are the same firm is for codes to say. Empty
    in, empty out.
    """
    plain = s.replace("（", "(").replace("）", ")")
    if _PLAIN_NAME.fullmatch(plain):  # nearly every name of a register: nothing to fold
        return plain
    folded = _fold(s)
    while (again := _fold(folded)) != folded:  # a few letters need a second round (ß → SS, ligatures)
        folded = again
    return folded


def bigrams(s: str) -> list[str]:
    """Overlapping pairs of the name form, letters and digits only: ``小米(常州)`` → ``小米 米常 常州``.

    A form of one character gives that character, an empty one gives nothing. Punctuation is dropped
    because the full-text tokenizer would split there, and a name is looked up with or without it.
    """
    form = name_form(s).replace("(", "").replace(")", "")
    if not form.isalnum():
        form = "".join(c for c in form if c.isalnum())
    if len(form) < 2:
        return [form] if form else []
    return [form[i : i + 2] for i in range(len(form) - 1)]


def bigram_text(s: str) -> str:
    """:func:`bigrams` joined by spaces: the text of one row of the name index, and a phrase asked of it."""
    return " ".join(bigrams(s))


def _fold(s: str) -> str:
    s = unicodedata.normalize("NFKC", s)
    s = unicodedata.normalize("NFKC", s.upper())
    return _NOT_IN_A_NAME.sub("", s.translate(_NAME_TABLE))
