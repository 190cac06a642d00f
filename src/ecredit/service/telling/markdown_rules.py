"""Markdown as articles may hold it: checked with every fault named by its line, and made HTML that cannot do anything.

What is refused here is never cleaned in silence; what is made of the rest is cleaned all the same (nh3), so that a fault of the
one would have to meet a fault of the other. Pure.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ecredit.foundation.kernel.text_forms import UNSEEN
from ecredit.service.telling.types import Fault

MOST_BODY: Final = 20_000
_MOST_LEVEL: Final = 13
"""A list in a list is two levels."""
_MOST_PARAGRAPH: Final = 3_000
"""Nobody reads a longer one, and what a parser takes for brackets that never close grows with its square."""
_MOST_ROWS: Final = 100
_MOST_COLUMNS: Final = 8
_PICTURE: Final = re.compile(r"picture:([1-9][0-9]?)", re.ASCII)
_UNSEEN: Final = re.compile(f"[{UNSEEN}]")
_INSIDE: Final = re.compile(r"/(?:[\w.-]+(?:/[\w.-]+)*)?", re.ASCII)
_LIKE_ADDRESS: Final = re.compile(r"(?:https?://)?((?:[\w-]+\.)+[a-z]{2,})(?:[/:?#].*)?", re.I | re.ASCII)
_TAGS: Final = frozenset(
    "p h2 h3 h4 h5 ul ol li blockquote strong em code pre hr br a table thead tbody tr th td img".split()
)
_ATTRIBUTES: Final = {
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "loading", "decoding"},
    "ol": {"start"},
    "th": {"class"},
    "td": {"class"},
}
Shown = Callable[[int], tuple[str, str, int, int]]
"""Of a picture by its place in the article (1: the first): address, what it shows, width, height."""


def _parser(*, html: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": html, "maxNesting": 40}).enable("table")
    # What leads where it may not is named, not left standing as text.
    setattr(parser, "validateLink", lambda _url: True)  # noqa: B010 - a method, replaced as its guide says
    return parser


_CHECKING: Final = _parser(html=True)
_RENDERING: Final = _parser(html=False)


def check_characters(field: str, text: str) -> Iterator[Fault]:
    """What nobody sees: control characters, signs that turn the direction of writing, joiners."""
    for line, words in enumerate(text.split("\n"), start=1):
        for c in words:
            if (unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs") and c != "\t") or _UNSEEN.match(c):
                yield Fault(
                    field,
                    line,
                    "unseen",
                    f"有看不见的字符 U+{ord(c):04X}（能改变文字方向或藏住内容），请删去",
                    f"there is a character nobody sees, U+{ord(c):04X} (such can turn the direction of writing or hide things); remove it",
                )
                break


def check_markdown(field: str, text: str, *, pictures: int) -> list[Fault]:
    """Every fault of a text, in order of lines; `pictures` is how many the article has."""
    if len(text) > MOST_BODY:
        return [
            Fault(
                field,
                1,
                "too_long",
                f"正文有 {len(text):,} 个字符，最多 {MOST_BODY:,} 个；请缩短或分成两篇",
                f"the text has {len(text):,} characters, at most {MOST_BODY:,}; shorten it or make two of it",
            )
        ]
    found = list(check_characters(field, text))
    # What no parser should see.
    tokens = _CHECKING.parse("".join(c if c.isprintable() or c in "\n\t" else " " for c in text))
    found += _structure(field, tokens)
    for token in tokens:
        start = 1 if token.map is None else token.map[0] + 1
        if token.type == "html_block":
            found.append(_html(field, start))
        if token.type == "inline":
            if len(token.content) > _MOST_PARAGRAPH:
                found.append(_long_paragraph(field, start, len(token.content)))
            found += _inline(field, start, token.children or [], pictures)
    return sorted(found, key=lambda fault: fault.line)


def _structure(field: str, tokens: Sequence[Token]) -> Iterator[Fault]:
    rows = columns = start = began = 0
    deep = False
    for token in tokens:
        if token.map is not None:
            start = token.map[0] + 1
        if token.level > _MOST_LEVEL and not deep:
            deep = True
            yield Fault(
                field,
                start,
                "deep",
                "列表或引用套得太深，最多六层",
                "lists or quotes are nested too deep; six levels at most",
            )
        if token.type == "table_open":
            rows, columns, began = 0, 0, start
        elif token.type == "tr_open":
            rows += 1
        elif token.type == "th_open":
            columns += 1
        elif token.type == "table_close" and (rows > _MOST_ROWS or columns > _MOST_COLUMNS):
            yield Fault(
                field,
                began,
                "table",
                f"表格有 {rows} 行、{columns} 列，最多 {_MOST_ROWS} 行、{_MOST_COLUMNS} 列；长表请做成附件或开放数据",
                f"the table has {rows} rows and {columns} columns, at most {_MOST_ROWS} and {_MOST_COLUMNS}; a long one belongs into open data",
            )


def _long_paragraph(field: str, line: int, length: int) -> Fault:
    return Fault(
        field,
        line,
        "paragraph",
        f"这一段有 {length:,} 个字符，最多 {_MOST_PARAGRAPH:,} 个；请用空行分段",
        f"this paragraph has {length:,} characters, at most {_MOST_PARAGRAPH:,}; part it by an empty line",
    )


def _html(field: str, line: int) -> Fault:
    return Fault(
        field,
        line,
        "html",
        "不能写 HTML（脚本、样式、框架都不行），请用 Markdown；要显示尖括号请写 \\<",
        "HTML is not taken (no script, style or frame): use Markdown; to show an angle bracket write \\<",
    )


def _inline(field: str, line: int, children: Sequence[Token], pictures: int) -> Iterator[Fault]:
    target: str | None = None
    words = ""
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            line += 1
        elif child.type == "html_inline":
            yield _html(field, line)
        elif child.type == "image":
            yield from _picture(field, line, str(child.attrs.get("src", "")), pictures)
        elif child.type == "link_open":
            target, words = str(child.attrs.get("href", "")), ""
            yield from _address(field, line, target)
        elif child.type == "link_close":
            if target is not None:
                yield from _disguised(field, line, words.strip(), target)
            target = None
        elif child.type in ("text", "code_inline"):
            words += child.content


def _picture(field: str, line: int, source: str, pictures: int) -> Iterator[Fault]:
    match = _PICTURE.fullmatch(source)
    if match is None:
        yield Fault(
            field,
            line,
            "picture_outside",
            "图片只能用本文上传的：写成 ![](picture:1)；不能引用别处的图片或 data: 内容",
            "pictures are those uploaded to this article: write ![](picture:1); none of elsewhere and no data: content",
        )
    elif int(match[1]) > pictures:
        yield Fault(
            field,
            line,
            "picture_missing",
            f"没有第 {match[1]} 张图片；本文有 {pictures} 张",
            f"there is no picture {match[1]}; the article has {pictures}",
        )


def _address(field: str, line: int, address: str) -> Iterator[Fault]:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    inside = _INSIDE.fullmatch(address) is not None
    outside = parts.scheme in ("http", "https") and "." in host and "@" not in parts.netloc and port is None
    if not (inside or outside) or "\\" in address:
        yield Fault(
            field,
            line,
            "link",
            "链接只能指向 https:// 或 http:// 的网址，或本站以 / 开头的地址；javascript:、data:、邮件和电话链接都不行",
            "a link leads to an address with https:// or http://, or to one of this site that begins with /; no javascript:, data:, mail or telephone links",
        )


def _disguised(field: str, line: int, words: str, target: str) -> Iterator[Fault]:
    """A link that reads like one address and leads to another."""
    match = _LIKE_ADDRESS.fullmatch(words)
    if match is None:
        return
    try:
        host = (urlsplit(target).hostname or "").lower()
    except ValueError:
        return
    if host.removeprefix("www.") != match[1].lower().removeprefix("www."):
        yield Fault(
            field,
            line,
            "link_disguised",
            "链接的文字写着一个网址，实际指向另一个；请写一致",
            "the link reads like one address and leads to another; make them the same",
        )


def plain_lines(text: str) -> Iterator[tuple[int, str]]:
    """What a reader reads, block by block, each with the line it begins on: marks gone, entities written out; after a block the titles
    and addresses of its links, each by itself, with what is written in an address as %E5… read out."""
    for token in _RENDERING.parse(text):
        start = 1 if token.map is None else token.map[0] + 1
        if token.type == "inline":
            line, beside = "", []
            for child in token.children or []:
                if child.type in ("softbreak", "hardbreak"):
                    line += "\n"
                elif child.type == "image":
                    line += "".join(inner.content for inner in child.children or [])
                else:
                    line += child.content
                if child.type == "link_open":
                    beside += [str(child.attrs.get("title", "")), unquote(str(child.attrs.get("href", "")))]
            yield start, line
            yield from ((start, text) for text in beside if text)
        elif token.type in ("fence", "code_block"):
            yield (
                start + (token.type == "fence"),
                f"{token.info}\n{token.content}" if token.info else token.content,
            )


def render_html(text: str, shown: Shown, leads: Callable[[str], str]) -> str:
    """The HTML of a text. Headings begin at the second level and skip none; pictures are as `shown` says, and addresses of this
    site lead to where `leads` says."""
    env: dict[str, Any] = {}
    tokens = _RENDERING.parse(text, env)
    _settle_headings(tokens)
    for token in tokens:
        if token.type in ("th_open", "td_open"):
            style = str(token.attrs.pop("style", ""))
            if "right" in style:
                token.attrs["class"] = "number"
        for child in token.children or []:
            if child.type == "link_open" and _INSIDE.fullmatch(str(child.attrs.get("href", ""))):
                child.attrs["href"] = leads(str(child.attrs["href"]))
            if child.type == "image":
                match = _PICTURE.fullmatch(str(child.attrs.get("src", "")))
                address, alt, width, height = ("", "", 0, 0) if match is None else shown(int(match[1]))
                child.attrs = {
                    "src": address,
                    "alt": alt,
                    "width": str(width),
                    "height": str(height),
                    "loading": "lazy",
                    "decoding": "async",
                }
                child.children = [Token("text", "", 0, content=alt)]
    made: str = _RENDERING.renderer.render(tokens, _RENDERING.options, env)
    return nh3.clean(
        made,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


def _settle_headings(tokens: Sequence[Token]) -> None:
    levels = sorted({int(token.tag[1]) for token in tokens if token.type == "heading_open"})
    above = 1
    for token in tokens:
        if token.type == "heading_open":
            above = min(int(token.tag[1]) - levels[0] + 2, above + 1, 5)
            token.tag = f"h{above}"
        elif token.type == "heading_close":
            token.tag = f"h{above}"
