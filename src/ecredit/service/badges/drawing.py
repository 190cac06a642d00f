"""What a badge looks like: its QR code, and the mark a shop puts on its page. Plain SVG: no script, no request to anybody."""

from collections.abc import Sequence
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import segno

from ecredit.foundation.proof.qr_text import qr_parts
from ecredit.service.badges.badge_file import compact_token_of
from ecredit.service.badges.types import PublicBadge

MOST_VERSION: Final = 15
SIZES: Final = {"small": (216, 48), "large": (320, 80)}
_QUIET: Final = 4
_FONT: Final = "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC',sans-serif"
_INK, _PAPER = "#0a3560", "#ffffff"
# Chinese and English of a mark: what it is, what to do, and where it may stand.
_WORDS: Final = {
    "zh": ("亮照标识", "点击查验登记、许可和信用等级", "仅限 {page}"),
    "en": ("Verified business", "Check registration, licences, grade", "Only for {page}"),
}
_SHIELD: Final = "M20 4.500 33 9v10.200c0 8-5.400 13.600-13 16.300C12.400 32.800 7 27.200 7 19.200V9z"
_TICK: Final = "m13.500 20 4.700 4.800L27 15.500"


def qr_text_of(badge: PublicBadge) -> str:
    """The text of the badge's QR code: an address with the whole compact form in it."""
    return "".join(qr_parts(badge.claims.site, compact_token_of(badge)))


def qr_svg(badge: PublicBadge, *, title: str) -> str:
    """The badge's QR code at level M, one unit a module with the quiet zone; `title` is read out instead of it."""
    prefix, digits = qr_parts(badge.claims.site, compact_token_of(badge))
    code = _code(prefix, digits)
    size = code.symbol_size(border=_QUIET)[0]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" role="img" aria-label={quoteattr(title)}'
        f' shape-rendering="crispEdges"><title>{escape(title)}</title><path fill="#fff" d="M0 0h{size}v{size}H0z"/>'
        f'<path stroke="#000" d="{_modules(tuple(code.matrix))}"/></svg>'
    )


def qr_version(badge: PublicBadge) -> int:
    """The version of the badge's QR code, 1 to 40."""
    code = _code(*qr_parts(badge.claims.site, compact_token_of(badge)))
    return int(code.version)


def mark_svg(*, lang: str, size: str, city: str, page: str = "", token: str = "") -> str:
    """The mark. With `page` it is bound: the page stands on it for all to read, and `token` (signed) goes along."""
    width, height = SIZES[size]
    words, hint, only = _WORDS[lang]
    label = f"{city}：{words}" if lang == "zh" else f"{words}, {city}"
    bound = only.format(page=_short_page(page, size)) if page else ""
    lines = _lines(words, bound or hint, city, size)
    said = f"{label}；{bound}" if lang == "zh" and bound else f"{label}; {bound}" if bound else label
    note = f"<metadata>ecredit-mark:{escape(token)}</metadata>" if token else ""
    scale = height / 40
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img"'
        f" aria-label={quoteattr(said)} lang={quoteattr('zh-CN' if lang == 'zh' else 'en')}><title>{escape(said)}</title>{note}"
        f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="5" fill="{_PAPER}" stroke="{_INK}"/>'
        f'<g transform="scale({scale:g})"><path d="M0 5a5 5 0 0 1 5-5h35v40H5a5 5 0 0 1-5-5z" fill="{_INK}"/>'
        f'<path d="{_SHIELD}" fill="none" stroke="#fff" stroke-width="2.4" stroke-linejoin="round"/>'
        f'<path d="{_TICK}" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/></g>'
        f"{lines}</svg>"
    )


def mark_html(*, lang: str, size: str, address: str, city: str, picture: str) -> str:
    """The piece of HTML a shop puts on its page: a picture it keeps itself, and a link. No script."""
    width, height = SIZES[size]
    words, hint, _ = _WORDS[lang]
    alt = f"{city}{words}：{hint}" if lang == "zh" else f"{words}, {city}: {hint.lower()}"
    return (
        f'<a href={quoteattr(address)} rel="external" referrerpolicy="origin">'
        f'<img src={quoteattr(picture)} width="{width}" height="{height}" alt={quoteattr(alt)}></a>\n'
    )


def _code(prefix: str, digits: str) -> segno.QRCode:
    """Two segments: capitals take 5.5 bits a sign, digits 3.3."""
    segments: Any = [prefix, digits]  # segno takes them, and its types do not say so
    return segno.make_qr(segments, error="m", boost_error=False)


def _lines(words: str, below: str, city: str, size: str) -> str:
    rows: tuple[tuple[str, float, int, int], ...]
    if size == "small":
        rows = ((words, 15.0, 21, 700), (below, 10.5, 38, 400))
        left = 56
    else:
        rows = ((city, 12.0, 22, 400), (words, 21.0, 47, 700), (below, 12.0, 68, 400))
        left = 94
    room = SIZES[size][0] - left - 6
    return "".join(
        f'<text x="{left}" y="{y}" font-family="{_FONT}" font-size="{points:g}" font-weight="{weight}" fill="{_INK}"'
        f"{_squeezed(text, points, room)}>{escape(text)}</text>"
        for text, points, y, weight in rows
    )


def _squeezed(text: str, points: float, room: int) -> str:
    """A text too long for its line is set narrower, so that nothing is cut off."""
    width = sum(points if ord(sign) > 0x2E7F else points * 0.56 for sign in text)
    return "" if width <= room else f' textLength="{room}" lengthAdjust="spacingAndGlyphs"'


def _short_page(page: str, size: str) -> str:
    bare = page.partition("://")[2].rstrip("/")
    most = 24 if size == "small" else 34
    return bare if len(bare) <= most else f"{bare[: most - 1]}…"


def _modules(matrix: Sequence[Sequence[int]]) -> str:
    """Runs of dark modules, a stroke each."""
    pieces = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            if not row[x]:
                x += 1
                continue
            end = x
            while end < len(row) and row[end]:
                end += 1
            pieces.append(f"M{x + _QUIET} {y + _QUIET}.5h{end - x}")
            x = end
    return "".join(pieces)
