"""A page's HTML taken apart: what of it a reader sees, and where its links lead. Nothing of it is run, fetched or shown.

One pass over the text, so that a page made to be slow is not: every search either moves on or ends the reading. What a browser does
with style sheets and scripts is not known here; what is hidden by an attribute of the page itself is.
"""

import codecs
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Final
from urllib.parse import urljoin, urlsplit

from ecredit.foundation.kernel.codes import is_uscc
from ecredit.judgement.disclosure.errors import PageRefused

MOST_BYTES: Final = 2 << 20
"""A page of more bytes is refused: the text of any shop's first page is far shorter."""
MOST_LINKS: Final = 20_000
LONGEST_LINK: Final = 2_000
_MOST_CODES: Final = 200
_MOST_ATTRIBUTES: Final = 200
_DEEPEST: Final = 20_000
# Of so many letters one may be unreadable.
_MANY: Final = 1_000
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED: Final = re.compile(
    rb"""<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}["']?([A-Za-z0-9_-]{2,20})""", re.IGNORECASE
)
# What a page may say it is written in, and what it is then read as: GB18030 holds GB2312 and GBK.
_KNOWN: Final = {
    "utf-8": "utf-8", "utf8": "utf-8", "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5",
    "iso-8859-1": "cp1252", "windows-1252": "cp1252", "us-ascii": "utf-8",
}  # fmt: skip
_HEAD: Final = 4096
_NAME: Final = re.compile(r"[A-Za-z][^\s/>]{0,63}")
_ATTRIBUTE: Final = re.compile(
    r"""[\s/]*+([^\s=>/"'][^\s=>/]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>]*+)))?"""
)
_STRAY: Final = re.compile(r"""[\s/"'=]*+""")
_UNREAD: Final = {
    name: re.compile(f"</{name}[^a-z0-9]", re.IGNORECASE)
    for name in ("script", "style", "noscript", "template", "iframe", "noembed", "noframes", "xmp", "title", "textarea")
}  # fmt: skip
"""Elements whose content nobody reads as part of the page."""
_VOID: Final = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_CLOSES_ITSELF: Final = frozenset(("p", "li", "tr", "td", "th", "dt", "dd", "option"))
_HIDDEN: Final = re.compile(
    r"display:none|visibility:hidden|opacity:0(?![.\d])|font-size:0(?![.\d])", re.IGNORECASE
)
_INLINE: Final = frozenset("a b i u em strong span font small sup sub mark code label bdi wbr".split())
_IN_PICTURE: Final = re.compile(r"ecredit-mark:([A-Za-z0-9_-]{100,1200})")
_CODE: Final = re.compile(r"(?<![0-9A-Z])[0-9A-Z]{18}(?![0-9A-Z])")
_UNSEEN: Final = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


@dataclass(frozen=True, slots=True)
class PageContent:
    """What was read of a page.

    text       what is seen, words parted by one blank; squeezed: the same without any blanks, in capitals
    hidden     what stands in the page and is not seen, squeezed
    codes      valid unified social credit codes that are seen
    links      absolute addresses, each once, in their order
    tokens     signed marks in pictures that are part of the page
    """

    encoding: str
    title: str
    text: str
    squeezed: str
    hidden: str
    alts: str
    codes: tuple[str, ...]
    links: tuple[str, ...]
    tokens: tuple[str, ...]
    cut: bool


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    base: str
    seen: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    alts: list[str] = field(default_factory=list)
    links: dict[str, None] = field(default_factory=dict)
    title: str = ""
    cut: bool = False
    stack: list[tuple[str, bool]] = field(default_factory=list)
    open: Counter[str] = field(default_factory=Counter)
    hiding: int = 0

    def write(self, text: str) -> None:
        """A piece of text, seen or not."""
        (self.hidden if self.hiding else self.seen).append(text)

    def push(self, name: str, hides: bool) -> None:
        """An element begins."""
        if name in _CLOSES_ITSELF and self.stack and self.stack[-1][0] == name:
            self.pop(name)
        if len(self.stack) >= _DEEPEST:
            raise PageRefused(
                f"网页的元素嵌套超过 {_DEEPEST} 层，不像正常的网页，没有检查",
                f"the page's elements are nested more than {_DEEPEST} deep; it is no ordinary page and was not looked at",
            )
        self.stack.append((name, hides))
        self.open[name] += 1
        self.hiding += hides

    def pop(self, name: str) -> None:
        """An element ends, and with it whatever in it was never closed."""
        if not self.open[name]:
            return
        while True:
            last, hides = self.stack.pop()
            self.open[last] -= 1
            self.hiding -= hides
            if last == name:
                return


def read_page(raw: bytes, url: str) -> PageContent:
    """Take a page apart; `url` is where it was seen, which its links are relative to.

    Raises PageRefused for what is too long, empty, no text, in no known encoding, or holds no element at all.
    """
    if len(raw) > MOST_BYTES:
        raise too_long(len(raw))
    text, encoding = decode_page(raw)
    reading = _Reading(base=url)
    if not _read(text, reading):
        raise PageRefused(
            "这不是网页：里面没有任何 HTML 元素。请保存网页的源代码再交",
            "this is no page: it holds no HTML element. Save the source of the page",
        )
    seen, hidden = _tidy("".join(reading.seen)), _squeeze("".join(reading.hidden))
    found = dict.fromkeys(code for code in _codes(seen) if is_uscc(code))
    return PageContent(
        encoding=encoding,
        title=_tidy(reading.title)[:200],
        text=seen,
        squeezed=_squeeze(seen),
        hidden=hidden,
        alts=_squeeze("".join(reading.alts)),
        codes=tuple(found)[:_MOST_CODES],
        links=tuple(reading.links),
        tokens=tuple(dict.fromkeys(_IN_PICTURE.findall(text)))[:_MOST_CODES],
        cut=reading.cut,
    )


def too_long(size: int) -> PageRefused:
    """The refusal of a page of so many bytes."""
    return PageRefused(
        f"网页有 {size / (1 << 20):.1f} MB，最多 {MOST_BYTES >> 20} MB；请只交网页的源代码，不要交整站或图片",
        f"the page has {size / (1 << 20):.1f} MB, at most {MOST_BYTES >> 20} MB are taken; send the source of the page alone",
        size=size,
    )


def decode_page(raw: bytes) -> tuple[str, str]:
    """The text of a page and the encoding it was read in: what its first bytes or its head say, else UTF-8, else GB18030.

    Raises PageRefused.
    """
    if not raw.strip():
        raise PageRefused("文件是空的", "the file is empty")
    marked = next((name for bom, name in _BOMS if raw.startswith(bom)), "")
    if not marked and b"\0" in raw:
        raise PageRefused(
            "这不是网页，是二进制文件。请保存网页的源代码（.html）再交",
            "this is a binary file and no page. Save the source of the page (.html)",
        )
    declared = _DECLARED.search(raw, 0, _HEAD)
    said = "" if declared is None else _KNOWN.get(declared[1].decode("ascii").lower(), "")
    # Bytes that are UTF-8 are that by no accident, whatever the head says.
    tried = dict.fromkeys(filter(None, (marked, "utf-8", said, "gb18030")))
    for name in tried:
        try:
            return raw.decode(name), name
        except UnicodeDecodeError:
            continue
    for name in tried:
        # A letter cut through somewhere is no reason to see nothing of a page.
        text = raw.decode(name, "replace")
        if text.count("\ufffd") * _MANY <= len(text):
            return text, name
    raise PageRefused(
        "读不出网页的文字：编码既不是它自己写的，也不是 UTF-8 或 GB18030。请另存为 UTF-8 再交",
        "the page's text cannot be read: it is neither in the encoding it names nor in UTF-8 or GB18030. Save it as UTF-8",
    )


def _read(text: str, reading: _Reading) -> bool:
    """Go through the text once; tells whether there was any element."""
    place, any_element = 0, False
    while True:
        start = text.find("<", place)
        if start < 0:
            reading.write(unescape(text[place:]))
            return any_element
        if start > place:
            reading.write(unescape(text[place:start]))
        if text.startswith("<!--", start):
            end = text.find("-->", start + 4)
            place = len(text) if end < 0 else end + 3
        elif text[start + 1 : start + 2] in ("!", "?"):
            end = text.find(">", start)
            place = len(text) if end < 0 else end + 1
        elif text.startswith("</", start) and (name := _NAME.match(text, start + 2)):
            end = text.find(">", name.end())
            place = len(text) if end < 0 else end + 1
            reading.pop(name[0].lower())
            if name[0].lower() not in _INLINE:
                reading.write(" ")
        elif name := _NAME.match(text, start + 1):
            any_element = True
            place = _element(text, name, reading)
        else:
            reading.write("<")
            place = start + 1


def _element(text: str, name: "re.Match[str]", reading: _Reading) -> int:
    """One start tag; gives where the reading goes on."""
    tag, place = sys.intern(name[0].lower()), name.end()
    attributes: dict[str, str] = {}
    while place < len(text):
        if found := _ATTRIBUTE.match(text, place):
            place = found.end()
            if len(attributes) < _MOST_ATTRIBUTES:
                attributes.setdefault(found[1].lower()[:64], found[2] or found[3] or found[4] or "")
        elif text[place] == ">":
            break
        else:
            # No attribute: blanks before the end, a stray quote.
            stray = _STRAY.match(text, place)
            place = place + 1 if stray is None else max(stray.end(), place + 1)
    place += 1
    if tag not in _INLINE:
        reading.write(" ")
    _note(tag, attributes, reading)
    if tag in _UNREAD:
        end = _UNREAD[tag].search(text, place)
        last = len(text) if end is None else end.start()
        if tag == "title" and not reading.title:
            reading.title = unescape(text[place : min(last, place + 1_000)])
        return last
    if tag not in _VOID:
        style = re.sub(r"\s+", "", attributes.get("style", "")[:2_000])
        reading.push(tag, "hidden" in attributes or bool(_HIDDEN.search(style)))
    return place


def _note(tag: str, attributes: dict[str, str], reading: _Reading) -> None:
    """Links, and what is said of pictures."""
    if tag == "img" and not reading.hiding:
        reading.alts.append(unescape(attributes.get("alt", "")[:500]) + " ")
    if tag == "base" and attributes.get("href"):
        reading.base = _joined(reading.base, unescape(attributes["href"])) or reading.base
    if tag not in ("a", "area") or not attributes.get("href") or reading.hiding:
        return
    if len(reading.links) >= MOST_LINKS:
        reading.cut = True
        return
    if address := _joined(reading.base, unescape(attributes["href"])):
        reading.links.setdefault(address)


def _joined(base: str, href: str) -> str:
    """An absolute web address; "" for any other, and for one too long to be one."""
    try:
        whole = urljoin(base, href.strip()[: LONGEST_LINK + 1])
        parts = urlsplit(whole)
        fits = parts.scheme in ("http", "https") and parts.hostname and len(whole) <= LONGEST_LINK
    except ValueError:
        return ""
    return whole if fits else ""


def _codes(text: str) -> Iterator[str]:
    return (match[0] for match in _CODE.finditer(text.upper()))


def _tidy(text: str) -> str:
    """Half-width, without what nobody sees, words parted by one blank."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_UNSEEN).split())


def _squeeze(text: str) -> str:
    """As `_tidy`, without blanks, in capitals: how a code or a word is looked for however it is spaced."""
    return "".join(unicodedata.normalize("NFKC", text).translate(_UNSEEN).split()).upper()
